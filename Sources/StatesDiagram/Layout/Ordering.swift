/// The order of the items in each row, such that few arrows cross.
///
/// Source: Sugiyama, Tagawa and Toda, Methods for Visual Understanding of Hierarchical System Structures (1981), with
/// the exchange of neighbours of Gansner and others (1993).
struct Ordering {
    private static let sweeps = 16

    private struct Neighbour {
        let item: Int
        /// Where in the upper one of the two the arrow between them begins.
        let port: Int
        let weight: Int
    }

    private let rows: Rows
    private let exitsAtRight: Bool
    private var order: [[Int]]
    private var position: [Int]
    private let above: [[Neighbour]]
    private let below: [[Neighbour]]
    /// Items that an arrow leaves for the side of the panel, by how many.
    private let sideExits: [Int]

    static func order(_ rows: Rows, _ panel: Panel) -> [[Int]] {
        var ordering = Ordering(rows, panel)
        ordering.improve()
        return ordering.order
    }

    private init(_ rows: Rows, _ panel: Panel) {
        self.rows = rows
        exitsAtRight = panel.side == .right
        var (above, below) = (
            [[Neighbour]](repeating: [], count: rows.items.count), [[Neighbour]](repeating: [], count: rows.items.count)
        )
        for seam in rows.seams {
            let weight = rows.items[seam.upper].isOnLine && rows.items[seam.lower].isOnLine ? 4 : 1
            below[seam.upper].append(Neighbour(item: seam.lower, port: seam.upperPort, weight: weight))
            above[seam.lower].append(Neighbour(item: seam.upper, port: seam.upperPort, weight: weight))
        }
        var sideExits = rows.items.map { _ in 0 }
        for way in rows.exits { sideExits[way.items[way.items.count - 1]] += 1 }
        (self.above, self.below, self.sideExits) = (above, below, sideExits)
        // Errors begin at the side of the exits, other branches on the other one.
        let far = exitsAtRight ? 1 : -1
        order = rows.rows.map { row in
            row.enumerated().sorted { left, right in
                func key(_ item: Int) -> Int {
                    rows.items[item].isOnLine ? 0 : rows.items[item].isError || sideExits[item] > 0 ? far : -far
                }
                return (key(left.element), left.offset) < (key(right.element), right.offset)
            }.map(\.element)
        }
        position = rows.items.map { _ in 0 }
        for row in order.indices { number(row) }
    }

    private mutating func number(_ row: Int) {
        for (place, item) in order[row].enumerated() { position[item] = place }
    }

    private mutating func improve() {
        var best = order
        var least = crossings
        for sweep in 0..<Self.sweeps where least > 0 {
            let isDown = sweep.isMultiple(of: 2)
            for row in isDown ? Array(order.indices) : order.indices.reversed() {
                sort(row, by: isDown ? above : below)
            }
            exchange()
            let count = crossings
            if count < least { (best, least) = (order, count) }
        }
        order = best
        for row in order.indices { number(row) }
    }

    private mutating func sort(_ row: Int, by neighbours: [[Neighbour]]) {
        let keys = order[row].enumerated().map { place, item -> (Double, Int, Int) in
            let around = neighbours[item]
            guard !around.isEmpty else { return (Double(place), place, item) }
            let sum = around.reduce(0.0) {
                $0 + (Double(position[$1.item]) + 0.1 * Double($1.port.signum())) * Double($1.weight)
            }
            return (sum / Double(around.reduce(0) { $0 + $1.weight }), place, item)
        }
        order[row] = keys.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
        number(row)
    }

    /// Exchanges neighbours as long as that takes away crossings.
    private mutating func exchange() {
        var isBetter = true
        var rounds = 0
        while isBetter, rounds < 8 {
            isBetter = false
            rounds += 1
            for row in order.indices {
                for place in order[row].indices.dropLast() {
                    let (left, right) = (order[row][place], order[row][place + 1])
                    if crossings(left, right) > crossings(right, left) {
                        order[row].swapAt(place, place + 1)
                        number(row)
                        isBetter = true
                    }
                }
            }
        }
    }

    private func isRight(_ one: Neighbour, of other: Neighbour) -> Bool {
        one.item == other.item ? one.port > other.port : position[one.item] > position[other.item]
    }

    /// How often the arrows of two items cross when the one is left of the other.
    private func crossings(_ left: Int, _ right: Int) -> Int {
        var count = 0
        for neighbours in [above, below] {
            for one in neighbours[left] {
                for other in neighbours[right] where isRight(one, of: other) {
                    count += one.weight * other.weight
                }
            }
        }
        // What leaves at the side crosses everything below the items between.
        let (inner, outer) = exitsAtRight ? (left, right) : (right, left)
        return count + sideExits[inner]
            * (below[outer].reduce(0) { $0 + $1.weight } + (rows.items[outer].isBox ? 1 : 0))
    }

    /// The crossings of all arrows, those with the line that goes straight down counting more.
    private var crossings: Int {
        var count = 0
        for row in order {
            for (place, left) in row.enumerated() {
                for right in row[(place + 1)...] {
                    for one in above[left] {
                        for other in above[right] where isRight(one, of: other) {
                            count += one.weight * other.weight
                        }
                    }
                    let (inner, outer) = exitsAtRight ? (left, right) : (right, left)
                    count += sideExits[inner] * below[outer].reduce(0) { $0 + $1.weight }
                }
            }
        }
        return count
    }
}
