extension JSONataValue {
    /// Whether `=` holds between two values that are both there: arrays by their elements, objects by their members in
    /// any order, functions by identity.
    ///
    /// - Throws: an excess of steps; each part of a value costs one.
    func equals(_ other: JSONataValue, _ budget: inout JSONataBudget) throws(JSONataFailure) -> Bool {
        try budget.charge(steps: 1)
        switch (self, other) {
        case (.undefined, .undefined), (.null, .null): return true
        case (.bool(let left), .bool(let right)): return left == right
        case (.number(let left), .number(let right)): return left == right
        case (.string(let left), .string(let right)):
            if left.utf8.count != right.utf8.count { return false }
            try budget.charge(walkingBytes: left.utf8.count)
            return left.isSame(as: right)
        case (.function(let left), .function(let right)): return left === right
        case (.array(let left), .array(let right)):
            if left.count != right.count { return false }
            for (left, right) in zip(left.elements, right.elements) where try !left.equals(right, &budget) {
                return false
            }
            return true
        case (.object(let left), .object(let right)):
            if left.count != right.count { return false }
            for (name, value) in left {
                guard let counterpart = right[name], try value.equals(counterpart, &budget) else { return false }
            }
            return true
        default: return false
        }
    }
}
