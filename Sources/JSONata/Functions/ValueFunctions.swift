extension JSONataLibrary {
    /// Truth, types, errors: what any value can be asked.
    ///
    /// Source: <https://docs.jsonata.org/boolean-functions>, <https://docs.jsonata.org/object-functions>
    static let valueFunctions: [JSONataBuiltIn] = [
        JSONataBuiltIn("boolean", "<x-:b>") { call throws(JSONataFailure) in
            try call[0].truth(&call.evaluator.budget).map { .bool($0) } ?? .undefined
        },
        JSONataBuiltIn("not", "<x-:b>") { call throws(JSONataFailure) in
            try call[0].truth(&call.evaluator.budget).map { .bool(!$0) } ?? .undefined
        },
        JSONataBuiltIn("exists", "<x:b>") { call throws(JSONataFailure) in .bool(!call[0].isUndefined) },
        JSONataBuiltIn("type", "<x:s>") { call throws(JSONataFailure) in
            call[0].isUndefined ? .undefined : .string(call[0].kind.rawValue)
        },
        JSONataBuiltIn("error", "<s?:x>") { call throws(JSONataFailure) in
            throw .error(JSONataError(.raised, detail: call[0].stringValue.flatMap { $0.isEmpty ? nil : $0 }))
        },
        JSONataBuiltIn("assert", "<bs?:x>") { call throws(JSONataFailure) in
            if case .bool(true) = call[0] { return .undefined }
            throw .error(JSONataError(.assertionFailed, detail: call[1].stringValue.flatMap { $0.isEmpty ? nil : $0 }))
        },
        JSONataBuiltIn("clone", "<(oa)-:o>") { call throws(JSONataFailure) in
            try call.evaluator.copy(of: call[0])
        },
    ]
}
