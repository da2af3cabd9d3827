/// A pattern of IAM: `*` stands for any characters or none, `?` for one.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>
struct Wildcard: Hashable, Sendable {
    let text: String

    init(_ text: String) { self.text = text }

    /// Whether the whole of a text is as the pattern says.
    func matches(_ other: String) -> Bool { Self.matches(text[...], other[...]) }

    /// The same for ARNs, whose six parts are compared one by one: a `*` stays in its part, but in the last one, where
    /// colons and slashes are characters like others.
    func matchesARN(_ other: String) -> Bool {
        if text == "*" { return true }
        let (mine, others) = (Self.parts(text), Self.parts(other))
        guard mine.count == 6, others.count == 6 else { return text == other }
        return zip(mine, others).allSatisfy(Self.matches)
    }

    private static func parts(_ arn: String) -> [Substring] {
        arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    }

    private static func matches(_ pattern: Substring, _ text: Substring) -> Bool {
        let (pattern, text) = (Array(pattern.unicodeScalars), Array(text.unicodeScalars))
        var (inPattern, inText) = (0, 0)
        // Where to go on when what follows the last star does not fit: one character further.
        var star: (pattern: Int, text: Int)?
        while inText < text.count {
            if inPattern < pattern.count, pattern[inPattern] == "*" {
                star = (inPattern, inText)
                inPattern += 1
            } else if inPattern < pattern.count, pattern[inPattern] == "?" || pattern[inPattern] == text[inText] {
                inPattern += 1
                inText += 1
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                (inPattern, inText) = (last.pattern + 1, last.text + 1)
            } else {
                return false
            }
        }
        return pattern[inPattern...].allSatisfy { $0 == "*" }
    }
}
