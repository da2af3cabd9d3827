package import DurableExecution
import GRDB
package import StatesLanguage

/// Starting an execution again that ended without success, at the state in which it ended.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html>
package enum Redrive {
    /// How long after its end an execution can be started again.
    static let period: Int64 = 14 * 86_400_000
    /// How long after its start an execution may be open.
    static let longestExecution: Int64 = 365 * 86_400_000
    /// How long, and of how many of the last redrives, the token of a client is known.
    static let tokenPeriod: Int64 = 15 * 60_000
    static let tokenCount = 10

    /// Why an execution cannot be started again, in AWS's words where AWS has them.
    package struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
    }
}

extension LakeStore {
    /// Starts an execution again; it runs when the owner of the folder's engine takes it up.
    ///
    /// - Parameter clientToken: the same token within 15 minutes is the same redrive.
    /// - Returns: when it was started again; `nil` where there is no such execution.
    /// - Throws: `Redrive.Refusal` for one that cannot be.
    package func redrive(_ arn: ExecutionARN, clientToken: String? = nil, at time: Timestamp) throws -> Timestamp? {
        let result: Swift.Result<Timestamp, Redrive.Refusal>? = try writeNow { transaction in
            guard let record = try transaction.execution(arn) else { return nil }
            do {
                return .success(try transaction.redrive(record, clientToken: clientToken, at: time))
            } catch let refusal as Redrive.Refusal {
                return .failure(refusal)
            }
        }
        return try result?.get()
    }

    /// Why an execution cannot be started again; `nil` if it can be.
    package func redriveRefusal(of record: ExecutionRecord, at time: Timestamp) throws(LakeError) -> Redrive.Refusal? {
        try read { [machines] db in try record.redriveRefusal(db, machines, at: time) }
    }
}

extension LakeReading {
    package func redriveRefusal(of record: ExecutionRecord, at time: Timestamp) throws -> Redrive.Refusal? {
        try record.redriveRefusal(db, machines, at: time)
    }
}

extension LakeTransaction {
    func redrive(_ record: ExecutionRecord, clientToken: String?, at time: Timestamp) throws -> Timestamp {
        if let clientToken, let known = try earlierRedrive(of: record, clientToken: clientToken, before: time) {
            return known
        }
        if let refusal = try redriveRefusal(of: record, at: time) { throw refusal }
        let bytes = try Int.fetchOne(
            try db.cachedStatement(sql: "SELECT client_bytes FROM execution WHERE id = ?"), arguments: [record.id])
        if let bytes { try quota.admit(bytes: bytes, db) }
        // Somebody may have asked for it to be stopped when it had ended already.
        try removeHold(record.id)
        try append([JournalEntry(at: time, event: .redriven)], to: record.start.arn)
        announceStarts()
        let number = record.redriveCount + 1
        try db.cachedStatement(
            sql: """
                UPDATE execution SET status = 'RUNNING', stopped_at = NULL, error = NULL, cause = NULL,
                redrive_count = ?, redriven_at = ? WHERE id = ?
                """
        ).execute(arguments: [number, time.milliseconds, record.id])
        try db.cachedStatement(
            sql: "INSERT INTO redrive (execution, number, client_token, redriven_at) VALUES (?, ?, ?, ?)"
        ).execute(arguments: [record.id, number, clientToken, time.milliseconds])
        return time
    }

    private func earlierRedrive(
        of record: ExecutionRecord, clientToken: String, before time: Timestamp
    ) throws -> Timestamp? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT redriven_at FROM redrive
                WHERE execution = ? AND client_token = ? AND number > ? AND redriven_at > ?
                """)
        let milliseconds = try Int64.fetchOne(
            statement,
            arguments: [
                record.id, clientToken, record.redriveCount - Int64(Redrive.tokenCount),
                time.milliseconds - Redrive.tokenPeriod,
            ])
        return milliseconds.map { Timestamp(milliseconds: $0) }
    }
}

extension ExecutionRecord {
    fileprivate func redriveRefusal(
        _ db: Database, _ machines: MachineCache, at time: Timestamp
    ) throws -> Redrive.Refusal? {
        func refusal(_ reason: String) -> Redrive.Refusal { Redrive.Refusal(description: reason) }
        if status == .running || status == .succeeded {
            return refusal("Execution is \(status.rawValue) and cannot be redriven")
        }
        if time.milliseconds - (stoppedAt ?? time).milliseconds > Redrive.period {
            return refusal("Execution redrivable period exceeded")
        }
        if time.milliseconds - start.startedAt.milliseconds > Redrive.longestExecution {
            return refusal("Execution has exceeded the max execution time")
        }
        do {
            // Whoever redrives has the connection that writes.
            let budget = isOwn ? .max : ReplayBudget.task
            let count = try eventCount ?? replayed(db, machines, recording: nil, budget: budget).eventCount
            if count >= Interpreter.maximumHistoryEvents - 1 {
                return refusal("Execution history event limit exceeded")
            }
        } catch is ReplayTooCostly {
            return refusal("Execution takes more work to derive than may be asked for, and cannot be redriven")
        }
        // Not AWS's: where a recovery has told the outcome, or is about to, going on could tell another one.
        let statement = try db.cachedStatement(
            sql: """
                SELECT execution.name FROM execution LEFT JOIN answer ON answer.execution = execution.id
                WHERE recovers = ?
                AND (execution.status = 'RUNNING' OR answer.execution IS NOT NULL)
                """)
        if let name = try String.fetchOne(statement, arguments: [self.start.arn.text]) {
            return refusal("Execution has been seen to by the execution '\(name)' and cannot be redriven")
        }
        return nil
    }
}
