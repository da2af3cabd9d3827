import GRDB
package import StatesLanguage

/// A database of the catalog.
package struct CatalogDatabase: Hashable, Sendable {
    package let name: String
    package var description: String?
    package var location: String?
    /// Texts by name.
    package var parameters: JSONObject
    /// The grants that a table made here gets: a list of principals with permissions.
    package var tableDefaults: JSONValue
    package let createdAt: Timestamp

    package init(
        name: String, description: String?, location: String?, parameters: JSONObject, tableDefaults: JSONValue,
        createdAt: Timestamp
    ) {
        self.name = name
        self.description = description
        self.location = location
        self.parameters = parameters
        self.tableDefaults = tableDefaults
        self.createdAt = createdAt
    }
}

extension LakeTransaction {
    package func database(_ name: String) throws -> CatalogDatabase? {
        let statement = try db.cachedStatement(sql: "SELECT * FROM catalog_database WHERE name = ?")
        return try Row.fetchOne(statement, arguments: [name]).map { try CatalogDatabase($0) }
    }

    package func insert(_ database: CatalogDatabase) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO catalog_database (name, description, location, parameters, table_defaults, created_at)
                VALUES (?, ?, ?, ?, ?, ?)
                """
        ).execute(
            arguments: [
                database.name, database.description, database.location, JSONValue.object(database.parameters).text,
                database.tableDefaults.text, database.createdAt.milliseconds,
            ])
    }

    package func update(_ database: CatalogDatabase) throws {
        try db.cachedStatement(
            sql: """
                UPDATE catalog_database SET description = ?, location = ?, parameters = ?, table_defaults = ?
                WHERE name = ?
                """
        ).execute(
            arguments: [
                database.description, database.location, JSONValue.object(database.parameters).text,
                database.tableDefaults.text, database.name,
            ])
    }

    package func deleteDatabase(_ name: String) throws {
        try db.cachedStatement(sql: "DELETE FROM catalog_database WHERE name = ?").execute(arguments: [name])
    }

    package func tableNames(in database: String, limit: Int, after name: String) throws -> [String] {
        let statement = try db.cachedStatement(
            sql: "SELECT name FROM catalog_table WHERE database_name = ? AND name > ? ORDER BY name LIMIT ?")
        return try String.fetchAll(statement, arguments: [database, name, limit])
    }
}

extension CatalogDatabase {
    init(_ row: Row) throws {
        name = try row.decode(forColumn: "name")
        description = try row.decode(forColumn: "description")
        location = try row.decode(forColumn: "location")
        parameters = try row.json("parameters").objectValue ?? [:]
        tableDefaults = try row.json("table_defaults")
        createdAt = try row.timestamp("created_at")
    }
}

/// A location that is registered with Lake Formation.
package struct RegisteredLocation: Hashable, Sendable {
    package let arn: String
    package let roleARN: String
    package let isHybrid: Bool
    package let registeredAt: Timestamp

    package init(arn: String, roleARN: String, isHybrid: Bool, registeredAt: Timestamp) {
        self.arn = arn
        self.roleARN = roleARN
        self.isHybrid = isHybrid
        self.registeredAt = registeredAt
    }

    /// The names of the locations above one: of `…:::bucket/a/b/` those of `bucket/a/`, `bucket/` and `bucket`.
    package static func above(_ arn: String) -> [String] {
        let start = arn.firstRange(of: ":::")?.upperBound ?? arn.startIndex
        let slashes = arn[start...].indices.filter { arn[$0] == "/" && arn.index(after: $0) != arn.endIndex }
        return slashes.reversed().map { String(arn[...$0]) } + (slashes.first.map { [String(arn[..<$0])] } ?? [])
    }
}

extension LakeTransaction {
    package func registeredLocation(_ arn: String) throws -> RegisteredLocation? {
        let statement = try db.cachedStatement(sql: "SELECT * FROM registered_location WHERE arn = ?")
        return try Row.fetchOne(statement, arguments: [arn]).map { try RegisteredLocation($0) }
    }

    package func insert(_ location: RegisteredLocation) throws {
        try db.cachedStatement(
            sql: "INSERT INTO registered_location (arn, role_arn, is_hybrid, registered_at) VALUES (?, ?, ?, ?)"
        ).execute(
            arguments: [location.arn, location.roleARN, location.isHybrid, location.registeredAt.milliseconds])
    }

    package func isBelowRegisteredLocation(_ arn: String) throws -> Bool {
        try RegisteredLocation.above(arn).contains { try registeredLocation($0) != nil }
    }

    package func deleteLocation(_ arn: String) throws {
        try db.cachedStatement(sql: "DELETE FROM registered_location WHERE arn = ?").execute(arguments: [arn])
    }
}

extension RegisteredLocation {
    init(_ row: Row) throws {
        arn = try row.decode(forColumn: "arn")
        roleARN = try row.decode(forColumn: "role_arn")
        isHybrid = try row.decode(forColumn: "is_hybrid")
        registeredAt = try row.timestamp("registered_at")
    }
}
