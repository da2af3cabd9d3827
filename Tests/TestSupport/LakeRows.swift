package import EmbeddedLake
package import GRDB
import StatesLanguage

/// Every row of the tables that make up a lake's catalog, read without the program's own code but for unpacking.
package struct LakeRows: Equatable, Sendable {
    /// The rows as text, by what they are: `database`, `location` or `permission`, or the table that they are in.
    package let rows: [String: Set<String>]

    package init(_ db: Database) throws {
        var rows: [String: Set<String>] = [:]
        let names = try Row.fetchAll(
            db, sql: "SELECT room, key, value FROM catalog_room, json_each(unpacked(content))")
        for row in names {
            for (kind, text) in try Self.entries(row["value"], of: row["key"], in: row["room"]) {
                rows[kind, default: []].insert(text)
            }
        }
        for table in ["catalog_table", "data_lake_settings"] {
            rows[table] = Set(try Row.fetchAll(db, sql: "SELECT * FROM \(table)").map(\.description))
        }
        self.rows = rows
    }

    /// What stands under a name, one by one: what it is, and all of it as text.
    package static func entries(
        _ content: String, of name: String, in room: String
    ) throws -> [(kind: String, text: String)] {
        var entries: [(String, String)] = []
        for (part, value) in try JSONValue(parsing: content).objectValue ?? [:] {
            guard part == "Permissions" else {
                entries.append((part.lowercased(), "\(room): \(name) \(value.text)"))
                continue
            }
            for (kind, principals) in value.objectValue ?? [:] {
                for (principal, granted) in principals.objectValue ?? [:] {
                    entries.append(("permission", "\(room): \(kind) \(name) \(principal) \(granted.text)"))
                }
            }
        }
        return entries
    }

    /// Opens the lake of a folder and reads its rows.
    package init(folder: String) throws {
        self = try DatabaseQueue.lake(in: folder).read { try LakeRows($0) }
    }

    package static let none = LakeRows(rows: [:])

    private init(rows: [String: Set<String>]) {
        self.rows = rows
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
        configuration.prepareDatabase { db in db.add(function: PackedText.function) }
        return try DatabaseQueue(path: folder + "/lake.sqlite", configuration: configuration)
    }
}
