import DurableExecution

/// How much work it may be to derive the history of a client's execution, in the units of `StateWeight`. What is read of
/// the service's own executions has no such bound.
enum ReplayBudget {
    /// For a client.
    static let client = 16_777_216
    /// For a task, where nobody else can write meanwhile.
    static let task = WorkBudget.slice
}
