import Foundation

/// Plays many schedules of executions with branches on all processors, and keeps what fails.
package enum BranchCampaign {
    /// What came of it.
    package struct Result: Sendable {
        package fileprivate(set) var schedules = 0
        package fileprivate(set) var executions = 0
        package fileprivate(set) var events = 0
        package fileprivate(set) var crashes = 0
        package fileprivate(set) var cuts = 0
        package fileprivate(set) var expectedEnds = 0
        package fileprivate(set) var endsFromOutside = 0
        /// The seeds that broke an invariant, in their order; the first ones with what they broke.
        package fileprivate(set) var failures: [(seed: UInt64, violations: [BranchViolation])] = []

        /// All in one line.
        package var summary: String {
            "\(schedules) schedules with branches: \(executions) executions with \(events) events, \(crashes) crashes, "
                + "\(cuts) cuts, \(expectedEnds) ends as the machine says, \(endsFromOutside) from outside, "
                + "\(failures.count) violations"
        }

        fileprivate mutating func add(_ seed: UInt64, _ report: BranchPlayer.Report) {
            schedules += 1
            executions += report.executions
            events += report.events
            crashes += report.crashes
            cuts += report.cuts
            expectedEnds += report.expectedEnds
            endsFromOutside += report.endsFromOutside
            if !report.violations.isEmpty { failures.append((seed, report.violations)) }
        }

        fileprivate mutating func add(_ other: Result) {
            schedules += other.schedules
            executions += other.executions
            events += other.events
            crashes += other.crashes
            cuts += other.cuts
            expectedEnds += other.expectedEnds
            endsFromOutside += other.endsFromOutside
            failures += other.failures
        }
    }

    /// Plays the schedules of `count` seeds from `first` on.
    package static func play(count: Int, from first: UInt64) async -> Result {
        let workers = ProcessInfo.processInfo.activeProcessorCount
        var result = await withTaskGroup(of: Result.self) { group in
            for worker in 0..<workers {
                group.addTask {
                    var result = Result()
                    for number in stride(from: worker, to: count, by: workers) {
                        let seed = first &+ UInt64(number)
                        result.add(seed, BranchPlayer.play(seed: seed))
                    }
                    return result
                }
            }
            return await group.reduce(into: Result()) { $0.add($1) }
        }
        result.failures.sort { $0.seed < $1.seed }
        return result
    }
}
