import DurableExecution
import StatesLanguage

/// What happens to executions with branches: one seed, one schedule.
package struct BranchSchedule: Sendable {
    /// An execution of a machine of its own.
    struct Submission: Sendable {
        let machine: BranchedMachine
        /// When it is started, in milliseconds.
        let at: Int64
        /// When somebody stops it, if it has not ended by then.
        let stoppedAt: Int64?
        /// Whether it is redriven after it was stopped or has timed out.
        let isRedriven: Bool
    }

    /// Where a process dies.
    enum Crash: Sendable {
        /// In the midst of the transaction.
        case inCommit
        /// Before the commit: nothing of it has happened.
        case beforeCommit
        /// After the commit, before anything is done outside.
        case afterCommit
        /// Between two transactions.
        case later(milliseconds: Int64)
    }

    package let seed: UInt64
    let submissions: [Submission]
    /// The crashes by the numbers of the commits, counted over all processes.
    let crashes: [Int: Crash]
    /// How long the computer is down after each, in milliseconds.
    let downtimes: [Int64]
    let policy: CommitPolicy
    /// How many inputs a turn takes in.
    let turnLimit: Int
    /// How long a service takes for its answer at most, in milliseconds.
    let slowestAnswer: Int64
    /// Whether an answer still arrives that nothing waits for any more.
    let deliversLate: Bool

    /// - Parameter seed: of everything in it.
    package init(seed: UInt64) {
        var random = SeededRandom(seed: seed ^ 0x5C4E_D01E)
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
        self.seed = seed
        submissions = (0..<[1, 1, 2, 3][Int.random(in: 0..<4, using: &random)]).map { number in
            let at = number == 0 ? 0 : Int64.random(in: 0...5000, using: &random)
            let stop = chance(20) ? at + Int64.random(in: 0...30_000, using: &random) : nil
            return Submission(
                machine: BranchedMachineGenerator.machine(seed: random.next()), at: at, stoppedAt: stop,
                isRedriven: chance(50))
        }
        var crashes: [Int: Crash] = [:]
        for _ in 0..<[0, 1, 1, 2, 3][Int.random(in: 0..<5, using: &random)] {
            let kinds: [Crash] = [
                .inCommit, .beforeCommit, .afterCommit, .later(milliseconds: .random(in: 1...5000, using: &random)),
            ]
            // Often at the beginning, where nothing is in the journal yet.
            let commit = Int.random(in: chance(30) ? 1...4 : 1...40, using: &random)
            crashes[commit] = kinds[Int.random(in: 0..<kinds.count, using: &random)]
        }
        self.crashes = crashes
        downtimes = (0..<4).map { _ in
            // Sometimes the computer is off for a day or more, and all that was waited for is over.
            Int64.random(in: chance(15) ? 80_000_000...200_000_000 : 100...20_000, using: &random)
        }
        policy = chance(50) ? .sharing : .everyTask
        turnLimit = [1, 2, 64][Int.random(in: 0..<3, using: &random)]
        slowestAnswer = [1, 100, 400, 900][Int.random(in: 0..<4, using: &random)]
        deliversLate = chance(30)
    }
}
