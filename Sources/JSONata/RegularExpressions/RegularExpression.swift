/// A regular expression in JavaScript's syntax, matched without ever going back: a text of any kind takes as many steps
/// as it has characters, times the length of the expression.
///
/// What cannot be matched in this way is refused when the expression is read: references back to a group, and looking
/// ahead or behind.
///
/// Source: <https://tc39.es/ecma262/#sec-regexp-regular-expression-objects>; the method is that of Thompson and Pike,
/// <https://swtch.com/~rsc/regexp/regexp2.html>.
package final class RegularExpression: Sendable {
    /// The expression as it is written.
    let source: String
    let flags: PatternFlags
    let program: PatternProgram

    init(parsing source: String, flags: PatternFlags) throws(MalformedPattern) {
        self.source = source
        self.flags = flags
        let (pattern, groupCount) = try PatternParser.pattern(of: source)
        program = try PatternProgram(of: pattern, groupCount: groupCount, flags: flags)
    }

    /// The first match that begins at `start` or later.
    ///
    /// - Throws: an excess of steps; `instructionsPerStep` instructions cost one.
    func firstMatch(
        in text: PreparedText, from start: Int, _ budget: inout JSONataBudget
    ) throws(JSONataFailure) -> PatternMatcher.Match? {
        var matcher = PatternMatcher(program: program, text: text.scalars)
        return try matcher.firstMatch(from: start, &budget)
    }
}

/// A text as the scalars that it has, so that places in it are numbers.
struct PreparedText {
    let scalars: [Unicode.Scalar]

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    subscript(range: Range<Int>) -> String {
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars[range])
        return text
    }
}
