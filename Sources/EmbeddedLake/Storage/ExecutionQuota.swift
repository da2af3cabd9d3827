package import DurableExecution
import GRDB
import Synchronization

/// How much clients may have running of machines of their own, and how many requests. What the service does itself counts
/// for nothing of it; what a client starts of the service's own with more than a request can have counts as its own.
///
/// AWS has a million open executions for an account:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
package struct ExecutionLimits: Sendable {
    /// How many executions may run.
    package var executions = 10_000
    /// How many bytes their inputs may have together.
    package var bytes = 268_435_456
    /// How many requests may run. Each waits for a day at most, while its answer is not taken.
    package var requests = 20_000
    /// How deep executions may be started by executions: one that a client has started is at 0.
    package var depth = 10

    /// How many bytes the input of an execution of the service's own machines has at most that counts for nothing: several
    /// times what a request can have.
    static let requestBytes = 1024

    package init() {}
}

/// Keeps clients to their limits.
///
/// What runs is counted in the store, but not at each start: as long as what was counted last, and all that was started
/// since, are within the limits, whatever has ended meanwhile can only make it less.
final class ExecutionQuota: Sendable {
    let limits: ExecutionLimits
    /// At least as much as runs; `nil` before it was counted.
    private let bound = Mutex<(executions: Int, bytes: Int)?>(nil)
    private let requestBound = Mutex<Int?>(nil)
    private let refused = Atomic(0)

    init(_ limits: ExecutionLimits) {
        self.limits = limits
    }

    /// Takes in one more execution with an input of so many bytes.
    ///
    /// - Throws: `ServiceError` in AWS's words where there are too many.
    func admit(bytes: Int, _ db: Database) throws {
        if add(bytes) { return }
        let row = try Row.fetchOne(
            try db.cachedStatement(
                sql: """
                    SELECT COUNT(*) AS executions, COALESCE(SUM(client_bytes), 0) AS bytes
                    FROM execution INDEXED BY execution_of_clients
                    WHERE status = 'RUNNING' AND client_bytes IS NOT NULL
                    """))
        let running: (executions: Int, bytes: Int) = (row?["executions"] ?? 0, row?["bytes"] ?? 0)
        set(running.executions, running.bytes)
        if add(bytes) { return }
        let reason =
            running.executions >= limits.executions
            ? "\(running.executions) of clients' machines run, and maximumExecutions is \(limits.executions)"
            : "those that run have \(running.bytes) bytes of input, this one has \(bytes), and maximumExecutionBytes is "
                + "\(limits.bytes)"
        throw refusal(
            "The maximum number of running executions has been reached. Running executions must end or be stopped "
                + "before a new execution can be started. (\(reason))")
    }

    /// Takes in one more request.
    ///
    /// - Throws: `ServiceError` as `admit` does.
    func admitRequest(_ db: Database) throws {
        if addRequest() { return }
        let running =
            try Int.fetchOne(
                try db.cachedStatement(
                    sql: """
                        SELECT COUNT(*) FROM execution INDEXED BY execution_running
                        WHERE status = 'RUNNING' AND client_bytes IS NULL
                        """)) ?? 0
        setRequests(running)
        if addRequest() { return }
        throw refusal(
            "The maximum number of running executions has been reached. Running executions must end or be stopped "
                + "before a new execution can be started. (\(running) requests run, and maximumRequests is "
                + "\(limits.requests))")
    }

    /// How many executions were not admitted.
    var refusals: Int { refused.load(ordering: .relaxed) }

    /// The error for an execution that is not admitted, which is counted.
    fileprivate func refusal(_ message: String) -> ServiceError {
        refused.add(1, ordering: .relaxed)
        return ServiceError("ExecutionLimitExceededException", message)
    }

    // They lock, and what calls them may be inlined into async functions (docs/architecture.md, Locks).
    @inline(never)
    private func add(_ size: Int) -> Bool {
        bound.withLock { bound in
            guard let (executions, bytes) = bound, executions < limits.executions, bytes + size <= limits.bytes else {
                return false
            }
            bound = (executions + 1, bytes + size)
            return true
        }
    }

    @inline(never)
    private func addRequest() -> Bool {
        requestBound.withLock { bound in
            guard let requests = bound, requests < limits.requests else { return false }
            bound = requests + 1
            return true
        }
    }

    @inline(never)
    private func setRequests(_ requests: Int) {
        requestBound.withLock { $0 = requests }
    }

    @inline(never)
    private func set(_ executions: Int, _ bytes: Int) {
        bound.withLock { $0 = (executions, bytes) }
    }
}

extension LakeTransaction {
    /// How deep an execution is that a client starts, or another execution.
    ///
    /// - Throws: `ServiceError` where that is deeper than may be.
    package func depth(startedBy parent: ExecutionARN?) throws -> Int {
        guard let parent else { return 0 }
        let statement = try db.cachedStatement(sql: "SELECT client_depth FROM execution WHERE id = ?")
        guard let above = try Int.fetchOne(statement, arguments: [try rowID(of: parent)]) else { return 0 }
        if above < quota.limits.depth { return above + 1 }
        throw quota.refusal(
            "The execution '\(parent)' was started by executions that executions have started, \(above) deep, and "
                + "starts no more: maximumStartDepth is \(quota.limits.depth)")
    }
}
