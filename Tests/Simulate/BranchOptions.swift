import ArgumentParser
import CleanroomSimulator

/// What `simulate` does with machines that have branches.
enum BranchOptions {
    /// Plays schedules of so many seeds, and prints a line that plays it again for each that breaks an invariant.
    ///
    /// - Parameter hasBugs: whether each planted bug is looked for instead, in that many schedules.
    static func play(_ count: Int, from seed: UInt64, hasBugs: Bool, isTraced: Bool) async throws {
        if hasBugs { return try hunt(count, from: seed) }
        if isTraced, count == 1 { BranchPlayer.play(seed: seed, isTraced: true).trace.forEach { print($0) } }
        print("seeds: \(seed) to \(seed &+ UInt64(count - 1))")
        let result = await BranchCampaign.play(count: count, from: seed)
        for (seed, violations) in result.failures.prefix(20) {
            print("FAILED: simulate --trace --branches 1 --seed \(seed)")
            for violation in violations.prefix(5) { print("  \(violation)") }
        }
        print("simulated \(result.summary)")
        if !result.failures.isEmpty { throw ExitCode(1) }
    }

    private static func hunt(_ count: Int, from seed: UInt64) throws {
        var found = 0
        for bug in BranchBug.allCases {
            if let (seed, violation) = bug.find(in: count, from: seed) {
                found += 1
                print("| \(bug.text) | \(violation.invariant.text) | `--seed \(seed)` |")
            } else {
                print("NOT FOUND: \(bug.rawValue): \(bug.text)")
            }
        }
        print("found \(found) of \(BranchBug.allCases.count) bugs planted in branches")
        if found < BranchBug.allCases.count { throw ExitCode(1) }
    }
}
