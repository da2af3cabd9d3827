package import DurableExecution
import Foundation
import GRDB
package import StatesLanguage

/// An execution that somebody wants to have stopped by the process that runs it.
package struct StopRequest: Hashable, Sendable {
    package let execution: ExecutionARN
    package let error: String?
    package let cause: String?
}

extension LakeStore {
    package var evaluations: (any EvaluationNotes)? { evaluationFile }

    /// Counts the executions that the process before was evaluating when it ended, and sets aside those of which
    /// nothing has come for `ExecutionHold.limit` times. Only the owner of the engine may do so, before it takes anything up.
    ///
    /// - Returns: what is set aside by this.
    package func holdInterrupted(at time: Timestamp) throws(LakeError) -> [ExecutionARN] {
        let interrupted = Set(evaluationFile.interrupted())
        var held: [ExecutionARN] = []
        if !interrupted.isEmpty {
            held = try writeNow { transaction in
                try interrupted.filter { execution in
                    guard let record = try transaction.execution(execution), record.status == .running,
                        record.hold?.setAsideAt == nil
                    else { return false }
                    let isSetAside = (record.hold?.interruptions ?? 0) + 1 >= ExecutionHold.limit
                    try transaction.db.cachedStatement(
                        sql: """
                            INSERT INTO execution_hold (execution, interruptions, set_aside_at) VALUES (?1, 1, ?2)
                            ON CONFLICT DO UPDATE SET interruptions = interruptions + 1, set_aside_at = ?2
                            """
                    ).execute(arguments: [record.id, isSetAside ? time.milliseconds : nil])
                    return isSetAside
                }
            }
        }
        evaluationFile.clear()
        return held.sorted { $0.text < $1.text }
    }

    /// Has an execution taken up again that was set aside; `false` when it is not.
    package func releaseHold(of execution: ExecutionARN) throws(LakeError) -> Bool {
        try writeNow { transaction in
            guard let record = try transaction.execution(execution), record.hold?.setAsideAt != nil else {
                return false
            }
            try transaction.removeHold(record.id)
            transaction.announceStarts()
            return true
        }
    }

    /// Ends an execution that no process runs: one that is set aside, or any while the caller owns the engine.
    ///
    /// - Parameter replayBudget: how much of its journal is replayed, in the units of `StateWeight`, to find where it
    ///   stands; where that is not enough, it is stopped directly behind its last event from outside.
    /// - Returns: whether it has been running.
    package func stopUnowned(
        _ execution: ExecutionARN, error: String?, cause: String?, at time: Timestamp, ownsEngine: Bool,
        replayBudget: Int = WorkBudget.slice
    ) throws(LakeError) -> Bool {
        // Outside of the transaction: nobody is to wait for it.
        let mark: Int64? =
            try read { [machines] db in
                guard let record = try ExecutionRecord.fetch(db, where: ExecutionARN.condition, execution.key).first,
                    record.status == .running, ownsEngine
                else { return 0 }
                // Evaluating it may be what has ended the processes before this one, or it cannot be read.
                if let hold = record.hold, hold.interruptions > 0 || hold.setAsideAt != nil { return 0 }
                let interpreter = try record.replayed(db, machines, budget: replayBudget)
                if interpreter.isReplaying { return 0 }
                return interpreter.isPaused ? interpreter.progress : nil
            }
        return try writeNow { transaction in
            guard let record = try transaction.execution(execution), record.status == .running,
                ownsEngine || record.hold?.setAsideAt != nil
            else { return false }
            let event = ExecutionEvent.stopped(error: error, cause: cause)
            try transaction.append([JournalEntry(at: time, event: event, atEvent: mark)], to: execution)
            try transaction.finish(
                execution, with: .aborted(error: error, cause: cause), at: time, eventCount: nil)
            return true
        }
    }

    /// Asks the process that runs an execution to stop it.
    package func requestStop(of execution: ExecutionARN, error: String?, cause: String?) throws(LakeError) {
        let request: JSONValue = [
            error.map { .string($0) } ?? .null, cause.map { .string($0) } ?? .null,
        ]
        try writeNow { transaction in
            transaction.announceStarts()
            try transaction.db.cachedStatement(
                sql: """
                    INSERT INTO execution_hold (execution, stop_request) VALUES (?1, ?2)
                    ON CONFLICT DO UPDATE SET stop_request = ?2
                    """
            ).execute(arguments: [try transaction.rowID(of: execution), request.text])
        }
    }

    /// The executions that others have asked to have stopped, and that have not ended.
    package func stopRequests() throws(LakeError) -> [StopRequest] {
        try read { db in
            let requests = try Row.fetchAll(
                db,
                sql: """
                    SELECT arn, name, stop_request FROM execution_hold
                    JOIN execution ON execution.id = execution_hold.execution
                    JOIN machine_family ON machine_family.id = family
                    WHERE stop_request IS NOT NULL AND status = 'RUNNING'
                    """)
            return try requests.map { row in
                let request = try row.json("stop_request")
                return StopRequest(
                    execution: ExecutionARN(machine: row["arn"], name: row["name"]),
                    error: request[0]?.stringValue, cause: request[1]?.stringValue)
            }
        }
    }

    package func canRecover(from error: any Error) -> Bool {
        switch error as? LakeError {
        case .storage, .folderNotWritable: true
        default: false
        }
    }

    /// Writes more than a page, so that a full disk shows.
    package func checkWritable() async throws {
        for size in [65_536, 0] {
            try await write { transaction in
                try transaction.db.cachedStatement(
                    sql: "INSERT INTO write_check (id, content) VALUES (1, zeroblob(?1)) "
                        + "ON CONFLICT DO UPDATE SET content = excluded.content"
                ).execute(arguments: [size])
            }
        }
    }
}

extension LakeTransaction {
    package func forgetInterruptions(of execution: ExecutionARN) throws {
        let id = try rowID(of: execution)
        try db.cachedStatement(
            sql: "UPDATE execution_hold SET interruptions = 0 WHERE execution = ? AND set_aside_at IS NULL"
        ).execute(arguments: [id])
    }

    func removeHold(_ id: Int64) throws {
        try db.cachedStatement(sql: "DELETE FROM execution_hold WHERE execution = ?").execute(arguments: [id])
    }
}
