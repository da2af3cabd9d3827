import JSONata

extension JSONataValue {
    /// The same value for an expression.
    init(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .number(Double(value))
        case .double(let value): self = .number(value)
        case .string(let value): self = .string(value)
        case .array(let elements): self = .array(JSONataArray(elements.map { JSONataValue($0) }))
        case .object(let members):
            self = .object(JSONataObject(ofDifferentNames: members.lazy.map { ($0, JSONataValue($1)) }))
        }
    }

    /// The value as JSON, as AWS writes it: whole numbers without fraction, and a number that is not finite as a text.
    ///
    /// - Returns: `nil` when it is, or has in it, what JSON does not have: a function.
    /// - Throws: an excess of bytes: what one value shares with another is written out twice.
    func json(_ budget: inout EvaluationBudget) throws(JSONataFailure) -> JSONValue? {
        switch self {
        case .undefined, .null:
            try Self.take(8, &budget)
            return .null
        case .bool(let value):
            try Self.take(8, &budget)
            return .bool(value)
        case .number(let value):
            try Self.take(8, &budget)
            return Self.json(value)
        case .string(let text):
            try Self.take(text.utf8.count + 2, &budget)
            // It is held to what is asked of a text that is read.
            if CombiningMarks.areTooMany(in: text) {
                throw .error(JSONataError(.raised, detail: CombiningMarks.excess))
            }
            return .string(text)
        case .array(let array):
            try Self.take(2, &budget)
            var elements: [JSONValue] = []
            for element in array.elements {
                guard let element = try element.json(&budget) else { return nil }
                elements.append(element)
            }
            return .array(elements)
        case .object(let object):
            try Self.take(2, &budget)
            var members = JSONObject()
            for (name, value) in object {
                // JSON has no such members.
                if case .undefined = value { continue }
                try Self.take(name.utf8.count + 4, &budget)
                guard let value = try value.json(&budget) else { return nil }
                members[name] = value
            }
            return .object(members)
        case .function: return nil
        }
    }

    private static func json(_ number: Double) -> JSONValue {
        if number.isFinite { return Int64(exactly: number).map { .integer($0) } ?? .double(number) }
        return .string(number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity")
    }

    private static func take(_ bytes: Int, _ budget: inout EvaluationBudget) throws(JSONataFailure) {
        if !budget.take(bytes: bytes) { throw .excess(.bytes) }
    }
}
