import StatesLanguage

/// Looks which executions in the queue have not told their outcome, and starts a recovery for each.
///
/// A recovery that ended before it told the outcome is started again under another name, `limit` times in all. Each that
/// fails raises the alarm of the recovery.
package struct Dispatch: Sendable {
    private typealias Value = Expression<JSONValue?>

    /// How many recoveries are made for one execution.
    package static let limit: Int64 = 5

    /// The name of the machine that recovers, with `${…}`.
    package let machine: String
    package let contract: OutcomeContract

    /// - Parameter machine: the name of the machine that recovers, with `${…}`.
    package init(machine: String, contract: OutcomeContract) { (self.machine, self.contract) = (machine, contract) }

    /// The input of a recovery that has ended; empty for any other execution.
    private static let lost = Variable<JSONValue>("lost")
    /// The input of the recovery to start.
    private static let recovery = Variable<JSONValue>("recovery")

    /// Adds the states that look at the executions of an event or of a sweep.
    ///
    /// - Parameters:
    ///   - done: the state for when all have been looked at.
    ///   - failed: for what cannot be looked at.
    package func add(to graph: inout Graph, _ sweep: Sweep, done: String, failed: Failing) {
        sweep.add(to: &graph, look: "DescribeQueuedExecution", done: done, failed: failed)
        let lost = Value(Self.lost.value.syntax)
        // Not by its input alone: a database may be called "recover".
        let isRecovery = Sweep.arn.contains(text: .text(":execution:\(machine):"))
        let nothing = Expression<JSONValue>.object([])
        // Inputs may have 256 KiB, and what is said of an execution has more than its input. A recovery's own input is
        // short. What is too large to be read is somebody's, started by hand.
        let look = Block.task(
            "DescribeQueuedExecution", comment: "Keeps how it ended, and what a recovery was started with.",
            .StepFunctions.describeExecution(arn: Sweep.arn),
            assigning: RecoveryData.described + [
                Self.lost.assigned(
                    isRecovery.then(
                        Value.parse(Value.result.member("Input")).trusted(as: JSONValue.self), else: nothing))
            ],
            catching: [
                .init(
                    StatesError.dataLimitExceeded,
                    Way(
                        to: "NeedsRecovery",
                        [
                            RecoveryData.status.assigned(payload: ""), RecoveryData.endedBy.assigned(payload: ""),
                            Self.lost.assigned(payload: [:]),
                        ]))
            ])
        graph.build(look, as: .dispatch, Exits(next: Way(to: "NeedsRecovery"), failed: failed))
        let attempt = lost.member("attempt")
        let count = attempt.trusted(as: Int64.self)
        let isCounted = attempt.has(.number).guarding(count >= 1 && count < Expression.number(Self.limit))
        graph.addChoice(
            "NeedsRecovery",
            [
                Rule(
                    if: contract.needsNoRecovery(RecoveryData.status.value, RecoveryData.endedBy.value), Sweep.next),
                Rule(if: !isRecovery, starting(of: Sweep.arn, attempt: 1, [("arn", Sweep.arn)])),
                // What only looked for others is not made again: the next sweep looks again.
                Rule(
                    if: lost.member("executionArn").has(.string)
                        && lost.member("histories").member("arn").has(.string) && isCounted,
                    starting(
                        of: lost.member("executionArn").trusted(as: String.self), attempt: count + 1,
                        [("arn", Sweep.arn), ("before", lost.member("histories"))], lostTo: RecoveryData.endedBy.value)),
                .otherwise(Sweep.next),
            ])
        let start = Block.task(
            "StartRecovery",
            .StepFunctions.startExecution(
                of: .context(.stateMachineID), name: .format("recover-{}", .sha256(Sweep.arn)),
                input: .json(Self.recovery.value)),
            catching: [.init(ServiceAction.StepFunctions.alreadyExists, Sweep.next)])
        graph.build(start, as: .dispatch, Exits(next: Sweep.next, failed: failed))
    }

    /// The way to starting a recovery of an execution.
    private func starting(
        of arn: Expression<String>, attempt: Expression<Int64>, _ histories: [(String, any AnyExpression)],
        lostTo: Expression<String>? = nil
    ) -> Way {
        Way(
            to: "StartRecovery",
            [
                Self.recovery.assigned(
                    .object(
                        [
                            ("recover", true as Expression<Bool>), ("executionArn", arn), ("attempt", attempt),
                            ("histories", Expression<JSONValue>.object(histories)),
                        ] + (lostTo.map { [("lostTo", Expression<[String]>.list([$0]))] } ?? [])))
            ])
    }
}
