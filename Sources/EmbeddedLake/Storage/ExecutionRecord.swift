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
    fileprivate let id: Int64
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

/// A version of a state machine that executions can be started of.
package struct StateMachineVersion: Sendable {
    package let reference: StateMachineReference
    /// The definition with its substitutions applied, as text.
    package let definition: String

    package init(reference: StateMachineReference, definition: String) {
        self.reference = reference
        self.definition = definition
    }
}

extension LakeStore {
    package enum StartResult: Sendable {
        case started(ExecutionARN)
        /// The name is in use with the same input: running or ended, that execution is the one.
        case known(ExecutionARN)
    }

    /// Starts an execution; it runs when the owner of the folder's engine takes it up.
    ///
    /// - Throws: `LakeError.requestIDReused` when the name is in use with other input.
    package func startExecution(
        of machine: StateMachineVersion, name: String, input: JSONValue, at time: Timestamp, seed: UInt64
    ) throws(LakeError) -> StartResult {
        let start = ExecutionStart(
            machine: machine.reference, name: name, input: input, startedAt: time, seed: seed)
        return try writeNow { transaction in
            let db = transaction.db
            let known = try ExecutionRecord.fetch(
                db, where: "machine_arn = ? AND execution.name = ?", [machine.reference.arn, name]
            ).first
            if let known {
                if known.start.input != input { throw LakeError.requestIDReused(requestID: name) }
                return .known(known.start.arn)
            }
            try db.cachedStatement(
                sql: """
                    INSERT INTO state_machine (arn, name, role_arn, definition_hash, definition)
                    VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                    """
            ).execute(
                arguments: [
                    machine.reference.arn, machine.reference.name, machine.reference.roleARN,
                    machine.reference.definitionHash, machine.definition,
                ])
            try db.cachedStatement(
                sql: """
                    INSERT INTO execution (machine_arn, name, machine, input, started_at, seed, status)
                    VALUES (?1, ?2, (SELECT id FROM state_machine
                                     WHERE arn = ?1 AND role_arn = ?3 AND definition_hash = ?4), ?5, ?6, ?7, 'RUNNING')
                    """
            ).execute(
                arguments: [
                    machine.reference.arn, name, machine.reference.roleARN, machine.reference.definitionHash,
                    input.text, time.milliseconds, Int64(bitPattern: seed),
                ])
            return .started(start.arn)
        }
    }

    /// The execution with this name, of whichever machine, the newest first.
    package func execution(named name: String) throws(LakeError) -> ExecutionRecord? {
        try read { db in
            try ExecutionRecord.fetch(db, where: "execution.name = ? ORDER BY execution.id DESC LIMIT 1", [name]).first
        }
    }

    /// The execution of this name in full.
    package func execution(named arn: ExecutionARN) throws(LakeError) -> ExecutionRecord? {
        let (machine, name) = ExecutionRecord.names(in: arn)
        return try read { db in
            try ExecutionRecord.fetch(db, where: "machine_arn = ? AND execution.name = ?", [machine, name]).first
        }
    }

    /// All executions, the newest first.
    package func executions(limit: Int) throws(LakeError) -> [ExecutionRecord] {
        try read { db in try ExecutionRecord.fetch(db, where: "1 ORDER BY execution.id DESC LIMIT ?", [limit]) }
    }

    /// The history of an execution with AWS's events, derived from its journal.
    package func history(of record: ExecutionRecord) throws -> [HistoryEvent] {
        let (journalled, definition) = try read { db in
            (
                try record.journalled(db),
                try String.fetchOne(
                    db, sql: "SELECT definition FROM state_machine WHERE definition_hash = ?",
                    arguments: [record.start.machine.definitionHash]) ?? ""
            )
        }
        var (interpreter, _) = journalled.replay(
            on: try StateMachine(parsing: definition), recordsHistory: true)
        return interpreter.takeHistory()
    }
}

extension ExecutionRecord {
    static func fetch(
        _ db: Database, where condition: String, _ arguments: StatementArguments = []
    ) throws -> [ExecutionRecord] {
        let sql = """
            SELECT execution.*, state_machine.name AS machine_name, role_arn, definition_hash, path, body,
                answer.status AS answer_status
            FROM execution JOIN state_machine ON state_machine.id = execution.machine
            LEFT JOIN answer ON answer.execution = execution.id WHERE \(condition)
            """
        return try Row.fetchAll(try db.cachedStatement(sql: sql), arguments: arguments).map { try ExecutionRecord($0) }
    }

    private init(_ row: Row) throws {
        id = row["id"]
        let machine = StateMachineReference(
            arn: row["machine_arn"], name: row["machine_name"], roleARN: row["role_arn"],
            definitionHash: row["definition_hash"])
        start = ExecutionStart(
            machine: machine, name: row["name"], input: try JSONValue(parsing: row["input"] as String),
            startedAt: Timestamp(milliseconds: row["started_at"]), seed: UInt64(bitPattern: row["seed"] as Int64))
        status = ExecutionStatus(rawValue: row["status"]) ?? .running
        stoppedAt = (row["stopped_at"] as Int64?).map { Timestamp(milliseconds: $0) }
        output = try (row["output"] as String?).map { try JSONValue(parsing: $0) }
        error = row["error"]
        cause = row["cause"]
        if let path = row["path"] as String? {
            answer = AnswerRecord(
                path: path, body: try JSONValue(parsing: row["body"] as String),
                status: AnswerRecord.Status(rawValue: row["answer_status"]) ?? .undelivered)
        } else {
            answer = nil
        }
    }

    func journalled(_ db: Database) throws -> JournalledExecution {
        let statement = try db.cachedStatement(sql: "SELECT entries FROM journal WHERE execution = ? ORDER BY position")
        let entries = try String.fetchAll(statement, arguments: [id]).flatMap { text in
            try (JSONValue(parsing: text).arrayValue ?? []).map { json in
                guard let entry = JournalEntry(json: json) else {
                    throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "not a journal entry: \(json.text)")
                }
                return entry
            }
        }
        return JournalledExecution(start: start, entries: entries)
    }

    /// The machine's name and the execution's own in the name of an execution.
    static func names(in arn: ExecutionARN) -> (machine: String, name: String) {
        let colon = arn.text.lastIndex(of: ":") ?? arn.text.endIndex
        let machine = arn.text[..<colon].replacing(":execution:", with: ":stateMachine:", maxReplacements: 1)
        return (String(machine), String(arn.text[colon...].dropFirst()))
    }
}
