/// What the lines and colours of a picture mean, and what the execution in it was.
struct Legend {
    /// How high a line of it is.
    static let lineHeight = 18

    private(set) var lines: [String] = []
    private(set) var size = Size(width: 0, height: Legend.lineHeight)

    /// - Parameter y: where its first line of text stands.
    init(_ run: Run?, x: Int, y: Int) {
        var place = x
        func text(_ text: String, y: Int) -> String {
            defer { place += TextMeasure.width(text, size: 11) + 18 }
            return "<text x=\"\(place)\" y=\"\(y)\">\(SVGWriter.escaped(text))</text>"
        }
        if let run {
            for status in Run.Status.allCases.map(\.rawValue) + ["unreached"] {
                lines.append(
                    "<rect class=\"box \(status)\" x=\"\(place)\" y=\"\(y - 10)\" width=\"16\" height=\"12\" rx=\"3\"/>"
                )
                place += 22
                lines.append(text(["running": "in progress", "unreached": "not reached"][status] ?? status, y: y))
            }
            size.width = place - x
            (place, size.height) = (x, 2 * Self.lineHeight)
            lines.append(text(TextMeasure.shorten(run.summary, to: 700, size: 11), y: y + Self.lineHeight))
            size.width = max(size.width, place - x)
        } else {
            for (words, classes) in [("goes on", "way"), ("an error is caught", "way error")] {
                lines.append("<path class=\"\(classes)\" d=\"M\(place) \(y - 4)h22\"/>")
                place += 28
                lines.append(text(words, y: y))
            }
            size.width = place - x
        }
    }
}
