package import StatesLanguage

/// A regular expression that reads the same in JSONata's own engine, in AWS's and in ours.
///
/// It has no `$`, which matches before a last line break in some of them: a negative class and the length say the same.
/// Nor has it `\d` and `\w`, which take more than ASCII in some, nor a backslash before a bracket, which JSONata's reader
/// takes for the end of what it looks at, nor a slash.
package struct ExpressionPattern: ExpressibleByStringLiteral, Sendable {
    let text: String

    package init(stringLiteral text: String) { self.init(text) }

    package init(_ text: String) {
        // JSONata's reader counts brackets to find the end of a pattern.
        let isOpen = ["()", "[]", "{}"].contains { pair in
            text.count { $0 == pair.first } != text.count { $0 == pair.last }
        }
        let isUnsafe = text.contains { "$\\/".contains($0) } || text.contains("(?") || isOpen
        precondition(!isUnsafe && !text.isEmpty, "/\(text)/ does not read the same everywhere")
        self.text = text
    }
}

extension Expression where Value == String {
    /// Whether the text has a match for the pattern anywhere.
    package func contains(_ pattern: ExpressionPattern) -> Expression<Bool> {
        Expression<Bool>(.call("contains", [syntax, .pattern(pattern.text)]))
    }

    /// Whether the text has another in it.
    package func contains(text: Expression<String>) -> Expression<Bool> {
        Expression<Bool>(.call("contains", [syntax, text.syntax]))
    }

    /// What the groups of a pattern have of the only match that there is in the text; nothing where there is none.
    package func groups(of pattern: ExpressionPattern) -> Expression<JSONValue?> {
        Expression<JSONValue?>(.member(.call("match", [syntax, .pattern(pattern.text)]), "groups"))
    }

    /// Its length in characters, by Unicode's code points.
    package var length: Expression<Int64> { Expression<Int64>(.call("length", [syntax])) }
}
