import StatesLanguage

/// How a repeat that gets to run answers: as the execution did, or will, that the request has already.
///
/// A request is told one outcome, and the execution that decides it is the first one. While that runs, or is seen to by
/// a recovery, it tells the outcome itself, and the repeat has nothing to add. When it has told success, the repeat
/// verifies what was made and tells it again; when it has told an error, the repeat tells that error again. What cannot
/// be found out is not answered at all, since it could be answered differently: the recovery looks again later.
package struct Duplicates: Sendable {
    /// The name of the machine, with `${…}`.
    package let machine: String
    /// The members that requests of one requestId have in common.
    package let identity: [Place]
    /// The states of the pivot that find that the requestId is another request's.
    package let refusing: [String]
    package let contract: OutcomeContract

    private typealias Value = Expression<JSONValue?>

    // What is kept of the other execution.
    private static let status = Variable<String>("firstStatus")
    private static let error = Variable<String>("firstError")
    /// What it has told, as `Place.Answer`; nothing where it has told no error.
    private static let told = Variable<JSONValue>("firstAnswer")
    private static let isSameRequest = Variable<Bool>("isSameRequest")
    private static let arn = Variable<String>("firstExecution")

    /// Leads on unless the request has an execution under its own name, and this is another one.
    package var lookForFirst: Block {
        Block(entrance: "IsNamedAfterRequest") { graph, exits in
            graph.addChoice("IsNamedAfterRequest", rules(isNamed: exits.next, other: "DescribeFirstExecution"))
            describe("DescribeFirstExecution", unknown: exits.next, &graph)
            graph.outline.follows("DescribeFirstExecution", ["HowDidFirstExecutionEnd"])
        }
    }

    /// Leads on where a request that is refused may be told so under its requestId: unless another request has an execution
    /// of that name, whose outcome is what is told.
    package var lookForOther: Block {
        Block(entrance: "IsRefusalNamedAfterRequest") { graph, exits in
            graph.addChoice("IsRefusalNamedAfterRequest", rules(isNamed: exits.next, other: "DescribeOtherExecution"))
            look("DescribeOtherExecution", unknown: exits.next, assigning: [sameRequest])
                .build(&graph, Exits(next: "IsSameRequest", failed: .keeping(to: Way(to: Waypoint.notAnswered))))
            graph.addChoice(
                "IsSameRequest",
                [Rule(if: Self.isSameRequest.value, exits.next), .otherwise(Way(to: Waypoint.reused))])
        }
    }

    /// The state that looks what came of the execution that has made the anchor.
    static let following = "DescribeCreatingExecution"

    /// The way of who has found an anchor that another execution has made for the same request.
    static func following(_ maker: Expression<String>) -> Way {
        Way(to: following, [repeating, arn.assigned(maker)])
    }

    /// Looks what came of the execution that has made the anchor. One that AWS has forgotten ended long ago.
    private var lookForMaker: Block {
        Block(entrance: Self.following) { graph, exits in
            describe(Self.following, unknown: exits.next, &graph)
        }
    }

    /// From here on the execution answers for another one.
    package static let repeating = change(of: .mode.whole, [(.mode.repeat, true as Expression<Bool>)])

    /// Asks whether this execution has the name of its request, and else names the one that has.
    private func rules(isNamed: Way, other: String) -> [Rule] {
        let first = Expression.format(
            "arn:${Partition}:states:${Region}:${AccountId}:execution:\(machine):{}",
            Value.request.requestID.trusted(as: String.self))
        return [
            Rule(if: Value.execution.name == Value.request.requestID.trusted(as: String.self), isNamed),
            .otherwise(Way(to: other, [Self.arn.assigned(first)])),
        ]
    }

    /// Adds the states that answer for another execution.
    ///
    /// - Parameter pivot: the way to where what was made is verified.
    package func add(to graph: inout Graph, pivot: Way) {
        lookForMaker.build(&graph, Exits(next: pivot, failed: .dropping(to: pivot)))
        let error = Value(Self.told.value.syntax).member("error")
        let isTold = error.member("message").has(.string) && error.member("cause").has(.string)
        graph.addChoice(
            "HowDidFirstExecutionEnd",
            [
                Rule(if: !Self.isSameRequest.value, Way(to: Waypoint.reused)),
                Rule(
                    if: Value(Self.status.value.syntax) == "SUCCEEDED"
                        || OutcomeContract.hasGivenUp(Self.error.value), pivot),
                Rule(
                    if: isTold,
                    Way(
                        to: Waypoint.tellError,
                        [
                            change(
                                of: .error.whole,
                                [(.error.message, error.member("message")), (.error.cause, error.member("cause"))])
                        ])),
                .otherwise("JoinedFirstExecution"),
            ])
        graph.addSuccess(
            "JoinedFirstExecution", .silent("the first execution tells the outcome", from: ["HowDidFirstExecutionEnd"]),
            comment: "The first execution tells the outcome.",
            output: .object([("execution", Payload(Self.arn.value))]))
        graph.addFailure(
            Waypoint.reused,
            .silent(
                "the first request of the requestId is answered",
                from: ["HowDidFirstExecutionEnd", "IsSameRequest"] + refusing),
            contract.errors.requestIDReused,
            cause: .text("the requestId is that of another request, with another \(names)"))
        graph.addFailure(
            Waypoint.notAnswered,
            .silent(
                "what could not be found out could be answered differently",
                from: ["DescribeFirstExecution", "DescribeOtherExecution", Self.following, Waypoint.isRepeat]),
            contract.errors.notAnswered,
            cause: Payload(.words("{}: {}", Value.failure.error, Value.failure.cause)))
    }

    /// Reads what came of another execution. What that was asked for is compared, and not kept.
    private func describe(_ name: String, unknown: Way, _ graph: inout Graph) {
        let (error, cause) = (Value.result.member("Error").text(or: ""), Value.result.member("Cause").text(or: ""))
        let hasTold = error.isIn(.texts([contract.errors.undone, contract.errors.leftovers]))
        let answer = Value.parse(Value(cause.syntax)).trusted(as: JSONValue.self)
        let isJSON = cause.prefix(1) == "{"
        look(
            name, unknown: unknown,
            assigning: [
                sameRequest, Self.status.assigned(Value.result.member("Status").text(or: "")),
                Self.error.assigned(error),
                Self.told.assigned((hasTold && isJSON).then(answer, else: .object([]))), Self.repeating,
            ]
        ).build(&graph, Exits(next: "HowDidFirstExecutionEnd", failed: .keeping(to: Way(to: Waypoint.notAnswered))))
    }

    /// Looks at another execution. Of one of which Step Functions says more than a state may have nothing is found out.
    private func look(_ name: String, unknown: Way, assigning assigned: [VariableAssignment]) -> Block {
        Block.task(
            name, comment: "Compares what the other execution was asked for, and what it has told.",
            .StepFunctions.describeExecution(arn: Self.arn.value), assigning: assigned,
            catching: [.init(ServiceAction.StepFunctions.notFound, unknown)])
    }

    /// The same requestId with other content is refused, and not by an answer: that is the first one's.
    private var sameRequest: VariableAssignment {
        Self.isSameRequest.assigned(
            Value.parse(Value.result.member("Input")).named("earlier") { earlier in
                .all(
                    [earlier.has(.object)]
                        + identity.map { place in
                            let name = place.names(below: .request.whole)[0]
                            return earlier.member(name) == Value.from(place)
                        })
            })
    }

    /// The names of the members that requests have in common.
    private var names: String { identity.map { $0.names(below: .request.whole)[0] }.joined(separator: " or ") }
}
