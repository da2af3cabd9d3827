package import StatesLanguage

/// Lists the executions whose end nobody may have heard of: those that failed, timed out or were aborted, of both
/// machines, since a recovery that did not come to its end is recovered as well.
///
/// A list is read page by page, the newest execution first, and left at the first that started more than two days ago. An
/// execution may deliver its answer for a day before it fails, so less would not do.
///
/// An execution may have 25,000 events, so where a list has another page the sweep hands on to an execution of its own
/// that begins with that page; each looks at six pages at most.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html>
package struct Sweep: Sendable {
    private typealias Value = Expression<JSONValue?>

    private static let pageSize: Int64 = 50
    private static let statuses = ["FAILED", "TIMED_OUT", "ABORTED"]
    /// In milliseconds.
    private static let reach: Int64 = 2 * 24 * 60 * 60 * 1000

    /// The executions that are still to be looked at, as Step Functions lists them.
    private static let queue = Variable<[JSONValue]>("queue")
    /// The lists that are still to be read, the first of them underway: of which machine, and of which status.
    private static let lists = Variable<[JSONValue]>("lists")
    /// What started before that is not looked at.
    private static let since = Variable<String>("since")
    /// By which the page after is asked for; empty where there is none.
    private static let token = Variable<String>("nextToken")

    /// The ARNs of the machines.
    package let machines: [Expression<String>]

    /// - Parameter machines: the ARNs of the machines.
    package init(of machines: [Expression<String>]) { self.machines = machines }

    // MARK: Ways into it

    /// Looks at one execution and at no list.
    ///
    /// - Parameter arn: the execution whose end was heard of.
    package static func taking(_ arn: Expression<String>) -> Way {
        let item = Payload.object([
            ("ExecutionArn", Payload(arn)), ("StartDate", Payload(Expression.context(.executionStartTime))),
        ])
        return Way(
            to: "IsAnyExecutionQueued",
            [
                queue.assigned(payload: .list([item])), lists.assigned(payload: []), since.assigned(payload: ""),
                token.assigned(payload: ""),
            ])
    }

    /// Reads all lists.
    package var begun: Way {
        let lists = machines.flatMap { machine in
            Self.statuses.map { status in
                Payload.object([("machine", Payload(machine)), ("status", .text(status))])
            }
        }
        return Way(
            to: "ListExecutions",
            [
                Self.lists.assigned(payload: .list(lists)),
                Self.since.assigned(.time(Self.reach, before: .context(.executionStartTime))),
            ])
    }

    /// Goes on with the page that another sweep has handed on. In the release before, the lists were `items`, and the date
    /// a member of `sweepDate`.
    package static var continued: Way {
        let (lists, date) = (Value.input.member("lists"), Value.input.member("sweepDate").member("since"))
        return Way(
            to: "ListMoreExecutions",
            [
                Self.lists.assigned(
                    lists.member("items").exists
                        .then(lists.member("items").list, else: lists.list).trusted(as: [JSONValue].self)),
                since.assigned(Value.input.member("since").text(or: date.text(or: ""))),
                token.assigned(handedOn.trusted(as: String.self)),
            ])
    }

    /// The token of the page with which a sweep goes on.
    package static let handedOn = Value.input.member("listed").member("NextToken")

    /// The execution that is looked at.
    static let arn = queue.value.first.member("ExecutionArn").trusted(as: String.self)

    /// The way to the next execution.
    static var next: Way { Way(to: "IsAnyExecutionQueued", [queue.assigned(queue.value.rest)]) }

    // MARK: States

    /// Adds the states that go through the lists.
    ///
    /// - Parameters:
    ///   - look: the state that looks at the first execution of the queue.
    ///   - done: the state for when all lists have been read.
    func add(to graph: inout Graph, look: String, done: String, failed: Failing) {
        let list = Self.lists.value.first
        for (name, token) in [("ListExecutions", nil), ("ListMoreExecutions", Self.token.value)] {
            Block.task(
                name,
                .StepFunctions.listExecutions(
                    of: list.member("machine").trusted(as: String.self),
                    status: list.member("status").trusted(as: String.self), limit: Self.pageSize, after: token),
                assigning: [
                    Self.queue.assigned(Value.result.member("Executions").list.trusted(as: [JSONValue].self)),
                    Self.token.assigned(Value.result.member("NextToken").text(or: "")),
                ]
            ).build(&graph, Exits(next: Way(to: "IsAnyExecutionQueued"), failed: failed))
        }
        graph.addChoice(
            "IsAnyExecutionQueued",
            [
                Rule(
                    if: Self.queue.value.first.member("StartDate").isText { $0 >= Self.since.value }, Way(to: look)),
                Rule(
                    if: Self.queue.value.count == 0 && !(Value(Self.token.value.syntax) == ""),
                    comment: "Another page may have executions as young as the last one of this page.",
                    Way(to: "StartNextSweep")),
                Rule(
                    if: Self.lists.value.count > 1,
                    Way(to: "ListExecutions", [Self.lists.assigned(Self.lists.value.rest)])),
                .otherwise(Way(to: done)),
            ])
        graph.outline.shortens("IsAnyExecutionQueued")
        let rest = Expression<JSONValue>.object([
            ("sweep", true as Expression<Bool>), ("lists", Self.lists.value), ("since", Self.since.value),
            ("listed", Expression<JSONValue>.object([("NextToken", Self.token.value)])),
        ])
        let handOn = Block.task(
            "StartNextSweep",
            .StepFunctions.startExecution(
                of: .context(.stateMachineID),
                name: .format("recover-sweep-{}", .sha256(.context(.executionID))), input: .json(rest)),
            catching: [.init(ServiceAction.StepFunctions.alreadyExists, Way(to: done))])
        graph.build(handOn, as: .dispatch, Exits(next: Way(to: done), failed: failed))
    }
}
