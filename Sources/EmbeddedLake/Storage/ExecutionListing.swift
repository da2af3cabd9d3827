import DurableExecution
import GRDB

extension LakeReading {
    /// Executions of a machine, the newest first, before a row: with `nil` from the newest on. What went in and came out
    /// is not among what is read.
    ///
    /// Each status is read from its own end of an index, so that a page costs the same with a million executions.
    package func executions(
        of machine: String, in scope: ExecutionScope, statuses: [ExecutionStatus], wasRedriven: Bool? = nil,
        before row: Int64?, limit: Int
    ) throws -> [(row: Int64, record: ExecutionRecord)] {
        let (index, keys) = try ranges(of: machine, scope)
        let statement = try db.cachedStatement(
            sql: """
                SELECT id FROM execution INDEXED BY \(index)
                AND status = ? AND id < ? AND COALESCE(? = (redrive_count > 0), 1) ORDER BY id DESC LIMIT ?
                """)
        var rows: [Int64] = []
        for key in keys {
            for status in statuses {
                rows += try Int64.fetchAll(
                    statement, arguments: key + [status.rawValue, row ?? Int64.max, wasRedriven, limit])
            }
        }
        let page = rows.sorted(by: >).prefix(limit)
        let records = try ExecutionRecord.fetch(
            db, where: "execution.id IN (SELECT value FROM json_each(?)) ORDER BY execution.id DESC",
            ["[\(page.map { "\($0)" }.joined(separator: ","))]"], hasData: false)
        return records.map { ($0.id, $0) }
    }

    /// An index with the beginning of the condition that it is read by, and the key of each range to read.
    private func ranges(
        of machine: String, _ scope: ExecutionScope
    ) throws -> (index: String, keys: [StatementArguments]) {
        let qualified = "execution_qualified WHERE machine = ? AND by_alias = ?"
        switch scope {
        case .all:
            return ("execution_listed WHERE family = (SELECT id FROM machine_family WHERE arn = ?)", [[machine]])
        case .alias:
            let statement = try db.cachedStatement(sql: "SELECT id FROM state_machine WHERE arn = ?")
            let versions = try Int64.fetchAll(statement, arguments: [machine])
            return (qualified, versions.map { [$0, true] as StatementArguments })
        case .version(let id):
            return (qualified, [[id, true], [id, false]])
        }
    }
}
