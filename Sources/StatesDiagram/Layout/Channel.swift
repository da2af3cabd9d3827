/// The room between two rows, where arrows run sideways: each on a track of its own as far as they would touch.
struct Channel {
    /// What runs sideways together.
    enum Key: Hashable {
        /// All that leaves an item at a port.
        case from(item: Int, port: Int)
        /// All that leads to an item and to no other.
        case into(Int)
        /// What turns around here.
        case turn(Int)
        /// What leaves for a trunk.
        case exit(trunk: Int)
    }

    private struct Net {
        var uppers: [Int] = []
        var lowers: [Int] = []
        var low = Int.max
        var high = Int.min

        var isStraight: Bool { low == high }

        func overlaps(_ other: Net) -> Bool {
            low - Channel.room < other.high && other.low - Channel.room < high
        }

        /// Whether each comes from where the other one goes, so that neither can run above the other.
        func swaps(with other: Net) -> Bool {
            uppers.count == 1 && lowers.count == 1 && costAbove(other) >= 100 && other.costAbove(self) >= 100
        }

        /// How bad it is for this one to run above another one.
        func costAbove(_ other: Net) -> Int {
            var cost = 0
            for x in lowers {
                if other.uppers.contains(where: { abs($0 - x) < Channel.room }) { cost += 100 }
                if other.low < x, x < other.high { cost += 1 }
            }
            for x in other.uppers where low < x && x < high { cost += 1 }
            return cost
        }
    }

    /// How far apart tracks are, and what would touch.
    static let room = 10

    private var nets: [Key: Net] = [:]
    private var keys: [Key] = []
    private var tracks: [Key: Int] = [:]
    /// The second tracks of nets that take each other's places: one of them changes over between two tracks.
    private var secondTracks: [Key: Int] = [:]
    private(set) var trackCount = 0

    var isEmpty: Bool { keys.isEmpty }

    /// Adds the end of an arrow, at the row above, at the row below, or at the side.
    mutating func add(_ key: Key, upper: Int? = nil, lower: Int? = nil, side: Int? = nil) {
        var net = nets[key] ?? Net()
        if nets[key] == nil { keys.append(key) }
        if let upper, !net.uppers.contains(upper) { net.uppers.append(upper) }
        if let lower, !net.lowers.contains(lower) { net.lowers.append(lower) }
        for x in [upper, lower, side].compactMap(\.self) {
            net.low = min(net.low, x)
            net.high = max(net.high, x)
        }
        nets[key] = net
    }

    /// Gives each its track: in the order in which the fewest cross, and as far up as nothing is in the way.
    mutating func assignTracks() {
        let bent = keys.filter { nets[$0]?.isStraight == false }
        var order: [(key: Key, net: Net)] = []
        for key in bent {
            guard let net = nets[key] else { continue }
            var best = (cost: Int.max, place: 0)
            for place in 0...order.count {
                let cost =
                    order[..<place].reduce(0) { $0 + $1.net.costAbove(net) }
                    + order[place...].reduce(0) { $0 + net.costAbove($1.net) }
                if cost < best.cost { best = (cost, place) }
            }
            order.insert((key, net), at: best.place)
        }
        for (place, (key, net)) in order.enumerated() {
            var track = 0
            for (other, before) in order[..<place] {
                let taken = tracks[other] ?? 0
                if net.overlaps(before) || before.costAbove(net) < net.costAbove(before) {
                    track = max(track, taken + 1)
                }
            }
            tracks[key] = track
            trackCount = max(trackCount, track + 1)
        }
        for (place, (key, net)) in order.enumerated()
        where order[(place + 1)...].contains(where: { net.swaps(with: $0.net) }) {
            secondTracks[key] = trackCount
            trackCount += 1
        }
    }

    /// The track on which a net goes on from the middle of its way; `nil` where it stays on the first one.
    func secondTrack(_ key: Key) -> Int? { secondTracks[key] }

    /// The track of a net; `nil` where it runs straight down.
    func track(_ key: Key) -> Int? { tracks[key] }
}
