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
            var rooms: [RoomDescription] = []
            try CatalogRoom.forEach(after: name, in: db) { entries in
                for database in entries where database.isCleanroom && rooms.count < limit {
                    rooms.append(try RoomDescription(database, besides: entries, db))
                }
                return rooms.count < limit
            }
            return rooms
        }
    }

    /// Whether there is a database of a name, be it a cleanroom or not.
    package func hasDatabase(_ name: String) throws(LakeError) -> Bool {
        try read { db in try CatalogRoom.read(name, from: db)[name].database != nil }
    }

    /// The cleanroom of a name.
    package func room(_ name: String) throws(LakeError) -> RoomDescription? {
        try read { db in
            let room = try CatalogRoom.read(name, from: db)
            return room[name].isCleanroom ? try RoomDescription(room[name], besides: room.entries, db) : nil
        }
    }
}

extension CatalogEntries {
    /// Whether there is a database that bears the marker of a cleanroom.
    fileprivate var isCleanroom: Bool { database?.parameters[MarkerProperty.requestID] != nil }
}

extension RoomDescription {
    /// - Parameter others: what stands beside it.
    fileprivate init(_ entries: CatalogEntries, besides others: [CatalogEntries], _ db: Database) throws {
        database = entries.name
        requestID = entries.database?.parameters[MarkerProperty.requestID]?.stringValue ?? ""
        location = entries.database?.location ?? ""
        createdAt = entries.database?.createdAt ?? Timestamp(milliseconds: 0)
        let arn = "arn:aws:s3:::" + location.dropFirst("s3://".count)
        let place = try others.first { $0.name == arn } ?? CatalogRoom.read(arn, from: db)[arn]
        isRegistered = place.location != nil
        grants = place.permissions + entries.permissions
        let tables = try db.cachedStatement(sql: "SELECT COUNT(*) FROM catalog_table WHERE database_name = ?")
        tableCount = try Int.fetchOne(tables, arguments: [entries.name]) ?? 0
    }
}
