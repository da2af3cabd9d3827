package import StatesLanguage

/// Reads what an execution had come to: whether the anchor was begun, and what was about to be told.
///
/// Where recoveries were lost before, what the last of them had come to counts most, so their histories are read first.
///
/// The last events come first, and reading ends at the first that says how far the execution had come. So what a caller
/// has sent, which may have 256 KiB and stands in the first events alone, is hardly ever come to. Where a page has too
/// much data the history is read from its end once more, event by event, and an event that has too much by itself ends
/// the reading. What is before it is not read; whose the anchor is is then told by its marker.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html>
package struct History: Sendable {
    private typealias Value = Expression<JSONValue?>

    /// How many events a page has. Few enough that one with all its data mostly stays below the limit of 256 KiB, and then
    /// one by one.
    static let pageSize = Variable<Int64>("pageSize")
    private static let largestPage: Payload = 20
    /// What the last page has shown: the state that was `entered` or `exited`, and the `data` with which it was entered.
    private static let found = Variable<JSONValue>("milestone")
    /// By which the page after is asked for; empty where there is none.
    private static let token = Variable<String>("nextToken")
    /// The number of the last event of the page that was read last; 0 for none.
    private static let lastEvent = Variable<Int64>("lastEvent")

    /// How far an execution may have come.
    package let milestones: [Milestone]
    /// The number of the last event of a history that may have all that a caller has sent.
    package let lastEventOfIntake: Int64
    package let contract: OutcomeContract

    /// - Parameters:
    ///   - milestones: how far an execution may have come.
    ///   - lastEventOfIntake: the number of the last event of a history that may have all that a caller has sent.
    package init(milestones: [Milestone], lastEventOfIntake: Int64, contract: OutcomeContract) {
        (self.milestones, self.lastEventOfIntake, self.contract) = (milestones, lastEventOfIntake, contract)
    }

    /// The way of a recovery, with what its input says of the execution.
    package static var taking: Way {
        let attempt = Value.input.member("attempt")
        return Way(
            to: "DescribeExecution",
            [
                RecoveryData.executionARN.assigned(arn.trusted(as: String.self)),
                RecoveryData.histories.assigned(Value.input.member("histories").trusted(as: JSONValue.self)),
                RecoveryData.attempt.assigned(attempt.has(.number).then(attempt.trusted(as: Int64.self), else: 0)),
                RecoveryData.lostTo.assigned(Value.input.member("lostTo").list.trusted(as: [JSONValue].self)),
            ])
    }

    /// The execution of which a recovery or an event is.
    package static let arn = Value.input.member("executionArn")
    /// Whether the input is that of a recovery.
    package static let isTaken = arn.has(.string) && Value.input.member("histories").member("arn").has(.string)

    /// Reads a history from its end.
    private static func reading(_ size: Payload, _ more: [VariableAssignment] = []) -> Way {
        Way(to: "ReadHistory", [pageSize.assigned(payload: size), lastEvent.assigned(payload: 0)] + more)
    }

    /// Reads the history before this one, where there is one.
    private static let readingBefore = Rule(
        if: RecoveryData.before.member("arn").has(.string),
        reading(
            largestPage, [RecoveryData.histories.assigned(RecoveryData.before.trusted(as: JSONValue.self))]))

    /// Adds the states that read, and lead to the milestone at which to go on.
    ///
    /// - Parameters:
    ///   - notBegun: the state for when no event of any history says that anything was begun.
    ///   - done: the state for when the outcome has been told by now.
    ///   - failed: for a history that cannot be read.
    package func add(to graph: inout Graph, notBegun: String, done: String, failed: Failing) {
        addExecution(to: &graph, done: done, failed: failed)
        let arn = Value(RecoveryData.histories.value.syntax).member("arn").trusted(as: String.self)
        for (name, token) in [("ReadHistory", nil), ("ReadMoreHistory", Self.token.value)] {
            Block.task(
                name, comment: "Keeps the last event that says how far the execution had come.",
                .StepFunctions.getExecutionHistory(arn: arn, limit: Self.pageSize.value, after: token),
                assigning: page(notBegun: notBegun),
                catching: [.init(StatesError.dataLimitExceeded, "IsPageTooLarge")]
            ).build(&graph, Exits(next: "HowFarDidItGet", failed: failed))
        }
        let found = Value(Self.found.value.syntax)
        let isUndecided = found.member("exited") == .text(notBegun)
        graph.addChoice(
            "HowFarDidItGet",
            [
                // Every page has events. One without them is none, and must not be taken for an execution that did nothing.
                Rule(
                    if: Value(Self.lastEvent.value.syntax) == 0,
                    failed("HistoryNotFound", "the history was read, but there is no event in it")),
                Rule(if: found.member("exited").isIn(Self.told), Way(to: done)),
            ]
                + milestones.map { milestone in
                    let data = found.member("data")
                    return Rule(
                        if: found.member("entered").isIn(milestone.states),
                        milestone.resume(data).going(on: Payload(data.orEmpty)))
                } + [
                    Rule(if: !isUndecided && !(Value(Self.token.value.syntax) == ""), "ReadMoreHistory"),
                    Self.readingBefore, .otherwise(Way(to: notBegun)),
                ])
        graph.outline.shortens("IsPageTooLarge")
        let unread = graph.left(
            "whatever was made of it, since the history of its execution could not be read")
        graph.addChoice(
            "IsPageTooLarge",
            [
                Rule(if: Self.pageSize.value > 1, Self.reading(1)), Self.readingBefore,
                Rule(
                    if: Self.lastEvent.value > 0 && Self.lastEvent.value <= Expression.number(lastEventOfIntake),
                    Way(to: notBegun)),
                .otherwise(Way(to: notBegun, [unread])),
            ])
        for milestone in milestones { graph.outline.hasSideDoor(milestone.resume(found).next, from: "HowFarDidItGet") }
    }

    private static let told =
        [OutcomeDelivery.State.success, OutcomeDelivery.State.error] + OutcomeDelivery.State.formerly

    /// What is kept of a page: the last event that says how far the execution had come. What a lost recovery did before it
    /// left `notBegun` was reading histories, which is long and decides nothing.
    private func page(notBegun: String) -> [VariableAssignment] {
        func entered(_ event: Value) -> Value { event.member("StateEnteredEventDetails") }
        func exited(_ event: Value) -> Value { event.member("StateExitedEventDetails") }
        let events = Value.result.member("Events").list
        let latest = events.filter("event") {
            entered($0).member("Name").isIn(milestones.flatMap(\.states))
                || exited($0).member("Name").isIn(Self.told + [notBegun])
        }.first
        let found = latest.named("latest") { latest in
            let input = entered(latest).member("Input")
            return Expression<JSONValue>.object([
                ("entered", entered(latest).member("Name")), ("exited", exited(latest).member("Name")),
                (
                    "data",
                    input.has(.string).then(
                        Value.parse(input).trusted(as: JSONValue.self), else: Expression<JSONValue>.object([]))
                ),
            ])
        }
        return [
            Self.found.assigned(found), Self.token.assigned(Value.result.member("NextToken").text(or: "")),
            Self.lastEvent.assigned(events.first.member("Id").or(0 as Expression<Int64>)),
        ]
    }

    /// Takes from the description of the execution what is known of it without its input. One whose description has too
    /// much data is known by its ARN alone.
    private func addExecution(to graph: inout Graph, done: String, failed: Failing) {
        func known(_ name: any AnyExpression, since startTime: any AnyExpression) -> [VariableAssignment] {
            [
                change(
                    of: .execution.whole,
                    [
                        (.execution.id, RecoveryData.executionARN.value), (.execution.name, name),
                        (.execution.startTime, startTime),
                    ]), change(of: .answer.whole, [(.answer.requestID, name)]),
                change(of: .left.whole, [(.left.text, "" as Expression<String>)]),
            ]
        }
        // arn, partition, service, region, account, execution, machine, name
        let byARN =
            known(RecoveryData.executionARN.value.part(7, by: ":").text(or: ""), since: "" as Expression<String>) + [
                RecoveryData.endedBy.assigned(payload: "")
            ]
        Block.task(
            "DescribeExecution", .StepFunctions.describeExecution(arn: RecoveryData.executionARN.value),
            assigning: RecoveryData.described
                + known(Value.result.member("Name").text(or: ""), since: Value.result.member("StartDate").text(or: "")),
            catching: [
                .init(StatesError.dataLimitExceeded, Self.reading(Self.largestPage, byARN))
            ]
        ).build(&graph, Exits(next: "WasOutcomeNotified", failed: failed))
        graph.addChoice(
            "WasOutcomeNotified",
            [
                Rule(
                    if: contract.needsNoRecovery(RecoveryData.status.value, RecoveryData.endedBy.value), Way(to: done)),
                .otherwise(Self.reading(Self.largestPage)),
            ])
    }
}
