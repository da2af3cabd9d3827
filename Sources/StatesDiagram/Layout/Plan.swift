/// What goes into which panel of a drawing, and what leads from one to another.
struct Plan {
    struct Part {
        /// The nodes of the plan in this part.
        var nodes: [Int]
        /// The way that is drawn straight down, in its order.
        var line: [Int]
        let isRemedy: Bool
        /// The links inside it.
        var links: [Int] = []
        var exits: [(link: Int, trunk: Int)] = []
        /// The trunks that enter it.
        var entries: [Int] = []
    }

    /// All arrows from other parts to one node.
    struct Trunk {
        let target: Int
        let part: Int
        /// Which of its part's entries it is.
        let entry: Int
        /// Part, number of the exit in it, link.
        var sources: [(part: Int, exit: Int, link: Int)] = []
    }

    /// Those of the chart, and the circles at the start and at the ends.
    private(set) var nodes: [Chart.Node]
    private(set) var links: [Chart.Link]
    private(set) var parts: [Part]
    private(set) var trunks: [Trunk] = []
    /// Where each node is.
    private(set) var places: [(part: Int, box: Int)] = []

    init(_ chart: Chart, _ outline: Outline, hasCircles: Bool) {
        nodes = chart.nodes
        links = chart.links
        parts = outline.parts.map { Part(nodes: $0.nodes, line: $0.line, isRemedy: $0.isRemedy) }
        if hasCircles { addCircles() }
        places = nodes.map { _ in (0, 0) }
        for (part, content) in parts.enumerated() {
            for (box, node) in content.nodes.enumerated() { places[node] = (part, box) }
        }
        for (index, link) in links.enumerated() {
            let (source, target) = (places[link.source].part, places[link.target].part)
            if source == target {
                parts[source].links.append(index)
                continue
            }
            let trunk = trunk(to: link.target, in: target)
            trunks[trunk].sources.append((source, parts[source].exits.count, index))
            parts[source].exits.append((index, trunk))
        }
    }

    private mutating func trunk(to node: Int, in part: Int) -> Int {
        if let trunk = trunks.firstIndex(where: { $0.target == node }) { return trunk }
        trunks.append(Trunk(target: node, part: part, entry: parts[part].entries.count))
        parts[part].entries.append(trunks.count - 1)
        return trunks.count - 1
    }

    private mutating func addCircles() {
        nodes.append(Chart.Node(name: "Start", kind: .start, detail: ""))
        parts[0].nodes.insert(nodes.count - 1, at: 0)
        parts[0].line.insert(nodes.count - 1, at: 0)
        links.append(Chart.Link(source: nodes.count - 1, target: 0, kind: .next))
        for part in parts.indices {
            let terminals = parts[part].nodes.filter { nodes[$0].isTerminal }
            guard !terminals.isEmpty else { continue }
            let end = nodes.count
            nodes.append(Chart.Node(name: "End", kind: .end, detail: ""))
            parts[part].nodes.append(end)
            if let last = parts[part].line.last, nodes[last].isTerminal { parts[part].line.append(end) }
            for terminal in terminals {
                links.append(Chart.Link(source: terminal, target: end, kind: .next))
            }
        }
    }

    /// The panels to be laid out.
    func panels(boxes: [Size]) -> [Panel] {
        parts.enumerated().map { index, part in
            var panel = Panel()
            panel.side = index == 0 ? .right : .left
            var lineOrder: [Int: Int] = [:]
            for (place, node) in part.line.enumerated() { lineOrder[node] = place }
            for node in part.nodes {
                panel.boxes.append(Panel.Box(size: boxes[node], isOnLine: lineOrder[node] != nil))
            }
            var lineTargets: Set<Int> = []
            for link in part.links {
                let (source, target) = (links[link].source, links[link].target)
                // Of two arrows between the same two boxes one is on the line.
                let follows = lineOrder[source].map { $0 + 1 } == lineOrder[target] && lineOrder[target] != nil
                panel.links.append(
                    Panel.Link(
                        source: places[source].box, target: places[target].box, isError: links[link].kind == .error,
                        label: BoxMeasure.label(links[link].label)?.size,
                        isOnLine: follows && lineTargets.insert(target).inserted,
                        sharesWords: sharesWords(link, in: part)))
            }
            for (link, trunk) in part.exits {
                panel.exits.append(
                    Panel.Exit(
                        source: places[links[link].source].box, trunk: trunk, isError: links[link].kind == .error,
                        label: BoxMeasure.label(links[link].label)?.size))
            }
            for trunk in part.entries {
                panel.entries.append(Panel.Entry(target: places[trunks[trunk].target].box, trunk: trunk))
            }
            return panel
        }
    }

    /// Whether several errors lead to the target of a link in its part, all with the same words.
    private func sharesWords(_ link: Int, in part: Part) -> Bool {
        guard links[link].kind == .error, !links[link].label.isEmpty else { return false }
        let errors = part.links.map { links[$0] }.filter { $0.kind == .error && $0.target == links[link].target }
        return errors.count > 1 && errors.allSatisfy { $0.label == links[link].label }
    }
}
