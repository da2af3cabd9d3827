package import DurableExecution
package import StatesLanguage

/// What those need who run machines with branches elsewhere than in the simulation.
extension BranchedMachine {
    /// The machine of a seed.
    package init(seed: UInt64) { self = BranchedMachineGenerator.machine(seed: seed) }

    private static let prefix = "branches-"

    /// The machine of a name that `name` has given.
    package init(named name: String) { self.init(seed: UInt64(name.dropFirst(Self.prefix.count)) ?? 0) }

    /// Tells the machine from others, by its seed.
    package var name: String { Self.prefix + "\(seed)" }

    /// The resources of all tasks.
    package static let resources = [BranchTask.local, BranchTask.remote]

    /// Whether the effect of a task is in the transaction of the journal.
    package static func isLocal(_ resource: TaskResource) -> Bool { resource == BranchTask.local }

    /// What becomes of a task; `nil` for one that is not answered.
    package func answer(to request: TaskRequest) -> TaskResult? { tasks[request.stateName]?.answer(to: request) }

    /// How many local tasks have had an effect, at least and at most: one that was aborted may have had.
    package static func localEffects(in events: [HistoryEvent]) -> ClosedRange<Int> {
        let local = events.filter { $0.details["resource"]?.stringValue == BranchTask.local.action }
        let (done, failed) = (
            local.count { $0.kind == .taskSucceeded }, local.count { $0.kind == .taskFailed }
        )
        return done...max(done, local.count { $0.kind == .taskScheduled } - failed)
    }

    /// What cannot be of an execution that nobody has stopped.
    ///
    /// - Parameter events: the whole history.
    package func violations(
        of events: [HistoryEvent], status: ExecutionStatus, output: JSONValue?, error: String?, cause: String?
    ) -> [BranchViolation] {
        let history = events.map { BranchEvent($0) }
        var found = BranchHistory.order(of: history) + BranchHistory.violations(of: history, self)
        let end: ExecutionOutcome? =
            switch (status, output) {
            case (.succeeded, let output?): .succeeded(output: output)
            case (.failed, _): .failed(error: error, cause: cause)
            default: nil
            }
        if status == .timedOut, timeoutSeconds != nil { return found }
        if let expectation, end != expectation {
            found.append(
                BranchViolation(.endIsExpected, "\(end?.text ?? status.rawValue), not \(expectation.text)"))
        } else if end == nil {
            found.append(BranchViolation(.everythingEnds, "it is \(status.rawValue)"))
        }
        return found
    }
}
