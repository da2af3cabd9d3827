package import EmbeddedLake
import Foundation
package import GRDB

/// Every row of the tables that make up a lake's catalog, read without the program's own code but for unpacking.
package struct LakeRows: Equatable, Sendable {
    /// The rows as text, by what they are: `database`, `location`, `permission`, or the table that they are in.
    package let rows: [String: Set<String>]

    package init(_ db: Database) throws {
        var rows: [String: Set<String>] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT * FROM catalog_entry") {
            rows[Self.kind(row), default: []].insert(try Self.text(row))
        }
        for table in ["catalog_table", "data_lake_settings"] {
            rows[table] = Set(try Row.fetchAll(db, sql: "SELECT * FROM \(table)").map(Self.text))
        }
        self.rows = rows
    }

    /// Opens the lake of a folder and reads its rows.
    package init(folder: String) throws {
        self = try DatabaseQueue.lake(in: folder).read { try LakeRows($0) }
    }

    package static let none = LakeRows(rows: [:])

    private init(rows: [String: Set<String>]) {
        self.rows = rows
    }

    /// What an entry of the catalog is.
    package static func kind(_ entry: Row) -> String {
        entry["principal"] == "" ? (entry["kind"] as String).lowercased() : "permission"
    }

    /// A row as text, with what is packed in it unpacked.
    package static func text(_ row: Row) throws -> String {
        try row.compactMap { column, value in
            switch value.storage {
            case .null: nil
            case .blob(let data): "\(column):\(try PackedText.unpack([UInt8](data)))"
            default: "\(column):\(value)"
            }
        }.joined(separator: " ")
    }

    /// The rows that are here and not in `others`, with what they are.
    package func missing(from others: LakeRows) -> [String] {
        rows.flatMap { kind, rows in
            rows.subtracting(others.rows[kind] ?? []).map { "\(kind) \($0)" }
        }.sorted()
    }
}

extension LakeStore {
    /// Every row of the catalog with what it is, for comparing it before and after.
    package func catalogRows() throws -> [String] {
        try LakeRows(folder: folder.path).missing(from: .none)
    }
}

extension DatabaseQueue {
    /// A lake's database, opened without the program's own code. It waits for processes that are at work on it. There,
    /// `unpacked(x)` is the text that was packed.
    package static func lake(in folder: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(30)
        configuration.prepareDatabase { db in
            db.add(
                function: DatabaseFunction("unpacked", argumentCount: 1, pure: true) { values in
                    try Data.fromDatabaseValue(values[0]).map { try PackedText.unpack([UInt8]($0)) }
                })
        }
        return try DatabaseQueue(path: folder + "/lake.sqlite", configuration: configuration)
    }
}
