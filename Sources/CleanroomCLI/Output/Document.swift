import DurableExecution
import EmbeddedLake
import StatesLanguage

/// The JSON documents that commands print. Each carries the version of its format.
enum Document {
    static let formatVersion: Int64 = 1

    static func versioned(_ members: JSONObject) -> JSONValue {
        .object(JSONObject([("formatVersion", .integer(formatVersion))]).merging(members))
    }

    static func room(_ room: RoomDescription) -> JSONObject {
        [
            "database": .string(room.database), "requestId": .string(room.requestID),
            "location": .string(room.location), "registered": .bool(room.isRegistered),
            "createdAt": .string(room.createdAt.text), "grants": .array(room.grants.map { .object(grant($0)) }),
            "tables": .integer(Int64(room.tableCount)),
        ]
    }

    private static func grant(_ grant: PermissionEntry) -> JSONObject {
        [
            "principal": .string(grant.principal),
            "resource": ["kind": .string(grant.resource.kind), "name": .string(grant.resource.name)],
            "permissions": .strings(grant.permissions), "grantable": .strings(grant.grantable),
        ]
    }

    /// An execution, as Step Functions describes it.
    static func execution(_ record: ExecutionRecord) -> JSONObject {
        var document: JSONObject = [
            "name": .string(record.start.name), "executionArn": .string(record.start.arn.text),
            "status": .string(record.status.rawValue), "input": record.start.input,
            "startedAt": .string(record.start.startedAt.text),
        ]
        if let stoppedAt = record.stoppedAt { document["stoppedAt"] = .string(stoppedAt.text) }
        if let output = record.output { document["output"] = output }
        if let error = record.error { document["error"] = .string(error) }
        if let cause = record.cause { document["cause"] = .string(cause) }
        if let hold = record.hold, let time = hold.setAsideAt {
            document["setAside"] = ["at": .string(time.text), "interruptions": .integer(Int64(hold.interruptions))]
        }
        return document
    }

    /// An execution, and what became of the request that it was started for, if it was started for one.
    static func execution(_ record: ExecutionRecord, _ request: JSONObject?) -> JSONObject {
        var document = execution(record)
        if let request { document["request"] = .object(request) }
        return document
    }
}
