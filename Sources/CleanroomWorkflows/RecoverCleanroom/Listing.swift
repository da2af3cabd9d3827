/// The executions that a sweep looks at. A recovery that did not come to its end is recovered as well, by the next.
enum Listing: String, CaseIterable {
    case failed = "Failed"
    case timedOut = "TimedOut"
    case aborted = "Aborted"
    case failedRecoveries = "FailedRecoveries"
    case timedOutRecoveries = "TimedOutRecoveries"
    case abortedRecoveries = "AbortedRecoveries"

    /// The state that lists them.
    var state: String { "List" + rawValue }

    /// What Step Functions calls the way in which they ended.
    var status: String {
        switch self {
        case .failed, .failedRecoveries: "FAILED"
        case .timedOut, .timedOutRecoveries: "TIMED_OUT"
        case .aborted, .abortedRecoveries: "ABORTED"
        }
    }

    /// The machine whose executions they are.
    var machine: Argument {
        switch self {
        case .failed, .timedOut, .aborted: "${StateMachineArn}"
        case .failedRecoveries, .timedOutRecoveries, .abortedRecoveries: .context(.stateMachineID)
        }
    }
}
