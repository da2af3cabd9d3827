import StatesLanguage

/// The condition of a choice in short words: `left.text is empty`, `tries < 3 and not done`.
enum ConditionWording {
    private static let comparisons = [
        ("GreaterThanEquals", "≥"), ("LessThanEquals", "≤"), ("GreaterThan", ">"), ("LessThan", "<"), ("Equals", "="),
    ]
    private static let tests = [
        ("IsPresent", "is there", "is missing"), ("IsNull", "is null", "is not null"),
        ("IsNumeric", "is a number", "is no number"), ("IsString", "is text", "is no text"),
        ("IsBoolean", "is a boolean", "is no boolean"), ("IsTimestamp", "is a time", "is no time"),
    ]

    static func text(_ rule: JSONValue) -> String {
        if let expression = rule["Condition"]?.stringValue { return place(expression) }
        if let conditions = rule["And"]?.arrayValue { return joined(withoutGuards(conditions), by: " and ") }
        if let conditions = rule["Or"]?.arrayValue { return joined(conditions, by: " or ") }
        if let condition = rule["Not"] { return negated(condition) }
        let variable = place(rule["Variable"]?.stringValue ?? "")
        for (name, value) in rule.objectValue ?? [:] {
            if let text = comparison(variable, name, value) { return text }
        }
        return variable.isEmpty ? "?" : variable
    }

    private static func comparison(_ variable: String, _ name: String, _ value: JSONValue) -> String? {
        if let (_, yes, no) = tests.first(where: { $0.0 == name }) {
            return "\(variable) \(value.boolValue == false ? no : yes)"
        }
        if name == "StringMatches" { return "\(variable) like \(operand(value))" }
        if name == "BooleanEquals", let flag = value.boolValue { return flag ? variable : "not \(variable)" }
        if name == "StringEquals", value == "" { return "\(variable) is empty" }
        let isPath = name.hasSuffix("Path")
        let base = isPath ? String(name.dropLast(4)) : name
        guard let type = ["String", "Numeric", "Boolean", "Timestamp"].first(where: base.hasPrefix),
            let sign = comparisons.first(where: { base == type + $0.0 })?.1
        else { return nil }
        return "\(variable) \(sign) \(isPath ? place(value.stringValue ?? "") : operand(value))"
    }

    private static func negated(_ condition: JSONValue) -> String {
        let text = text(condition)
        if condition["And"] != nil || condition["Or"] != nil { return "not (\(text))" }
        if text.hasSuffix(" is empty") { return text.dropLast("is empty".count) + "is not empty" }
        if let range = text.firstRange(of: " = ") { return text.replacingCharacters(in: range, with: " ≠ ") }
        return text.hasPrefix("not ") ? String(text.dropFirst(4)) : "not \(text)"
    }

    private static func joined(_ conditions: [JSONValue], by word: String) -> String {
        conditions.map { condition in
            let words = text(condition)
            let isJoined = words.contains(" and ") || words.contains(" or ")
            return isJoined && conditions.count > 1 ? "(\(words))" : words
        }.joined(separator: word)
    }

    /// Without what only guards the rest: that something is there and text, of which more is asked after it.
    private static func withoutGuards(_ conditions: [JSONValue]) -> [JSONValue] {
        conditions.enumerated().filter { index, condition in
            let isGuard = condition["IsPresent"] == true || condition["IsString"] == true
            return !isGuard || !conditions[(index + 1)...].contains { mentions($0, condition["Variable"]) }
        }.map(\.element)
    }

    private static func mentions(_ condition: JSONValue, _ variable: JSONValue?) -> Bool {
        if condition["Variable"] == variable { return true }
        let nested = (condition["And"] ?? condition["Or"])?.arrayValue ?? condition["Not"].map { [$0] } ?? []
        return nested.contains { mentions($0, variable) }
    }

    private static func operand(_ value: JSONValue) -> String { value.stringValue ?? value.text }

    /// A path without its `$.`, or an expression without its `{% %}`.
    static func place(_ text: String) -> String {
        if text.hasPrefix("{%"), text.hasSuffix("%}") {
            return String(text.dropFirst(2).dropLast(2)).split(separator: " ").joined(separator: " ")
        }
        return text.hasPrefix("$.") ? String(text.dropFirst(2)) : text
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
        self[..<range.lowerBound] + text + self[range.upperBound...]
    }
}
