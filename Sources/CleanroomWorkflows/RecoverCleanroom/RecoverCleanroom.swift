import CleanroomModel
package import SagaKit
package import StatesLanguage

/// Sees to the outcome of executions of `CreateCleanroom` that could not tell it themselves: stopped, timed out, or
/// ended by an error that nothing catches.
///
/// It is started with `{"executionArn": …}` for one that ended, and with `{"sweep": true}` to look for those whose event
/// was lost. For each that has not told, it starts itself once more under a name made of the execution's, so that each
/// is recovered once however often its event comes; a recovery that fails is recovered in turn (`Dispatch`). That
/// execution
///
/// 1. reads the history (`History`), first that of a recovery that was lost before: what was about to be told is told,
///    word for word, and what was being undone is undone;
/// 2. where the database was begun, stops the statement and waits for its end, and tells success if the room is whole;
/// 3. else runs the undo graph of `CreateCleanroom`, and tells the error;
/// 4. where nothing was begun, answers as a repeat does, and changes nothing, unless a database bears its marker.
package enum RecoverCleanroom {
    private static let saga = CreateCleanroom.saga
    /// What is added to the name of the machine that it recovers for.
    package static let nameSuffix = "-recover"
    private static let machine = saga.machine + nameSuffix

    /// The machine, with `${…}` for what a deployment sets; `${StateMachineArn}` is the machine to recover for.
    package static func assembled() -> Assembled {
        var graph = Graph(leftBehind: saga.contract.leftBehind)
        takeIn.build(&graph, Exits(next: "Done", failed: "NotRecovered"))
        addResumption(to: &graph)
        graph.addSuccess(
            "Done",
            .silent(
                "another execution tells",
                from: ["IsAnyListLeft", "HandOn", "HasToldMeanwhile", "WhatHappened", "WhatHappenedInEvent"]),
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
                (.and([.isText(.executionARN), .isText(.histories.arn)]), "ReadExecution"),
                (.isText(.executionARN), "TakeEvent"), (.isText(.listed.nextToken), Sweep.continuation),
                (.present(.sweep), Sweep.entrance),
            ], default: "NothingToRecover")
        graph.addFailure(
            "NothingToRecover", .silent("it is not known for what", from: ["TakeIn"]), "CleanroomNothingToRecover",
            cause: "the input has neither executionArn nor sweep")
        Dispatch(machine: machine, needsNoRecovery: saga.contract.needsNoRecovery)
            .add(
                to: &graph, Sweep(of: ["${StateMachineArn}", .context(.stateMachineID)]), done: "Done",
                failed: "NotRecovered")
        History(
            milestones: Milestone.all, lastEventOfIntake: RequestIntake.lastEvent,
            needsNoRecovery: saga.contract.needsNoRecovery
        ).add(to: &graph, notBegun: "MayRequestBeRead", done: "Done", failed: "NotRecovered")
    }

    /// The definition of the machine.
    package static func definition() -> JSONValue { assembled().definition }

    /// What the input of an execution can have.
    package static let input = [
        "executionArn", "recover", "attempt", "lostTo", "histories", "sweep", "lists", "listed", "sweepDate",
    ]

    /// What the history calls for: telling what was about to be told, undoing, or answering.
    private static func addResumption(to graph: inout Graph) {
        // 1.
        for milestone in [Milestone.success, .failure] {
            graph.outline.hasSideDoor(milestone.state, from: "Resume" + milestone.state)
            graph.add(
                "Resume" + milestone.state,
                [
                    "Type": "Pass", "InputPath": .string(Place.milestone(milestone).data.path),
                    "Next": .string(milestone.state),
                ])
        }
        let kept: [Place] = [
            .request.whole, .execution.whole, .answer.whole, .room.whole, .mode.whole, .left.whole, .made.whole,
        ]
        let begun: [(Place, Argument)] = [
            (.seen.whole, [:]), (.tries.whole, Tries.zero(of: Tries.ofRoom)), (.grants.whole, [:]),
        ]
        func resume(_ milestone: Milestone, with kept: [Place], _ begun: [(Place, Argument)], next: String) {
            graph.addPass(
                "Resume" + milestone.state, at: .root, kept.map { ($0, .kept(milestone, $0)) } + begun, next: next)
        }
        // Who undoes asks no more whether it is a repeat, and who drops not what else there is.
        let keptToUndo = kept.filter { $0 != Place.mode.whole } + [Place.error.whole]
        let keptToDrop = keptToUndo.filter { ![Place.room.whole, .made.whole].contains($0) }
        for (milestone, kept, begun) in [
            (Milestone.undoing, keptToUndo, begun), (.dropping, keptToDrop, begun.dropLast()),
        ] {
            graph.outline.hasSideDoor(milestone.state, from: "Resume" + milestone.state)
            resume(milestone, with: kept, begun, next: milestone.state)
        }
        // 2.
        for milestone in Milestone.all where !milestone.isDecided {
            resume(milestone, with: kept, begun, next: RoomDatabase.stopStatement.entrance)
        }
        graph.build(
            RoomDatabase.stopStatement, as: .step(undo: saga.undo(of: saga.anchor)),
            Exits(next: saga.pivot.block.entrance, failed: saga.pivot.block.entrance))
        graph.build(saga.pivot.block, as: .pivot, Exits(next: saga.success.entrance, failed: "SayInterrupted"))
        graph.build(saga.success, as: .answer, Exits(next: "Recovered", failed: "Recovered"))
        graph.addSuccess("Recovered", .told(by: OutcomeDelivery.State.success), output: .outcome.whole)
        // 3.
        graph.outline.complains("SayInterrupted", about: saga.pivot.block.entrance)
        graph.addPass(
            "SayInterrupted", at: Place.error,
            [
                \.message: .text(ErrorMessage.interrupted.rawValue),
                \.cause: "the execution ended before it could tell its outcome",
            ], next: Waypoint.isRepeat)
        saga.addRepeats(to: &graph, verifiesOwn: false)
        saga.addUndoGraph(to: &graph)
        OutcomeDelivery(saga.contract).addError(to: &graph, end: .success)
        // What ended the execution by an error that nothing catches may end its recovery as well, before anything is
        // begun: then the second says so without looking at the request again. A recovery that failed for another reason
        // could look at it.
        graph.addChoice(
            "MayRequestBeRead",
            [
                (
                    .and([
                        isAttempt(atLeast: 2), isUncatchable(.described.error), isUncatchable(.execution.lostTo.first),
                    ]), "SayNotBegun"
                )
            ], default: "ReadRequest")
        // 4. Nothing is known to have been begun. That a database bears its marker all the same is told by reading it.
        Block.task(
            "ReadRequest", .StepFunctions.describeExecution(arn: .execution.id), result: DescribedExecution.input,
            catching: [(StatesError.dataLimitExceeded, "RefuseUnreadableRequest")]
        ).build(&graph, Exits(next: "TakeRequestOfExecution", failed: "NotRecovered"))
        graph.outline.isEntered("ReadRequest", from: ["MayRequestBeRead"])
        graph.outline.isEntered("RefuseUnreadableRequest", from: ["ReadRequest"])
        graph.addPass(
            "RefuseUnreadableRequest", at: Place.error,
            [
                \.message: .text(ErrorMessage.invalidRequest.rawValue),
                \.cause: "the input of the execution is too large to be read",
            ], next: Waypoint.tellError)
        graph.addPass(
            "TakeRequestOfExecution", at: .root,
            [
                (.execution.whole, .execution.whole), (.answer.whole, .answer.whole), (.left.whole, .left.whole),
                (.request.whole, .stringToJSON(.described.input)),
            ], next: RequestIntake.ofRecovered.entrance)
        let whose = saga.recognition.block(
            "LookForDatabase",
            .init(
                own: "ResumeOwn", sameRequest: Waypoint.answerAgain, foreign: "SayNotBegun", gone: "SayNotBegun"))
        graph.build(
            RequestIntake.ofRecovered, as: .intake,
            Exits(next: saga.duplicates.lookForFirst.entrance, failed: saga.duplicates.lookForOther.entrance))
        graph.build(
            saga.duplicates.lookForOther, as: .intake, Exits(next: Waypoint.tellError, failed: Waypoint.tellError))
        graph.build(saga.duplicates.lookForFirst, as: .intake, Exits(next: whose.entrance, failed: Waypoint.tellError))
        graph.build(whose, as: .intake, Exits(next: "SayNotBegun", failed: "IsLastRecovery"))
        // Looking again comes first; the last one says what it does not know.
        graph.addChoice(
            "IsLastRecovery", [(isAttempt(atLeast: Dispatch.limit), "LookForDatabaseLeaves")], default: "NotRecovered")
        graph.outline.isEntered("LookForDatabaseLeaves", from: ["IsLastRecovery"])
        graph.addLeftover(
            "LookForDatabaseLeaves", "whatever was made of it, since the database {} could not be read",
            [.request.database], next: "SayNotBegun")
        graph.outline.isEntered("ResumeOwn", from: ["LookForDatabaseReadOwner"])
        graph.addPass("ResumeOwn", at: Place.made, [\.more: true], next: "ForgetUnread")
        graph.addPass("ForgetUnread", at: Place.left, [\.text: ""], next: RoomDatabase.stopStatement.entrance)
        graph.outline.isEntered(
            "SayNotBegun",
            from: [
                "MayRequestBeRead", "LookForDatabase", "LookForDatabaseReadMarker", "LookForDatabaseReadOwner",
                "LookForDatabaseLeaves",
            ])
        graph.addPass(
            "SayNotBegun", at: Place.error,
            [
                \.message: .text(ErrorMessage.interrupted.rawValue),
                \.cause: "the execution ended before it is known to have done anything",
            ], next: Waypoint.tellError)
    }

    /// Whether an execution failed with an error that nothing catches.
    private static func isUncatchable(_ error: Place) -> Condition {
        .and([
            .isText(error),
            .or([.equals(error, StatesError.runtime), .equals(error, StatesError.dataLimitExceeded)]),
        ])
    }

    /// Whether this is at least so many-th recovery of the execution.
    private static func isAttempt(atLeast count: Int64) -> Condition {
        let attempt = Place.execution.attempts.first
        return .and([.present(attempt), .number(attempt, .greaterThanEquals, count)])
    }
}

extension Milestone {
    fileprivate static let success = Milestone("success", entering: OutcomeDelivery.State.success, isDecided: true)
    fileprivate static let failure = Milestone("failure", entering: OutcomeDelivery.State.error, isDecided: true)
    /// Nothing else is left by then, so that nothing else has to be looked for.
    fileprivate static let dropping = Milestone("dropping", entering: RoomDatabase.drop.entrance, isDecided: true)
    fileprivate static let undoing = Milestone("undoing", entering: Waypoint.undo, isDecided: true)

    /// What comes last first.
    fileprivate static let all = [
        success, failure, dropping, undoing,
        Milestone("registered", entering: RoomPermissions.grantToAccount.name.name, isDecided: false),
        Milestone("more", entering: RoomLocation.registering, isDecided: false),
        Milestone("begun", entering: RoomDatabase.create.entrance, isDecided: false),
    ]
}
