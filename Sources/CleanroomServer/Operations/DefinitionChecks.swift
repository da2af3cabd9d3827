import EmbeddedLake
import NIOPosix
import Synchronization

/// Checks the definitions that clients give, a few at a time and in the order in which they came.
///
/// A definition of a megabyte takes about a second. So none is checked in a transaction, where all writers would wait
/// for it, nor on the threads that answer requests, where health would.
final class DefinitionChecks: Sendable {
    /// How many are checked at once.
    static let concurrency = 2
    /// How many more may wait for it; the next one is told to come again.
    static let maximumWaiting = 64

    private let threads = NIOThreadPool(numberOfThreads: concurrency)
    private let count = Atomic(0)

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

    /// The call with its definition checked, if it brings one.
    ///
    /// - Throws: `TooManyRequests` when too many wait.
    func check(_ call: ServiceCall) async throws -> ServiceCall {
        if !CheckedDefinition.isNeeded(for: call) { return call }
        let (_, now) = count.add(1, ordering: .relaxed)
        defer { count.subtract(1, ordering: .relaxed) }
        if now > Self.concurrency + Self.maximumWaiting { throw TooManyRequests.waiting(Self.maximumWaiting) }
        return try await threads.runIfActive {
            var call = call
            call.definition = CheckedDefinition(of: call)
            return call
        }
    }
}
