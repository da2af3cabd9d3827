package import StatesLanguage

/// What is known of an execution when it begins; with the journal's entries it gives every later state of it.
///
/// An object, since it is handed on with each task and never changes.
package final class ExecutionStart: Hashable, Sendable {
    package let arn: ExecutionARN
    package let name: String
    package let machine: StateMachineReference
    /// The input, read anew each time where it is large.
    package var input: JSONValue { keptInput.value }
    package let keptInput: CompactValue
    /// The input byte for byte as it was sent, to be shown. `nil` in an engine, which has no use for it, and for an input
    /// that nobody has sent as a text.
    package let inputText: String?
    /// `nil` for one that was started by the ARN of its machine alone.
    package let qualifier: MachineQualifier?
    package let startedAt: Timestamp
    /// Feeds all that is random in the execution, so that it can be replayed.
    package let seed: UInt64

    package init(
        machine: StateMachineReference, qualifier: MachineQualifier? = nil, name: String, input: JSONValue,
        inputText: String? = nil, startedAt: Timestamp, seed: UInt64
    ) {
        arn = machine.executionARN(name: name)
        self.name = name
        self.machine = machine
        keptInput = CompactValue(input)
        self.inputText = inputText
        self.qualifier = qualifier
        self.startedAt = startedAt
        self.seed = seed
    }

    /// The same without the text of the input.
    private init(withoutTextOf start: ExecutionStart) {
        (arn, name, machine) = (start.arn, start.name, start.machine)
        (keptInput, inputText) = (start.keptInput, nil)
        (qualifier, startedAt, seed) = (start.qualifier, start.startedAt, start.seed)
    }

    /// The same for an engine, which may keep it for long.
    package var withoutInputText: ExecutionStart { inputText == nil ? self : ExecutionStart(withoutTextOf: self) }

    /// How the input is shown.
    package var shownInput: String { inputText ?? input.text }

    /// Two starts are the same if everything that follows from them is: how the input was written does not count, nor how
    /// the machine was named.
    package static func == (left: ExecutionStart, right: ExecutionStart) -> Bool {
        left === right
            || left.arn == right.arn && left.machine == right.machine && left.keptInput == right.keptInput
                && left.startedAt == right.startedAt && left.seed == right.seed
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(arn) }
}

/// How an execution ended.
package enum ExecutionOutcome: Hashable, Sendable {
    case succeeded(output: JSONValue)
    case failed(error: String?, cause: String?)
    case timedOut
    case aborted(error: String?, cause: String?)

    /// The status as `DescribeExecution` gives it.
    package var status: ExecutionStatus {
        switch self {
        case .succeeded: .succeeded
        case .failed: .failed
        case .timedOut: .timedOut
        case .aborted: .aborted
        }
    }
}

/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>
package enum ExecutionStatus: String, CaseIterable, Hashable, Sendable {
    case running = "RUNNING"
    case succeeded = "SUCCEEDED"
    case failed = "FAILED"
    case timedOut = "TIMED_OUT"
    case aborted = "ABORTED"
}

/// Something that happened to an execution from outside. The journal keeps these, in their order.
///
/// What answers something names it by its number, since the branches of an execution wait for many things at a time.
package enum ExecutionEvent: Hashable, Sendable {
    /// The task attempt gave a result.
    case taskSucceeded(id: Int64, JSONValue)
    /// The task attempt failed, or its time ran out (`States.Timeout`).
    case taskFailed(id: Int64, TaskFailure)
    /// The moment came that a branch waits for.
    case timerFired(id: Int64)
    /// Somebody stopped the execution.
    case stopped(error: String?, cause: String?)
    /// The time of the whole execution ran out.
    case timedOut
    /// Somebody started the execution again that had ended without success.
    case redriven
    /// Nothing has happened: the execution was evaluated up to the place that the entry names, and what came of it has left
    /// the process. A replay goes that far before it takes in anything else.
    case progressed
}

/// The error of a task, as a retrier or catcher sees it.
package struct TaskFailure: Error, Hashable, Sendable {
    package let error: String
    package let cause: String

    package init(_ error: String, _ cause: String) {
        self.error = error
        self.cause = cause
    }
}

/// What an execution wants to have done next.
package enum ExecutionAction: Hashable, Sendable {
    case runTask(TaskRequest)
    case wait(until: Timestamp, id: Int64)
    /// Nothing waits any more for the task attempt or the timer.
    case cancel(id: Int64)
    case finish(ExecutionOutcome)
    /// To be evaluated further, beside the turns: it would take too long in one.
    case goOn
}

/// A task that is to be carried out.
package struct TaskRequest: Hashable, Sendable {
    package let execution: ExecutionStart
    package let stateName: String
    package let resource: TaskResource
    package let parameters: JSONValue
    /// Tells this attempt from every other one of the execution.
    package let id: Int64
    package let scheduledAt: Timestamp
    /// When the task's time runs out.
    package let deadline: Timestamp?

    /// The same attempt with other parameters.
    package func replacing(parameters: JSONValue) -> TaskRequest {
        TaskRequest(
            execution: execution, stateName: stateName, resource: resource, parameters: parameters, id: id,
            scheduledAt: scheduledAt, deadline: deadline)
    }

    /// The same for every delivery of this attempt and for no other attempt.
    package var idempotencyToken: String { "\(execution.arn.text)#\(id)" }
}
