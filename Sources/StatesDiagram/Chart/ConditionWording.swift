import StatesLanguage

/// The condition of a choice in short words: `left.text is empty`, `tries < 3 and not done`.
struct ConditionWording {
    private static let comparisons = [
        ("GreaterThanEquals", "≥"), ("LessThanEquals", "≤"), ("GreaterThan", ">"), ("LessThan", "<"), ("Equals", "="),
    ]
    private static let tests = [
        ("IsPresent", "is there", "is missing"), ("IsNull", "is null", "is not null"),
        ("IsNumeric", "is a number", "is no number"), ("IsString", "is text", "is no text"),
        ("IsBoolean", "is a boolean", "is no boolean"), ("IsTimestamp", "is a time", "is no time"),
    ]
    /// How many characters fit on an arrow.
    private static let shortLength = 24

    /// Whether only the last name of a path is told.
    private let isShort: Bool

    /// The condition in full.
    static func text(_ rule: JSONValue) -> String { ConditionWording(isShort: false).text(rule) }

    /// The condition for an arrow: in full if that is short, else with the last names of its paths.
    static func shortText(_ rule: JSONValue) -> String {
        let text = text(rule)
        return text.count <= shortLength ? text : ConditionWording(isShort: true).text(rule)
    }

    /// A path without its `$.`, or an expression without its `{% %}`.
    static func place(_ text: String) -> String { ConditionWording(isShort: false).place(text) }

    private func text(_ rule: JSONValue) -> String {
        if let expression = rule["Condition"]?.stringValue { return place(expression) }
        if let conditions = rule["And"]?.arrayValue { return joined(withoutGuards(flattened(conditions)), by: " and ") }
        if let conditions = rule["Or"]?.arrayValue { return joined(conditions, by: " or ") }
        if let condition = rule["Not"] { return negated(condition) }
        let variable = place(rule["Variable"]?.stringValue ?? "")
        for (name, value) in rule.objectValue ?? [:] {
            if let text = comparison(variable, name, value) { return text }
        }
        return variable.isEmpty ? "?" : variable
    }

    private func comparison(_ variable: String, _ name: String, _ value: JSONValue) -> String? {
        if let (_, yes, no) = Self.tests.first(where: { $0.0 == name }) {
            return "\(variable) \(value.boolValue == false ? no : yes)"
        }
        if name == "StringMatches" { return "\(variable) like \(operand(value))" }
        if name == "BooleanEquals", let flag = value.boolValue { return flag ? variable : "not \(variable)" }
        if name == "StringEquals", value == "" { return "\(variable) is empty" }
        let isPath = name.hasSuffix("Path")
        let base = isPath ? String(name.dropLast(4)) : name
        guard let type = ["String", "Numeric", "Boolean", "Timestamp"].first(where: base.hasPrefix),
            let sign = Self.comparisons.first(where: { base == type + $0.0 })?.1
        else { return nil }
        return "\(variable) \(sign) \(isPath ? place(value.stringValue ?? "") : operand(value))"
    }

    private func negated(_ condition: JSONValue) -> String {
        let text = text(condition)
        if isJoined(text) { return "not (\(text))" }
        let opposites =
            Self.tests.map { (" " + $0.1, " " + $0.2) } + [(" is empty", " is not empty"), (" = ", " ≠ ")]
        for (word, opposite) in opposites {
            if let range = text.firstRange(of: word), word == " = " || range.upperBound == text.endIndex {
                return text[..<range.lowerBound] + opposite + text[range.upperBound...]
            }
        }
        return text.hasPrefix("not ") ? String(text.dropFirst(4)) : "not \(text)"
    }

    private func joined(_ conditions: [JSONValue], by word: String) -> String {
        conditions.map { condition in
            let words = text(condition)
            return isJoined(words) && conditions.count > 1 ? "(\(words))" : words
        }.joined(separator: word)
    }

    private func isJoined(_ words: String) -> Bool { words.contains(" and ") || words.contains(" or ") }

    private func flattened(_ conditions: [JSONValue]) -> [JSONValue] {
        conditions.flatMap { condition in condition["And"]?.arrayValue.map(flattened) ?? [condition] }
    }

    /// Without what only guards the rest: that something is there and text, of which more is asked after it.
    private func withoutGuards(_ conditions: [JSONValue]) -> [JSONValue] {
        conditions.enumerated().filter { index, condition in
            let isGuard = condition["IsPresent"] == true || condition["IsString"] == true
            return !isGuard || !conditions[(index + 1)...].contains { mentions($0, condition["Variable"]) }
        }.map(\.element)
    }

    private func mentions(_ condition: JSONValue, _ variable: JSONValue?) -> Bool {
        if condition["Variable"] == variable { return true }
        let nested = (condition["And"] ?? condition["Or"])?.arrayValue ?? condition["Not"].map { [$0] } ?? []
        return nested.contains { mentions($0, variable) }
    }

    private func operand(_ value: JSONValue) -> String { value.stringValue ?? value.text }

    private func place(_ text: String) -> String {
        if text.hasPrefix("{%"), text.hasSuffix("%}") {
            return String(text.dropFirst(2).dropLast(2)).split(separator: " ").joined(separator: " ")
        }
        guard text.hasPrefix("$.") else { return text }
        let names = text.dropFirst(2)
        // A name in brackets may have a dot of its own.
        guard isShort, !names.contains("['"), !names.contains("[?") else { return String(names) }
        return names.split(separator: ".").last.map(String.init) ?? text
    }
}
