import GRDBSQLite
import StatesLanguage

/// Writes the rows that rooms have left to another database of the same schema, in as many commits, with SQLite and
/// nothing else: what the disk and SQLite would allow.
struct BareLoop {
    /// The database that the rooms are in.
    private let source: String
    /// Where to write.
    private let target: String
    private let rooms: Int
    private let commits: Int

    private enum Value {
        case null
        case integer(Int64)
        case text(String)
        case blob([UInt8])
    }

    private static let tables = [
        "execution", "journal", "answer", "catalog_room", "query_execution",
    ]

    /// By its name a room falls anywhere between others.
    private static let roomsInAnyOrder = "SELECT * FROM catalog_room ORDER BY random()"

    init(_ options: Options) throws {
        (source, target) = (try options.text("source"), try options.text("target"))
        (rooms, commits) = (try options.number("rooms"), try options.number("commits"))
    }

    func run() throws -> JSONValue {
        let from = try Connection(source)
        let to = try Connection(target)
        try to.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000")
        for row in try from.rows("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'") {
            if case .text(let sql) = row[0] { try to.execute(sql) }
        }
        let inserts = try Self.tables.compactMap { table -> (statement: OpaquePointer, rows: [[Value]])? in
            let rows = try from.rows(table == "catalog_room" ? Self.roomsInAnyOrder : "SELECT * FROM \(table)")
            guard let columns = rows.first?.count else { return nil }
            let marks = Array(repeating: "?", count: columns).joined(separator: ", ")
            return (try to.prepare("INSERT INTO \(table) VALUES (\(marks))"), rows)
        }
        let (begin, commit) = (try to.prepare("BEGIN IMMEDIATE"), try to.prepare("COMMIT"))
        let start = ContinuousClock.now
        for number in 0..<commits {
            try to.step(begin)
            for (statement, rows) in inserts {
                let share = (rows.count * number / commits)..<(rows.count * (number + 1) / commits)
                for row in rows[share] { try to.step(statement, row) }
            }
            try to.step(commit)
        }
        return ["perSecond": .double(Double(rooms) / (ContinuousClock.now - start).seconds)]
    }

    /// A connection of SQLite's own interface.
    private final class Connection {
        private var handle: OpaquePointer?
        private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

        init(_ path: String) throws {
            try check(sqlite3_open(path, &handle))
        }

        func execute(_ sql: String) throws { try check(sqlite3_exec(handle, sql, nil, nil, nil)) }

        func prepare(_ sql: String) throws -> OpaquePointer {
            var statement: OpaquePointer?
            try check(sqlite3_prepare_v2(handle, sql, -1, &statement, nil))
            guard let statement else { throw Options.Invalid(description: "no statement: \(sql)") }
            return statement
        }

        func step(_ statement: OpaquePointer, _ values: [Value] = []) throws {
            for (index, value) in values.enumerated() {
                let position = Int32(index + 1)
                switch value {
                case .null: try check(sqlite3_bind_null(statement, position))
                case .integer(let number): try check(sqlite3_bind_int64(statement, position, number))
                case .text(let text):
                    try check(sqlite3_bind_text(statement, position, text, Int32(text.utf8.count), Self.copied))
                case .blob(let bytes):
                    try check(sqlite3_bind_blob(statement, position, bytes, Int32(bytes.count), Self.copied))
                }
            }
            try check(sqlite3_step(statement))
            try check(sqlite3_reset(statement))
        }

        func rows(_ sql: String) throws -> [[Value]] {
            let statement = try prepare(sql)
            defer { sqlite3_finalize(statement) }
            var rows: [[Value]] = []
            while sqlite3_step(statement) == SQLITE_ROW {
                rows.append((0..<sqlite3_column_count(statement)).map { Self.value(statement, $0) })
            }
            return rows
        }

        private static func value(_ statement: OpaquePointer, _ column: Int32) -> Value {
            switch sqlite3_column_type(statement, column) {
            case SQLITE_NULL: return .null
            case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, column))
            case SQLITE_BLOB:
                let count = Int(sqlite3_column_bytes(statement, column))
                return .blob(Array(UnsafeRawBufferPointer(start: sqlite3_column_blob(statement, column), count: count)))
            default: return .text(String(cString: sqlite3_column_text(statement, column)))
            }
        }

        private func check(_ code: Int32) throws {
            if ![SQLITE_OK, SQLITE_ROW, SQLITE_DONE].contains(code) {
                throw Options.Invalid(description: String(cString: sqlite3_errmsg(handle)))
            }
        }
    }
}
