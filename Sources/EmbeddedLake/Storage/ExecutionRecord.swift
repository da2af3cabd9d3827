import Crypto
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

/// A version of a state machine that executions can be started of.
package struct StateMachineVersion: Sendable {
    package let reference: StateMachineReference
    /// The definition with its substitutions applied, as text.
    package let definition: String

    package init(reference: StateMachineReference, definition: String) {
        self.reference = reference
        self.definition = definition
    }

    /// The SHA-256 of a text in hexadecimal, which tells versions apart.
    package static func sha256(_ text: String) -> String {
        SHA256.hash(data: Array(text.utf8)).map { String(UInt16($0) | 0x100, radix: 16).dropFirst() }.joined()
    }
}

extension LakeStore {
    package enum StartResult: Sendable {
        case started(ExecutionARN)
        /// The name is in use with the same input: running or ended, that execution is the one.
        case known(ExecutionARN)

        package var arn: ExecutionARN {
            switch self {
            case .started(let arn), .known(let arn): arn
            }
        }
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
            transaction.announceStarts()
            return try transaction.start(start, of: machine)
        }
    }

    /// Has an execution of `target` started with `{"executionArn": …}` whenever one of `source` ends and has not
    /// succeeded, but for the errors that are named: what a rule of EventBridge does, in the same commit.
    package func addRule(
        source: StateMachineVersion, target: StateMachineVersion, exceptErrors: [String]
    ) throws(LakeError) {
        let key: StatementArguments = [
            source.reference.arn, target.reference.arn, JSONValue.strings(exceptErrors).text,
        ]
        let isThere = try read { db in
            try Bool.fetchOne(
                db,
                sql: """
                    SELECT except_errors = ?3 AND EXISTS (
                        SELECT 1 FROM state_machine WHERE arn = ?2 AND role_arn = ?4 AND definition_hash = ?5)
                    FROM failure_rule WHERE source_arn = ?1 AND target_arn = ?2
                    """, arguments: key + [target.reference.roleARN, target.reference.definitionHash]) ?? false
        }
        if isThere { return }
        try writeNow { transaction in
            _ = try transaction.register(target)
            try transaction.db.cachedStatement(
                sql: """
                    INSERT INTO failure_rule (source_arn, target_arn, except_errors) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET except_errors = excluded.except_errors
                    """
            ).execute(arguments: key)
        }
    }

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

    /// Until when an execution waits before it goes on by itself; `nil` for one that waits for something else, or has
    /// ended.
    package func wakingTime(of record: ExecutionRecord) throws(LakeError) -> Timestamp? {
        guard record.status == .running else { return nil }
        return try read { [machines] db in try record.wakingTime(db, machines) }
    }

    /// The history of an execution with AWS's events, derived from its journal: all of it, or what a window has.
    package func history(
        of record: ExecutionRecord, _ window: HistoryWindow = HistoryWindow()
    ) throws(LakeError) -> [HistoryEvent] {
        try page(of: record, window).events
    }

    /// The events of a window, and how many there are up to its end and one behind it.
    package func page(
        of record: ExecutionRecord, _ window: HistoryWindow
    ) throws(LakeError) -> (events: [HistoryEvent], count: Int64) {
        try read { [machines] db in try record.history(db, machines, window) }
    }
}

extension LakeTransaction {
    /// Starts an execution, or finds the one that has its name and its input.
    ///
    /// - Parameter isAsked: whether a client of the network asks for it.
    /// - Throws: `ServiceError` where clients have as much running as they may.
    package func start(
        _ start: ExecutionStart, of machine: StateMachineVersion, isAsked: Bool = false
    ) throws -> LakeStore.StartResult {
        let version = try register(machine)
        // Nearly every name is new, and whether it is the insertion finds out anyway.
        if try insertIfNew(start, version: version, isAsked: isAsked) { return .started(start.arn) }
        guard let known = try execution(start.arn) else {
            throw DatabaseError(message: "there is no execution \(start.arn)")
        }
        if known.start.input != start.input { throw LakeError.requestIDReused(requestID: start.name) }
        return .known(known.start.arn)
    }

    package func execution(_ arn: ExecutionARN) throws -> ExecutionRecord? {
        try ExecutionRecord.fetch(db, where: ExecutionARN.condition, arn.key).first
    }

    /// - Parameter budget: how much work it may be, in the units of `StateWeight`.
    /// - Throws: `ReplayTooCostly` for one that takes more.
    package func history(
        of record: ExecutionRecord, _ window: HistoryWindow, budget: Int = .max
    ) throws -> (events: [HistoryEvent], count: Int64) {
        try record.history(db, machines, window, budget: budget)
    }

    /// Whether an execution is of one of the service's own machines.
    package func isOwn(_ execution: ExecutionARN) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: "SELECT client_depth IS NULL FROM execution WHERE \(ExecutionARN.condition)")
        return try Bool.fetchOne(statement, arguments: execution.key) ?? false
    }

    /// How many events the history of an execution has.
    ///
    /// - Throws: as `history` does.
    package func eventCount(of record: ExecutionRecord, budget: Int = .max) throws -> Int64 {
        // Before a redrive there were fewer.
        if record.status != .running, let count = record.eventCount { return count }
        return try record.replayed(db, machines, recording: nil, budget: budget).eventCount
    }

    /// Makes sure that a version is there, and gives its row.
    ///
    /// - Parameter isOwn: whether it is the service's own. One that a client has made of the same definition becomes that.
    @discardableResult
    package func register(_ machine: StateMachineVersion, isOwn: Bool = true) throws -> Int64 {
        let reference = machine.reference
        let known = try db.cachedStatement(
            sql: "SELECT id, is_own FROM state_machine WHERE arn = ? AND role_arn = ? AND definition_hash = ?")
        let key: StatementArguments = [reference.arn, reference.roleARN, reference.definitionHash]
        if let row = try Row.fetchOne(known, arguments: key) {
            let id: Int64 = row["id"]
            if isOwn, row["is_own"] == false {
                try db.cachedStatement(sql: "UPDATE state_machine SET is_own = 1 WHERE id = ?").execute(arguments: [id])
            }
            return id
        }
        try DataLakeSettings.noteRole(reference.roleARN, db)
        try db.cachedStatement(
            sql: """
                INSERT INTO state_machine (arn, role_arn, definition_hash, name, definition, is_own)
                VALUES (?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: key + [reference.name, machine.definition, isOwn])
        let id = db.lastInsertedRowID
        try db.cachedStatement(sql: "INSERT INTO machine_family (arn) VALUES (?) ON CONFLICT DO NOTHING")
            .execute(arguments: [reference.arn])
        return id
    }

    /// The version of a machine that executions are started of: the current one of a machine that has been made through
    /// Step Functions' own actions, else the one that was registered last.
    package func latestVersion(of machine: String) throws -> (id: Int64, reference: StateMachineReference, isOwn: Bool)?
    {
        let statement = try db.cachedStatement(
            sql: """
                SELECT id, name, role_arn, definition_hash, is_own FROM state_machine WHERE id = COALESCE(
                    (SELECT CASE WHEN deleted_at IS NULL THEN version ELSE -1 END FROM machine WHERE arn = ?1),
                    (SELECT MAX(id) FROM state_machine WHERE arn = ?1))
                """)
        return try Row.fetchOne(statement, arguments: [machine]).map { row in
            (
                row["id"],
                StateMachineReference(
                    arn: machine, name: row["name"], roleARN: row["role_arn"], definitionHash: row["definition_hash"]),
                row["is_own"]
            )
        }
    }

    /// - Parameters:
    ///   - depth: how deep an execution of a client's machine is; `nil` for one of the service's own.
    ///   - isAsked: whether a client has started it.
    package func insert(_ start: ExecutionStart, version: Int64, depth: Int? = nil, isAsked: Bool = false) throws {
        if try !insertIfNew(start, version: version, depth: depth, isAsked: isAsked) {
            throw DatabaseError(resultCode: .SQLITE_CONSTRAINT, message: "\(start.arn) is there already")
        }
    }

    /// Writes an execution down, unless there is one of its name.
    private func insertIfNew(
        _ start: ExecutionStart, version: Int64, depth: Int? = nil, isAsked: Bool = false
    ) throws -> Bool {
        let input = start.input.text
        let recovers = depth == nil ? try recovered(by: start) : nil
        let isCounted = depth != nil || isAsked && input.utf8.count > ExecutionLimits.requestBytes
        if isCounted {
            try quota.admit(bytes: input.utf8.count, db)
        } else if isAsked {
            try quota.admitRequest(db)
        }
        try db.cachedStatement(
            sql: """
                INSERT INTO execution
                    (name, family, machine, input, started_at, seed, status, recovers, client_depth, client_bytes)
                VALUES (?, (SELECT id FROM machine_family WHERE arn = ?), ?, ?, ?, ?, 'RUNNING', ?, ?, ?)
                ON CONFLICT (name, family) DO NOTHING
                """
        ).execute(
            arguments: [
                start.name, start.machine.arn, version, input, start.startedAt.milliseconds,
                Int64(bitPattern: start.seed), recovers, depth, isCounted ? input.utf8.count : nil,
            ])
        return db.changesCount > 0
    }

    /// The ARN of the execution that one of the service's own is to see to. Any other machine may have the same input.
    private func recovered(by start: ExecutionStart) throws -> String? {
        guard start.input["recover"] == true, let arn = start.input["executionArn"]?.stringValue else { return nil }
        return try isStartedByRules(start.machine.arn) ? arn : nil
    }

    /// Whether executions of a machine are started when others fail.
    package func isStartedByRules(_ machine: String) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: "SELECT EXISTS (SELECT 1 FROM failure_rule WHERE target_arn = ?)")
        return try Bool.fetchOne(statement, arguments: [machine]) ?? false
    }

    /// Has who runs the engine told, once this is on disk, that there is something to take up.
    package func announceStarts() {
        db.afterNextTransaction { [starts] _ in starts.send() }
    }

    /// Starts what the rules have started when an execution has ended with this error.
    func applyRules(to execution: ExecutionARN, error: String?, at time: Timestamp) throws {
        let statement = try db.cachedStatement(
            sql: """
                SELECT target_arn FROM failure_rule WHERE source_arn = ?1
                AND NOT EXISTS (SELECT 1 FROM json_each(except_errors) WHERE value = ?2)
                """)
        // An execution that is started again may end like this more than once.
        let redrives = try Int64.fetchOne(
            try db.cachedStatement(sql: "SELECT redrive_count FROM execution WHERE id = ?"),
            arguments: [try rowID(of: execution)])
        for target in try String.fetchAll(statement, arguments: [execution.machine, error]) {
            guard let version = try latestVersion(of: target) else { continue }
            let seed = SeededRandom.seed(execution.text + ((redrives ?? 0) == 0 ? "" : "#\(redrives ?? 0)"))
            var random = SeededRandom(seed: seed)
            // Somebody may have thought of the same name.
            while true {
                let start = ExecutionStart(
                    machine: version.reference, name: random.uuid(),
                    input: ["executionArn": .string(execution.text)], startedAt: time, seed: seed)
                if try insertIfNew(start, version: version.id) { break }
            }
            announceStarts()
        }
    }
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
                client_depth
            """
        let sql = """
            SELECT \(columns), state_machine.arn AS machine_arn, state_machine.name AS machine_name, role_arn, definition_hash, path, body,
                answer.status AS answer_status, interruptions, set_aside_at
            FROM execution JOIN state_machine ON state_machine.id = execution.machine
            LEFT JOIN answer ON answer.execution = execution.id
            LEFT JOIN execution_hold ON execution_hold.execution = execution.id WHERE \(condition)
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

    static func definition(_ db: Database, hash: String) throws -> String? {
        try String.fetchOne(
            db, sql: "SELECT definition FROM state_machine WHERE definition_hash = ? LIMIT 1", arguments: [hash])
    }

    /// The events of a window, and how many there are up to its end; beyond that the journal is not read.
    func history(
        _ db: Database, _ machines: MachineCache, _ window: HistoryWindow, budget: Int = .max
    ) throws -> (events: [HistoryEvent], count: Int64) {
        var interpreter = try replayed(db, machines, recording: window, budget: budget)
        return (interpreter.takeHistory(), interpreter.eventCount)
    }

    /// The execution as it stands; with a window only as far as its events are known, and at least one behind it.
    ///
    /// The journal goes by entry by entry: of a long one no more is in memory than the execution itself holds. With a
    /// budget, what follows the last entry of an execution that runs is derived for one `WorkBudget.slice`: it may go on
    /// without end there, and is known no further than the evaluation beside the turns has come with it.
    ///
    /// - Throws: `ReplayTooCostly` where that takes more work than the budget allows.
    func replayed(
        _ db: Database, _ machines: MachineCache, recording window: HistoryWindow?, budget: Int = .max
    ) throws -> Interpreter {
        var interpreter = Interpreter(start: start, machine: try machine(db, machines), recording: window)
        interpreter.budget = budget
        let rows = try Row.fetchCursor(try Self.journal(db), arguments: [id])
        var read: ArraySlice<JournalEntry> = []
        func next() throws -> JournalEntry? {
            while read.isEmpty, let row = try rows.next() { read = try Self.entries(of: row)[...] }
            return read.popFirst()
        }
        let end = window?.ids.upperBound ?? .max
        var following = try next()
        // In the middle of states that follow each other, too, nothing is derived that lies behind the window.
        func expect(_ entry: JournalEntry?) {
            let next = min(entry?.atEvent ?? .max, end == .max ? end : end + 1)
            interpreter.expectEntry(at: next == .max ? nil : next)
        }
        let isOpen = status == .running && budget != .max
        func expectFollowing() {
            expect(following)
            if isOpen, following == nil { interpreter.budget = min(interpreter.budget, WorkBudget.slice) }
        }
        expectFollowing()
        _ = interpreter.begin()
        while !interpreter.hasSpentBudget, interpreter.eventCount <= end, let entry = following {
            following = try next()
            expectFollowing()
            _ = interpreter.apply(entry.event, at: entry.at)
        }
        if interpreter.hasSpentBudget, !isOpen || following != nil { throw ReplayTooCostly() }
        return interpreter
    }

    /// The execution as far as a budget of work reaches, in the units of `StateWeight`.
    func replayed(_ db: Database, _ machines: MachineCache, budget: Int) throws -> Interpreter {
        try journalled(db).replay(on: machine(db, machines), budget: budget).interpreter
    }

    fileprivate func wakingTime(_ db: Database, _ machines: MachineCache) throws -> Timestamp? {
        let (_, actions) = try journalled(db).replay(on: machine(db, machines))
        for case .wait(let time, _) in actions { return time }
        return nil
    }

    private func machine(_ db: Database, _ machines: MachineCache) throws -> StateMachine {
        let hash = start.machine.definitionHash
        return try machines.machine(hash: hash) { try Self.definition(db, hash: hash) ?? "" }
    }

    func journalled(_ db: Database) throws -> JournalledExecution {
        let entries = try Row.fetchAll(try Self.journal(db), arguments: [id]).flatMap(Self.entries)
        return JournalledExecution(start: start, entries: entries, interruptions: hold?.interruptions ?? 0)
    }

    /// How many bytes the input and the journal of an execution have in the store.
    static func bytes(_ db: Database, _ id: Int64) throws -> Int {
        let statement = try db.cachedStatement(
            sql: """
                SELECT LENGTH(CAST(input AS BLOB)) + COALESCE((
                    SELECT SUM(LENGTH(entries)) FROM journal WHERE journal.execution = execution.id), 0)
                FROM execution WHERE id = ?
                """)
        return try Int.fetchOne(statement, arguments: [id]) ?? 0
    }

    private static func journal(_ db: Database) throws -> Statement {
        try db.cachedStatement(sql: "SELECT entries FROM journal WHERE execution = ? ORDER BY id")
    }

    private static func entries(of row: Row) throws -> [JournalEntry] {
        try (JSONValue(stored: row.packedText("entries")).arrayValue ?? []).map { json in
            guard let entry = JournalEntry(json: json) else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "not a journal entry: \(json.text)")
            }
            return entry
        }
    }
}

/// Deriving what was asked of an execution takes more work than may be done there.
struct ReplayTooCostly: Error {}

extension ExecutionARN {
    /// What is true of the execution's row alone, with `key` for its arguments.
    static let condition = "execution.name = ? AND execution.family = (SELECT id FROM machine_family WHERE arn = ?)"

    var key: StatementArguments { [name, machine] }
}
