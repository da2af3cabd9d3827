/// The way that is drawn straight down: from the head of a part to its best end, by as much work as there is.
enum Line {
    /// What a way is worth: a good end first, then as few general errors on it as can be, then tasks.
    private struct Worth: Comparable {
        var end = 0
        var generalErrors = 0
        var work = 0
        var length = 0

        static func < (left: Worth, right: Worth) -> Bool {
            (left.end, -left.generalErrors, left.work, left.length)
                < (right.end, -right.generalErrors, right.work, right.length)
        }
    }

    /// What a task is worth, and what a step by a caught error costs: some errors are expected, such as one that says
    /// that nothing is there yet, and others begin a detour.
    private static let (taskWorth, errorCost) = (1, 2)

    /// - Parameter nodes: the head of the part comes first.
    static func find(in nodes: [Int], of chart: Chart) -> [Int] {
        let members = Set(nodes)
        let outgoing = chart.outgoing
        let handlesErrors = handlers(chart, outgoing)
        var worth: [Int: Worth] = [:]
        var next: [Int: Int] = [:]
        for node in postorder(from: nodes[0], chart, outgoing, members) {
            var best = Worth(end: endWorth(node, chart, outgoing, members))
            for index in outgoing[node] {
                let link = chart.links[index]
                // What has no worth yet leads back.
                guard members.contains(link.target), var way = worth[link.target] else { continue }
                if link.kind == .error { way.work -= errorCost }
                if link.kind == .error && link.isGeneral || handlesErrors[link.target] { way.generalErrors += 1 }
                if way > best { (best, next[node]) = (way, link.target) }
            }
            best.length += 1
            if chart.nodes[node].kind.isWork { best.work += taskWorth }
            worth[node] = best
        }
        var line = [nodes[0]]
        while let node = next[line[line.count - 1]] { line.append(node) }
        return line
    }

    /// The states that are there for errors of every kind: those where an error leads and success does not.
    static func handlers(_ chart: Chart, _ outgoing: [[Int]]) -> [Bool] {
        var handlers = chart.nodes.map { _ in false }
        for link in chart.links where link.kind == .error && link.isGeneral {
            let leadsOn = outgoing[link.source].contains {
                chart.links[$0].target == link.target && chart.links[$0].kind != .error
            }
            if !leadsOn { handlers[link.target] = true }
        }
        return handlers
    }

    private static func endWorth(_ node: Int, _ chart: Chart, _ outgoing: [[Int]], _ members: Set<Int>) -> Int {
        if chart.nodes[node].isTerminal { return chart.nodes[node].kind == .fail ? 1 : 3 }
        return outgoing[node].contains { !members.contains(chart.links[$0].target) } ? 2 : 0
    }

    /// Each node after all those to which it leads, but for where it leads back.
    private static func postorder(
        from head: Int, _ chart: Chart, _ outgoing: [[Int]], _ members: Set<Int>
    ) -> [Int] {
        var isSeen: Set = [head]
        var postorder: [Int] = []
        var stack: [(node: Int, next: Int)] = [(head, 0)]
        while let (node, next) = stack.last {
            guard next < outgoing[node].count else {
                postorder.append(node)
                stack.removeLast()
                continue
            }
            stack[stack.count - 1].next += 1
            let target = chart.links[outgoing[node][next]].target
            if members.contains(target), isSeen.insert(target).inserted { stack.append((target, 0)) }
        }
        return postorder
    }
}

extension Chart.Link {
    /// Whether it is for errors of every kind.
    var isGeneral: Bool { label == "States.ALL" || label == "States.TaskFailed" }
}

extension Chart.Kind {
    fileprivate var isWork: Bool { self == .task || self == .map || self == .parallel || self == .group }
}
