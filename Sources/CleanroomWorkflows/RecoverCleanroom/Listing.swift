/// The executions that a sweep looks at: those that ended, and the recoveries that did not come to their end, which are
/// recovered as well.
enum Listing: String, CaseIterable {
    case failed = "Failed"
    case timedOut = "TimedOut"
    case aborted = "Aborted"
    case failedRecoveries = "FailedRecoveries"
    case timedOutRecoveries = "TimedOutRecoveries"
    case abortedRecoveries = "AbortedRecoveries"

    /// What Step Functions calls the way in which they ended.
    var status: String {
        switch self {
        case .failed, .failedRecoveries: "FAILED"
        case .timedOut, .timedOutRecoveries: "TIMED_OUT"
        case .aborted, .abortedRecoveries: "ABORTED"
        }
    }

    var isOfRecoveries: Bool {
        switch self {
        case .failed, .timedOut, .aborted: false
        case .failedRecoveries, .timedOutRecoveries, .abortedRecoveries: true
        }
    }
}
