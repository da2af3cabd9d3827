/// A chart in parts that are each laid out on their own: what leads from the start to success, and beside it the parts
/// that are entered at one state only, such as all that undoes.
struct Outline {
    struct Part {
        /// The state by which it is entered comes first.
        let nodes: [Int]
        /// The way that is drawn straight down.
        let line: [Int]
        /// Whether it is entered only after something has failed, such as what undoes.
        var isRemedy = false
    }

    /// The smallest part that is worth a place of its own.
    static let leastSize = 4

    /// The first one has the start.
    let parts: [Part]

    /// - Parameter isWhole: whether all of it is one part.
    init(_ chart: Chart, isWhole: Bool) {
        let all = Array(chart.nodes.indices)
        let line = chart.line ?? Line.find(in: all, of: chart)
        guard !isWhole else {
            parts = [Part(nodes: all, line: line)]
            return
        }
        let head = Self.heads(chart, line)
        let isReachedWithoutFailure = Self.reachedWithoutFailure(chart, line)
        var members: [Int: [Int]] = [:]
        for node in all { members[head[node], default: []].append(node) }
        parts = members.sorted { $0.key < $1.key }.map { head, nodes in
            let nodes = [head] + nodes.filter { $0 != head }
            return Part(
                nodes: nodes, line: head == 0 ? line : Line.find(in: nodes, of: chart),
                isRemedy: !isReachedWithoutFailure[head])
        }
    }

    /// What can be reached without an error for which there is only a general remedy.
    private static func reachedWithoutFailure(_ chart: Chart, _ line: [Int]) -> [Bool] {
        let outgoing = chart.outgoing
        var isReached = Line.handlers(chart, outgoing)
        // What many ways lead to besides is there for those.
        let incoming = chart.incoming
        for node in chart.nodes.indices where isReached[node] {
            let general = incoming[node].count { chart.links[$0].kind == .error && chart.links[$0].isGeneral }
            if incoming[node].count > 2 * general { isReached[node] = false }
        }
        // A choice to which errors lead tries again, or gives up: what it gives up to is there for errors as well.
        for node in chart.nodes.indices where isReached[node] && chart.nodes[node].kind == .choice {
            for target in outgoing[node].map({ chart.links[$0].target }) where !line.contains(target) {
                isReached[target] = true
            }
        }
        let handlers = isReached
        isReached[0] = true
        let below = Dictionary(uniqueKeysWithValues: zip(line, line.dropFirst()))
        var unvisited = [0]
        while let node = unvisited.popLast() {
            let links = outgoing[node].map { chart.links[$0] }
            // Where the way down goes on by an error, such as that something is not there, a success is the failure.
            let expectsError = links.contains { $0.kind == .error && $0.target == below[node] }
            for link in links where !isReached[link.target] {
                if expectsError, link.kind != .error, chart.nodes[link.target].kind == .pass { continue }
                isReached[link.target] = true
                unvisited.append(link.target)
            }
        }
        return zip(isReached, handlers).map { $0 && !$1 }
    }

    /// For each node the head of its part: 0, or the outermost one off the line by which enough others are entered.
    private static func heads(_ chart: Chart, _ line: [Int]) -> [Int] {
        let dominators = Dominators(chart)
        let isOnLine = Set(line)
        var heads = chart.nodes.map { _ in 0 }
        for node in dominators.order where !isOnLine.contains(node) {
            let parent = dominators.parent[node]
            heads[node] =
                heads[parent] != 0 ? heads[parent] : dominators.sizes[node] >= leastSize ? node : 0
        }
        // What only other parts lead to is no matter of the first one.
        let incoming = chart.incoming
        for node in dominators.order where heads[node] == 0 && node != 0 && !isOnLine.contains(node) {
            let sources = incoming[node].map { chart.links[$0].source }
            if !sources.contains(where: { heads[$0] == 0 }) {
                let parent = dominators.parent[node]
                heads[node] = heads[parent] != 0 ? heads[parent] : node
            }
        }
        return heads
    }
}

/// Which node stands on every way to another one.
///
/// Source: Cooper, Harvey and Kennedy, A Simple, Fast Dominance Algorithm (2001).
private struct Dominators {
    /// The nearest node on every way to a node; for the first one itself, as for what cannot be reached.
    private(set) var parent: [Int]
    /// Each after its parent.
    let order: [Int]
    /// How many nodes can be reached by this one only, itself included.
    private(set) var sizes: [Int]

    init(_ chart: Chart) {
        let outgoing = chart.outgoing
        let incoming = chart.incoming
        order = Self.reversePostorder(chart, outgoing)
        var place = chart.nodes.map { _ in -1 }
        for (index, node) in order.enumerated() { place[node] = index }
        var parent = chart.nodes.map { _ in -1 }
        parent[0] = 0
        func common(_ first: Int, _ second: Int) -> Int {
            var (one, other) = (first, second)
            while one != other {
                while place[one] > place[other] { one = parent[one] }
                while place[other] > place[one] { other = parent[other] }
            }
            return one
        }
        var isSettled = false
        while !isSettled {
            isSettled = true
            for node in order.dropFirst() {
                var nearest = -1
                for link in incoming[node] {
                    let source = chart.links[link].source
                    guard parent[source] >= 0 else { continue }
                    nearest = nearest < 0 ? source : common(source, nearest)
                }
                if nearest >= 0, parent[node] != nearest {
                    parent[node] = nearest
                    isSettled = false
                }
            }
        }
        sizes = chart.nodes.map { _ in 1 }
        for node in order.dropFirst().reversed() where parent[node] >= 0 { sizes[parent[node]] += sizes[node] }
        self.parent = parent.map { max($0, 0) }
    }

    private static func reversePostorder(_ chart: Chart, _ outgoing: [[Int]]) -> [Int] {
        var isSeen = chart.nodes.map { _ in false }
        var postorder: [Int] = []
        isSeen[0] = true
        var stack: [(node: Int, next: Int)] = [(0, 0)]
        while let (node, next) = stack.last {
            guard next < outgoing[node].count else {
                postorder.append(node)
                stack.removeLast()
                continue
            }
            stack[stack.count - 1].next += 1
            let target = chart.links[outgoing[node][next]].target
            if !isSeen[target] {
                isSeen[target] = true
                stack.append((target, 0))
            }
        }
        return postorder.reversed()
    }
}
