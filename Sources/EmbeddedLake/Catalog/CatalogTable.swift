import GRDB
import StatesLanguage

/// A table of the catalog, as Glue keeps it.
struct CatalogTable {
    let database: String
    let name: String
    /// The `TableInput` of whoever made or changed it last.
    var input: JSONObject
    let createdAt: Timestamp
    var updatedAt: Timestamp
    /// How often it was changed.
    var version: Int64

    /// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_Table.html>
    func json(account: String) -> JSONValue {
        var json = input
        json["Name"] = .string(name)
        json["DatabaseName"] = .string(database)
        json["CatalogId"] = .string(account)
        json["CreateTime"] = .string(createdAt.text)
        json["UpdateTime"] = .string(updatedAt.text)
        json["VersionId"] = .string("\(version)")
        return .object(json)
    }
}

extension LakeTransaction {
    func table(_ name: String, in database: String) throws -> CatalogTable? {
        let statement = try db.cachedStatement(sql: "SELECT * FROM catalog_table WHERE database_name = ? AND name = ?")
        return try Row.fetchOne(statement, arguments: [database, name]).map { row in
            let createdAt = Timestamp(milliseconds: row["created_at"])
            return CatalogTable(
                database: database, name: name,
                input: try JSONValue(stored: row["input"] as String).objectValue ?? [:], createdAt: createdAt,
                updatedAt: (row["updated_at"] as Int64?).map { Timestamp(milliseconds: $0) } ?? createdAt,
                version: row["version"])
        }
    }

    func insert(_ table: CatalogTable) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO catalog_table (database_name, name, input, created_at, updated_at, version)
                VALUES (?, ?, ?, ?, ?, ?)
                """
        ).execute(
            arguments: [
                table.database, table.name, JSONValue.object(table.input).text, table.createdAt.milliseconds,
                table.updatedAt.milliseconds, table.version,
            ])
    }

    func update(_ table: CatalogTable) throws {
        try db.cachedStatement(
            sql: "UPDATE catalog_table SET input = ?, updated_at = ?, version = ? WHERE database_name = ? AND name = ?"
        ).execute(
            arguments: [
                JSONValue.object(table.input).text, table.updatedAt.milliseconds, table.version, table.database,
                table.name,
            ])
    }

    package func deleteTable(_ name: String, in database: String) throws {
        try db.cachedStatement(sql: "DELETE FROM catalog_table WHERE database_name = ? AND name = ?")
            .execute(arguments: [database, name])
        try deletePermissions(on: .table(name, of: database))
    }

    /// The names of at most `limit` databases after a name for which a condition holds, in their order.
    func databaseNames(
        after name: String, limit: Int, where condition: (String) throws -> Bool = { _ in true }
    ) throws -> [String] {
        var names: [String] = []
        try CatalogRoom.forEach(after: name, in: db) { entries in
            names += try entries.filter { $0.database != nil }.map(\.name).filter(condition)
            return names.count < limit
        }
        return Array(names.prefix(limit))
    }

    /// Demands a permission on a table: on itself, or on all tables of its database.
    func require(_ permission: String, onTable name: String, of database: String, for caller: String) throws {
        do {
            try require(permission, on: .tables(of: database), for: caller)
        } catch is ServiceError {
            try require(permission, on: .table(name, of: database), for: caller)
        }
    }
}
