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

    private typealias Value = Expression<JSONValue?>

    /// The machine, with `${…}` for what a deployment sets; `${StateMachineArn}` is the machine to recover for.
    package static func assembled() -> Assembled {
        var graph = Graph(leftBehind: saga.contract.leftBehind)
        takeIn.build(&graph, Exits(next: done, failed: failed))
        addResumption(to: &graph)
        graph.addSuccess(
            done.next,
            .silent(
                "another execution tells",
                from: ["IsAnyExecutionQueued", "StartNextSweep", "WasOutcomeNotified", "HowFarDidItGet"]),
            output: [:])
        let failure = Value.input.member("failure")
        graph.addFailure(
            failed.next, .silent("the next sweep looks again"), "CleanroomNotRecovered",
            cause: Payload(.words("{}: {}", failure.member("Error"), failure.member("Cause"))))
        return graph.machine(
            comment: "Undoes and tells for executions that could not do it themselves.", startAt: takeIn.entrance)
    }

    private static let done: Way = "Done"
    private static let failed = Failing.ending(at: "NotRecovered")

    /// Finds out what is to be recovered. No way leads back into it.
    private static let takeIn = Block(entrance: "WhatIsToRecover") { graph, exits in
        let sweep = Sweep(of: ["${StateMachineArn}", .context(.stateMachineID)])
        graph.addChoice(
            "WhatIsToRecover",
            [
                Rule(if: History.isTaken, History.taking),
                Rule(if: History.arn.has(.string), Sweep.taking(History.arn.trusted(as: String.self))),
                Rule(if: Sweep.handedOn.has(.string), Sweep.continued),
                Rule(if: Value.input.member("sweep").exists, sweep.begun), .otherwise("NothingToRecover"),
            ])
        graph.addFailure(
            "NothingToRecover", .silent("it is not known for what", from: ["WhatIsToRecover"]),
            "CleanroomNothingToRecover",
            cause: "the input has neither executionArn nor sweep")
        Dispatch(machine: machine, contract: saga.contract)
            .add(to: &graph, sweep, done: exits.next.next, failed: exits.failed)
        History(
            milestones: milestones, lastEventOfIntake: RequestIntake.lastEvent, contract: saga.contract
        ).add(to: &graph, notBegun: "MayRequestBeRead", done: exits.next.next, failed: exits.failed)
    }

    /// The definition of the machine.
    package static func definition() -> JSONValue { assembled().definition }

    /// What the input of an execution can have.
    package static let input = RecoveryData.input

    // MARK: How far an execution had come

    private static let milestones: [Milestone] = {
        let told = zip([OutcomeDelivery.State.success, OutcomeDelivery.State.error], OutcomeDelivery.State.formerly)
        let undone = [(RoomDatabase.drop.entrance, "ReadDropSettings"), (Waypoint.undo, "Undo")]
        return told.map { state, former in Milestone(entering: state, formerly: [former]) { _ in Way(to: state) } }
            + undone.map { state, former in
                Milestone(entering: state, formerly: [former]) { Way(to: state, resumed($0, isUndone: true)) }
            }
            + [
                Milestone(
                    entering: RoomPermissions.grantToAccount.name, RoomLocation.registering,
                    RoomDatabase.create.entrance, formerly: ["ShareWithCustomer"]
                ) {
                    RoomDatabase.stopStatement.arrival.assigning(resumed($0, isUndone: false))
                }
            ]
    }()

    /// What is assigned of the data that the execution had.
    private static func resumed(_ data: Value, isUndone: Bool) -> [VariableAssignment] {
        // Only a statement that is looked for needs more of the execution than is known by its ARN.
        let others = [Place.error.whole] + (isUndone ? [Place.execution.whole] : [])
        let kept = Checkpoint.kept.filter { !others.contains($0) }
            .map { assigned($0, data.member($0.variable).orEmpty) }
        // Releases before this one called it `error`.
        let error: any AnyExpression =
            isUndone
            ? data.member(Place.error.whole.variable).or(data.member("error")) : Expression<JSONValue>.object([])
        return kept + [assigned(Place.error.whole, error), RoomLocation.unread] + Tries.ofRecovery.map(\.none)
    }

    /// What the history calls for: telling what was about to be told, undoing, or answering.
    private static func addResumption(to graph: inout Graph) {
        let (told, found) = (Way(to: Waypoint.tellError), "OfFoundDatabase")
        // 2.
        graph.build(
            RoomDatabase.stopStatement, as: .step(undo: saga.undo(of: saga.anchor)),
            Exits(next: saga.pivot.block.arrival, failed: failed))
        saga.addPivot(
            to: &graph,
            complaining: .init(
                ErrorMessage.interrupted.rawValue, "the execution ended before it could tell its outcome"),
            in: "DescribeInterruption")
        graph.build(saga.success, as: .answer, Exits(next: "Recovered", failed: failed))
        OutcomeDelivery.addSuccessEnd("Recovered", to: &graph)
        // 3.
        saga.addRepeats(to: &graph, verifiesOwn: false, comparing: found, resuming: ["HowFarDidItGet"])
        saga.addUndoGraph(to: &graph)
        OutcomeDelivery(saga.contract).addError(to: &graph, end: .success)
        // What ended the execution by an error that nothing catches may end its recovery as well, before anything is
        // begun: then the second says so without looking at the request again. A recovery that failed for another reason
        // could look at it.
        let notBegun = told.telling(
            ErrorMessage.interrupted.rawValue, "the execution ended before it is known to have done anything")
        let uncatchable = Expression.texts([
            StatesError.runtime, StatesError.dataLimitExceeded, StatesError.queryEvaluation,
        ])
        let lostTo = RecoveryData.lostTo.value.first
        let attempt = RecoveryData.attempt.value
        graph.addChoice(
            "MayRequestBeRead",
            [
                Rule(
                    if: attempt >= 2 && RecoveryData.endedBy.value.isIn(uncatchable)
                        && lostTo.trusted(as: String.self).isIn(uncatchable), notBegun),
                .otherwise("ReadRequest"),
            ])
        // 4. Nothing is known to have been begun. That a database bears its marker all the same is told by reading it.
        let id = Value.execution.id.trusted(as: String.self)
        let request = Value.parse(Value.result.member("Input")).trusted(as: JSONValue.self)
        let unreadable = told.telling(
            ErrorMessage.invalidRequest.rawValue, "the input of the execution is too large to be read")
        Block.task(
            "ReadRequest", .StepFunctions.describeExecution(arn: id),
            catching: [.init(StatesError.dataLimitExceeded, unreadable)]
        ).build(
            &graph,
            Exits(
                next: RequestIntake.ofRecovered.arrival.going(on: .object([("request", Payload(request))])),
                failed: failed))
        graph.outline.isEntered("ReadRequest", from: ["MayRequestBeRead"])
        graph.build(
            RequestIntake.ofRecovered, as: .intake,
            Exits(
                next: saga.duplicates.lookForFirst.arrival, failed: .dropping(to: saga.duplicates.lookForOther.arrival))
        )
        // Looking again comes first; the last one says what it does not know. But of what is too large there is never more
        // to be known.
        let unknown = graph.left(
            "whatever was made of it, since the database {} could not be read", RoomValues.database)
        let unread = notBegun.assigning([unknown])
        let whose = saga.recognition.block(
            found, reading: "FindDatabase",
            .init(
                own: RoomDatabase.stopStatement.arrival.assigning([
                    change(of: .made.whole, [(.made.more, true as Expression<Bool>)]),
                    change(of: .left.whole, [(.left.text, "" as Expression<String>)]),
                ]),
                sameRequest: saga.recognition.followingMaker, foreign: notBegun, gone: notBegun),
            tooLarge: unread)
        graph.build(saga.duplicates.lookForOther, as: .intake, Exits(next: told, failed: failed))
        graph.build(saga.duplicates.lookForFirst, as: .intake, Exits(next: whose.arrival, failed: failed))
        graph.build(whose, as: .intake, Exits(next: notBegun, failed: .keeping(to: "IsLastRecovery")))
        graph.addChoice(
            "IsLastRecovery",
            [
                Rule(if: attempt >= Expression.number(Dispatch.limit), unread),
                .otherwise(failed(.kept)),
            ])
    }
}
