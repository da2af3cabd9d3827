import EmbeddedLake
import StatesLanguage

/// The documents of the JSON API.
enum APIDocument {
    static func room(_ room: RoomDescription) -> JSONValue {
        [
            "database": .string(room.database), "requestId": .string(room.requestID),
            "location": .string(room.location), "registered": .bool(room.isRegistered),
            "createdAt": .string(room.createdAt.text), "tables": .integer(Int64(room.tableCount)),
            "grants": .array(
                room.grants.map { grant in
                    [
                        "principal": .string(grant.principal),
                        "resource": ["kind": .string(grant.resource.kind), "name": .string(grant.resource.name)],
                        "permissions": .strings(grant.permissions), "grantable": .strings(grant.grantable),
                    ]
                }),
        ]
    }
}
