import StatesLanguage

/// How outcomes are delivered: by HTTPS, with the credentials of an EventBridge connection, until they arrive.
package struct OutcomeDelivery: Sendable {
    /// The states that deliver.
    package enum State {
        package static let success = "NotifySuccess"
        package static let error = "NotifyError"
        /// What the two were called in the releases before.
        package static let formerly = ["TellSuccess", "TellError"]
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

    private typealias Value = Expression<JSONValue?>

    /// What a state that delivers is given: all that it needs stands in its input, where a recovery finds it in the
    /// history.
    private static func given(_ name: String) -> Value { Value.input.member(name) }
    private static let answer = given("answer")

    /// Delivery is tried for 24 hours. A task that gives up is the execution's failure and has no catch, so that
    /// `RedriveExecution` sends the same answer again.
    private func task(_ message: OutcomeContract.Message, _ body: Payload, next: String) -> JSONObject {
        let call = ServiceCall.HTTP.post(
            to: message.url, by: contract.connection, key: Self.answer.member("requestId").trusted(as: String.self),
            body: body)
        return [
            "Type": "Task", "Comment": .string(message.comment), "Resource": .string(call.action.resource),
            "Arguments": call.arguments.json, "TimeoutSeconds": .integer(call.action.timeoutSeconds),
            "Output": Payload(Value.input.trusted(as: JSONValue.self)).json,
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

    private static func body(_ members: [(String, Value)]) -> Payload {
        .object(members.map { ($0, Payload($1.trusted(as: JSONValue.self))) })
    }

    /// Delivers success. From here nothing is undone, however long that takes.
    ///
    /// - Parameter outcome: what the execution gives.
    package func success(_ outcome: [(name: String, value: Expression<String>)]) -> Block {
        let given = Payload.object([
            ("answer", .object([("requestId", Payload(Value.answer.requestID.trusted(as: String.self)))])),
            ("outcome", .object(outcome.map { ($0.name, Payload($0.value)) })),
        ])
        return Block(arrival: Way(to: State.success, output: given)) { graph, exits in
            graph.outline.tells(State.success)
            graph.add(
                State.success,
                task(
                    contract.success, Self.body([("requestId", Self.answer.member("requestId"))]), next: exits.next.next
                )
            )
        }
    }

    /// Adds the end of an execution that has delivered success.
    package static func addSuccessEnd(_ name: String, to graph: inout Graph) {
        graph.addSuccess(
            name, .told(by: State.success), output: Payload(given("outcome").trusted(as: JSONValue.self)))
    }

    /// Delivers the first error with all that is left behind.
    ///
    /// - Parameter end: how the machine ends when nothing is left; what is left fails the execution in any case.
    package func addError(to graph: inout Graph, end: End) {
        let error = Value.error
        // Of an execution's cause AWS keeps 32,768 characters, and it is the answer as JSON.
        let failure = error.failure.whole.exists.then(
            Expression.words(": {}: {}", error.failure.error, error.failure.cause).prefix(4000),
            else: "" as Expression<String>)
        let cause = Expression.words("{}{}{}", error.cause, failure, Value.left.text)
        graph.addPass(
            Waypoint.tellError, comment: "Puts the error, its cause and what is left behind into words.",
            Way(
                to: State.error,
                output: .object([
                    (
                        "answer",
                        .object([
                            ("requestId", Payload(Value.answer.requestID.trusted(as: String.self))),
                            (
                                "error",
                                .object([
                                    ("message", Payload(error.message.trusted(as: String.self))),
                                    ("cause", Payload(cause)),
                                ])
                            ),
                        ])
                    ),
                    ("left", .object([("text", Payload(Value.left.text.trusted(as: String.self)))])),
                ])))
        graph.outline.tells(State.error)
        graph.add(
            State.error,
            task(
                contract.error,
                Self.body([
                    ("requestId", Self.answer.member("requestId")), ("error", Self.answer.member("error")),
                ]), next: "IsAnythingLeft"))
        graph.addChoice(
            "IsAnythingLeft",
            [
                Rule(if: Self.given("left").member("text") == "", Way(to: contract.ends.undone)),
                .otherwise("LeftoversRemain"),
            ])
        // Whoever is told of the execution instead of the answer reads the same in it, and a repeat takes it from there.
        let told = Payload(Expression<String>.json(Self.answer))
        switch end {
        case .failure:
            graph.addFailure(contract.ends.undone, .told(by: State.error), contract.errors.undone, cause: told)
        case .success:
            graph.addSuccess(
                contract.ends.undone, .told(by: State.error),
                output: Payload(Self.answer.trusted(as: JSONValue.self)))
        }
        graph.addFailure("LeftoversRemain", .told(by: State.error), contract.errors.leftovers, cause: told)
    }
}
