/// The place that an expression names, if it does nothing else: a variable, and names behind it.
struct QueryPlace: Sendable {
    /// Without `$`.
    let variable: String
    let names: [String]

    /// Whether it is all that a state is given.
    var isWholeInput: Bool { variable == QueryReference.states && names == ["input"] }

    /// Whether it is all that a state is given, or all that its task has given, which is always there.
    var isWhole: Bool { isWholeInput || variable == QueryReference.states && names == ["result"] }

    /// - Parameters:
    ///   - references: what the expression reads, in the order of the text.
    ///   - text: the expression; nothing but the first of them may be in it.
    init?(_ references: [QueryReference], of text: String) {
        guard let first = references.first, let variable = first.variable else { return nil }
        (self.variable, names) = (variable, first.members)
        if text != "$" + ([variable] + names).joined(separator: ".") { return nil }
    }
}
