import StatesLanguage

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
    /// Few enough that a page with all its data mostly stays below the limit of 256 KiB.
    private static let pageSize: Int64 = 20

    /// How far an execution may have come, what comes last first.
    package let milestones: [Milestone]
    /// The number of the last event of a history that may have all that a caller has sent.
    package let lastEventOfIntake: Int64
    /// Whether the execution that was described has told its outcome, or will.
    package let needsNoRecovery: Condition

    /// - Parameters:
    ///   - milestones: how far an execution may have come, what comes last first.
    ///   - lastEventOfIntake: the number of the last event of a history that may have all that a caller has sent.
    ///   - needsNoRecovery: whether the execution that was described is left alone (`OutcomeContract.needsNoRecovery`).
    package init(milestones: [Milestone], lastEventOfIntake: Int64, needsNoRecovery: Condition) {
        (self.milestones, self.lastEventOfIntake) = (milestones, lastEventOfIntake)
        self.needsNoRecovery = needsNoRecovery
    }

    /// Adds the states that read, and lead to the milestone at which to go on.
    ///
    /// - Parameters:
    ///   - notBegun: the state for when no event of any history says that anything was begun.
    ///   - done: the state for when the outcome has been told by now.
    ///   - failed: the state for a history that cannot be read.
    package func add(to graph: inout Graph, notBegun: String, done: String, failed: String) {
        addExecution(to: &graph, done: done, failed: failed)
        let before = "IsAnyHistoryLeft"
        graph.addChoice(
            before, [(.isText(.histories.before.arn), "TakeHistoryBefore")], default: notBegun)
        graph.outline.shortens("TakeHistoryBefore")
        graph.outline.isEntered("TakeHistoryBefore", from: [before, "IsRestIntake"])
        graph.add(
            "TakeHistoryBefore",
            [
                "Type": "Pass", "InputPath": .string(Place.histories.before.whole.path),
                "ResultPath": .string(Place.histories.whole.path), "Next": "ReadHistory",
            ])
        addPages(
            to: &graph, of: Self.pageSize, states: ("ReadHistory", "ReadMoreHistory", "IsHistoryThere", "WhatHappened"),
            tooMuch: "ReadLastEvent", before: before, notBegun: notBegun, done: done, failed: failed)
        addPages(
            to: &graph, of: 1, states: ("ReadLastEvent", "ReadEventBefore", "IsEventThere", "WhatHappenedInEvent"),
            tooMuch: "IsRestIntake", before: before, notBegun: notBegun, done: done, failed: failed)
        graph.addChoice(
            "IsRestIntake",
            [
                (.isText(.histories.before.arn), "TakeHistoryBefore"),
                (
                    .and([
                        .present(.sifted.events.first),
                        .number(.sifted.events.first, .lessThanEquals, lastEventOfIntake),
                    ]), notBegun
                ),
            ], default: "RememberUnread")
        graph.addLeftover(
            "RememberUnread", "whatever was made of it, since the history of its execution could not be read", [],
            next: notBegun)
        graph.addPass(
            "MissHistory", at: Place.failure,
            [\.error: "HistoryNotFound", \.cause: "the history was read, but there is no event in it"], next: failed)
        for milestone in milestones {
            graph.outline.isEntered("Keep" + milestone.state, from: ["WhatHappened", "WhatHappenedInEvent"])
            graph.outline.isEntered("Resume" + milestone.state, from: ["Keep" + milestone.state])
            graph.addPass(
                "Keep" + milestone.state, at: Place.milestone(milestone),
                [\.data: .stringToJSON(.sifted[milestone].first)],
                next: "Resume" + milestone.state)
        }
    }

    /// Adds the states that read the history in pages of a size, from its end on.
    ///
    /// - Parameters:
    ///   - tooMuch: the state for a page that has too much data.
    ///   - before: the state that looks for the history before this one.
    ///   - notBegun: the state at which a recovery has read all.
    private func addPages(
        to graph: inout Graph, of size: Int64, states: (first: String, more: String, there: String, what: String),
        tooMuch: String, before: String, notBegun: String, done: String, failed: String
    ) {
        let kept = Argument.object(
            at: .sifted.whole,
            [
                (.sifted.events.whole, .reply("Events[*].Id")),
                // There is none on the last page, which a path to it alone would not find.
                (.sifted.tokens.whole, .reply(".NextToken")),
                (.sifted.told.whole, .exits(of: [OutcomeDelivery.State.success, OutcomeDelivery.State.error])),
                // What a lost recovery did before was reading histories, which is long and decides nothing.
                (.sifted.undecided.whole, .exits(of: [notBegun])),
            ] + milestones.map { (.sifted[$0].whole, .inputs(of: $0.state)) })
        for (name, token) in [(states.first, nil), (states.more, Place.sifted.tokens.first)] {
            Block.task(
                name, .StepFunctions.getExecutionHistory(arn: .histories.arn, limit: size, after: token),
                result: .place(.sifted.whole, selecting: kept),
                catching: [(StatesError.dataLimitExceeded, tooMuch)]
            ).build(&graph, Exits(next: states.there, failed: failed))
        }
        // Every page has events. One without them is none, and must not be taken for an execution that did nothing.
        graph.addChoice(states.there, [(.present(.sifted.events.first), states.what)], default: "MissHistory")
        // A page may show more than one milestone; the one that was come to last says how to go on.
        graph.addChoice(
            states.what,
            [(.present(.sifted.told.first), done)]
                + milestones.map { (.present(.sifted[$0].first), "Keep" + $0.state) }
                + [(.present(.sifted.undecided.first), before), (.isText(.sifted.tokens.first), states.more)],
            default: before)
    }

    /// Takes from the description of the execution what is known of it without its input. One whose description has too
    /// much data is known by its ARN alone.
    private func addExecution(to graph: inout Graph, done: String, failed: String) {
        Block.task(
            "ReadExecution", .StepFunctions.describeExecution(arn: .executionARN),
            result: DescribedExecution.identityAndEnd,
            catching: [(StatesError.dataLimitExceeded, "TakeExecutionByARN")]
        ).build(&graph, Exits(next: "HasToldMeanwhile", failed: failed))
        graph.addChoice("HasToldMeanwhile", [(needsNoRecovery, done)], default: "TakeExecution")
        func take(_ state: String, name: Argument, startTime: Argument, _ known: [(Place, Argument)] = []) {
            graph.addPass(
                state, at: .root,
                [
                    (.execution.id, .executionARN), (.execution.name, name), (.execution.startTime, startTime),
                    (.execution.attempts.whole, .attempts), (.execution.lostTo.whole, .lostTo),
                    (.answer.requestID, name), (.left.text, ""),
                    (.histories.whole, .histories.whole),
                ] + known, next: "ReadHistory")
        }
        take(
            "TakeExecution", name: .described.name, startTime: .described.startDate,
            [(.described.errors.whole, .described.errors.whole)])
        // arn, partition, service, region, account, execution, machine, name
        take(
            "TakeExecutionByARN", name: .arrayGetItem(.stringSplit(Argument.executionARN, by: ":"), 7), startTime: "")
    }
}
