import CleanroomModel
import GRDB
package import StatesLanguage

/// A cleanroom as the catalog has it.
package struct RoomDescription: Sendable {
    package let database: String
    package let requestID: String
    package let location: String
    /// Whether the location is registered with Lake Formation.
    package let isRegistered: Bool
    package let createdAt: Timestamp
    package let grants: [PermissionEntry]
    package let tableCount: Int
}

extension LakeStore {
    /// The cleanrooms after a name, in the order of their names.
    package func rooms(after name: String = "", limit: Int) throws(LakeError) -> [RoomDescription] {
        try read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM catalog_database
                    WHERE name > ? AND parameters ->> '$.\(MarkerProperty.requestID)' IS NOT NULL ORDER BY name LIMIT ?
                    """, arguments: [name, limit])
            return try rows.map { try RoomDescription(CatalogDatabase($0), db) }
        }
    }

    /// Whether there is a database of a name, be it a cleanroom or not.
    package func hasDatabase(_ name: String) throws(LakeError) -> Bool {
        try read { db in
            try Int.fetchOne(db, sql: "SELECT 1 FROM catalog_database WHERE name = ?", arguments: [name]) != nil
        }
    }

    /// The cleanroom of a name.
    package func room(_ name: String) throws(LakeError) -> RoomDescription? {
        try read { db in
            guard
                let row = try Row.fetchOne(db, sql: "SELECT * FROM catalog_database WHERE name = ?", arguments: [name])
            else { return nil }
            let database = try CatalogDatabase(row)
            if database.parameters[MarkerProperty.requestID] == nil { return nil }
            return try RoomDescription(database, db)
        }
    }
}

extension RoomDescription {
    fileprivate init(_ database: CatalogDatabase, _ db: Database) throws {
        self.database = database.name
        requestID = database.parameters[MarkerProperty.requestID]?.stringValue ?? ""
        let location = database.location ?? ""
        self.location = location
        createdAt = database.createdAt
        let arn = "arn:aws:s3:::" + location.dropFirst("s3://".count)
        isRegistered =
            try Int.fetchOne(db, sql: "SELECT 1 FROM registered_location WHERE arn = ?", arguments: [arn]) != nil
        grants = try [SecuredResource.location(arn: arn), .database(database.name), .tables(of: database.name)]
            .flatMap { try LakeTransaction.permissions(db, on: $0) }
        tableCount =
            try Int.fetchOne(
                db, sql: "SELECT COUNT(*) FROM catalog_table WHERE database_name = ?", arguments: [database.name]) ?? 0
    }
}
