/// Bugs in the handling of branches that the checks have to find. They are planted around the engine, so that what runs
/// does as an engine with the bug would: in the machine that it runs, in its journal, in the answers that it gets, or in the
/// history that it writes.
package enum BranchBug: String, CaseIterable, Sendable {
    case answersTheFirst
    case runsOneIterationMore
    case toleratesFailures
    case leaksVariables
    case forgetsWhere
    case forgetsProgress
    case losesFailures
    case repeatsEffects
    case ignoresCancelling
    case abortsNoSiblings
    case mixesUpBranches
    case endsTasksTwice

    /// The bug in words.
    package var text: String {
        switch self {
        case .answersTheFirst: "an answer goes to the branch that has waited longest"
        case .runsOneIterationMore: "a Map runs one iteration more at a time than it may"
        case .toleratesFailures: "a Map that runs inline tolerates failures"
        case .leaksVariables: "a variable of a branch is seen behind it"
        case .forgetsWhere: "the journal does not say where among the states something happened"
        case .forgetsProgress: "the journal does not say how far the states were evaluated"
        case .losesFailures: "the journal does not keep that a task has failed"
        case .repeatsEffects: "the effect of a lost commit stays"
        case .ignoresCancelling: "what a sibling waits for is not cancelled when a branch has failed"
        case .abortsNoSiblings: "the siblings of a failed branch are not aborted"
        case .mixesUpBranches: "an event names the last one of all branches as its predecessor"
        case .endsTasksTwice: "the history has the end of a task twice"
        }
    }
}

extension BranchBug {
    /// A seed that has shown the bug, for one that few seeds show.
    private var knownSeed: UInt64? { self == .forgetsProgress ? 30_555_487_863_122 : nil }

    /// The seed that is known to show the bug, or the first of `count` that shows it, and breaks nothing without it; `nil`
    /// when none does.
    package func find(in count: Int, from first: UInt64) -> (seed: UInt64, violation: BranchViolation)? {
        for seed in [knownSeed].compactMap(\.self) + (0..<UInt64(count)).map({ first &+ $0 }) {
            if let violation = BranchPlayer.play(seed: seed, planting: self).violations.first,
                BranchPlayer.play(seed: seed).violations.isEmpty
            {
                return (seed, violation)
            }
        }
        return nil
    }
}
