import StatesLanguage

/// Looks which executions in the queue have not told their outcome, and starts a recovery for each.
///
/// A recovery that ended before it told the outcome is started again under another name, `limit` times in all. Each that
/// fails raises the alarm of the recovery.
package struct Dispatch: Sendable {
    /// How many recoveries are made for one execution.
    package static let limit: Int64 = 5

    /// The name of the machine that recovers, with `${…}`.
    package let machine: String
    /// Whether the execution that was described has told its outcome, or will.
    package let needsNoRecovery: Condition

    /// - Parameters:
    ///   - machine: the name of the machine that recovers, with `${…}`.
    ///   - needsNoRecovery: whether the execution that was described is left alone (`OutcomeContract.needsNoRecovery`).
    package init(machine: String, needsNoRecovery: Condition) {
        (self.machine, self.needsNoRecovery) = (machine, needsNoRecovery)
    }

    /// Adds the states that look at the executions of an event or of a sweep.
    ///
    /// - Parameters:
    ///   - done: the state for when all have been looked at.
    ///   - failed: the state for what cannot be looked at.
    package func add(to graph: inout Graph, _ sweep: Sweep, done: String, failed: String) {
        let recoveries = "*:execution:\(machine):*"
        graph.addPass(
            "TakeEvent", at: .root,
            [
                (
                    .queue.items.whole,
                    .list([["ExecutionArn": .executionARN, "StartDate": .context(.executionStartTime)]])
                ), (.lists.items.whole, .array([])),
                (.sweepDate.since, ""),
            ], next: "IsAnyLeft")
        sweep.add(to: &graph, next: "IsAnyLeft", done: done, failed: failed)
        graph.addChoice(
            "IsAnyLeft",
            [
                (Sweep.isRecent, "LookAtExecution"), (.present(.queue.items.first), "NextList"),
            ], default: "IsListRead")
        // Inputs may have 256 KiB, and what is said of an execution has more than its input.
        let look = Block.task(
            "LookAtExecution", .StepFunctions.describeExecution(arn: .queue.first.arn), result: DescribedExecution.end,
            catching: [(StatesError.dataLimitExceeded, "IsUnreadableARecovery")])
        graph.build(look, as: .dispatch, Exits(next: "HasItTold", failed: failed))
        graph.addChoice(
            "HasItTold",
            [
                (needsNoRecovery, "TakeNext"),
                // Not by its input alone: a database may be called "recover".
                (.not(.matches(.queue.first.arn, recoveries)), "TakeItself"),
            ], default: "ReadRecovered")
        // A recovery's own input is short. What is too large to be read is somebody's, started by hand.
        let recovered = Block.task(
            "ReadRecovered", .StepFunctions.describeExecution(arn: .queue.first.arn), result: DescribedExecution.lost,
            catching: [(StatesError.dataLimitExceeded, "TakeNext")])
        graph.build(recovered, as: .dispatch, Exits(next: "MayRecoverAgain", failed: failed))
        graph.addChoice(
            "IsUnreadableARecovery", [(.matches(.queue.first.arn, recoveries), "TakeNext")], default: "TakeItself")
        graph.addPass(
            "TakeItself", at: Place.recovery,
            [
                \.recover: true, \.executionARN: Argument(.queue.first.arn), \.attempt: 1,
                \.histories.arn: Argument(.queue.first.arn),
            ], next: "StartRecovery")
        // What only looked for others is not made again: the next sweep looks again.
        let (lost, attempt) = (Place.lost.input, Place.lost.input.attempt)
        graph.addChoice(
            "MayRecoverAgain",
            [
                (
                    .and([
                        .isText(lost.executionARN), .isText(lost.histories.arn), .present(attempt),
                        .number(attempt, .greaterThanEquals, 1), .number(attempt, .lessThan, Self.limit),
                    ]), "CountRecovery"
                )
            ], default: "TakeNext")
        graph.addPass(
            "CountRecovery", at: Place.recovery,
            [
                \.recover: true, \.executionARN: .lost.input.executionARN,
                \.attempt: .mathAdd(Argument(.lost.input.attempt), 1), \.lostTo.whole: .described.errors.whole,
                \.histories.arn: Argument(.queue.first.arn), \.histories.before.whole: .lost.input.histories.whole,
            ], next: "StartRecovery")
        let start = Block.task(
            "StartRecovery",
            .StepFunctions.startExecution(
                of: .context(.stateMachineID), name: .format("recover-{}", .sha256(.queue.first.arn)),
                input: .jsonToString(.recovery.whole)),
            catching: [(ServiceAction.StepFunctions.alreadyExists, "TakeNext")])
        graph.build(start, as: .dispatch, Exits(next: "TakeNext", failed: failed))
        graph.addPass("TakeNext", at: Place.queue, [\.items.whole: .queue.items.rest], next: "IsAnyLeft")
    }
}
