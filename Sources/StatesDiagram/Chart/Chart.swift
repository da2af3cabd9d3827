/// A state machine, or a branch of one, as a graph: what is drawn, and nothing of where.
struct Chart: Sendable {
    enum Kind: String, Sendable {
        case start, end, task, pass, choice, wait, succeed, fail, map, parallel
        /// A group of states that an overview draws as one box.
        case group
        /// A state that is pointed to and is not there.
        case missing
    }

    struct Node: Sendable {
        let name: String
        let kind: Kind
        /// What it does, in short words, such as `Glue: GetDatabase`.
        let detail: String
        /// What a reader sees who stays on it: a line each.
        var notes: [String] = []
        /// What runs inside it.
        var branches: [Branch] = []
        /// Whether an execution can end here.
        var isTerminal = false
    }

    struct Branch: Sendable {
        let title: String
        let chart: Chart
    }

    struct Link: Sendable {
        enum Kind: String, Sendable {
            case next, choice, otherwise, error
        }

        let source: Int
        let target: Int
        var kind: Kind
        /// In short words; empty where there is nothing to say.
        var label = ""
        /// In full.
        var note = ""
    }

    /// The first one is where it starts.
    var nodes: [Node]
    var links: [Link]
    /// The way that is drawn straight down, where that is known.
    var line: [Int]?

    init(nodes: [Node], links: [Link]) {
        self.nodes = nodes
        self.links = links
    }

    /// For each node the links that leave it.
    var outgoing: [[Int]] {
        var outgoing = [[Int]](repeating: [], count: nodes.count)
        for (index, link) in links.enumerated() { outgoing[link.source].append(index) }
        return outgoing
    }

    /// For each node the links that enter it.
    var incoming: [[Int]] {
        var incoming = [[Int]](repeating: [], count: nodes.count)
        for (index, link) in links.enumerated() { incoming[link.target].append(index) }
        return incoming
    }
}
