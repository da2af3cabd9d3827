import StatesLanguage

/// Writes a picture as SVG: the same bytes for the same picture.
struct SVGWriter {
    private static let (margin, titleHeight, cornerRadius) = (24, 21, 7)

    private let diagram: Diagram
    private let drawing: Drawing
    private var lines: [String] = []
    private let width: Int
    private let titleLines: [String]
    private let titleBottom: Int
    private let origin: Point
    /// The steps from one state to the next that an execution has made.
    private let steps: Set<[String]>

    init(_ diagram: Diagram) {
        self.diagram = diagram
        drawing = diagram.drawing
        let legend = Legend(diagram.run, x: Self.margin, y: 0)
        width = max(drawing.size.width, legend.size.width, 260) + 2 * Self.margin
        titleLines =
            diagram.title.isEmpty
            ? [] : TextMeasure.lines(diagram.title, limit: width - 2 * Self.margin, size: 16, isBold: true)
        titleBottom = Self.margin + titleLines.count * Self.titleHeight
        steps = Set(zip(diagram.run?.way ?? [], diagram.run?.way.dropFirst() ?? []).map { [$0, $1] })
        origin = Point(x: Self.margin, y: titleBottom + legend.size.height + Self.margin)
        write()
    }

    var text: String { lines.joined(separator: "\n") + "\n" }

    private mutating func write() {
        let height = drawing.size.height + origin.y + Self.margin
        let title = diagram.title.isEmpty ? "State machine" : diagram.title
        lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" "
                + "viewBox=\"0 0 \(width) \(height)\" role=\"img\" aria-labelledby=\"title desc\">",
            "<title id=\"title\">\(Self.escaped(title))</title>",
            "<desc id=\"desc\">\(Self.escaped(description))</desc>",
            "<style>", SVGStyle.sheet, "</style>",
            "<rect class=\"paper\" width=\"\(width)\" height=\"\(height)\" fill=\"#fff\"/>",
        ]
        for (index, line) in titleLines.enumerated() {
            let y = Self.margin + 14 + index * Self.titleHeight
            lines.append("<text class=\"title\" x=\"\(Self.margin)\" y=\"\(y)\">\(Self.escaped(line))</text>")
        }
        lines += Legend(diagram.run, x: Self.margin, y: titleBottom + 12).lines
        lines.append("<g transform=\"translate(\(origin.x) \(origin.y))\">")
        for depth in 0...(drawing.boxes.map(\.depth).max() ?? 0) { write(depth: depth) }
        lines += ["</g>", "</svg>"]
    }

    /// What a screen reader tells of it.
    private var description: String {
        let states = drawing.boxes.filter { $0.node.kind != .start && $0.node.kind != .end }
        let text = "A state machine with \(states.count) states, from top to bottom."
        return diagram.run.map { "\(text) \($0.summary)" } ?? text
    }

    private mutating func write(depth: Int) {
        for area in drawing.areas where area.depth == depth {
            let frame = area.frame
            lines.append(
                "<rect class=\"\(area.kind.rawValue)\" x=\"\(frame.x)\" y=\"\(frame.y)\" "
                    + "width=\"\(frame.width)\" height=\"\(frame.height)\" rx=\"10\"/>")
            guard !area.title.isEmpty else { continue }
            lines.append(
                "<text class=\"area-title\" x=\"\(frame.x + 12)\" y=\"\(frame.y + 18)\">\(Self.escaped(area.title))</text>"
            )
        }
        let arrows = drawing.arrows.indices.filter { drawing.arrows[$0].depth == depth }
        for index in arrows where !isTaken(drawing.arrows[index]) { write(drawing.arrows[index], isTaken: false) }
        for index in arrows where isTaken(drawing.arrows[index]) { write(drawing.arrows[index], isTaken: true) }
        for box in drawing.boxes where box.depth == depth { write(box) }
        // Words that several arrows share are written once.
        var written: Set<Frame> = []
        for arrow in arrows.map({ drawing.arrows[$0] }) {
            guard let frame = arrow.labelFrame, written.insert(frame).inserted else { continue }
            writeWords(arrow, in: frame)
        }
    }

    // MARK: Boxes

    private func visit(_ box: Drawing.Box) -> Run.Visit? { diagram.run?.visits[box.node.name] }

    private mutating func write(_ box: Drawing.Box) {
        let frame = box.frame
        let isRound = box.node.kind == .start || box.node.kind == .end
        var classes = [isRound ? "round" : "box"]
        if box.node.kind == .missing { classes.append("missing") }
        if diagram.run != nil, !isRound { classes.append(visit(box)?.status.rawValue ?? "unreached") }
        let notes = [box.node.name, box.node.detail] + box.node.notes + (visit(box).map(notes) ?? [])
        lines.append("<g><title>\(Self.escaped(notes.filter { !$0.isEmpty }.joined(separator: "\n")))</title>")
        if isRound {
            let center = frame.center
            lines.append(
                "<circle class=\"\(classes.joined(separator: " "))\" cx=\"\(center.x)\" cy=\"\(center.y)\" "
                    + "r=\"\(frame.width / 2)\"/>"
                    + "<text class=\"circle\" x=\"\(center.x)\" y=\"\(center.y + 4)\">\(box.node.name)</text></g>")
            return
        }
        lines.append(
            "<rect class=\"\(classes.joined(separator: " "))\" x=\"\(frame.x)\" y=\"\(frame.y)\" "
                + "width=\"\(frame.width)\" height=\"\(frame.height)\" rx=\"7\"/>")
        let isFaint = diagram.run != nil && visit(box) == nil
        lines.append(isFaint ? "<g class=\"unreached\">" : "<g>")
        writeSign(box)
        var y = frame.y + BoxMeasure.padding + 12
        for line in box.lines {
            lines.append(
                "<text class=\"name\" x=\"\(frame.x + BoxMeasure.sign)\" y=\"\(y)\">\(Self.escaped(line))</text>")
            y += BoxMeasure.nameHeight
        }
        lines.append("<text x=\"\(frame.x + BoxMeasure.sign)\" y=\"\(y - 2)\">\(Self.escaped(box.detail))</text>")
        if !box.facts.isEmpty {
            lines.append(
                "<text class=\"facts\" x=\"\(frame.right - BoxMeasure.padding)\" y=\"\(y - 2)\">"
                    + "\(Self.escaped(box.facts))</text>")
        }
        lines.append("</g></g>")
    }

    private func notes(_ visit: Run.Visit) -> [String] {
        ["\(visit.status.rawValue): \(visit.facts)"] + (visit.error.map { [$0] } ?? [])
    }

    private mutating func writeSign(_ box: Drawing.Box) {
        let sign = BoxSign(box.node)
        let (x, y) = (box.frame.x + 7, box.frame.y + (BoxMeasure.headHeight(lines: box.lines.count) - 20) / 2)
        lines.append("<rect class=\"\(sign.colour)\" x=\"\(x)\" y=\"\(y)\" width=\"20\" height=\"20\" rx=\"5\"/>")
        if !sign.letters.isEmpty {
            lines.append("<text class=\"badge\" x=\"\(x + 10)\" y=\"\(y + 13)\">\(Self.escaped(sign.letters))</text>")
        }
        if !sign.path.isEmpty {
            lines.append("<path class=\"sign\" transform=\"translate(\(x) \(y))\" d=\"\(sign.path)\"/>")
        }
    }

    // MARK: Arrows

    private func isTaken(_ arrow: Drawing.Arrow) -> Bool {
        guard let run = diagram.run else { return false }
        let (source, target) = (drawing.boxes[arrow.source].node, drawing.boxes[arrow.target].node)
        if source.kind == .start { return run.visits[target.name] != nil }
        if target.kind == .end {
            return run.visits[source.name].map { $0.status == .succeeded || $0.status == .failed } ?? false
        }
        guard steps.contains([source.name, target.name]) else { return false }
        // Where an error and success lead to the same state, what became of the first one tells which it was.
        return arrow.kind == .error
            ? run.visits[source.name]?.status == .caught : run.visits[source.name]?.status != .caught
    }

    private mutating func write(_ arrow: Drawing.Arrow, isTaken: Bool) {
        var classes = arrow.kind == .error ? " error" : ""
        if diagram.run != nil { classes += isTaken ? " taken" : " unreached" }
        let points = isTaken ? arrow.points : arrow.drawnPoints
        lines.append("<path class=\"way\(classes)\" d=\"\(Self.path(points))\"/>")
        guard isTaken || arrow.hasHead, let tip = arrow.points.last else { return }
        lines.append("<path class=\"tip\(classes)\" d=\"M\(tip.x) \(tip.y)l-4-8h8z\"/>")
    }

    private mutating func writeWords(_ arrow: Drawing.Arrow, in frame: Frame) {
        let classes = arrow.kind == .error ? " error" : ""
        let title = arrow.note.isEmpty || arrow.note == arrow.label ? "" : "<title>\(Self.escaped(arrow.note))</title>"
        lines.append(
            "<g>\(title)<rect class=\"\(ground(arrow))\" x=\"\(frame.x)\" y=\"\(frame.y)\" width=\"\(frame.width)\" "
                + "height=\"\(frame.height)\"/><text class=\"words\(classes)\" x=\"\(frame.center.x)\" "
                + "y=\"\(frame.y + 12)\">\(Self.escaped(arrow.label))</text></g>")
    }

    /// On what the words of an arrow stand: on the paper or in an area.
    private func ground(_ arrow: Drawing.Arrow) -> String {
        guard let frame = arrow.labelFrame else { return "paper" }
        let areas = drawing.areas.filter { $0.depth <= arrow.depth && $0.frame.overlaps(frame) }
        return areas.last.map { "on-\($0.kind.rawValue)" } ?? "paper"
    }

    /// A line over points with rounded corners, which ends under the head of its arrow.
    private static func path(_ points: [Point]) -> String {
        guard let first = points.first, points.count > 1 else { return "" }
        var path = "M\(first.x) \(first.y)"
        for index in 1..<points.count {
            let (before, corner) = (points[index - 1], points[index])
            guard index + 1 < points.count else {
                path += before.x == corner.x ? "V\(corner.y)" : "H\(corner.x)"
                break
            }
            let after = points[index + 1]
            let room = min(
                distance(before, corner) / (index == 1 ? 1 : 2),
                distance(corner, after) / (index + 2 == points.count ? 1 : 2))
            let radius = min(cornerRadius, room)
            let start = corner.toward(before, by: radius)
            let end = corner.toward(after, by: radius)
            path +=
                (before.x == corner.x ? "V\(start.y)" : "H\(start.x)") + "Q\(corner.x) \(corner.y) \(end.x) \(end.y)"
        }
        return path
    }

    private static func distance(_ one: Point, _ other: Point) -> Int { abs(one.x - other.x) + abs(one.y - other.y) }

    /// Text for XML; characters that XML does not know, and those that are not seen, are replaced.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            default:
                let isShown = !VisibleText.isHidden(scalar) && scalar.value != 0xFFFE && scalar.value != 0xFFFF
                result.unicodeScalars.append(isShown ? scalar : "\u{FFFD}")
            }
        }
        return result
    }
}

extension Diagram {
    /// The picture for any program that shows SVG 1.1, light or dark as the reader has it.
    package var svg: String { SVGWriter(self).text }
}
