import CleanroomModel
package import StatesLanguage

/// Sees to the outcome of executions of `CreateCleanroom` that could not tell it themselves: stopped, timed out, or
/// ended by an error that nothing catches.
///
/// It is started with `{"executionArn": …}` for one that ended, and with `{"sweep": true}` to look for those whose event
/// was lost. For each that has not told, it starts itself once more under a name made of the execution's, so that each
/// is recovered once however often its event comes. That execution
///
/// 1. reads the history: what was about to be told is told, word for word, and what was being undone is undone;
/// 2. where the database was begun, stops the statement and waits for its end, and tells success if the room is whole;
/// 3. else runs the undo graph of `CreateCleanroom`, and tells the error;
/// 4. where nothing was begun, answers as a repeat does, and changes nothing.
package enum RecoverCleanroom {
    /// The machine, with `${…}` for what a deployment sets; `${StateMachineArn}` is the machine to recover for.
    package static func assembled() -> Assembled {
        var graph = Graph()
        takeIn.build(&graph, Exits(next: "Done", failed: "NotRecovered"))
        addResumption(to: &graph)
        graph.addSuccess(
            "Done", .silent("another execution tells", from: ["IsAnyLeft", "HasToldMeanwhile", "WhatHappened"]),
            output: nil)
        graph.addFailure(
            "NotRecovered", .silent("the next sweep looks again"), "CleanroomNotRecovered",
            cause: .format("{}: {}", .failure.error, .failure.cause))
        return graph.machine(
            comment: "Undoes and tells for executions that could not do it themselves.", startAt: "TakeIn")
    }

    /// Finds out what is to be recovered. No way leads back into it.
    private static let takeIn = Block(entrance: "TakeIn") { graph, _ in
        graph.addChoice(
            "TakeIn",
            [
                (.and([.isText(.executionARN), .present(.recover)]), "ReadExecution"),
                (.isText(.executionARN), "TakeEvent"), (.present(.sweep), Listing.failed.state),
            ], default: "NothingToRecover")
        graph.addFailure(
            "NothingToRecover", .silent("it is not known for what", from: ["TakeIn"]), "CleanroomNothingToRecover",
            cause: "the input has neither executionArn nor sweep")
        Dispatch.add(to: &graph)
        History.add(to: &graph)
    }

    /// The definition of the machine.
    package static func definition() -> JSONValue { assembled().definition }

    /// What the input of an execution can have.
    package static let input = ["executionArn", "recover", "sweep"]

    /// Whether the execution that was described has told its outcome, or will: then it is left alone. An answer that
    /// could not be delivered is sent again by a redrive, which an operator decides.
    static let hasTold: Condition = {
        let error = Place.described.error
        return .or(
            ["RUNNING", "PENDING_REDRIVE", "SUCCEEDED"].map { .equals(.described.status, $0) } + [
                .and([
                    .isText(error),
                    .or([
                        .equals(error, ExecutionError.notCreated), .equals(error, ExecutionError.leftovers),
                        .matches(error, "States.Http.*"),
                    ]),
                ])
            ])
    }()

    /// What the history calls for: telling what was about to be told, undoing, or answering.
    private static func addResumption(to graph: inout Graph) {
        let saga = CreateCleanroom.saga
        // 1.
        for turn in Turn.allCases where turn.isDecided {
            graph.outline.hasSideDoor(turn.state, from: "Resume" + turn.state)
            graph.add(
                "Resume" + turn.state,
                ["Type": "Pass", "InputPath": .string(Place.turn(turn).data.path), "Next": .string(turn.state)])
        }
        // 2.
        for turn in Turn.allCases where !turn.isDecided {
            let kept: [Place] = [
                .request.whole, .execution.whole, .answer.whole, .room.whole, .mode.whole, .left.whole, .made.whole,
            ]
            graph.addPass(
                "Resume" + turn.state, at: .root,
                kept.map { ($0, .kept(turn, $0)) }
                    + [(.seen.whole, [:]), (.grants.whole, [:]), (.tries.whole, Tries.zero)],
                next: Lake.stopStatement.entrance)
        }
        graph.build(
            Lake.stopStatement, as: .step(undo: saga.undo(of: saga.anchor)),
            Exits(next: saga.pivot.block.entrance, failed: saga.pivot.block.entrance))
        graph.build(saga.pivot.block, as: .pivot, Exits(next: saga.success.entrance, failed: "SayInterrupted"))
        graph.build(saga.success, as: .answer, Exits(next: "Recovered", failed: "Recovered"))
        graph.addSuccess("Recovered", .told(by: Telling.Teller.success), output: .outcome.whole)
        // 3.
        graph.outline.complains("SayInterrupted", about: saga.pivot.block.entrance)
        graph.addPass(
            "SayInterrupted", at: Place.error,
            [
                \.message: .text(ErrorMessage.interrupted.rawValue),
                \.cause: "the execution ended before it could tell its outcome",
            ], next: Saga.Waypoint.isRepeat)
        saga.addRepeats(to: &graph)
        saga.addUndoGraph(to: &graph)
        Telling.addErrorAnswer(to: &graph, end: .success)
        // 4.
        let whose = saga.recognition.block(
            "LookForDatabase",
            .init(
                own: Following.Waypoint.verifyAgain, sameRequest: Saga.Waypoint.answerAgain, foreign: "SayNotBegun",
                gone: "SayNotBegun"))
        graph.build(
            RequestIntake.check, as: .intake,
            Exits(next: Following.lookForFirst.entrance, failed: Saga.Waypoint.tellError))
        graph.build(Following.lookForFirst, as: .intake, Exits(next: whose.entrance, failed: Saga.Waypoint.tellError))
        graph.build(whose, as: .intake, Exits(next: "SayNotBegun", failed: "NotRecovered"))
        graph.outline.isEntered(
            "SayNotBegun", from: ["LookForDatabase", "LookForDatabaseReadMarker", "LookForDatabaseReadOwner"])
        graph.addPass(
            "SayNotBegun", at: Place.error,
            [
                \.message: .text(ErrorMessage.interrupted.rawValue),
                \.cause: "the execution ended before anything was done",
            ], next: Saga.Waypoint.tellError)
    }
}

/// Looks which executions have not told their outcome, and starts a recovery for each.
private enum Dispatch {
    /// How many of each kind a sweep looks at, the newest first.
    static let sweepLimit: Int64 = 50

    static func add(to graph: inout Graph) {
        graph.addPass("TakeEvent", at: .root, [(.queue.whole, .array([.executionARN]))], next: "IsAnyLeft")
        let listings = Listing.allCases.map { listing in
            Block.task(
                listing.state,
                .StepFunctions.listExecutions(of: listing.machine, status: listing.status, limit: sweepLimit),
                result: .at(Place.listed(listing), [\.arns: .reply("Executions[*].ExecutionArn")]))
        }
        for (position, block) in listings.enumerated() {
            let next = position + 1 < listings.count ? listings[position + 1].entrance : "QueueAll"
            block.build(&graph, Exits(next: next, failed: "NotRecovered"))
        }
        graph.addPass("QueueAll", at: .root, [(.queue.whole, .allListed)], next: "IsAnyLeft")
        graph.addChoice("IsAnyLeft", [(.present(.queue.first), "LookAtExecution")], default: "Done")
        Block.task(
            "LookAtExecution", .StepFunctions.describeExecution(arn: .queue.first), result: .at(Place.described)
        ).build(&graph, Exits(next: "HasItTold", failed: "NotRecovered"))
        graph.addChoice(
            "HasItTold",
            [
                (RecoverCleanroom.hasTold, "TakeNext"),
                // Not by its input alone: a database may be called "recover".
                (.not(.matches(.described.arn, "*:execution:${Name}-recover:*")), "TakeItself"),
                (.matches(.described.input, "*\"recover\"*"), "TakeRecovered"),
                // What only looked for others: the next one looks again.
            ], default: "TakeNext")
        graph.addPass("TakeItself", at: Place.lost, [\.executionARN: .queue.first], next: "DescribeRecovery")
        graph.addPass(
            "TakeRecovered", at: .root,
            [(.queue.whole, .queue.whole), (.lost.whole, .stringToJSON(.described.input))], next: "DescribeRecovery")
        graph.addPass(
            "DescribeRecovery", at: Place.recovery, [\.recover: true, \.executionARN: .lost.executionARN],
            next: "StartRecovery")
        let start = Block.task(
            "StartRecovery",
            .StepFunctions.startExecution(
                of: .context(.stateMachineID), name: .format("recover-{}", .sha256(.queue.first)),
                input: .jsonToString(.recovery.whole)),
            catching: [(ServiceAction.StepFunctions.alreadyExists, "TakeNext")])
        graph.build(start, as: .dispatch, Exits(next: "TakeNext", failed: "NotRecovered"))
        graph.addPass("TakeNext", at: .root, [(.queue.whole, .queue.rest)], next: "IsAnyLeft")
    }
}

/// Reads what the execution had come to: whether the database was begun, and what was about to be told.
private enum History {
    /// Few enough that a page with all its data stays far below the limit of 256 KiB.
    static let pageSize: Int64 = 20

    static func add(to graph: inout Graph) {
        Block.task(
            "ReadExecution", .StepFunctions.describeExecution(arn: .executionARN), result: .at(Place.described)
        ).build(&graph, Exits(next: "HasToldMeanwhile", failed: "NotRecovered"))
        graph.addChoice("HasToldMeanwhile", [(RecoverCleanroom.hasTold, "Done")], default: "TakeExecution")
        graph.addPass(
            "TakeExecution", at: .root,
            [
                (.execution.id, .executionARN),
                (.execution.name, .described.name),
                (.execution.startTime, .described.startDate),
                (.answer.requestID, .described.name),
                (.left.text, ""),
                (.request.whole, .stringToJSON(.described.input)),
            ], next: "ReadHistory")
        func read(_ name: String, after token: Place? = nil) {
            Block.task(
                name, .StepFunctions.getExecutionHistory(arn: .execution.id, limit: pageSize, after: token),
                result: .at(Place.page)
            ).build(&graph, Exits(next: "IsHistoryThere", failed: "NotRecovered"))
        }
        read("ReadHistory")
        // Every page has events. One without them is none, and must not be taken for an execution that did nothing.
        graph.addChoice("IsHistoryThere", [(.present(.page.events.first), "SiftHistory")], default: "MissHistory")
        graph.addPass(
            "MissHistory", at: Place.failure,
            [\.error: "HistoryNotFound", \.cause: "the history was read, but there is no event in it"],
            next: "NotRecovered")
        graph.addPass(
            "SiftHistory", at: .sifted.whole,
            [(.sifted.told.whole, .page.exits(of: [Telling.Teller.success, Telling.Teller.error]))]
                + Turn.allCases.map { (.sifted[$0].whole, .page.inputs(of: $0.state)) }, next: "WhatHappened")
        // What a page shows is kept, one thing after the other, and then the next page is read.
        let kept = Turn.allCases.map { turn in
            (Condition.and([.present(.sifted[turn].first), .not(.present(.turn(turn).whole))]), "Keep" + turn.state)
        }
        graph.addChoice(
            "WhatHappened",
            [(.present(.sifted.told.first), "Done")] + kept + [(.isText(.page.nextToken), "ReadMoreHistory")],
            default: "WhatIsToBeDone")
        read("ReadMoreHistory", after: .page.nextToken)
        for turn in Turn.allCases {
            graph.addPass(
                "Keep" + turn.state, at: Place.turn(turn), [\.data: .stringToJSON(.sifted[turn].first)],
                next: "WhatHappened")
        }
        graph.addChoice(
            "WhatIsToBeDone", Turn.allCases.map { (.present(.turn($0).whole), "Resume" + $0.state) },
            default: RequestIntake.check.entrance)
    }
}
