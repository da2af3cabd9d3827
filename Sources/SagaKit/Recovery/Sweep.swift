import StatesLanguage

/// Lists the executions whose end nobody may have heard of: those that failed, timed out or were aborted, of both
/// machines, since a recovery that did not come to its end is recovered as well.
///
/// A list is read page by page, the newest execution first, and left at the first that started before the day before
/// yesterday (on the first two days of a month: before the 27th of the month before). An execution may deliver its
/// answer for a day before it fails, so less would not do.
///
/// An execution may have 25,000 events, so where a list has another page the sweep hands on to an execution of its own
/// that begins with that page; each looks at six pages at most.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html>
package struct Sweep: Sendable {
    private static let pageSize: Int64 = 50
    private static let statuses = ["FAILED", "TIMED_OUT", "ABORTED"]

    /// The state with which a sweep begins.
    package static let entrance = "TakeSweep"

    /// The state with which a sweep goes on that another has handed on to it.
    package static let continuation = "ListMoreExecutions"

    /// The ARNs of the machines.
    package let machines: [Argument]

    /// - Parameter machines: the ARNs of the machines.
    package init(of machines: [Argument]) { self.machines = machines }

    /// Adds the states that fill the queue.
    ///
    /// - Parameters:
    ///   - next: the state that looks at the queue.
    ///   - done: the state for when all lists have been read.
    ///   - failed: the state for a list that cannot be read.
    package func add(to graph: inout Graph, next: String, done: String, failed: String) {
        addBeginning(to: &graph, next: "IsAnyListLeft")
        graph.addChoice("IsAnyListLeft", [(.isText(.lists.first.status), "ListExecutions")], default: done)
        func list(_ name: String, after token: Place? = nil) {
            Block.task(
                name,
                .StepFunctions.listExecutions(
                    of: Argument(.lists.first.machine), status: Argument(.lists.first.status), limit: Self.pageSize,
                    after: token), result: .at(Place.listed)
            ).build(&graph, Exits(next: "QueueListed", failed: failed))
        }
        list("ListExecutions")
        list(Self.continuation, after: .listed.nextToken)
        graph.addPass("QueueListed", at: Place.queue, [\.items.whole: .listed.executions.each], next: next)
        graph.addChoice(
            "IsListRead", [(.isText(.listed.nextToken), "TakeRest")], default: "NextList")
        graph.addPass(
            "TakeRest", at: Place.rest,
            [
                \.sweep: true, \.lists.items.whole: .lists.items.whole, \.sweepDate.since: .sweepDate.since,
                \.listed.nextToken: .listed.nextToken,
            ], next: "HandOn")
        let handOn = Block.task(
            "HandOn",
            .StepFunctions.startExecution(
                of: .context(.stateMachineID), name: .format("recover-sweep-{}", .sha256(.context(.executionID))),
                input: .jsonToString(.rest.whole)),
            catching: [(ServiceAction.StepFunctions.alreadyExists, done)])
        graph.build(handOn, as: .dispatch, Exits(next: done, failed: failed))
        graph.addPass("NextList", at: Place.lists, [\.items.whole: .lists.items.rest], next: "IsAnyListLeft")
    }

    /// The condition of an execution in the queue that a sweep still looks at.
    package static let isRecent = Condition.and([
        .isText(.queue.first.startDate), .atLeastPlace(.queue.first.startDate, .sweepDate.since),
    ])

    /// Lays out the lists to read, and the day at which reading ends.
    private func addBeginning(to graph: inout Graph, next: String) {
        let lists = machines.flatMap { machine in
            Self.statuses.map { status -> Argument in ["machine": machine, "status": .text(status)] }
        }
        graph.addPass(
            Self.entrance, at: .root,
            [
                (.sweepDate.parts.whole, .stringSplit(.context(.executionStartTime), by: "-T")),
                (.lists.items.whole, .list(lists)),
            ], next: "IsSameMonth")
        let date = Place.sweepDate
        let (year, month, day) = (date.part(0), date.part(1), date.part(2))
        graph.addChoice(
            "IsSameMonth", [(.atLeast(day, "03"), "TakeDayBeforeYesterday")], default: "IsSameYear")
        graph.addChoice("IsSameYear", [(.atLeast(month, "02"), "TakeMonthBefore")], default: "TakeYearBefore")
        // A number in JSON does not begin with 0, so a 1 stands before it until it is counted down.
        func number(_ place: Place) -> Argument { .stringToJSON(.format("1{}", Argument(place))) }
        func twoDigits(_ number: Argument, upTo last: Int) -> Argument {
            .arrayGetItem(.array((0...last).map { .text($0 < 10 ? "0\($0)" : "\($0)") }), number)
        }
        graph.addPass(
            "TakeDayBeforeYesterday", at: date,
            [
                \.since: .format(
                    "{}-{}-{}", Argument(year), Argument(month), twoDigits(.mathAdd(number(day), -102), upTo: 29))
            ], next: next)
        graph.addPass(
            "TakeMonthBefore", at: date,
            [\.since: .format("{}-{}-27", Argument(year), twoDigits(.mathAdd(number(month), -101), upTo: 11))],
            next: next)
        graph.addPass(
            "TakeYearBefore", at: date,
            [\.since: .format("{}-12-27", .mathAdd(.stringToJSON(.format("{}", Argument(year))), -1))], next: next)
    }
}
