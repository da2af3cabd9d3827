import GRDB
import StatesLanguage

/// A table of the catalog, as Glue keeps it.
package struct CatalogTable: Sendable {
    package let database: String
    package let name: String
    /// The `TableInput` of whoever made or changed it last.
    var input: JSONObject
    let createdAt: Timestamp
    var updatedAt: Timestamp
    /// How often it was changed.
    var version: Int64

    /// A table of which nothing is known but its name.
    package init(database: String, name: String) {
        let never = Timestamp(milliseconds: 0)
        self.init(database: database, name: name, input: [:], createdAt: never, updatedAt: never, version: 0)
    }

    init(
        database: String, name: String, input: JSONObject, createdAt: Timestamp, updatedAt: Timestamp, version: Int64
    ) {
        self.database = database
        self.name = name
        self.input = input
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.version = version
    }

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

extension LakeReading {
    package func table(_ name: String, in database: String) throws -> CatalogTable? {
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

extension LakeTransaction {
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
}
