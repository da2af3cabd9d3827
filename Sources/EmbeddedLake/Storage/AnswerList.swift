import GRDB

extension LakeStore {
    /// The executions that have told an answer, those first whose answer has not been taken, and else the newest.
    ///
    /// - Parameter requestID: those of this request alone, its own execution's and its recovery's.
    package func answered(requestID: String? = nil, limit: Int) throws(LakeError) -> [ExecutionRecord] {
        let order = "ORDER BY answer.status = 'UNDELIVERED' DESC, execution.id DESC LIMIT ?"
        return try read { db in
            guard let requestID else {
                return try ExecutionRecord.fetch(db, where: "answer.execution IS NOT NULL \(order)", [limit])
            }
            return try ExecutionRecord.fetch(
                db, where: "answer.execution IS NOT NULL AND json_extract(body, '$.requestId') = ? \(order)",
                [requestID, limit])
        }
    }

    /// The executions whose answer has not been taken and that do not try any more, the oldest first.
    package func givenUp() throws(LakeError) -> [ExecutionRecord] {
        try read { db in
            try ExecutionRecord.fetch(
                db, where: "answer.status = 'UNDELIVERED' AND execution.status <> 'RUNNING' ORDER BY execution.id")
        }
    }
}
