/// How large the box of a state is, and what stands in it.
enum BoxMeasure {
    static let (nameSize, detailSize, labelSize) = (13, 11, 11)
    static let (nameHeight, detailHeight, labelHeight) = (17, 15, 16)
    /// Room around the text, and for the sign at the left of it.
    static let (padding, sign) = (7, 32)
    /// The diameter of the circles at the start and at the ends.
    static let circle = 42
    private static let (nameLimit, detailLimit, labelLimit, leastWidth) = (230, 250, 150, 150)

    /// The box of a node around what runs inside it.
    static func box(_ node: Chart.Node, facts: String, inner: Size? = nil) -> Drawing.Box {
        if node.kind == .start || node.kind == .end {
            let frame = Frame(x: 0, y: 0, width: circle, height: circle)
            return Drawing.Box(node: node, frame: frame, lines: [node.name], detail: "", facts: "")
        }
        let lines = TextMeasure.lines(node.name, limit: nameLimit, size: nameSize, isBold: true)
        let detail = TextMeasure.shorten(node.detail, to: detailLimit, size: detailSize)
        var width = TextMeasure.width(detail, size: detailSize)
        if !facts.isEmpty { width += 14 + TextMeasure.width(facts, size: detailSize) }
        for line in lines { width = max(width, TextMeasure.width(line, size: nameSize, isBold: true)) }
        width = max(leastWidth, sign + width + padding)
        var height = headHeight(lines: lines.count)
        if let inner {
            width = max(width, inner.width)
            height += inner.height
        }
        // An even width, so that the middle is a whole number.
        let frame = Frame(x: 0, y: 0, width: width + width % 2, height: height)
        return Drawing.Box(node: node, frame: frame, lines: lines, detail: detail, facts: facts)
    }

    static func headHeight(lines: Int) -> Int { 2 * padding + lines * nameHeight + detailHeight - 4 }

    /// The words on an arrow, and how much room they take.
    static func label(_ text: String) -> (text: String, size: Size)? {
        if text.isEmpty { return nil }
        let text = TextMeasure.shorten(text, to: labelLimit, size: labelSize)
        let width = TextMeasure.width(text, size: labelSize) + 8
        return (text, Size(width: width + width % 2, height: labelHeight))
    }
}
