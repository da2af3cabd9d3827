package import DurableExecution
import GRDB
package import StatesLanguage

/// An execution as the store has it.
package struct ExecutionRecord: Sendable {
    package let start: ExecutionStart
    package let status: ExecutionStatus
    package let stoppedAt: Timestamp?
    package let output: JSONValue?
    package let error: String?
    package let cause: String?
    package let answer: AnswerRecord?
    /// How often the execution was started again after its end, and when it last was.
    package let redriveCount: Int64
    package let redrivenAt: Timestamp?
    /// What keeps it from going on, if anything does.
    package let hold: ExecutionHold?
    /// Whether it is of one of the service's own machines, and not of a client's.
    package let isOwn: Bool
    /// How many events the history of an execution has that has ended; `nil` where nobody has counted them.
    let eventCount: Int64?
    /// The ARN of the execution to whose outcome it sees, if it is a recovery.
    package let recovers: String?
    let id: Int64
}

extension ExecutionRecord {
    /// An execution of one of the service's own machines that has been started once, and that nothing keeps from going on.
    package init(start: ExecutionStart, outcome: ExecutionOutcome?, stoppedAt: Timestamp?) {
        let (output, error, cause): (JSONValue?, String?, String?) =
            switch outcome {
            case .succeeded(let output): (output, nil, nil)
            case .failed(let error, let cause), .aborted(let error, let cause): (nil, error, cause)
            case .timedOut, nil: (nil, nil, nil)
            }
        self.init(
            start: start, status: outcome?.status ?? .running, stoppedAt: stoppedAt, output: output, error: error,
            cause: cause, answer: nil, redriveCount: 0, redrivenAt: nil, hold: nil, isOwn: true, eventCount: nil,
            recovers: nil, id: 0)
    }
}

/// The answer of an execution as the store has it.
package struct AnswerRecord: Sendable {
    package enum Status: String, Sendable {
        /// Kept here, since there is nobody to send it to.
        case kept = "KEPT"
        case delivered = "DELIVERED"
        case undelivered = "UNDELIVERED"
    }

    package let path: String
    package let body: JSONValue
    package let status: Status
}

extension ExecutionRecord {
    /// - Parameter hasData: whether what went in and came out is read; a list of many shows neither.
    static func fetch(
        _ db: Database, where condition: String, _ arguments: StatementArguments = [], hasData: Bool = true
    ) throws -> [ExecutionRecord] {
        let columns =
            hasData
            ? "execution.*"
            : """
            execution.id, execution.name, 'null' AS input, started_at, seed, execution.status, stopped_at,
                NULL AS output, error, cause, redrive_count, redriven_at, event_count, recovers,
                client_depth, by_alias
            """
        let sql = """
            SELECT \(columns), \(versionNumber) AS version_number, state_machine.arn AS machine_arn,
                state_machine.name AS machine_name, role_arn, definition_hash, path, body,
                answer.status AS answer_status, interruptions, set_aside_at
            FROM execution JOIN state_machine ON state_machine.id = execution.machine
            LEFT JOIN answer ON answer.execution = execution.id
            LEFT JOIN execution_hold ON execution_hold.execution = execution.id WHERE \(condition)
            """
        return try Row.fetchAll(try db.cachedStatement(sql: sql), arguments: arguments).map { try ExecutionRecord($0) }
    }

    /// The number of an execution's version, where the execution was started by it or by the alias.
    private static let versionNumber = """
        CASE WHEN by_alias IS NOT NULL THEN (
            SELECT COUNT(*) FROM state_machine AS other
            WHERE other.arn = state_machine.arn AND other.id <= state_machine.id) END
        """

    private init(_ row: Row) throws {
        id = try row.decode(forColumn: "id")
        let machine = StateMachineReference(
            arn: try row.decode(forColumn: "machine_arn"), name: try row.decode(forColumn: "machine_name"),
            roleARN: try row.decode(forColumn: "role_arn"),
            definitionHash: try row.decode(forColumn: "definition_hash"))
        let inputText = try row.decode(String.self, forColumn: "input")
        let qualifier = try row.decode(Bool?.self, forColumn: "by_alias").map { isByAlias in
            MachineQualifier(
                alias: isByAlias ? StateMachineVersion.alias : nil, version: try row.decode(forColumn: "version_number")
            )
        }
        start = ExecutionStart(
            machine: machine, qualifier: qualifier, name: try row.decode(forColumn: "name"),
            input: try JSONValue(stored: inputText), inputText: inputText, startedAt: try row.timestamp("started_at"),
            seed: UInt64(bitPattern: try row.decode(Int64.self, forColumn: "seed")))
        status = try row.word("status")
        stoppedAt = try row.decode(Int64?.self, forColumn: "stopped_at").map { Timestamp(milliseconds: $0) }
        output = try row.decode(String?.self, forColumn: "output").map { try JSONValue(stored: $0) }
        error = try row.decode(forColumn: "error")
        cause = try row.decode(forColumn: "cause")
        redriveCount = try row.decode(forColumn: "redrive_count")
        redrivenAt = try row.decode(Int64?.self, forColumn: "redriven_at").map { Timestamp(milliseconds: $0) }
        eventCount = try row.decode(forColumn: "event_count")
        hold = try row.decode(Int?.self, forColumn: "interruptions").map { interruptions in
            ExecutionHold(
                interruptions: interruptions,
                setAsideAt: try row.decode(Int64?.self, forColumn: "set_aside_at").map { Timestamp(milliseconds: $0) })
        }
        isOwn = try row.decode(Int64?.self, forColumn: "client_depth") == nil
        recovers = try row.decode(forColumn: "recovers")
        if let path = try row.decode(String?.self, forColumn: "path") {
            answer = AnswerRecord(path: path, body: try row.json("body"), status: try row.word("answer_status"))
        } else {
            answer = nil
        }
    }
}

extension LakeStore {
    /// The execution with this name, of whichever machine: one of the service's own before those of clients, who may
    /// give theirs any name, and the newest of them.
    package func execution(named name: String) throws(LakeError) -> ExecutionRecord? {
        try executions(named: name, limit: 1).first
    }

    /// The executions with this name, of different machines: the service's own first, and then the newest.
    package func executions(named name: String, limit: Int) throws(LakeError) -> [ExecutionRecord] {
        try read { db in
            try ExecutionRecord.fetch(
                db, where: "execution.name = ? ORDER BY client_depth IS NOT NULL, execution.id DESC LIMIT ?",
                [name, limit])
        }
    }

    /// The execution of this name in full.
    package func execution(named arn: ExecutionARN) throws(LakeError) -> ExecutionRecord? {
        try read { db in try ExecutionRecord.fetch(db, where: ExecutionARN.condition, arn.key).first }
    }

    /// All executions, the newest first.
    package func executions(limit: Int) throws(LakeError) -> [ExecutionRecord] {
        try read { db in try ExecutionRecord.fetch(db, where: "1 ORDER BY execution.id DESC LIMIT ?", [limit]) }
    }

    /// The execution to whose outcome a recovery sees; `nil` for one that is none.
    package func recovered(by record: ExecutionRecord) throws(LakeError) -> ExecutionRecord? {
        guard let arn = record.recovers else { return nil }
        return try execution(named: ExecutionARN(arn))
    }
}

extension LakeReading {
    package func execution(_ arn: ExecutionARN) throws -> ExecutionRecord? {
        try ExecutionRecord.fetch(db, where: ExecutionARN.condition, arn.key).first
    }

    /// Whether an execution is of one of the service's own machines.
    package func isOwn(_ execution: ExecutionARN) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: "SELECT client_depth IS NULL FROM execution WHERE \(ExecutionARN.condition)")
        return try Bool.fetchOne(statement, arguments: execution.key) ?? false
    }
}

extension ExecutionARN {
    /// What is true of the execution's row alone, with `key` for its arguments.
    static let condition = "execution.name = ? AND execution.family = (SELECT id FROM machine_family WHERE arn = ?)"

    var key: StatementArguments { [name, machine] }
}
