/// The room between the first part of a drawing and the others, where the trunks run up and down.
struct Gutter {
    /// An end of a trunk: where arrows come in from the side, or where it goes out.
    private struct End {
        let trunk: Int
        let isAtLeft: Bool
        let y: Int
    }

    private static let (edge, room) = (22, 12)
    /// How near to one another two arrows from both sides may run.
    private static let least = 5

    private let plan: Plan
    private let layouts: [PanelLayout]
    private var ends: [End] = []

    init(_ plan: Plan, _ layouts: [PanelLayout]) {
        self.plan = plan
        self.layouts = layouts
        ends = ends(of: 0, at: 0)
    }

    var width: Int {
        plan.trunks.isEmpty ? 0 : 2 * Self.edge + (plan.trunks.count - 1) * Self.room
    }

    /// How far down the first arrow leaves the first part.
    var firstExit: Int { ends.map(\.y).min() ?? 0 }

    /// Takes in a part at the right.
    ///
    /// - Returns: how much further down it has to stand, so that none of its arrows runs where one from the left does.
    mutating func place(_ part: Int, at y: Int) -> Int {
        let left = ends.filter(\.isAtLeft).map(\.y)
        func meetings(_ shift: Int) -> Int {
            ends(of: part, at: y + shift).reduce(0) { count, end in
                count + left.count { abs($0 - end.y) < Self.least }
            }
        }
        var best = (shift: 0, count: meetings(0))
        for shift in 1..<40 where best.count > 0 {
            let count = meetings(shift)
            if count < best.count { best = (shift, count) }
        }
        ends += ends(of: part, at: y + best.shift)
        return best.shift
    }

    private func ends(of part: Int, at y: Int) -> [End] {
        var ends: [End] = []
        for (exit, route) in zip(plan.parts[part].exits, layouts[part].exits) {
            ends.append(End(trunk: exit.trunk, isAtLeft: part == 0, y: y + (route.points.last?.y ?? 0)))
        }
        for (trunk, route) in zip(plan.parts[part].entries, layouts[part].entries) {
            ends.append(End(trunk: trunk, isAtLeft: part == 0, y: y + (route.points.first?.y ?? 0)))
        }
        return ends
    }

    /// How far from the first part each trunk runs, in the order in which the fewest cross.
    func tracks() -> [Int] {
        var order = Array(plan.trunks.indices)
        var isBetter = true
        while isBetter {
            isBetter = false
            for place in order.indices.dropLast() {
                let (left, right) = (order[place], order[place + 1])
                if crossings(left, right) > crossings(right, left) {
                    order.swapAt(place, place + 1)
                    isBetter = true
                }
            }
        }
        var tracks = order.map { _ in 0 }
        for (place, trunk) in order.enumerated() { tracks[trunk] = Self.edge + place * Self.room }
        return tracks
    }

    /// How often what comes to one trunk and the other cross, when the first is left of the second.
    private func crossings(_ left: Int, _ right: Int) -> Int {
        func range(_ trunk: Int) -> ClosedRange<Int> {
            let places = ends.filter { $0.trunk == trunk }.map(\.y)
            return (places.min() ?? 0)...(places.max() ?? 0)
        }
        let (leftRange, rightRange) = (range(left), range(right))
        let ofRight = ends.count { $0.trunk == right && $0.isAtLeft && leftRange.contains($0.y) }
        let ofLeft = ends.count { $0.trunk == left && !$0.isAtLeft && rightRange.contains($0.y) }
        return ofRight + ofLeft
    }
}
