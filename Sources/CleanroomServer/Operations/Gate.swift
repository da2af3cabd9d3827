import NIOPosix
import Synchronization

/// Does work that takes long on threads of its own: a few pieces at once, in the order in which they came.
///
/// What takes a second may not stand in a transaction, where all writers would wait for it, nor on the threads that answer
/// requests, where health would.
final class Gate: Sendable {
    /// What the work is done for, as who is turned away is told.
    private let subject: String
    /// How many pieces are done at once.
    private let concurrency: Int
    /// How many more may wait for it; the next one is told to come again.
    private let maximumWaiting: Int
    private let threads: NIOThreadPool
    private let count = Atomic(0)

    init(for subject: String, concurrency: Int = 2, maximumWaiting: Int = 64) {
        (self.subject, self.concurrency, self.maximumWaiting) = (subject, concurrency, maximumWaiting)
        threads = NIOThreadPool(numberOfThreads: concurrency)
    }

    /// How many pieces are done or wait now.
    var inHand: Int { count.load(ordering: .relaxed) }

    /// Has the threads be there while `body` runs.
    func run(_ body: () async throws -> Void) async throws {
        threads.start()
        do {
            try await body()
        } catch {
            try await threads.shutdownGracefully()
            throw error
        }
        try await threads.shutdownGracefully()
    }

    /// Does a piece of work when it is its turn.
    ///
    /// - Throws: `TooManyRequests` when too many wait, and what `work` throws.
    func pass<Value: Sendable>(_ work: @Sendable @escaping () throws -> Value) async throws -> Value {
        let (_, now) = count.add(1, ordering: .relaxed)
        defer { count.subtract(1, ordering: .relaxed) }
        if now > concurrency + maximumWaiting { throw TooManyRequests.waiting(maximumWaiting, subject) }
        return try await threads.runIfActive(work)
    }
}
