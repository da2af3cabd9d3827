extension JSONataValue {
    /// What `$boolean` gives: `nil` for what is undefined.
    ///
    /// Source: <https://docs.jsonata.org/boolean-functions#boolean>
    ///
    /// - Throws: D1001 for a number that is not finite, and an excess of steps: each element costs one.
    func truth(_ budget: inout JSONataBudget) throws(JSONataFailure) -> Bool? {
        switch self {
        case .undefined: return nil
        case .null, .function: return false
        case .bool(let value): return value
        case .number(let value): return try value.isNumeric() && value != 0
        case .string(let value): return !value.isEmpty
        case .object(let object): return object.count > 0
        case .array(let array):
            if array.count == 1 { return try array.elements[0].truth(&budget) }
            for element in array.elements {
                try budget.charge(steps: 1)
                if try element.truth(&budget) == true { return true }
            }
            return false
        }
    }

    /// Whether a condition holds that is this value: what is undefined does not.
    func holds(_ budget: inout JSONataBudget) throws(JSONataFailure) -> Bool { try truth(&budget) ?? false }
}

extension Double {
    /// Whether this counts as a number: what is not one (`NaN`) does not.
    ///
    /// - Throws: D1001 when it is infinite.
    func isNumeric() throws(JSONataFailure) -> Bool {
        if isInfinite { throw .error(JSONataError(.numberOutOfRange, value: .number(self))) }
        return !isNaN
    }
}
