import CleanroomWorkflows
package import DurableExecution
package import StatesLanguage

/// A step of a request: a task of its execution, or of the recovery that saw to it.
package struct RequestStep: Hashable, Sendable {
    package enum Status: String, Sendable, CaseIterable {
        case running = "RUNNING"
        case done = "DONE"
        case failed = "FAILED"
    }

    /// What it is for.
    package enum Role: String, Sendable, CaseIterable {
        /// To do what was asked for, or to look whether it can be done.
        case work = "WORK"
        /// To take back what was done.
        case compensation = "COMPENSATION"
        /// To tell the account service the outcome.
        case delivery = "DELIVERY"
    }

    package let name: String
    package fileprivate(set) var role: Role
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
    package var isDelivery: Bool { role == .delivery }
}

/// The steps that the events of an execution tell of, in their order.
package struct RequestSteps: Sendable {
    package private(set) var steps: [RequestStep] = []
    private var isOpen = false
    private var isUndoing = false

    package init() {}

    /// Takes in the next event; the step that it has changed, if it has.
    package mutating func take(_ event: HistoryEvent) -> RequestStep? {
        switch event.kind {
        case .stateEntered("Task"):
            let name = event.details["name"]?.stringValue ?? ""
            steps.append(RequestStep(name: name, role: role(of: name), startedAt: event.timestamp))
            isOpen = true
            return nil
        case .taskScheduled:
            // A redrive begins a step again that had ended.
            isOpen = true
            return change { step in
                step.attempts += 1
                if event.isDelivery { step.role = .delivery }
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

    /// Undoing begins with one state, and what comes after that belongs to it, but for telling the outcome.
    private mutating func role(of state: String) -> RequestStep.Role {
        if Workflows.all.contains(where: { $0.deliveryStates.contains(state) }) { return .delivery }
        if Workflows.all.contains(where: { $0.undoState == state }) { isUndoing = true }
        return isUndoing ? .compensation : .work
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
