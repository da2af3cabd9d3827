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

extension LakeReading {
    package func tableNames(in database: String, limit: Int, after name: String) throws -> [String] {
        let statement = try db.cachedStatement(
            sql: "SELECT name FROM catalog_table WHERE database_name = ? AND name > ? ORDER BY name LIMIT ?")
        return try String.fetchAll(statement, arguments: [database, name, limit])
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
