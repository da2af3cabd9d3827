/// How wide text is at the most, in whichever of the usual sans-serif fonts it is drawn.
///
/// The table has for each printable ASCII character the wider of Liberation Sans (which is as wide as Arial and
/// Helvetica) and DejaVu Sans, in thousandths of the font's size.
enum TextMeasure {
    private static let widths: [Int] = [
        318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636,
        636, 636, 636, 636, 337, 337, 838, 838, 838, 556, 1015, 684, 686, 722, 770, 667, 611, 778, 752, 295, 500, 667,
        557, 863, 748, 787, 667, 787, 722, 667, 611, 732, 684, 989, 685, 667, 685, 390, 337, 390, 838, 556, 500, 613,
        635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818,
        592, 592, 525, 636, 337, 636, 838,
    ]

    /// The width of `text` in pixels, rounded up.
    static func width(_ text: String, size: Int, isBold: Bool = false) -> Int {
        var sum = 0
        for scalar in text.unicodeScalars {
            let value = Int(scalar.value)
            if value < 32 || value == 127 { continue }
            sum += value < 127 ? widths[value - 32] : value < 0x1100 ? 750 : 1050
        }
        if isBold { sum = sum * 113 / 100 }
        return (sum * size + 999) / 1000
    }

    /// The text, cut with an ellipsis where it is wider than `limit`.
    static func shorten(_ text: String, to limit: Int, size: Int) -> String {
        if width(text, size: size) <= limit { return text }
        var kept = text
        while !kept.isEmpty, width(kept + "…", size: size) > limit { kept.removeLast() }
        return kept.trimmingSpaces + "…"
    }

    /// A name in lines of at most `limit` pixels, where it can be broken: after spaces and signs, and before capitals.
    static func lines(_ text: String, limit: Int, size: Int, isBold: Bool) -> [String] {
        if width(text, size: size, isBold: isBold) <= limit { return [text] }
        var lines: [String] = []
        var line = ""
        for piece in pieces(text) {
            var piece = piece[...]
            if !line.isEmpty, width(line + piece, size: size, isBold: isBold) > limit {
                lines.append(line.trimmingSpaces)
                line = ""
            }
            while width(String(piece), size: size, isBold: isBold) > limit, piece.count > 1 {
                var count = piece.count - 1
                while count > 1, width(String(piece.prefix(count)), size: size, isBold: isBold) > limit { count -= 1 }
                lines.append(String(piece.prefix(count)))
                piece = piece.dropFirst(count)
            }
            line += piece
        }
        if !line.trimmingSpaces.isEmpty { lines.append(line.trimmingSpaces) }
        return lines
    }

    private static func pieces(_ text: String) -> [String] {
        var pieces: [String] = []
        var piece = ""
        var previous: Character = " "
        for character in text {
            let isBreak =
                (character.isUppercase && previous.isLowercase) || (previous == " " && character != " ")
                || "_-./:".contains(previous)
            if isBreak, !piece.isEmpty {
                pieces.append(piece)
                piece = ""
            }
            piece.append(character)
            previous = character
        }
        return piece.isEmpty ? pieces : pieces + [piece]
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        while text.first == " " { text.removeFirst() }
        return String(text)
    }
}
