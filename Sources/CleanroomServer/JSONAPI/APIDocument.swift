import CleanroomModel
import CleanroomService
import DurableExecution
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

    /// - Parameter events: the history of its execution, and then of its recovery.
    static func request(_ outcome: RequestOutcome, events: [HistoryEvent], now: Timestamp) -> JSONValue {
        let (record, request) = (outcome.record, outcome.request)
        var traces = (RequestSteps(), RequestSteps())
        for event in events {
            if event.execution == record.start.arn { _ = traces.0.take(event) } else { _ = traces.1.take(event) }
        }
        let steps = traces.0.steps + traces.1.steps
        let end = (outcome.recovery ?? record).stoppedAt
        var document: JSONObject = [
            "requestId": .string(request.requestID.text), "account": .string(request.account.text),
            "database": .string(request.database.text), "location": .string(outcome.location),
            "status": .string(outcome.status?.rawValue ?? "RUNNING"), "repeated": .bool(outcome.isRepeat),
            "executionArn": .string(record.start.arn.text), "startedAt": .string(record.start.startedAt.text),
            "durationMs": .integer(max(0, (end ?? now).milliseconds - record.start.startedAt.milliseconds)),
        ]
        if let end, outcome.isFinal { document["endedAt"] = .string(end.text) }
        if let recovery = outcome.recovery { document["recoveredBy"] = .string(recovery.start.arn.text) }
        document["steps"] = .array(steps.map(step))
        document["outcome"] = self.outcome(outcome)
        document["delivery"] = delivery(outcome.answer, steps)
        return .object(document)
    }

    static func step(_ step: RequestStep) -> JSONValue {
        var document: JSONObject = [
            "name": .string(step.name), "status": .string(step.status.rawValue),
            "startedAt": .string(step.startedAt.text), "attempts": .integer(step.attempts),
        ]
        if let endedAt = step.endedAt { document["endedAt"] = .string(endedAt.text) }
        if step.foundNothing { document["found"] = false }
        if let failure = step.failure { document["failure"] = self.failure(failure.error, failure.cause) }
        return .object(document)
    }

    /// `null` until it is decided.
    private static func outcome(_ outcome: RequestOutcome) -> JSONValue {
        guard let status = outcome.status else { return .null }
        var document: JSONObject = ["status": .string(status.rawValue)]
        if let error = outcome.error {
            document["error"] = ["message": .string(error.message), "cause": .string(error.cause)]
            document["leftovers"] = .bool(outcome.mayLeaveSomething)
        }
        return .object(document)
    }

    /// `null` until there is an answer.
    private static func delivery(_ answer: AnswerRecord?, _ steps: [RequestStep]) -> JSONValue {
        guard let answer else { return .null }
        let telling = steps.last { $0.name.hasPrefix("Tell") }
        var document: JSONObject = [
            "status": .string(answer.status.rawValue), "path": .string(answer.path), "body": answer.body,
            "attempts": .integer(telling?.attempts ?? 0),
        ]
        if answer.status == .undelivered, let failure = telling?.failure {
            document["failure"] = self.failure(failure.error, failure.cause)
        }
        return .object(document)
    }

    private static func failure(_ error: String, _ cause: String) -> JSONValue {
        ["error": .string(error), "cause": .string(cause)]
    }
}
