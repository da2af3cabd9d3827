import GRDB
package import StatesLanguage

/// A statement that was run.
package struct QueryExecution: Hashable, Sendable {
    package let id: String
    package let token: String
    package let statement: String
    let workgroup: String
    package var state: String
    package var reason: String?
    let submittedAt: Timestamp

    /// Source: <https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecution.html>
    package var json: JSONValue {
        var status: JSONObject = ["State": .string(state), "SubmissionDateTime": .string(submittedAt.text)]
        if let reason { status["StateChangeReason"] = .string(reason) }
        return [
            "QueryExecutionId": .string(id), "Query": .string(statement), "StatementType": "DDL",
            "WorkGroup": .string(workgroup), "Status": .object(status),
        ]
    }

    /// An id in the form of a UUID that the same token gives again.
    static func identifier(_ token: String) -> String {
        var random = SeededRandom(seed: SeededRandom.seed(token))
        return random.uuid()
    }
}

extension LakeReading {
    package func query(token: String) throws -> QueryExecution? {
        guard let query = try query(id: QueryExecution.identifier(token)) else { return nil }
        if query.token != token {
            throw ServiceError("InvalidRequestException", "the token gives the id of another query, \(query.id)")
        }
        return query
    }

    package func query(id: String) throws -> QueryExecution? {
        let statement = try db.cachedStatement(sql: "SELECT * FROM query_execution WHERE id = ?")
        return try Row.fetchOne(statement, arguments: [id]).map { try QueryExecution($0) }
    }
}

extension LakeTransaction {
    package func set(_ query: QueryExecution) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO query_execution (id, token, statement, workgroup, state, reason, submitted_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET state = excluded.state, reason = excluded.reason
                """
        ).execute(
            arguments: [
                query.id, query.token, PackedText.value(query.statement.utf8), query.workgroup, query.state,
                query.reason,
                query.submittedAt.milliseconds,
            ])
    }
}

extension QueryExecution {
    fileprivate init(_ row: Row) throws {
        self.init(
            id: try row.decode(forColumn: "id"), token: try row.decode(forColumn: "token"),
            statement: try row.packedText("statement"), workgroup: try row.decode(forColumn: "workgroup"),
            state: try row.decode(forColumn: "state"), reason: try row.decode(forColumn: "reason"),
            submittedAt: try row.timestamp("submitted_at"))
    }
}
