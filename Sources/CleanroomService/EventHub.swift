package import DurableExecution
import Synchronization

/// Hands the events of executions to those who follow them.
///
/// What locks is not inlined, since the compiler would put it into async functions (docs/architecture.md, Locks).
final class EventHub: Sendable {
    private struct State {
        var followers: [ExecutionARN: [Int: AsyncStream<HistoryEvent>.Continuation]] = [:]
        var nextID = 0
    }

    private let state = Mutex(State())

    /// What comes to pass in an execution from now on. The stream ends with the execution.
    @inline(never)
    func events(of arn: ExecutionARN) -> AsyncStream<HistoryEvent> {
        let (stream, continuation) = AsyncStream<HistoryEvent>.makeStream()
        let id = state.withLock { state in
            state.nextID += 1
            state.followers[arn, default: [:]][state.nextID] = continuation
            return state.nextID
        }
        continuation.onTermination = { [weak self] _ in self?.leave(id, arn) }
        return stream
    }

    @inline(never)
    func tell(_ event: HistoryEvent) {
        let isEnd = event.kind.endsExecution
        let followers = state.withLock { state in
            // Nearly all executions are followed by nobody.
            if state.followers.isEmpty { return nil as [Int: AsyncStream<HistoryEvent>.Continuation]? }
            return isEnd ? state.followers.removeValue(forKey: event.execution) : state.followers[event.execution]
        }
        for follower in followers?.values.map({ $0 }) ?? [] {
            follower.yield(event)
            if isEnd { follower.finish() }
        }
    }

    private func leave(_ id: Int, _ arn: ExecutionARN) {
        state.withLock { state in
            state.followers[arn]?[id] = nil
            if state.followers[arn]?.isEmpty == true { state.followers[arn] = nil }
        }
    }
}

extension HistoryEvent.Kind {
    /// Whether nothing comes after an event of this kind.
    package var endsExecution: Bool {
        switch self {
        case .executionSucceeded, .executionFailed, .executionTimedOut, .executionAborted: true
        default: false
        }
    }
}
