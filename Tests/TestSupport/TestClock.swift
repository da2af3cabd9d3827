import DurableExecution
import Foundation
package import StatesLanguage
import Synchronization

/// A clock that stands still until somebody waits for it, and then goes there at once.
///
/// What lies more than an hour ahead is left alone: it is a limit, and not what the execution is waiting for.
package final class TestClock: EngineClock {
    private struct State {
        var now: Timestamp
        var holds = 0
        var sleepers: [UInt64: (deadline: Timestamp, wake: CheckedContinuation<Void, any Error>)] = [:]
        var nextID: UInt64 = 0
        /// How often the clock has been looked at since somebody began to wait.
        var looks = 0
    }

    /// So many looks without anybody beginning to wait: what a busy computer has not got to yet is not overtaken by its
    /// own deadline.
    private static let looksBeforeMoving = 5

    private static let horizon: Int64 = 3_600_000

    private let state: Mutex<State>
    private let pacer = Mutex<Task<Void, Never>?>(nil)

    package init(now: Timestamp = SystemClock().now()) {
        state = Mutex(State(now: now))
        let pacer = Task { [weak self] in
            while !Task.isCancelled {
                self?.advance()
                // Real time in which the engine can get to where it waits again.
                do { try await Task.sleep(for: .milliseconds(1)) } catch { return }
            }
        }
        self.pacer.withLock { $0 = pacer }
    }

    deinit {
        pacer.withLock { $0?.cancel() }
    }

    /// Stands still while `body` runs: for what takes real time, and is not to be overtaken by its own deadline.
    package func holding<Value: Sendable>(_ body: () async -> Value) async -> Value {
        state.withLock { $0.holds += 1 }
        defer { state.withLock { $0.holds -= 1 } }
        return await body()
    }

    package func now() -> Timestamp { state.withLock { $0.now } }

    package func sleep(until deadline: Timestamp) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isDone = state.withLock { state in
                    if Task.isCancelled || deadline <= state.now { return true }
                    state.sleepers[id] = (deadline, continuation)
                    state.looks = 0
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.wake.resume(throwing: CancellationError())
        }
    }

    private func advance() {
        let due = state.withLock { state in
            state.looks += 1
            guard state.holds == 0, state.looks > Self.looksBeforeMoving,
                let next = state.sleepers.values.map(\.deadline).min(),
                next.milliseconds - state.now.milliseconds <= Self.horizon
            else { return [CheckedContinuation<Void, any Error>]() }
            state.now = max(state.now, next)
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for id in due.keys { state.sleepers.removeValue(forKey: id) }
            return due.values.map(\.wake)
        }
        due.forEach { $0.resume() }
    }
}
