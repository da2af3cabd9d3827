package import DurableExecution
import GRDB
package import StatesLanguage

extension LakeStore {
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

extension LakeReading {
    /// - Parameter budget: how much work it may be, in the units of `StateWeight`.
    /// - Throws: `ReplayTooCostly` for one that takes more.
    package func history(
        of record: ExecutionRecord, _ window: HistoryWindow, budget: Int = .max
    ) throws -> (events: [HistoryEvent], count: Int64) {
        try record.history(db, machines, window, budget: budget)
    }

    /// How many events the history of an execution has.
    ///
    /// - Throws: as `history` does.
    package func eventCount(of record: ExecutionRecord, budget: Int = .max) throws -> Int64 {
        // Before a redrive there were fewer.
        if record.status != .running, let count = record.eventCount { return count }
        return try record.replayed(db, machines, recording: nil, budget: budget).eventCount
    }
}

extension ExecutionRecord {
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
        interpreter.wantedEvents = end
        let isOpen = status == .running && budget != .max
        func expectFollowing() {
            interpreter.expectEntry(at: following?.atEvent)
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
        return JournalledExecution(
            start: start.withoutInputText, entries: entries, interruptions: hold?.interruptions ?? 0)
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
