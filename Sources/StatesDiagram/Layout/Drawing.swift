/// A chart with everything in its place: what is drawn, and where.
struct Drawing: Sendable {
    struct Box: Sendable {
        let node: Chart.Node
        var frame: Frame
        /// The node's name in lines.
        let lines: [String]
        /// The words under the name.
        let detail: String
        /// How long it took and how often it was tried again, of an execution.
        let facts: String
        /// How many others it stands in.
        var depth = 0
    }

    struct Arrow: Sendable {
        /// The boxes from which and to which it leads.
        var source: Int
        var target: Int
        let kind: Chart.Link.Kind
        var points: [Point]
        let label: String
        var labelFrame: Frame?
        let note: String
        /// How many of its points are drawn: the rest of its way is drawn with another arrow to the same box.
        var drawnPoints: [Point] = []
        var hasHead = true
        var depth = 0
    }

    /// A tinted part of the picture.
    struct Area: Sendable {
        enum Kind: String, Sendable { case part, remedy, branch }

        let kind: Kind
        let title: String
        var frame: Frame
        var depth = 0
    }

    var size = Size(width: 0, height: 0)
    var boxes: [Box] = []
    var arrows: [Arrow] = []
    var areas: [Area] = []

    /// Puts another drawing into this one.
    mutating func add(_ other: Drawing, at offset: Point, depth: Int) {
        let first = boxes.count
        for var box in other.boxes {
            box.frame = box.frame.moved(by: offset)
            box.depth += depth
            boxes.append(box)
        }
        for var arrow in other.arrows {
            arrow.source += first
            arrow.target += first
            arrow.points = arrow.points.map { $0.moved(by: offset) }
            arrow.drawnPoints = arrow.drawnPoints.map { $0.moved(by: offset) }
            arrow.labelFrame = arrow.labelFrame?.moved(by: offset)
            arrow.depth += depth
            arrows.append(arrow)
        }
        for var area in other.areas {
            area.frame = area.frame.moved(by: offset)
            area.depth += depth
            areas.append(area)
        }
    }
}
