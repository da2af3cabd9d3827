extension Drawing {
    private static let (areaPadding, areaTitle, areaGap) = (20, 26, 36)

    /// Lays out a chart.
    ///
    /// 1. The box of each node, around what runs inside it.
    /// 2. Each part on its own.
    /// 3. The parts beside one another: the first one at the left, the others under one another at the right.
    /// 4. The arrows between parts, those to one state together in one trunk.
    /// 5. What of the arrows is drawn, each piece once.
    ///
    /// - Parameter facts: what is to be said of a state, by its name.
    init(_ chart: Chart, isWhole: Bool = false, hasCircles: Bool = true, facts: (String) -> String) {
        // 1.
        let outline = Outline(chart, isWhole: isWhole)
        let plan = Plan(chart, outline, hasCircles: hasCircles)
        let contents = plan.nodes.map { Self.contents($0, facts: facts) }
        let measured = zip(plan.nodes, contents).map { node, content in
            BoxMeasure.box(node, facts: facts(node.name), inner: content?.size)
        }
        // 2.
        let layouts = plan.panels(boxes: measured.map { Size(width: $0.frame.width, height: $0.frame.height) })
            .map { PanelLayout($0) }
        // 3.
        var gutter = Gutter(plan, layouts)
        size = layouts[0].size
        let right = size.width + gutter.width
        let columnHeight =
            layouts.dropFirst().reduce(0) { $0 + $1.size.height + Self.areaTitle + Self.areaPadding }
            + max(0, layouts.count - 2) * Self.areaGap
        var origins: [Point] = [Point(x: 0, y: 0)]
        var y = max(0, min(gutter.firstExit - 60, size.height - columnHeight))
        for (part, layout) in layouts.enumerated().dropFirst() {
            y += gutter.place(part, at: y + Self.areaTitle)
            let area = Frame(
                x: right, y: y, width: layout.size.width + 2 * Self.areaPadding,
                height: layout.size.height + Self.areaTitle + Self.areaPadding)
            let head = plan.nodes[plan.parts[part].nodes[0]].name
            areas.append(Area(kind: plan.parts[part].isRemedy ? .remedy : .part, title: head, frame: area))
            origins.append(Point(x: area.x + Self.areaPadding, y: area.y + Self.areaTitle))
            size.width = max(size.width, area.right)
            size.height = max(size.height, area.bottom)
            y = area.bottom + Self.areaGap
        }
        for (index, box) in measured.enumerated() {
            var box = box
            let place = plan.places[index]
            box.frame = layouts[place.part].boxes[place.box].moved(by: origins[place.part])
            boxes.append(box)
        }
        // 4.
        for (part, layout) in layouts.enumerated() {
            for (link, route) in zip(plan.parts[part].links, layout.links) {
                add(
                    plan.links[link], route.points.map { $0.moved(by: origins[part]) },
                    route.label?.moved(by: origins[part]))
            }
        }
        let tracks = gutter.tracks()
        for (index, trunk) in plan.trunks.enumerated() {
            let x = layouts[0].size.width + tracks[index]
            let entry = layouts[trunk.part].entries[trunk.entry].points.map { $0.moved(by: origins[trunk.part]) }
            for (part, exit, link) in trunk.sources {
                let route = layouts[part].exits[exit]
                let points = route.points.map { $0.moved(by: origins[part]) }
                let turn = [Point(x: x, y: points[points.count - 1].y), Point(x: x, y: entry[0].y)]
                add(
                    plan.links[link], (points + turn + entry).withoutStops,
                    route.label?.moved(by: origins[part]))
            }
        }
        // 5.
        drawEachPieceOnce()
        for (index, content) in contents.enumerated() {
            guard let content else { continue }
            let frame = boxes[index].frame
            let head = BoxMeasure.headHeight(lines: boxes[index].lines.count)
            let left = frame.x + (frame.width - content.size.width) / 2
            add(content, at: Point(x: left, y: frame.y + head), depth: 1)
        }
    }

    private mutating func add(_ link: Chart.Link, _ points: [Point], _ labelFrame: Frame?) {
        let label = labelFrame == nil ? "" : BoxMeasure.label(link.label)?.text ?? ""
        arrows.append(
            Arrow(
                source: link.source, target: link.target, kind: link.kind, points: points, label: label,
                labelFrame: labelFrame, note: link.note))
    }

    /// What runs inside a node: its branches beside one another.
    private static func contents(_ node: Chart.Node, facts: (String) -> String) -> Drawing? {
        guard !node.branches.isEmpty else { return nil }
        var drawing = Drawing()
        var x = areaPadding / 2
        for branch in node.branches {
            let inner = Drawing(branch.chart, isWhole: true, hasCircles: false, facts: facts)
            let titleHeight = branch.title.isEmpty ? areaPadding / 2 : areaTitle
            let titleWidth = TextMeasure.width(branch.title, size: BoxMeasure.labelSize)
            let width = max(inner.size.width, titleWidth) + areaPadding
            let frame = Frame(x: x, y: 0, width: width, height: inner.size.height + titleHeight + areaPadding / 2)
            drawing.areas.append(Area(kind: .branch, title: branch.title, frame: frame))
            drawing.add(inner, at: Point(x: x + (width - inner.size.width) / 2, y: titleHeight), depth: 0)
            x = frame.right + areaPadding / 2
            drawing.size.height = max(drawing.size.height, frame.height + areaPadding / 2)
        }
        drawing.size.width = x
        return drawing
    }

    // MARK: 5.

    /// Cuts each arrow where the rest of its way is that of another one to the same box.
    private mutating func drawEachPieceOnce() {
        var drawn: [Int: [(Point, Point)]] = [:]
        let order = arrows.indices.sorted { left, right in
            (-arrows[left].length, left) < (-arrows[right].length, right)
        }
        for index in order {
            let target = arrows[index].target
            let before = drawn[target] ?? []
            var points = arrows[index].points
            var rest: [Point] = []
            while points.count > 1 {
                let (start, end) = (points[points.count - 2], points[points.count - 1])
                guard let reach = Self.covered(start, end, by: before), reach != end else { break }
                rest.append(points.removeLast())
                if reach != start {
                    points.append(reach)
                    break
                }
            }
            arrows[index].hasHead = rest.isEmpty
            // A little of what follows shows which way it turns.
            if let next = rest.last, let last = points.last, next != last {
                points.append(last.toward(next, by: 8))
            }
            if points.count < 2 { points = Array(arrows[index].points.prefix(2)) }
            arrows[index].drawnPoints = points.withoutStops
            drawn[target, default: []] += zip(arrows[index].points, arrows[index].points.dropFirst()).map { ($0, $1) }
        }
    }

    /// From where on the way from `start` to `end` is drawn already; `nil` where even its end is not.
    private static func covered(_ start: Point, _ end: Point, by pieces: [(Point, Point)]) -> Point? {
        var reach = end
        var isLonger = true
        while isLonger, reach != start {
            isLonger = false
            for (one, other) in pieces {
                guard let further = reach.moved(toward: start, along: one, other), further != reach else { continue }
                reach = further
                isLonger = true
            }
        }
        return reach
    }
}

extension Drawing.Arrow {
    fileprivate var length: Int {
        zip(points, points.dropFirst()).reduce(0) { $0 + abs($1.0.x - $1.1.x) + abs($1.0.y - $1.1.y) }
    }
}

extension Point {
    /// A point on the way to another one in the same row or column.
    func toward(_ other: Point, by distance: Int) -> Point {
        func step(_ from: Int, _ to: Int) -> Int { from + min(distance, abs(to - from)) * (to - from).signum() }
        return Point(x: step(x, other.x), y: step(y, other.y))
    }

    /// How far one comes toward `goal` on the piece between two points, if one stands on it.
    fileprivate func moved(toward goal: Point, along one: Point, _ other: Point) -> Point? {
        if x == goal.x, one.x == x, other.x == x {
            let (low, high) = (min(one.y, other.y), max(one.y, other.y))
            guard (low...high).contains(y) else { return nil }
            return Point(x: x, y: goal.y < y ? max(goal.y, low) : min(goal.y, high))
        }
        if y == goal.y, one.y == y, other.y == y {
            let (low, high) = (min(one.x, other.x), max(one.x, other.x))
            guard (low...high).contains(x) else { return nil }
            return Point(x: goal.x < x ? max(goal.x, low) : min(goal.x, high), y: y)
        }
        return nil
    }
}
