package import DurableExecution
package import StatesLanguage

/// A step of a request: a task of its execution, or of the recovery that saw to it.
package struct RequestStep: Hashable, Sendable {
    package enum Status: String, Sendable, CaseIterable {
        case running = "RUNNING"
        case done = "DONE"
        case failed = "FAILED"
    }

    package let name: String
    package fileprivate(set) var status = Status.running
    package let startedAt: Timestamp
    package fileprivate(set) var endedAt: Timestamp?
    /// How often it was begun.
    package fileprivate(set) var attempts: Int64 = 0
    /// Why the last attempt failed.
    package fileprivate(set) var failure: TaskFailure?
    /// Whether it looked for something and found that it is not there, which the checks before a room hope for.
    package fileprivate(set) var foundNothing = false
    /// Whether it tells the account service the outcome.
    package fileprivate(set) var isDelivery = false
}

/// The steps that the events of an execution tell of, in their order.
package struct RequestSteps: Sendable {
    package private(set) var steps: [RequestStep] = []
    private var isOpen = false

    package init() {}

    /// Takes in the next event; the step that it has changed, if it has.
    package mutating func take(_ event: HistoryEvent) -> RequestStep? {
        switch event.kind {
        case .stateEntered("Task"):
            steps.append(RequestStep(name: event.details["name"]?.stringValue ?? "", startedAt: event.timestamp))
            isOpen = true
            return nil
        case .taskScheduled:
            // A redrive begins a step again that had ended.
            isOpen = true
            return change { step in
                step.attempts += 1
                step.isDelivery = event.isDelivery
                step.status = .running
                step.endedAt = nil
            }
        case .taskSucceeded:
            _ = change { $0.failure = nil }
            return nil
        case .taskFailed, .taskTimedOut:
            let (error, cause) = (event.details["error"]?.stringValue, event.details["cause"]?.stringValue)
            return change { $0.failure = TaskFailure(error ?? "", cause ?? "") }
        case .stateExited("Task"): return end(at: event.timestamp)
        case .executionFailed, .executionTimedOut, .executionAborted:
            if !isOpen { return nil }
            _ = change { step in
                step.failure =
                    step.failure
                    ?? TaskFailure(
                        event.details["error"]?.stringValue ?? event.kind.name,
                        event.details["cause"]?.stringValue ?? "")
            }
            return end(at: event.timestamp)
        default: return nil
        }
    }

    private mutating func end(at time: Timestamp) -> RequestStep? {
        isOpen = false
        return change { step in
            step.endedAt = time
            step.foundNothing = step.failure?.error.hasSuffix("EntityNotFoundException") == true
            if step.foundNothing { step.failure = nil }
            step.status = step.failure == nil ? .done : .failed
        }
    }

    private mutating func change(_ body: (inout RequestStep) -> Void) -> RequestStep? {
        guard let last = steps.indices.last else { return nil }
        body(&steps[last])
        return steps[last]
    }
}

extension HistoryEvent {
    /// Whether an answer is sent with this event: no other task of the service's machines calls an HTTP endpoint.
    package var isDelivery: Bool { kind == .taskScheduled && details["resourceType"] == "http" }
}
