import CleanroomModel
import CleanroomService
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

    static func outcome(_ outcome: RequestOutcome, now: Timestamp) -> JSONObject {
        let record = outcome.record
        var document: JSONObject = [
            "requestId": .string(outcome.request.requestID.text), "account": .string(outcome.request.account.text),
            "database": .string(outcome.request.database.text),
            "status": outcome.status.map { .string($0.rawValue) } ?? .null,
            "location": .string(outcome.location), "executionArn": .string(record.start.arn.text),
        ]
        if let error = outcome.error {
            document["error"] = ["message": .string(error.message), "cause": .string(error.cause)]
        }
        document["answer"] = answer(outcome.answer)
        // Never negative: the clock may have been set back since the start.
        let end = max(record.stoppedAt ?? now, record.start.startedAt)
        document["durationMs"] = .integer(end.milliseconds - record.start.startedAt.milliseconds)
        return document
    }

    static func execution(_ record: ExecutionRecord, recovery: ExecutionRecord? = nil) -> JSONObject {
        var document: JSONObject = [
            "requestId": .string(record.start.name), "executionArn": .string(record.start.arn.text),
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
        if let recovery { document["recoveredBy"] = .string(recovery.start.arn.text) }
        document["answer"] = answer(recovery?.answer ?? record.answer)
        return document
    }

    /// An execution that has told an answer.
    static func answered(_ record: ExecutionRecord) -> JSONObject {
        var document: JSONObject = [
            "requestId": record.answer?.body["requestId"] ?? .null, "executionArn": .string(record.start.arn.text),
            "executionStatus": .string(record.status.rawValue), "startedAt": .string(record.start.startedAt.text),
            "redriveCount": .integer(record.redriveCount), "answer": answer(record.answer),
        ]
        if let stoppedAt = record.stoppedAt { document["stoppedAt"] = .string(stoppedAt.text) }
        if record.answer?.status == .undelivered, let error = record.error {
            document["failure"] = ["error": .string(error), "cause": .string(record.cause ?? "")]
        }
        return document
    }

    static func redelivery(_ result: Redelivery.Result) -> JSONObject {
        var document = answered(result.record)
        document["result"] = .string(result.status.rawValue)
        if let reason = result.reason { document["reason"] = .string(reason) }
        return document
    }

    private static func answer(_ answer: AnswerRecord?) -> JSONValue {
        guard let answer else { return .null }
        return ["path": .string(answer.path), "body": answer.body, "status": .string(answer.status.rawValue)]
    }
}
