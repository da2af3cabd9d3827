package import DurableExecution
import GRDB
package import StatesLanguage

/// What reads an embedded lake. All that is asked of the tables stands in extensions of it.
protocol LakeReading: CatalogReadingByName, ExecutionReading {
    var db: Database { get }
    var warehouse: Warehouse { get }
    var machines: MachineCache { get }
}

/// An embedded lake as it is at one time; nothing can be written to it.
package struct LakeSnapshot: LakeReading {
    let db: Database
    let warehouse: Warehouse
    package let behavior: LakeBehavior
    let machines: MachineCache
}

/// A transaction that writes to an embedded lake.
package struct LakeTransaction: LakeReading {
    let db: Database
    let warehouse: Warehouse
    package let behavior: LakeBehavior
    let machines: MachineCache
    let quota: ExecutionQuota
    let starts: StartSignal
    /// What the tasks of a turn read and change goes through it: they see the catalog as `RememberedCatalog`. What
    /// clients do goes to the tables at once; the two do not meet in one transaction.
    let memory = CatalogMemory()
}

extension LakeTransaction: JournalTransaction {
    package func append(_ entries: [JournalEntry], to execution: ExecutionARN) throws {
        let id = try rowID(of: execution)
        let packed = PackedText.value(JSONValue.array(entries.map(\.json)).utf8)
        try db.cachedStatement(sql: "INSERT INTO journal (execution, entries) VALUES (?, ?)")
            .execute(arguments: [id, packed])
    }

    package func finish(
        _ execution: ExecutionARN, with outcome: ExecutionOutcome, at time: Timestamp, eventCount: Int64?
    ) throws {
        let id = try rowID(of: execution)
        var (output, error, cause): (String?, String?, String?)
        switch outcome {
        case .succeeded(let value): output = value.text
        case .failed(let name, let reason), .aborted(let name, let reason): (error, cause) = (name, reason)
        case .timedOut: break
        }
        try db.cachedStatement(
            sql: """
                UPDATE execution SET status = ?, stopped_at = ?, output = ?, error = ?, cause = ?, event_count = ?
                WHERE id = ?
                """
        ).execute(
            arguments: [
                outcome.status.rawValue, time.milliseconds, output, error, cause, eventCount, id,
            ])
        // Whoever asked for its end has it: started again, it is not to be stopped for that once more.
        try removeHold(id)
        if outcome.status != .succeeded { try applyRules(to: execution, error: error, at: time) }
    }

    /// Runs `body`, and takes back its writes if it throws an error of a service.
    package func isolating<Value>(_ body: () throws -> Value) throws -> Value {
        var result: Swift.Result<Value, any Error>?
        try db.inSavepoint {
            do {
                result = .success(try body())
                return .commit
            } catch let error as ServiceError {
                result = .failure(error)
                // An execution that was started in it is no more.
                memory.executions = [:]
                return .rollback
            }
        }
        guard let result else { preconditionFailure("the savepoint has run its body") }
        return try result.get()
    }

    func rowID(of execution: ExecutionARN) throws -> Int64 {
        if let id = memory.executions[execution] { return id }
        let statement = try db.cachedStatement(sql: "SELECT id FROM execution WHERE \(ExecutionARN.condition)")
        guard let id = try Int64.fetchOne(statement, arguments: execution.key) else {
            throw DatabaseError(message: "there is no execution \(execution)")
        }
        memory.executions[execution] = id
        return id
    }
}
