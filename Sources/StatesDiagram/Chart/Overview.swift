/// What is done on the way to success, and what is done where that fails, each part of that as one box.
struct Overview {
    private(set) var chart: Chart
    /// The names of the boxes by the names of the states that they stand for.
    private(set) var boxes: [String: String] = [:]
    /// For each node of the whole the one that stands for it, if one does.
    private var position: [Int?]

    /// 1. What is kept: tasks and ends on the way, and a box for each part with tasks of its own that more than one
    ///    state leads to. What only prepares, decides or says what failed is passed over.
    /// 2. An arrow from one to another where a way leads over nothing that is kept, but none that leads back, and none
    ///    beside the one over a part that is kept.
    init(of whole: Chart) {
        // 1.
        let outline = Outline(whole, isWhole: false)
        let incoming = whole.incoming
        var kept: [Chart.Node] = []
        position = whole.nodes.map { _ in nil }
        for node in outline.parts[0].line where whole.nodes[node].isShown {
            position[node] = kept.count
            kept.append(whole.nodes[node])
        }
        let lineCount = kept.count
        for part in outline.parts.dropFirst() {
            let nodes = part.nodes.map { whole.nodes[$0] }
            let isLarge = nodes.count >= Outline.leastSize && nodes.contains { $0.kind == .task }
            guard isLarge, incoming[part.nodes[0]].count > 1 else { continue }
            for node in part.nodes { position[node] = kept.count }
            kept.append(Self.box(for: nodes))
        }
        chart = whole
        guard lineCount > 0 else {
            for node in whole.nodes { boxes[node.name] = node.name }
            return
        }
        for (node, place) in zip(whole.nodes, position) { boxes[node.name] = place.map { kept[$0].name } }
        // 2.
        var links = links(of: whole, kept: kept.count, line: lineCount)
        let pairs = Set(links.map { [$0.source, $0.target] })
        links.removeAll { link in
            (lineCount..<kept.count).contains {
                pairs.contains([link.source, $0]) && pairs.contains([$0, link.target])
            }
        }
        chart = Chart(nodes: kept, links: links)
        chart.line = Array(0..<lineCount)
    }

    private static func box(for nodes: [Chart.Node]) -> Chart.Node {
        let services = nodes.filter { $0.kind == .task }.map { ActionWording.service($0.detail) }
        let names = services.enumerated().filter { services.firstIndex(of: $1) == $0 }.map(\.element)
        var box = Chart.Node(
            name: nodes[0].name, kind: .group, detail: "\(nodes.count) states: \(names.joined(separator: ", "))")
        box.notes = nodes.map(\.name)
        box.isTerminal = nodes.contains(where: \.isTerminal)
        return box
    }

    private func links(of whole: Chart, kept count: Int, line lineCount: Int) -> [Chart.Link] {
        let outgoing = whole.outgoing
        var links: [Chart.Link] = []
        for source in 0..<count {
            var (targets, failing, seen): (Set<Int>, Set<Int>, Set<[Int]>) = ([], [], [])
            var unvisited = whole.nodes.indices.filter { position[$0] == source }.map { (node: $0, isError: false) }
            while let (node, isError) = unvisited.popLast() {
                for link in outgoing[node].map({ whole.links[$0] }) {
                    let isError = isError || link.kind == .error && link.isGeneral
                    if let target = position[link.target] {
                        targets.insert(target)
                        if isError { failing.insert(target) }
                    } else if seen.insert([link.target, isError ? 1 : 0]).inserted {
                        unvisited.append((link.target, isError))
                    }
                }
            }
            for target in targets.sorted() {
                // Down the line from one to the next; beside it to what is further down.
                let isShown = target < lineCount ? target == source + 1 : target > source
                guard isShown else { continue }
                let isError = target >= lineCount && failing.contains(target)
                links.append(Chart.Link(source: source, target: target, kind: isError ? .error : .next))
            }
        }
        return links
    }
}

extension Chart.Node {
    fileprivate var isShown: Bool { kind == .task || kind == .map || kind == .parallel || isTerminal }
}
