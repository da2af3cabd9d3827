import StatesLanguage

/// How outcomes are delivered: by HTTPS, with the credentials of an EventBridge connection, until they arrive.
package struct OutcomeDelivery: Sendable {
    /// The states that deliver.
    package enum State {
        package static let success = "TellSuccess"
        package static let error = "TellError"
    }

    /// How an execution ends that has delivered an error.
    package enum End {
        /// It was asked for something, and has not done it.
        case failure
        /// It was asked to see to the outcome of another execution, and has done so.
        case success
    }

    package let contract: OutcomeContract

    package init(_ contract: OutcomeContract) { self.contract = contract }

    /// Delivery is tried for 24 hours. A task that gives up is the execution's failure and has no catch, so that
    /// `RedriveExecution` sends the same answer again.
    private func task(_ message: OutcomeContract.Message, _ body: Argument, next: String) -> JSONObject {
        let call = ServiceCall.HTTP.post(
            to: message.url, by: contract.connection, key: .answer.requestID, body: body)
        return [
            "Type": "Task", "Comment": .string(message.comment), "Resource": .string(call.action.resource),
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

    /// Delivers success. From here nothing is undone, however long that takes.
    ///
    /// - Parameter members: what the execution gives.
    package func success(_ members: Members<Place.Outcome<Place>>) -> Block {
        let outcome = Argument.object(at: Place.outcome, members)
        return Block(entrance: "DescribeOutcome") { graph, exits in
            graph.addPass(
                "DescribeOutcome", at: Place.outcome.whole, parameters: outcome, next: State.success)
            graph.outline.tells(State.success)
            graph.add(
                State.success,
                task(contract.success, ["requestId": .answer.requestID], next: exits.next))
        }
    }

    /// Delivers the first error with all that is left behind.
    ///
    /// - Parameter end: how the machine ends when nothing is left; what is left fails the execution in any case.
    package func addError(to graph: inout Graph, end: End) {
        graph.addPass(
            Waypoint.tellError, at: Place.answer,
            [
                \.requestID: .answer.requestID, \.error.message: .error.message,
                \.error.cause: .format("{}{}", .error.cause, .left.text),
            ], next: State.error)
        graph.outline.tells(State.error)
        graph.add(
            State.error,
            task(
                contract.error, ["requestId": .answer.requestID, "error": .answer.error.whole], next: "IsAnythingLeft"))
        graph.addChoice(
            "IsAnythingLeft", [(.equals(.left.text, ""), contract.ends.undone)], default: "LeftoversRemain")
        // Whoever is told of the execution instead of the answer reads the same in it, and a repeat takes it from there.
        let cause = Argument.jsonToString(.answer.whole)
        switch end {
        case .failure:
            graph.addFailure(contract.ends.undone, .told(by: State.error), contract.errors.undone, cause: cause)
        case .success:
            graph.addSuccess(contract.ends.undone, .told(by: State.error), output: .answer.whole)
        }
        graph.addFailure("LeftoversRemain", .told(by: State.error), contract.errors.leftovers, cause: cause)
    }
}
