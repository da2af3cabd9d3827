/// A word of an expression.
struct Token {
    enum Kind: Equatable {
        /// An operator or a delimiter, `and`, `or` and `in` too.
        case symbol
        case name
        /// A variable; the text has no `$`.
        case variable
        case string
        case number(Double)
        /// `true`, `false` or `null`.
        case word
        case pattern(RegularExpression)
        case end

        static func == (left: Kind, right: Kind) -> Bool {
            switch (left, right) {
            case (.symbol, .symbol), (.name, .name), (.variable, .variable), (.string, .string), (.number, .number),
                (.word, .word), (.pattern, .pattern), (.end, .end):
                true
            default: false
            }
        }
    }

    let kind: Kind
    let text: String
    /// Where the token ends, in scalars from the beginning.
    let position: Int

    func isSymbol(_ text: String) -> Bool { kind == .symbol && self.text == text }
}
