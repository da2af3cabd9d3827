/// Whole numbers for the nodes of an acyclic graph, such that each link is at least as long as it has to be and all of
/// them together, by weight, are as short as can be.
///
/// It serves twice: for the row of each box, and for the places within the rows.
///
/// Source: Gansner, Koutsofios, North and Vo, A Technique for Drawing Directed Graphs (1993), sections 2.3 and 4.2.
struct NetworkSimplex {
    struct Link {
        let tail: Int
        let head: Int
        /// What `head` is more than `tail`, at the least; may be negative.
        let length: Int
        let weight: Int
    }

    private let links: [Link]
    private let around: [[Int]]
    /// The weight of what leaves a node, less that of what enters it.
    private let balance: [Int]
    private(set) var values: [Int]
    private var isInTree: [Bool]
    /// The nodes of the tree from its root, and for each the link that leads to its parent.
    private var order: [Int] = []
    private var parentLink: [Int]

    /// - Parameter links: acyclic. What they do not connect is solved on its own, beginning at 0.
    init(nodes count: Int, _ links: [Link]) {
        self.links = links
        var around = [[Int]](repeating: [], count: count)
        var balance = [Int](repeating: 0, count: count)
        for (index, link) in links.enumerated() {
            around[link.tail].append(index)
            around[link.head].append(index)
            balance[link.tail] += link.weight
            balance[link.head] -= link.weight
        }
        self.around = around
        self.balance = balance
        values = [Int](repeating: 0, count: count)
        isInTree = [Bool](repeating: false, count: links.count)
        parentLink = [Int](repeating: -1, count: count)
    }

    /// The solution; where it would take very long, the best one found until then, which keeps all lengths as well.
    static func solve(nodes count: Int, _ links: [Link]) -> [Int] {
        var solver = NetworkSimplex(nodes: count, links)
        solver.placeByLongestWay()
        solver.growTree()
        solver.shorten()
        return solver.values
    }

    private mutating func placeByLongestWay() {
        var missing = values.map { _ in 0 }
        for link in links { missing[link.head] += 1 }
        var ready = missing.indices.filter { missing[$0] == 0 }
        var position = 0
        var isPlaced = values.map { _ in false }
        while position < ready.count {
            let node = ready[position]
            position += 1
            for index in around[node] {
                let link = links[index]
                guard link.tail == node else { continue }
                let least = values[node] + link.length
                values[link.head] = isPlaced[link.head] ? max(values[link.head], least) : least
                isPlaced[link.head] = true
                missing[link.head] -= 1
                if missing[link.head] == 0 { ready.append(link.head) }
            }
        }
        precondition(ready.count == values.count, "the links are acyclic")
    }

    private func slack(_ link: Link) -> Int { values[link.head] - values[link.tail] - link.length }

    /// Finds a tree of links without slack, moving parts together until there is one, for each part that is connected.
    private mutating func growTree() {
        var isReached = values.map { _ in false }
        for root in values.indices where !isReached[root] {
            isReached[root] = true
            var members = [root]
            var position = 0
            while true {
                while position < members.count {
                    let node = members[position]
                    position += 1
                    for index in around[node] where slack(links[index]) == 0 {
                        let other = links[index].tail == node ? links[index].head : links[index].tail
                        guard !isReached[other] else { continue }
                        isReached[other] = true
                        isInTree[index] = true
                        members.append(other)
                    }
                }
                var nearest: (index: Int, slack: Int)?
                for node in members {
                    for index in around[node] where isReached[links[index].tail] != isReached[links[index].head] {
                        let slack = slack(links[index])
                        if nearest.map({ slack < $0.slack }) ?? true { nearest = (index, slack) }
                    }
                }
                guard let nearest else { break }
                let shift = isReached[links[nearest.index].tail] ? nearest.slack : -nearest.slack
                for node in members { values[node] += shift }
                position = 0
            }
        }
        orderTree()
    }

    private mutating func orderTree() {
        order.removeAll(keepingCapacity: true)
        var isReached = values.map { _ in false }
        for root in values.indices where !isReached[root] {
            isReached[root] = true
            parentLink[root] = -1
            var position = order.count
            order.append(root)
            while position < order.count {
                let node = order[position]
                position += 1
                for index in around[node] where isInTree[index] {
                    let other = links[index].tail == node ? links[index].head : links[index].tail
                    guard !isReached[other] else { continue }
                    isReached[other] = true
                    parentLink[other] = index
                    order.append(other)
                }
            }
        }
    }

    /// Exchanges links of the tree until none is left by which the whole could get shorter.
    private mutating func shorten() {
        var budget = 40_000_000 / max(1, values.count + links.count)
        var start = 0
        while budget > 0, let leaving = leavingNode(from: start) {
            budget -= 1
            start = leaving + 1
            exchange(leaving)
        }
    }

    /// A node whose link to its parent costs more than it must, looked for from a place in the order on, and around.
    private func leavingNode(from start: Int) -> Int? {
        // The cut value of a link is the balance of the part of the tree that it leads to.
        var sums = balance
        for node in order.reversed() where parentLink[node] >= 0 {
            let link = links[parentLink[node]]
            sums[link.tail == node ? link.head : link.tail] += sums[node]
        }
        for offset in values.indices {
            let node = (start + offset) % values.count
            guard parentLink[node] >= 0 else { continue }
            let isTail = links[parentLink[node]].tail == node
            if (isTail ? sums[node] : -sums[node]) < 0 { return node }
        }
        return nil
    }

    private mutating func exchange(_ node: Int) {
        let leaving = parentLink[node]
        var isBelow = values.map { _ in false }
        isBelow[node] = true
        for other in order where parentLink[other] >= 0 && other != node {
            let link = links[parentLink[other]]
            if isBelow[link.tail == other ? link.head : link.tail] { isBelow[other] = true }
        }
        // The tail's part is to come earlier, until a link from the head's part to it has no slack.
        let tailIsBelow = isBelow[links[leaving].tail]
        var entering: (index: Int, slack: Int)?
        for (index, link) in links.enumerated()
        where isBelow[link.tail] != tailIsBelow && isBelow[link.head] == tailIsBelow {
            let slack = slack(link)
            if entering.map({ slack < $0.slack }) ?? true { entering = (index, slack) }
        }
        guard let entering else {
            // Nothing holds this part back: an unbounded problem, which weights that are not negative do not make.
            preconditionFailure("every cut has links in both directions")
        }
        let shift = tailIsBelow ? -entering.slack : entering.slack
        for other in values.indices where isBelow[other] { values[other] += shift }
        isInTree[leaving] = false
        isInTree[entering.index] = true
        orderTree()
    }
}
