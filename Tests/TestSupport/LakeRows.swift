package import GRDB

/// Every row of the tables that make up a lake's catalog, read without the program's own code.
package struct LakeRows: Equatable, Sendable {
    /// The rows by table, each as text.
    package let rows: [String: Set<String>]

    private static let tables = [
        "catalog_database", "catalog_table", "registered_location", "permission", "data_lake_settings",
    ]

    package init(_ db: Database) throws {
        rows = try Dictionary(
            uniqueKeysWithValues: Self.tables.map { table in
                (table, Set(try Row.fetchAll(db, sql: "SELECT * FROM \(table)").map(\.description)))
            })
    }

    /// Opens the lake of a folder and reads its rows.
    package init(folder: String) throws {
        self = try DatabaseQueue.lake(in: folder).read { try LakeRows($0) }
    }

    package static let none = LakeRows(rows: [:])

    private init(rows: [String: Set<String>]) {
        self.rows = rows
    }

    /// The rows that are here and not in `others`, with their tables.
    package func missing(from others: LakeRows) -> [String] {
        rows.flatMap { table, rows in
            rows.subtracting(others.rows[table] ?? []).map { "\(table) \($0)" }
        }.sorted()
    }
}

extension DatabaseQueue {
    /// A lake's database, opened without the program's own code. It waits for processes that are at work on it.
    package static func lake(in folder: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(30)
        return try DatabaseQueue(path: folder + "/lake.sqlite", configuration: configuration)
    }
}
