/// What has to hold of executions with branches, whatever happens to them.
package enum BranchInvariant: String, CaseIterable, Sendable {
    /// Every execution ends.
    case everythingEnds
    /// It ends as its machine says, whichever answer comes first and wherever a process dies.
    case endIsExpected
    /// The journal gives the history and the end again, with any budget, and can be resumed wherever it is cut.
    case journalReplays
    /// Every event that an observer got as the execution ran is in its history.
    case observedEventsMatch
    /// The numbers of the events count up, and times do not go back.
    case eventsCountUp
    /// The event before each is an earlier one of the same branch, or of the state that branches there.
    case predecessorIsOfBranch
    /// Every scheduled task has one end, or was aborted.
    case tasksEndOnce
    /// Each branch and iteration begins once in each attempt of its state, and ends once.
    case branchesEndOnce
    /// No more iterations run than MaxConcurrency says.
    case concurrencyIsKept
    /// Nothing happens in a branch whose state has ended.
    case endedBranchesAreSilent
    /// A local effect commits once, with the result of its task.
    case effectsHappenOnce
    /// A token names one attempt of one task, in all processes.
    case tokensNameOneAttempt
    /// The engine waits for what the execution waits for, and for nothing else.
    case waitsAgree
    /// After the end of an execution nothing of it is outstanding, and no deadline is kept.
    case nothingRunsAfterEnd

    /// The invariant in words.
    package var text: String {
        switch self {
        case .everythingEnds: "every execution ends"
        case .endIsExpected: "an execution ends as its machine says"
        case .journalReplays: "the journal gives the same history and end, and can be resumed wherever it is cut"
        case .observedEventsMatch: "the events that an observer got are those of the history"
        case .eventsCountUp: "the numbers of the events count up"
        case .predecessorIsOfBranch: "the event before is of the same branch"
        case .tasksEndOnce: "every scheduled task has one end or is aborted"
        case .branchesEndOnce: "every branch begins and ends once"
        case .concurrencyIsKept: "no more iterations run than MaxConcurrency says"
        case .endedBranchesAreSilent: "nothing happens in a branch that has ended"
        case .effectsHappenOnce: "a local effect happens once"
        case .tokensNameOneAttempt: "a token names one attempt of one task"
        case .waitsAgree: "the engine waits for what the execution waits for"
        case .nothingRunsAfterEnd: "nothing runs after the end"
        }
    }
}

/// Something that did not hold of an execution with branches.
package struct BranchViolation: Hashable, Sendable, CustomStringConvertible {
    package let invariant: BranchInvariant
    package let detail: String

    init(_ invariant: BranchInvariant, _ detail: String) { (self.invariant, self.detail) = (invariant, detail) }

    package var description: String { "\(invariant.rawValue): \(detail)" }
}
