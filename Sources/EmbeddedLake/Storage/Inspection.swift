import Foundation
import GRDB
package import StatesLanguage

/// What stands in the tables of a lake, for somebody who repairs it.
extension LakeStore {
    /// A statement that cannot be carried out, or that would change something.
    package struct StatementRefused: Error {
        package let reason: String
    }

    /// The rows of a statement that only reads. What is packed is unpacked, and shown as the JSON that it is.
    ///
    /// - Throws: `StatementRefused`; `LakeError` for a lake that cannot be read.
    package func inspect(_ sql: String) throws -> [JSONObject] {
        do {
            return try pool.read { db in
                let statement = try db.makeStatement(sql: sql)
                guard statement.isReadonly else { throw StatementRefused(reason: "it does not only read") }
                return try Row.fetchAll(statement).map { row in
                    JSONObject(row.map { column, value in (column, Self.shown(value)) })
                }
            }
        } catch let error as DatabaseError
            where [.SQLITE_ERROR, .SQLITE_MISUSE, .SQLITE_READONLY, .SQLITE_AUTH].contains(error.resultCode)
        {
            throw StatementRefused(reason: error.message ?? "\(error)")
        } catch let error as DatabaseError {
            throw LakeError(error, path: folder.databasePath)
        }
    }

    /// The tables, with how many rows each has.
    package func tables() throws(LakeError) -> [(name: String, rows: Int64)] {
        try read { db in
            let names = try String.fetchAll(
                db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
            )
            return try names.map { name in
                (name, try Int64.fetchOne(db, sql: "SELECT COUNT(*) FROM \(name.quotedDatabaseIdentifier)") ?? 0)
            }
        }
    }

    private static func shown(_ value: DatabaseValue) -> JSONValue {
        switch value.storage {
        case .null: .null
        case .int64(let number): .integer(number)
        case .double(let number): .double(number)
        case .string(let text): .string(text)
        case .blob(let data):
            // What cannot be read is shown as it is: whoever repairs a lake looks for just that.
            if let text = try? PackedText.unpack([UInt8](data)) {
                (try? JSONValue(parsing: text)) ?? .string(text)
            } else {
                .string(data.map { String(format: "%02x", $0) }.joined())
            }
        }
    }
}
