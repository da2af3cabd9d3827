/// A panel's boxes in rows, with rows for words between them: `0, 2, 4, …` have words, `1, 3, 5, …` boxes. What passes a
/// row without stopping has an item in it, too, so that room is kept for it.
struct Rows {
    enum Content: Hashable {
        case box(Int)
        /// Words on an arrow.
        case words
        /// An arrow on its way.
        case way
        /// Where an arrow turns around; nothing is drawn.
        case turn
    }

    struct Item {
        let content: Content
        let row: Int
        let size: Size
        var isOnLine = false
        /// Whether only errors lead here.
        var isError = false

        var isBox: Bool { if case .box = content { true } else { false } }
    }

    /// A piece of an arrow from one row to the next.
    struct Seam: Hashable {
        let upper: Int
        let lower: Int
        /// How far from the middle of the upper item it begins; it ends in the middle of the lower one.
        let upperPort: Int
        var weight: Int
    }

    /// Two items of neighbouring rows.
    struct Pair: Hashable {
        let upper: Int
        let lower: Int
    }

    /// The way of an arrow over items: down, or first up where it leads back.
    struct Way {
        var items: [Int] = []
        /// Where it leads back: the item with which it turns upwards, and the one with which it turns downwards.
        var isBack = false
        var words: Int?
    }

    private(set) var items: [Item] = []
    private(set) var rows: [[Int]] = []
    private(set) var seams: [Seam] = []
    private(set) var links: [Way] = []
    private(set) var exits: [Way] = []
    private let panel: Panel
    /// Whether the arrow that goes straight down from a box is one of an error.
    private var goesDownByError: [Bool]
    private var shared: [SharedWay: Int] = [:]
    private var turnTargets: [Int: Int] = [:]
    private var seamPositions: [SeamKey: Int] = [:]

    private struct SharedWay: Hashable {
        let target: Int
        let isError: Bool
        let isOnLine: Bool
        let row: Int
    }

    private struct SeamKey: Hashable {
        let upper: Int
        let lower: Int
        let upperPort: Int
    }

    /// 1. The rows of the boxes.
    /// 2. An item for each box.
    /// 3. Items for the arrows, those with the same target on the same way where they can be.
    /// 4. Items for the words of what leaves the panel.
    init(_ panel: Panel) {
        self.panel = panel
        goesDownByError = panel.boxes.map { _ in false }
        for link in panel.links where link.isOnLine && link.isError { goesDownByError[link.source] = true }
        // 1.
        let isBack = Self.backLinks(panel)
        let ranks = Self.ranks(panel, isBack)
        rows = [[Int]](repeating: [], count: 2 * (ranks.max() ?? 0) + 3)
        // 2.
        var onlyErrors = panel.boxes.indices.map { _ in true }
        onlyErrors[0] = false
        var hasLink = panel.boxes.indices.map { _ in false }
        for link in panel.links {
            hasLink[link.target] = true
            if !link.isError { onlyErrors[link.target] = false }
        }
        for (box, content) in panel.boxes.enumerated() {
            let item = add(.box(box), row: 2 * ranks[box] + 1, content.size)
            items[item].isOnLine = content.isOnLine
            items[item].isError = onlyErrors[box] && hasLink[box]
        }
        // 3.
        links = panel.links.map { _ in Way() }
        for isOnLine in [true, false] {
            for (index, link) in panel.links.enumerated() where link.isOnLine == isOnLine {
                links[index] = isBack[index] ? wayBack(link, ranks) : way(link, ranks)
            }
        }
        // 4.
        for exit in panel.exits {
            var way = Way(items: [exit.source])
            if let label = exit.label {
                let words = add(.words, row: 2 * ranks[exit.source] + 2, label)
                connect(exit.source, words, upperPort: port(of: exit.source, isError: exit.isError))
                way.items.append(words)
                way.words = words
            }
            exits.append(way)
        }
    }

    /// Where an arrow leaves a box: what goes straight down in the middle, errors at the right, and at the left what
    /// leads back, or on where an error goes straight down.
    func port(of box: Int, isError: Bool, isOnLine: Bool = false, isBack: Bool = false) -> Int {
        let aside = panel.boxes[box].size.width * 3 / 10
        if isOnLine { return 0 }
        if isError { return aside }
        return isBack || goesDownByError[box] ? -aside : 0
    }

    /// The item under which an arrow that leads back arrives.
    func turnTarget(_ turn: Int) -> Int { turnTargets[turn] ?? turn }

    // MARK: Which row

    /// The links that lead back to where an execution has been, by depth first on the line.
    private static func backLinks(_ panel: Panel) -> [Bool] {
        enum Mark { case unseen, open, done }
        var marks = panel.boxes.map { _ in Mark.unseen }
        var isBack = panel.links.map { _ in false }
        var outgoing = [[Int]](repeating: [], count: panel.boxes.count)
        for pass in 0..<3 {
            for (index, link) in panel.links.enumerated() where (link.isOnLine ? 0 : link.isError ? 2 : 1) == pass {
                outgoing[link.source].append(index)
            }
        }
        for root in panel.boxes.indices where marks[root] == .unseen {
            marks[root] = .open
            var stack: [(box: Int, next: Int)] = [(root, 0)]
            while let (box, next) = stack.last {
                guard next < outgoing[box].count else {
                    marks[box] = .done
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].next += 1
                let link = outgoing[box][next]
                let target = panel.links[link].target
                switch marks[target] {
                case .open: isBack[link] = true
                case .unseen:
                    marks[target] = .open
                    stack.append((target, 0))
                case .done: break
                }
            }
        }
        return isBack
    }

    private static func ranks(_ panel: Panel, _ isBack: [Bool]) -> [Int] {
        var links: [NetworkSimplex.Link] = []
        for (index, link) in panel.links.enumerated() where !isBack[index] && link.source != link.target {
            links.append(
                NetworkSimplex.Link(
                    tail: link.source, head: link.target, length: 1, weight: link.isOnLine ? 8 : link.isError ? 1 : 2))
        }
        let ranks = NetworkSimplex.solve(nodes: panel.boxes.count, links)
        // What is not connected to the rest begins at the top as well.
        let least = ranks.min() ?? 0
        return ranks.map { $0 - least }
    }

    // MARK: Items and seams

    private mutating func add(_ content: Content, row: Int, _ size: Size? = nil) -> Int {
        items.append(Item(content: content, row: row, size: size ?? Size(width: 0, height: 0)))
        rows[row].append(items.count - 1)
        return items.count - 1
    }

    private mutating func connect(_ upper: Int, _ lower: Int, upperPort: Int = 0, isLoose: Bool = false) {
        let key = SeamKey(upper: upper, lower: lower, upperPort: upperPort)
        let isLong = !items[upper].isBox && !items[lower].isBox && !isLoose
        let isOnLine = items[upper].isOnLine && items[lower].isOnLine
        // A straight way is worth more than all that joins it on its way.
        let weight = isOnLine ? 1000 : isLong ? 64 : 2
        if let position = seamPositions[key] {
            seams[position].weight = max(seams[position].weight, weight)
        } else {
            seamPositions[key] = seams.count
            seams.append(Seam(upper: upper, lower: lower, upperPort: upperPort, weight: weight))
        }
    }

    private mutating func way(_ link: Panel.Link, _ ranks: [Int]) -> Way {
        let (first, last) = (2 * ranks[link.source] + 2, 2 * ranks[link.target])
        var way = Way(items: [link.source])
        var port = port(of: link.source, isError: link.isError, isOnLine: link.isOnLine)
        let sharesWords = link.sharesWords && !link.isOnLine
        for row in first...last {
            let item: Int
            if row == first, !sharesWords, let label = link.label {
                item = add(.words, row: row, label)
                way.words = item
            } else {
                // Just above their target all come together, errors that share their words at those.
                let hasWords = row == last && sharesWords
                let isApart = row < last || hasWords
                let key = SharedWay(
                    target: link.target, isError: link.isError && isApart, isOnLine: link.isOnLine && isApart,
                    row: row)
                item = shared[key] ?? add(hasWords ? .words : .way, row: row, hasWords ? link.label : nil)
                shared[key] = item
                if hasWords { way.words = item }
            }
            items[item].isOnLine = items[item].isOnLine || link.isOnLine
            items[item].isError = link.isError
            connect(way.items[way.items.count - 1], item, upperPort: port, isLoose: row == last)
            way.items.append(item)
            port = 0
        }
        connect(way.items[way.items.count - 1], link.target, upperPort: port)
        way.items.append(link.target)
        return way
    }

    /// Below its source the arrow turns, goes up beside everything between, and turns again above its target.
    private mutating func wayBack(_ link: Panel.Link, _ ranks: [Int]) -> Way {
        let (first, last) = (2 * ranks[link.source] + 1, 2 * ranks[link.target] + 1)
        var way = Way(items: [link.source], isBack: true)
        let port = port(of: link.source, isError: link.isError, isBack: true)
        let below = add(.turn, row: first + 1)
        connect(link.source, below, upperPort: port)
        way.items.append(below)
        var previous = below
        let wordsRow = first > last ? first - 1 : first
        for row in stride(from: first, through: last, by: -1) {
            let item: Int
            if row == wordsRow, let label = link.label {
                item = add(.words, row: row, label)
                way.words = item
            } else {
                item = add(.way, row: row)
            }
            connect(item, previous)
            way.items.append(item)
            previous = item
        }
        let above = add(.turn, row: last - 1)
        connect(above, previous)
        connect(above, link.target)
        turnTargets[above] = link.target
        way.items += [above, link.target]
        return way
    }

    /// Takes over another order within the rows.
    mutating func reorder(_ rows: [[Int]]) { self.rows = rows }
}
