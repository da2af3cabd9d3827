extension JSONataLibrary {
    /// Objects.
    ///
    /// Source: <https://docs.jsonata.org/object-functions>
    static let objectFunctions: [JSONataBuiltIn] = [
        JSONataBuiltIn("keys", "<x-:a<s>>") { call throws(JSONataFailure) in
            var names = JSONataObject()
            try collectNames(of: call[0], into: &names, call)
            return .sequence(names.names.map { .string($0) })
        },
        JSONataBuiltIn("lookup", "<x-s:x>") { call throws(JSONataFailure) in
            guard case .string(let name) = call[1] else { return .undefined }
            return try call.evaluator.lookup(name, in: call[0])
        },
        JSONataBuiltIn("spread", "<x-:a<o>>") { call throws(JSONataFailure) in
            try spread(call[0], call)
        },
        JSONataBuiltIn("merge", "<a<o>:o>") { call throws(JSONataFailure) in
            guard case .array(let array) = call[0] else { return .undefined }
            var merged = JSONataObject()
            for case .object(let object) in array.elements {
                try call.charge(elements: 2 * object.count)
                for (name, value) in object { merged[name] = value }
            }
            return .object(merged)
        },
    ]

    private static func collectNames(
        of value: JSONataValue, into names: inout JSONataObject, _ call: JSONataCall
    ) throws(JSONataFailure) {
        switch value {
        case .array(let array):
            for element in array.elements {
                try call.charge(steps: 1)
                try collectNames(of: element, into: &names, call)
            }
        case .object(let object):
            try call.charge(elements: object.count)
            for name in object.names { names[name] = .null }
        default: break
        }
    }

    private static func spread(_ value: JSONataValue, _ call: JSONataCall) throws(JSONataFailure) -> JSONataValue {
        switch value {
        case .array(let array):
            var result = JSONataValue.sequence([])
            for element in array.elements {
                result = try call.evaluator.joined(result, try spread(element, call))
            }
            return result
        case .object(let object):
            try call.charge(elements: 3 * object.count)
            return .sequence(object.map { .object(JSONataObject([($0, $1)])) })
        default: return value
        }
    }
}
