/// Writes texts of others so that a terminal and whoever reads them see all that is in them: what would move the cursor,
/// change the colour or turn the order of the letters around is shown as its number.
///
/// Those are the control characters (C0, DEL, C1), the marks of Unicode's bidirectional algorithm, and its two separators
/// of lines.
package enum VisibleText {
    /// The text on one line, or with its own lines: `\u{202E}` stands for the character of that number.
    package static func text(_ text: String, keepingLines: Bool = false) -> String {
        replacing(text) { scalar in
            if keepingLines, scalar == "\n" { return nil }
            return "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        }
    }

    /// A text that is JSON, as JSON of the same value.
    package static func json(_ json: String) -> String {
        replacing(json) { scalar in
            // What is below a space stands between the values, and has an escape of its own inside of them.
            if scalar.value < 0x20 { return nil }
            let digits = String(scalar.value, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
    }

    /// - Parameter replacement: `nil` to leave it as it is.
    private static func replacing(_ text: String, _ replacement: (Unicode.Scalar) -> String?) -> String {
        // Nearly every text is of letters alone.
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
        var result = ""
        result.unicodeScalars.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            if isHidden(scalar), let shown = replacement(scalar) {
                result += shown
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Whether a character acts on what stands around it instead of being seen.
    package static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1F, 0x7F...0x9F, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// The beginning of a text, with `…` where more comes.
    package static func beginning(of text: String, characters: Int) -> String {
        guard
            let end = text.unicodeScalars.index(
                text.startIndex, offsetBy: characters, limitedBy: text.endIndex), end < text.endIndex
        else { return text }
        return String(text.unicodeScalars[..<end]) + "…"
    }
}
