import DurableExecution
import GRDB
import StatesLanguage

extension LakeStore {
    /// The executions that have told an answer, those first whose answer has not been taken, and else the newest. Where
    /// recoveries have told it as well, it is the last one's.
    ///
    /// - Parameter requestID: those of this request alone.
    package func answered(requestID: String? = nil, limit: Int) throws(LakeError) -> [ExecutionRecord] {
        let order = "ORDER BY answer.status = 'UNDELIVERED' DESC, execution.id DESC LIMIT ?"
        return try read { db in
            let others = try Int.fetchOne(
                db,
                sql: "SELECT COUNT(*) FROM execution JOIN answer ON answer.execution = id WHERE recovers IS NOT NULL")
            let records: [ExecutionRecord]
            let enough = limit + (others ?? 0)
            if let requestID {
                records = try ExecutionRecord.fetch(
                    db, where: "answer.execution IS NOT NULL AND json_extract(body, '$.requestId') = ? \(order)",
                    [requestID, enough])
            } else {
                records = try ExecutionRecord.fetch(
                    db, where: "answer.execution IS NOT NULL \(order)", [enough])
            }
            return Array(try records.filter { try !$0.isToldByLaterRecovery(db) }.prefix(limit))
        }
    }

    /// The executions whose answer has not been taken and that do not try any more, the oldest first.
    package func givenUp() throws(LakeError) -> [ExecutionRecord] {
        try read { db in
            try ExecutionRecord.fetch(
                db, where: "answer.status = 'UNDELIVERED' AND execution.status <> 'RUNNING' ORDER BY execution.id"
            ).filter { try !$0.isToldByLaterRecovery(db) }
        }
    }
}

extension ExecutionRecord {
    /// Whether a later execution has told the answer in its place: a recovery of it, or of the same execution as it. The
    /// numbers of executions grow as they are started.
    func isToldByLaterRecovery(_ db: Database) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: """
                SELECT 1 FROM execution JOIN answer ON answer.execution = execution.id
                WHERE recovers = ? AND execution.id > ? LIMIT 1
                """)
        return try Bool.fetchOne(statement, arguments: [recovers ?? start.arn.text, id]) ?? false
    }
}
