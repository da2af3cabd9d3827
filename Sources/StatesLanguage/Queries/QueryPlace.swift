/// A place that an expression names and does nothing else: a variable, and names behind it.
struct QueryPlace: Sendable {
    /// Without `$`.
    let variable: String
    let names: [String]

    /// Whether it is all that a state is given.
    var isWholeInput: Bool { variable == QueryReference.states && names == ["input"] }

    /// - Parameters:
    ///   - references: what the expression reads.
    ///   - text: the expression; nothing but the reference may be in it.
    init?(_ references: [QueryReference], of text: String) {
        guard references.count == 1, let variable = references[0].variable else { return nil }
        (self.variable, names) = (variable, references[0].members)
        if text != "$" + ([variable] + names).joined(separator: ".") { return nil }
    }
}
