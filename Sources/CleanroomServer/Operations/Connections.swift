import CoreMetrics
import Foundation
import NIOCore
import Synchronization

/// The connections that are open, and which of them is closed when there are too many.
///
/// A new connection is always taken, so a supervisor and an honest client get one however many others hold. When one
/// address has too many, or all have, one is closed: of that address, or of the one that has most, the connection on
/// which nothing has happened for the longest time. Those whose client owes something go first: a request, the rest of
/// one, the taking of an answer. One whose request is being carried out is not closed.
final class Connections: Sendable {
    private struct State {
        var open: [ObjectIdentifier: Connection] = [:]
        var counts: [Peer: Int] = [:]
    }

    private let maximum: Int
    private let maximumOfPeer: Int
    private let state = Mutex(State())
    /// How many were closed since there were too many.
    private let evictions: Counter

    /// How many times as many a peer on this machine may have: all that come through a proxy are one peer.
    static let loopbackFactor = 3

    init(maximum: Int, maximumOfPeer: Int, metrics: PrometheusRegistry) {
        self.maximum = maximum
        self.maximumOfPeer = maximumOfPeer
        evictions = Counter(label: "cleanroom_connections_evicted_total", dimensions: [], factory: metrics)
    }

    /// How many are open.
    var count: Int {
        @inline(never) get { state.withLock { $0.open.count } }
    }

    /// Takes a connection, and closes one if there are too many now.
    @inline(never)
    func add(_ connection: Connection) {
        let victim: Connection? = state.withLock { state in
            state.open[ObjectIdentifier(connection)] = connection
            state.counts[connection.peer, default: 0] += 1
            guard let victim = self.victim(in: state, after: connection) else { return nil }
            Self.remove(victim, from: &state)
            return victim
        }
        guard let victim else { return }
        evictions.increment()
        victim.close()
    }

    /// Forgets a connection that is closed.
    @inline(never)
    func remove(_ connection: Connection) {
        state.withLock { Self.remove(connection, from: &$0) }
    }

    private static func remove(_ connection: Connection, from state: inout State) {
        guard state.open.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        let count = (state.counts[connection.peer] ?? 1) - 1
        state.counts[connection.peer] = count == 0 ? nil : count
    }

    /// The connection to close; `nil` when there are not too many.
    private func victim(in state: State, after new: Connection) -> Connection? {
        var peer = new.peer
        if state.counts[peer] ?? 0 <= maximumOfPeer * (peer.isLoopback ? Self.loopbackFactor : 1) {
            if state.open.count <= maximum { return nil }
            peer = state.counts.max { $0.value < $1.value }?.key ?? peer
        }
        var best: (connection: Connection, activity: Connection.Activity)?
        for connection in state.open.values where connection.peer == peer && connection !== new {
            let activity = connection.activity
            if activity.stage == .answering { continue }
            if let known = best, !(activity < known.activity) { continue }
            best = (connection, activity)
        }
        return best?.connection ?? new
    }
}

/// A connection that is open, and what was done on it last.
final class Connection: Sendable {
    /// What is waited for, in the order in which connections are closed.
    enum Stage: Int {
        /// The next request.
        case idle
        /// The rest of a request.
        case receiving
        /// That the client takes the answer; a stream of events is one.
        case sending
        /// The service.
        case answering
    }

    struct Activity: Comparable {
        let stage: Stage
        let time: UInt64

        static func < (left: Activity, right: Activity) -> Bool {
            (left.stage.rawValue, left.time) < (right.stage.rawValue, right.time)
        }
    }

    let peer: Peer
    let close: @Sendable () -> Void
    private let stage = Atomic(Stage.idle.rawValue)
    /// When the last thing happened.
    private let time = Atomic<UInt64>(0)

    init(peer: Peer, close: @escaping @Sendable () -> Void) {
        self.peer = peer
        self.close = close
        enter(.idle)
    }

    var activity: Activity {
        Activity(
            stage: Stage(rawValue: stage.load(ordering: .relaxed)) ?? .idle, time: time.load(ordering: .relaxed))
    }

    func enter(_ stage: Stage) {
        self.stage.store(stage.rawValue, ordering: .relaxed)
        time.store(NIODeadline.now().uptimeNanoseconds, ordering: .relaxed)
    }
}

/// Whose connections are counted together: an address, or with IPv6 the 64 bits that one network has.
enum Peer: Hashable, Sendable {
    case ipv4(UInt32)
    case ipv6(UInt64, loopback: Bool)
    case other

    /// - Parameter address: `nil` when it is not known.
    init(_ address: SocketAddress?) {
        switch address {
        case .v4(let address):
            self = .ipv4(UInt32(bigEndian: address.address.sin_addr.s_addr))
        case .v6(let address):
            let halves = withUnsafeBytes(of: address.address.sin6_addr) { bytes in
                (0..<2).map { UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
            }
            if halves[0] == 0, halves[1] >> 32 == 0xFFFF {
                self = .ipv4(UInt32(truncatingIfNeeded: halves[1]))
            } else {
                self = .ipv6(halves[0], loopback: halves[0] == 0 && halves[1] == 1)
            }
        case .unixDomainSocket, nil: self = .other
        }
    }

    var isLoopback: Bool {
        switch self {
        case .ipv4(let address): address >> 24 == 127
        case .ipv6(_, let loopback): loopback
        case .other: true
        }
    }
}
