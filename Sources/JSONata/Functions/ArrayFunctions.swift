extension JSONataLibrary {
    /// Arrays.
    ///
    /// Source: <https://docs.jsonata.org/array-functions>
    static let arrayFunctions: [JSONataBuiltIn] = [
        JSONataBuiltIn("count", "<a:n>") { call throws(JSONataFailure) in
            .number(Double(call[0].arrayValue?.count ?? 0))
        },
        JSONataBuiltIn("append", "<xx:a>") { call throws(JSONataFailure) in
            try call.charge(elements: call[0].arrayValue?.count ?? 1)
            return try call.evaluator.joined(call[0], call[1])
        },
        JSONataBuiltIn("reverse", "<a:a>") { call throws(JSONataFailure) in
            guard case .array(let array) = call[0], array.count > 1 else { return call[0] }
            try call.charge(elements: array.count)
            return .array(array.elements.reversed())
        },
        JSONataBuiltIn("shuffle", "<a:a>") { call throws(JSONataFailure) in
            guard case .array(let array) = call[0], array.count > 1 else { return call[0] }
            try call.charge(elements: array.count)
            var elements = array.elements
            for position in stride(from: elements.count - 1, to: 0, by: -1) {
                try call.charge(steps: 1)
                let fraction = Double(call.random() >> 11) * 0x1p-53
                elements.swapAt(position, Int(fraction * Double(position + 1)))
            }
            return .array(elements)
        },
        JSONataBuiltIn("distinct", "<x:x>") { call throws(JSONataFailure) in
            guard case .array(let array) = call[0], array.count > 1 else { return call[0] }
            var found: [JSONataValue] = []
            for element in array.elements where try !call.contains(element, in: found) {
                try call.charge(elements: 1)
                found.append(element)
            }
            return array.isSequence ? .sequence(found) : .array(found)
        },
        JSONataBuiltIn("zip", "<a+>", arity: 0) { call throws(JSONataFailure) in
            let arrays = call.arguments.map { $0.arrayValue?.elements ?? [] }
            let count = arrays.map(\.count).min() ?? 0
            try call.charge(elements: count * (1 + arrays.count))
            return .array((0..<count).map { index in .array(arrays.map { $0[index] }) })
        },
        JSONataBuiltIn("sort", "<af?:a>") { call throws(JSONataFailure) in
            guard case .array(let array) = call[0] else { return .undefined }
            if array.count <= 1 { return call[0] }
            return .array(try sorted(array.elements, call))
        },
    ]

    private static func sorted(
        _ elements: [JSONataValue], _ call: JSONataCall
    ) throws(JSONataFailure) -> [JSONataValue] {
        if case .function(let function) = call[1] {
            return try call.evaluator.mergeSort(elements) { (left, right) throws(JSONataFailure) in
                try call.apply(function, [left, right]).isTruthyInJavaScript
            }
        }
        try call.charge(steps: elements.count)
        if elements.allSatisfy({ $0.kind == .number }) {
            return try call.evaluator.mergeSort(elements) { (left, right) throws(JSONataFailure) in
                (left.numberValue ?? 0) > (right.numberValue ?? 0)
            }
        }
        if elements.allSatisfy({ $0.kind == .string }) {
            return try call.evaluator.mergeSort(elements) { (left, right) throws(JSONataFailure) in
                guard case .string(let left) = left, case .string(let right) = right else { return false }
                try call.charge(walkingBytes: min(left.utf8.count, right.utf8.count))
                return right.precedes(left)
            }
        }
        throw call.error(.sortNeedsOrder, argument: 1)
    }
}

extension JSONataCall {
    fileprivate func contains(_ value: JSONataValue, in values: [JSONataValue]) throws(JSONataFailure) -> Bool {
        for other in values where try value.equals(other, &evaluator.budget) { return true }
        return false
    }
}

extension JSONataValue {
    /// Whether JavaScript takes this for true: the reference asks that of what a function for `$sort` returns.
    fileprivate var isTruthyInJavaScript: Bool {
        switch self {
        case .undefined, .null: false
        case .bool(let value): value
        case .number(let value): value != 0 && !value.isNaN
        case .string(let value): !value.isEmpty
        case .array, .object, .function: true
        }
    }
}
