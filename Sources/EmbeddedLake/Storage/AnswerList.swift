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
            let isTold = try Self.toldByOthers(db)
            let records: [ExecutionRecord]
            if let requestID {
                records = try ExecutionRecord.fetch(
                    db, where: "answer.execution IS NOT NULL AND json_extract(body, '$.requestId') = ? \(order)",
                    [requestID, limit + isTold.count])
            } else {
                records = try ExecutionRecord.fetch(
                    db, where: "answer.execution IS NOT NULL \(order)", [limit + isTold.count])
            }
            return Array(records.lazy.filter { !isTold.contains($0.start.arn.text) }.prefix(limit))
        }
    }

    /// The executions whose answer has not been taken and that do not try any more, the oldest first.
    package func givenUp() throws(LakeError) -> [ExecutionRecord] {
        try read { db in
            let isTold = try Self.toldByOthers(db)
            return try ExecutionRecord.fetch(
                db, where: "answer.status = 'UNDELIVERED' AND execution.status <> 'RUNNING' ORDER BY execution.id"
            ).filter { !isTold.contains($0.start.arn.text) }
        }
    }

    /// The ARNs of the executions in whose place another one has told an answer: those that were recovered, and all but
    /// the last of the recoveries of one.
    private static func toldByOthers(_ db: Database) throws -> Set<String> {
        let recoveries = try ExecutionRecord.fetch(
            db, where: "execution.recovers IS NOT NULL AND answer.execution IS NOT NULL ORDER BY execution.id")
        var last: [String: String] = [:]
        var told: Set<String> = []
        for recovery in recoveries {
            guard let recovered = recovery.start.input["executionArn"]?.stringValue else { continue }
            told.insert(recovered)
            if let earlier = last.updateValue(recovery.start.arn.text, forKey: recovered) { told.insert(earlier) }
        }
        return told
    }
}
