package import DurableExecution
package import StatesLanguage

/// The executions that Step Functions tells a workflow of, whatever keeps them: the tables of an embedded lake, or the
/// memory of a simulation.
///
/// The rules of Step Functions are written once, over this protocol and `ExecutionCatalog`; who keeps the executions only
/// keeps them.
package protocol ExecutionReading {
    func execution(_ arn: ExecutionARN) throws -> ExecutionRecord?
    /// The version of a machine that executions are started of now; `nil` where there is no such machine.
    func latestVersion(of machine: String) throws -> (id: Int64, reference: StateMachineReference, isOwn: Bool)?
    /// The number that a version of a machine has in its ARN.
    func versionNumber(_ id: Int64, of machine: String) throws -> Int64
    /// Executions of a machine, the newest first, before a row: with `nil` from the newest on.
    func executions(
        of machine: String, in scope: ExecutionScope, statuses: [ExecutionStatus], wasRedriven: Bool?,
        before row: Int64?, limit: Int
    ) throws -> [(row: Int64, record: ExecutionRecord)]
    /// Whether executions of a machine are started when others fail.
    func isStartedByRules(_ machine: String) throws -> Bool
    /// Whether an execution is of one of the service's own machines.
    func isOwn(_ execution: ExecutionARN) throws -> Bool

    /// How many events the history of an execution has.
    ///
    /// - Throws: `ReplayTooCostly` where telling takes more work than the budget, in the units of `StateWeight`.
    func eventCount(of record: ExecutionRecord, budget: Int) throws -> Int64
    /// The events of a window, and how many there are up to its end and one behind it.
    ///
    /// - Throws: `ReplayTooCostly` where telling takes more work than the budget.
    func history(
        of record: ExecutionRecord, _ window: HistoryWindow, budget: Int
    ) throws -> (events: [HistoryEvent], count: Int64)
    /// Why an execution cannot be started again; `nil` for one that can.
    func redriveRefusal(of record: ExecutionRecord, at time: Timestamp) throws -> Redrive.Refusal?
}

/// The executions that a workflow may start besides.
package protocol ExecutionCatalog: ExecutionReading {
    /// How many executions of clients have started one another above one that this execution starts.
    ///
    /// - Throws: `ServiceError` where that is deeper than may be.
    func depth(startedBy parent: ExecutionARN?) throws -> Int
    /// Writes an execution down that is not there yet.
    func insert(_ start: ExecutionStart, version: Int64, depth: Int?, isAsked: Bool) throws
    /// Has whoever runs the engine told that there is something to take up.
    func announceStarts()
}

extension LakeTransaction: ExecutionCatalog {}
