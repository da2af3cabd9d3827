import NIOCore
import Synchronization

/// The calls of clients' machines that are under way: so many at once, and each within its time.
final class ClientCalls: Sendable {
    /// How many may be under way: each has a connection, out of the files that the server keeps for itself.
    static let maximum = 64

    /// Why a call was not made, or not to its end.
    enum Refusal: Error, CustomStringConvertible {
        case tooMany
        case timedOut(TimeAmount)

        var description: String {
            switch self {
            case .tooMany: "nothing was sent, since \(ClientCalls.maximum) calls of machines are under way"
            case .timedOut(let limit): "it took longer than \(limit.nanoseconds / 1_000_000_000) seconds"
            }
        }
    }

    private let count = Atomic(0)

    /// How many are under way now.
    var underWay: Int { count.load(ordering: .relaxed) }

    /// Makes a call, which is cancelled when its time has run out or its task is cancelled.
    ///
    /// - Throws: `Refusal`, and what `call` throws.
    func make<Value: Sendable>(
        within limit: TimeAmount, _ call: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let (_, now) = count.add(1, ordering: .relaxed)
        defer { count.subtract(1, ordering: .relaxed) }
        if now > Self.maximum { throw Refusal.tooMany }
        return try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await call() }
            group.addTask {
                try await Task.sleep(for: .nanoseconds(limit.nanoseconds))
                throw Refusal.timedOut(limit)
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }
}
