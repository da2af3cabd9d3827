import CleanroomModel
import StatesLanguage

/// How outcomes are told: by HTTPS, with the credentials of an EventBridge connection, until they arrive.
enum Telling {
    /// Delivery is tried for 24 hours. A task that gives up is the execution's failure and has no catch, so that
    /// `RedriveExecution` sends the same answer again.
    private static func task(_ comment: String, path: String, body: JSONValue, next: String) -> JSONObject {
        [
            "Type": "Task", "Comment": .string(comment), "Resource": .string(ServiceAction.HTTP.invoke.resource),
            "Parameters": [
                "ApiEndpoint": .string("https://${ApiEndpoint}\(path)"), "Method": "POST",
                "Authentication": [
                    "ConnectionArn": "arn:${Partition}:events:${Region}:${AccountId}:connection/${ApiAuthorization}"
                ],
                "Headers": ["Idempotency-Key.$": "$.answer.requestId"],
                "RequestBody": body,
            ],
            "TimeoutSeconds": .integer(ServiceAction.HTTP.invoke.timeoutSeconds),
            "ResultPath": .null,
            // 1 + 2 + 4 + … + 512 seconds, then every 15 minutes: 85,623 s, 23 h 47 min, and the time of the attempts.
            "Retry": [
                [
                    "ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "BackoffRate": 2, "MaxDelaySeconds": 900,
                    "MaxAttempts": 104,
                ]
            ],
            "Next": .string(next),
        ]
    }

    /// The URLs to which answers go.
    static let endpoints = [Answer.Path.created, Answer.Path.failed].map { "https://${ApiEndpoint}\($0)" }

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
            "DescribeOutcome", at: "$.outcome",
            [
                "requestId.$": "$.request.requestId", "account.$": "$.request.account",
                "database.$": "$.request.database", "location.$": "$.room.location",
            ], next: Teller.success)
        graph.outline.tells(Teller.success)
        graph.add(
            Teller.success,
            task(
                "The room stands: nothing is undone from here on.", path: Answer.Path.created,
                body: ["requestId.$": "$.answer.requestId"], next: exits.next))
    }

    /// Tells the first error with all that is left behind.
    ///
    /// - Parameter end: how the machine ends when nothing is left; what is left fails the execution in any case.
    static func addErrorAnswer(to graph: inout Graph, end: End) {
        graph.addPass(
            Saga.Waypoint.tellError, at: "$.answer",
            [
                "requestId.$": "$.answer.requestId",
                "error": [
                    "message.$": "$.error.message",
                    "cause.$": .string(Expression.format("{}{}", ["$.error.cause", "$.left.text"])),
                ],
            ], next: Teller.error)
        graph.outline.tells(Teller.error)
        graph.add(
            Teller.error,
            task(
                "Nothing of the room is left, or the cause names it.", path: Answer.Path.failed,
                body: ["requestId.$": "$.answer.requestId", "error.$": "$.answer.error"], next: "IsAnythingLeft"))
        graph.addChoice("IsAnythingLeft", [(.equals("$.left.text", ""), "NotCreated")], default: "LeftoversRemain")
        // Whoever is told of the execution instead of the answer reads the same in it, and a repeat takes it from there.
        let cause = "States.JsonToString($.answer)"
        switch end {
        case .failure:
            graph.addEnd(
                "NotCreated", .told(by: Teller.error),
                ["Type": "Fail", "Error": .string(ExecutionError.notCreated), "CausePath": .string(cause)])
        case .success:
            graph.addEnd("NotCreated", .told(by: Teller.error), ["Type": "Succeed", "OutputPath": "$.answer"])
        }
        graph.addEnd(
            "LeftoversRemain", .told(by: Teller.error),
            ["Type": "Fail", "Error": .string(ExecutionError.leftovers), "CausePath": .string(cause)])
    }
}
