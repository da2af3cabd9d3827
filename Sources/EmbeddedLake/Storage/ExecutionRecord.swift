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
        try writeNow { transaction in
            if let known = try transaction.execution(machine: machine.reference.arn, name: name) {
                if known.start.input != input { throw LakeError.requestIDReused(requestID: name) }
                return .known(known.start.arn)
            }
            let version = try transaction.register(machine)
            try transaction.insertExecution(
                version: version, machine: machine.reference.arn, name: name, input: input, at: time, seed: seed)
            return .started(machine.reference.executionARN(name: name))
        }
    }

    /// Has an execution of `target` started with `{"executionArn": …}` whenever one of `source` ends and has not
    /// succeeded, but for the errors that are named: what a rule of EventBridge does, in the same commit.
    package func addRule(
        source: StateMachineVersion, target: StateMachineVersion, exceptErrors: [String]
    ) throws(LakeError) {
        try writeNow { transaction in
            _ = try transaction.register(target)
            try transaction.db.cachedStatement(
                sql: """
                    INSERT INTO failure_rule (source_arn, target_arn, except_errors) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET except_errors = excluded.except_errors
                    """
            ).execute(
                arguments: [source.reference.arn, target.reference.arn, JSONValue.strings(exceptErrors).text])
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
    package func history(of record: ExecutionRecord) throws(LakeError) -> [HistoryEvent] {
        try read { [machines] db in try record.history(db, machines) }
    }
}

extension LakeTransaction {
    func execution(machine: String, name: String) throws -> ExecutionRecord? {
        try ExecutionRecord.fetch(db, where: "machine_arn = ? AND execution.name = ?", [machine, name]).first
    }

    func history(of record: ExecutionRecord) throws -> [HistoryEvent] { try record.history(db, machines) }

    /// Makes sure that a version is there, and gives its row.
    func register(_ machine: StateMachineVersion) throws -> Int64 {
        let reference = machine.reference
        let known = try db.cachedStatement(
            sql: "SELECT id FROM state_machine WHERE arn = ? AND role_arn = ? AND definition_hash = ?")
        let key: StatementArguments = [reference.arn, reference.roleARN, reference.definitionHash]
        if let id = try Int64.fetchOne(known, arguments: key) { return id }
        try db.cachedStatement(
            sql: "INSERT INTO state_machine (arn, role_arn, definition_hash, name, definition) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: key + [reference.name, machine.definition])
        return db.lastInsertedRowID
    }

    /// The row of the version of a machine that was registered last.
    func latestVersion(of machine: String) throws -> Int64? {
        let statement = try db.cachedStatement(sql: "SELECT MAX(id) FROM state_machine WHERE arn = ?")
        return try Int64.fetchOne(statement, arguments: [machine])
    }

    func insertExecution(
        version: Int64, machine: String, name: String, input: JSONValue, at time: Timestamp, seed: UInt64
    ) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO execution (machine_arn, name, machine, input, started_at, seed, status)
                VALUES (?, ?, ?, ?, ?, ?, 'RUNNING')
                """
        ).execute(
            arguments: [machine, name, version, input.text, time.milliseconds, Int64(bitPattern: seed)])
    }

    /// Starts what the rules have started when an execution has ended with this error.
    func applyRules(to execution: ExecutionARN, error: String?, at time: Timestamp) throws {
        let (machine, _) = ExecutionRecord.names(in: execution)
        let statement = try db.cachedStatement(
            sql: """
                SELECT target_arn FROM failure_rule WHERE source_arn = ?1
                AND NOT EXISTS (SELECT 1 FROM json_each(except_errors) WHERE value = ?2)
                """)
        for target in try String.fetchAll(statement, arguments: [machine, error]) {
            guard let version = try latestVersion(of: target) else { continue }
            let seed = SeededRandom.seed(execution.text)
            var random = SeededRandom(seed: seed)
            try insertExecution(
                version: version, machine: target, name: random.uuid(),
                input: ["executionArn": .string(execution.text)], at: time, seed: seed)
        }
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
        id = try row.decode(forColumn: "id")
        let machine = StateMachineReference(
            arn: try row.decode(forColumn: "machine_arn"), name: try row.decode(forColumn: "machine_name"),
            roleARN: try row.decode(forColumn: "role_arn"),
            definitionHash: try row.decode(forColumn: "definition_hash"))
        start = ExecutionStart(
            machine: machine, name: try row.decode(forColumn: "name"), input: try row.json("input"),
            startedAt: try row.timestamp("started_at"),
            seed: UInt64(bitPattern: try row.decode(Int64.self, forColumn: "seed")))
        status = try row.word("status")
        stoppedAt = try row.decode(Int64?.self, forColumn: "stopped_at").map { Timestamp(milliseconds: $0) }
        output = try row.decode(String?.self, forColumn: "output").map { try JSONValue(parsing: $0) }
        error = try row.decode(forColumn: "error")
        cause = try row.decode(forColumn: "cause")
        if let path = try row.decode(String?.self, forColumn: "path") {
            answer = AnswerRecord(path: path, body: try row.json("body"), status: try row.word("answer_status"))
        } else {
            answer = nil
        }
    }

    static func definition(_ db: Database, hash: String) throws -> String? {
        try String.fetchOne(
            db, sql: "SELECT definition FROM state_machine WHERE definition_hash = ?", arguments: [hash])
    }

    func history(_ db: Database, _ machines: MachineCache) throws -> [HistoryEvent] {
        let hash = start.machine.definitionHash
        let machine = try machines.machine(hash: hash) { try Self.definition(db, hash: hash) ?? "" }
        var (interpreter, _) = try journalled(db).replay(on: machine, recordsHistory: true)
        return interpreter.takeHistory()
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
