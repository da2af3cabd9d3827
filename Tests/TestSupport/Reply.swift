package import DurableExecution
package import StatesLanguage

/// What comes of the one thing that an execution waits for.
package enum Reply: Hashable, Sendable {
    case result(JSONValue)
    case error(TaskFailure)
    /// Its time has come.
    case time

    /// The event that answers the wait of this number.
    package func event(id: Int64) -> ExecutionEvent {
        switch self {
        case .result(let value): .taskSucceeded(id: id, value)
        case .error(let failure): .taskFailed(id: id, failure)
        case .time: .timerFired(id: id)
        }
    }
}

extension Interpreter {
    /// Takes in what comes of the one thing that the execution waits for, and nothing if it waits for none or for many.
    package mutating func answer(_ answer: Reply, at time: Timestamp) -> [ExecutionAction] {
        guard awaited.count == 1, let awaited = awaited.first else { return [] }
        switch awaited {
        case .task(let request): return apply(answer.event(id: request.id), at: time)
        case .timer(let id): return apply(answer.event(id: id), at: time)
        }
    }
}
