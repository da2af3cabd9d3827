package import StatesLanguage

/// An entry of an execution's history with AWS's types and details.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html>
package struct HistoryEvent: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case executionStarted
        case executionSucceeded
        case executionFailed
        case executionTimedOut
        case executionAborted
        case executionRedriven
        /// With the state's type, such as `Pass`.
        case stateEntered(String)
        case stateExited(String)
        /// A Task, Wait, Parallel or Map that was left in the midst of it.
        case stateAborted(String)
        case parallelStateStarted
        case parallelStateSucceeded
        case parallelStateFailed
        case mapStateStarted
        case mapStateSucceeded
        case mapStateFailed
        case mapIterationStarted
        case mapIterationSucceeded
        case mapIterationFailed
        case mapIterationAborted
        case taskScheduled
        case taskStarted
        case taskSubmitted
        case taskSucceeded
        case taskFailed
        case taskTimedOut
        /// An expression of a state in JSONata has failed.
        case evaluationFailed

        /// The value of the event's `type`.
        package var name: String {
            switch self {
            case .executionStarted: "ExecutionStarted"
            case .executionSucceeded: "ExecutionSucceeded"
            case .executionFailed: "ExecutionFailed"
            case .executionTimedOut: "ExecutionTimedOut"
            case .executionAborted: "ExecutionAborted"
            case .executionRedriven: "ExecutionRedriven"
            case .stateEntered(let type): "\(type)StateEntered"
            case .stateExited(let type): "\(type)StateExited"
            case .stateAborted(let type): "\(type)StateAborted"
            case .parallelStateStarted: "ParallelStateStarted"
            case .parallelStateSucceeded: "ParallelStateSucceeded"
            case .parallelStateFailed: "ParallelStateFailed"
            case .mapStateStarted: "MapStateStarted"
            case .mapStateSucceeded: "MapStateSucceeded"
            case .mapStateFailed: "MapStateFailed"
            case .mapIterationStarted: "MapIterationStarted"
            case .mapIterationSucceeded: "MapIterationSucceeded"
            case .mapIterationFailed: "MapIterationFailed"
            case .mapIterationAborted: "MapIterationAborted"
            case .taskScheduled: "TaskScheduled"
            case .taskStarted: "TaskStarted"
            case .taskSubmitted: "TaskSubmitted"
            case .taskSucceeded: "TaskSucceeded"
            case .taskFailed: "TaskFailed"
            case .taskTimedOut: "TaskTimedOut"
            case .evaluationFailed: "EvaluationFailed"
            }
        }

        /// Whether who watches an execution as it runs is told: of its tasks and of itself.
        var isFollowed: Bool {
            switch self {
            case .stateEntered(let type), .stateExited(let type), .stateAborted(let type): type == "Task"
            case .taskStarted, .taskSubmitted, .parallelStateStarted, .parallelStateSucceeded, .parallelStateFailed,
                .mapStateStarted, .mapStateSucceeded, .mapStateFailed, .mapIterationStarted, .mapIterationSucceeded,
                .mapIterationFailed, .mapIterationAborted:
                false
            default: true
            }
        }

        /// The name of the member that holds the event's details.
        private var detailsName: String {
            switch self {
            case .stateEntered: "stateEnteredEventDetails"
            case .stateExited: "stateExitedEventDetails"
            default: name.prefix(1).lowercased() + name.dropFirst() + "EventDetails"
            }
        }

        fileprivate func json(_ details: JSONObject) -> (String, JSONValue) { (detailsName, .object(details)) }
    }

    package let execution: ExecutionARN
    /// Its number, from 1; 0 in an observed event that ended its execution before the journal was replayed.
    package let id: Int64
    package let previousID: Int64
    package let timestamp: Timestamp
    package let kind: Kind
    package let details: JSONObject

    /// The event as `GetExecutionHistory` gives it, with the time as text.
    package var json: JSONValue {
        var members: JSONObject = [
            "id": .integer(id), "previousEventId": .integer(previousID), "timestamp": .string(timestamp.text),
            "type": .string(kind.name),
        ]
        if !details.isEmpty || kind == .executionFailed || kind == .executionAborted {
            let (name, value) = kind.json(details)
            members[name] = value
        }
        return .object(members)
    }
}
