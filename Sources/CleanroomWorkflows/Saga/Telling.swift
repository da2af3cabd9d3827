import CleanroomModel
import StatesLanguage

/// How outcomes are told: by HTTPS, with the credentials of an EventBridge connection, until they arrive.
enum Telling {
    /// Delivery is tried for 24 hours. A task that gives up is the execution's failure and has no catch, so that
    /// `RedriveExecution` sends the same answer again.
    private static func task(_ comment: String, to path: String, _ body: Argument, next: String) -> JSONObject {
        let call = ServiceCall.HTTP.post(to: endpoint(path), key: .answer.requestID, body: body)
        return [
            "Type": "Task", "Comment": .string(comment), "Resource": .string(call.action.resource),
            "Parameters": call.parameters.json,
            "TimeoutSeconds": .integer(call.action.timeoutSeconds),
            "ResultPath": .null,
            // 1 + 2 + 4 + … + 512 seconds, then every 15 minutes: 85,623 s, 23 h 47 min, and the time of the attempts.
            "Retry": [
                [
                    "ErrorEquals": [.string(StatesError.all)], "IntervalSeconds": 1, "BackoffRate": 2,
                    "MaxDelaySeconds": 900, "MaxAttempts": 104,
                ]
            ],
            "Next": .string(next),
        ]
    }

    /// The URLs to which answers go.
    static let endpoints = [Answer.Path.created, Answer.Path.failed].map(endpoint)

    private static func endpoint(_ path: String) -> String { "https://${ApiEndpoint}\(path)" }

    /// The states that tell.
    enum Teller {
        static let success = "TellSuccess"
        static let error = "TellError"
    }

    /// How an execution ends that has told an error.
    enum End {
        /// It was asked for a room, and made none.
        case failure
        /// It was asked to see to the outcome of another execution, and has done so.
        case success
    }

    /// Tells that the room stands. From here nothing is undone, however long the delivery takes.
    static let success = Block(entrance: "DescribeOutcome") { graph, exits in
        graph.addPass(
            "DescribeOutcome", at: Place.outcome,
            [
                \.requestID: .request.requestID, \.account: .request.account, \.database: .request.database,
                \.location: .room.location,
            ], next: Teller.success)
        graph.outline.tells(Teller.success)
        graph.add(
            Teller.success,
            task(
                "The room stands: nothing is undone from here on.", to: Answer.Path.created,
                ["requestId": .answer.requestID], next: exits.next))
    }

    /// Tells the first error with all that is left behind.
    ///
    /// - Parameter end: how the machine ends when nothing is left; what is left fails the execution in any case.
    static func addErrorAnswer(to graph: inout Graph, end: End) {
        graph.addPass(
            Saga.Waypoint.tellError, at: Place.answer,
            [
                \.requestID: .answer.requestID, \.error.message: .error.message,
                \.error.cause: .format("{}{}", .error.cause, .left.text),
            ], next: Teller.error)
        graph.outline.tells(Teller.error)
        graph.add(
            Teller.error,
            task(
                "Nothing of the room is left, or the cause names it.", to: Answer.Path.failed,
                ["requestId": .answer.requestID, "error": .answer.error.whole], next: "IsAnythingLeft"))
        graph.addChoice("IsAnythingLeft", [(.equals(.left.text, ""), "NotCreated")], default: "LeftoversRemain")
        // Whoever is told of the execution instead of the answer reads the same in it, and a repeat takes it from there.
        let cause = Argument.jsonToString(.answer.whole)
        switch end {
        case .failure:
            graph.addFailure("NotCreated", .told(by: Teller.error), ExecutionError.notCreated, cause: cause)
        case .success:
            graph.addSuccess("NotCreated", .told(by: Teller.error), output: .answer.whole)
        }
        graph.addFailure("LeftoversRemain", .told(by: Teller.error), ExecutionError.leftovers, cause: cause)
    }
}
