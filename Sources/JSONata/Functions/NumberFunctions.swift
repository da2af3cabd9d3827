extension JSONataLibrary {
    /// Numbers, and what is made of many of them.
    ///
    /// Source: <https://docs.jsonata.org/numeric-functions>, <https://docs.jsonata.org/aggregation-functions>
    static let numberFunctions: [JSONataBuiltIn] = [
        JSONataBuiltIn("number", "<(nsb)-:n>") { call throws(JSONataFailure) in
            switch call[0] {
            case .number: return call[0]
            case .bool(let value): return .number(value ? 1 : 0)
            case .string(let text):
                try call.charge(walkingBytes: text.utf8.count)
                guard let number = Double(jsonataText: text) else { throw call.error(.notANumber, argument: 1) }
                return .number(number)
            default: return .undefined
            }
        },
        JSONataBuiltIn("abs", "<n-:n>") { call throws(JSONataFailure) in map(call) { $0.magnitude } },
        JSONataBuiltIn("floor", "<n-:n>") { call throws(JSONataFailure) in map(call) { $0.rounded(.down) } },
        JSONataBuiltIn("ceil", "<n-:n>") { call throws(JSONataFailure) in map(call) { $0.rounded(.up) } },
        JSONataBuiltIn("round", "<n-n?:n>") { call throws(JSONataFailure) in
            let places = call[1].numberValue ?? 0
            return map(call) { $0.roundedHalfEven(places: Int(clamping: places)) }
        },
        JSONataBuiltIn("power", "<n-n:n>") { call throws(JSONataFailure) in
            guard let base = call[0].numberValue, let exponent = call[1].numberValue else { return .undefined }
            let result = Power.power(base, exponent)
            if !result.isFinite { throw call.error(.powerOutOfRange, argument: 1) }
            return .number(result)
        },
        JSONataBuiltIn("sqrt", "<n-:n>") { call throws(JSONataFailure) in
            if let number = call[0].numberValue, number < 0 { throw call.error(.negativeRoot, argument: 1) }
            return map(call) { $0.squareRoot() }
        },
        JSONataBuiltIn("random", "<:n>") { call throws(JSONataFailure) in
            .number(Double(call.random() >> 11) * 0x1p-53)
        },
        JSONataBuiltIn("sum", "<a<n>:n>") { call throws(JSONataFailure) in
            try reduce(call) { $0.reduce(0, +) }
        },
        JSONataBuiltIn("max", "<a<n>:n>") { call throws(JSONataFailure) in try reduce(call) { $0.max() } },
        JSONataBuiltIn("min", "<a<n>:n>") { call throws(JSONataFailure) in try reduce(call) { $0.min() } },
        JSONataBuiltIn("average", "<a<n>:n>") { call throws(JSONataFailure) in
            try reduce(call) { $0.isEmpty ? nil : $0.reduce(0, +) / Double($0.count) }
        },
    ]

    private static func map(_ call: JSONataCall, _ body: (Double) -> Double) -> JSONataValue {
        call[0].numberValue.map { .number(body($0)) } ?? .undefined
    }

    private static func reduce(
        _ call: JSONataCall, _ body: ([Double]) -> Double?
    ) throws(JSONataFailure) -> JSONataValue {
        guard case .array(let array) = call[0] else { return .undefined }
        try call.charge(steps: 1 + array.count / 4)
        return body(array.elements.compactMap(\.numberValue)).map { .number($0) } ?? .undefined
    }
}
