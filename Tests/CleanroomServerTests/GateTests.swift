import Foundation
import Synchronization
import Testing

@testable import CleanroomServer

/// What takes long is done a few pieces at once, and who finds too many waiting is told so.
@Suite(.timeLimit(.minutes(1)))
struct GateTests {
    private final class Work: Sendable {
        let isOpen = Atomic(false)
        let done = Atomic(0)

        func run() {
            while !isOpen.load(ordering: .acquiring) { usleep(1000) }
            done.add(1, ordering: .relaxed)
        }
    }

    @Test func `one more than may wait is turned away, and told what waits`() async throws {
        let gate = Gate(for: "definitions", concurrency: 2, maximumWaiting: 3)
        let work = Work()
        try await gate.run {
            let pieces = (0..<5).map { _ in Task { try await gate.pass { work.run() } } }
            while gate.inHand < 5 { await Task.yield() }
            let error = await #expect(throws: TooManyRequests.self) { try await gate.pass {} }
            #expect(error?.message.hasPrefix("3 definitions are waiting already") == true)
            #expect(work.done.load(ordering: .relaxed) == 0)
            work.isOpen.store(true, ordering: .releasing)
            for piece in pieces { try await piece.value }
            #expect(work.done.load(ordering: .relaxed) == 5)
            // Then there is room again.
            try await gate.pass {}
        }
    }
}
