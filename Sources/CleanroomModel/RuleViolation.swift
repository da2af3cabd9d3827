/// A value that breaks the rule of its field.
package struct RuleViolation: Error, Hashable, Sendable, CustomStringConvertible {
    /// The field's name in a request, or the parameter's.
    package let field: String
    package let value: String
    /// What the value has to be, in words.
    package let rule: String

    package init(field: String, value: String, rule: String) {
        self.field = field
        self.value = value
        self.rule = rule
    }

    package var description: String {
        // A character may have any number of scalars.
        let scalars = value.unicodeScalars
        let shown = scalars.count > 60 ? String(scalars.prefix(60)) + "…" : value
        return "\(field) \(shown.debugDescription) is not \(rule)"
    }
}

/// The value that `make` gives, or `nil` with the violation added to `problems`.
func value<Value>(
    recording problems: inout [RuleViolation], _ make: () throws(RuleViolation) -> Value
) -> Value? {
    do {
        return try make()
    } catch {
        problems.append(error)
        return nil
    }
}
