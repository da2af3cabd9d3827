import Foundation

/// Plays many schedules on all processors and keeps what fails.
package struct Campaign: Sendable {
    /// What came of it.
    package struct Result: Sendable {
        package init() {}

        package fileprivate(set) var schedules = 0
        package fileprivate(set) var calls = 0
        package fileprivate(set) var executions = 0
        package fileprivate(set) var rooms = 0
        /// The schedules that broke an invariant, the first ones only, in the order of the list.
        package fileprivate(set) var failures: [(schedule: Schedule, violations: [Violation])] = []
        package fileprivate(set) var failureCount = 0

        /// All in one line.
        package var summary: String {
            "\(schedules) schedules: \(calls) calls of \(executions) executions, \(rooms) rooms made, "
                + "\(failureCount) violations"
        }

        /// Adds what came of others.
        package mutating func add(_ other: Result) {
            schedules += other.schedules
            calls += other.calls
            executions += other.executions
            rooms += other.rooms
            failures = Array((failures + other.failures).prefix(Campaign.kept))
            failureCount += other.failureCount
        }
    }

    /// How many failures are kept in full.
    static let kept = 20

    private let player: Player

    package init(_ player: Player) {
        self.player = player
    }

    /// Plays the schedules of each of `count` lists.
    ///
    /// - Parameters:
    ///   - onProgress: is told, after each list, how many have been played and what came of them so far.
    ///   - schedules: gives the list of a number from 0.
    package func play(
        count: Int, onProgress: (_ played: Int, _ sofar: Result) -> Void = { _, _ in },
        _ schedules: @escaping @Sendable (Int) -> [Schedule]
    ) async -> Result {
        let workers = ProcessInfo.processInfo.activeProcessorCount
        return await withTaskGroup(of: (number: Int, result: Result).self) { group in
            func add(_ number: Int) {
                guard number < count else { return }
                group.addTask {
                    (number, schedules(number).reduce(into: Result()) { $0.add(play($1)) })
                }
            }
            var (sum, failed): (Result, [(number: Int, result: Result)]) = (Result(), [])
            var played = 0
            for number in 0..<workers { add(number) }
            for await part in group {
                add(played + workers)
                played += 1
                // What failed is kept in the order of the lists, whichever comes back first.
                if part.result.failureCount > 0 { failed.append(part) } else { sum.add(part.result) }
                onProgress(played, failed.reduce(into: sum) { $0.add($1.result) })
            }
            return failed.sorted { $0.number < $1.number }.reduce(into: sum) { $0.add($1.result) }
        }
    }

    /// Plays a list of schedules.
    package func play(_ schedules: [Schedule]) async -> Result {
        await play(count: schedules.count) { [schedules[$0]] }
    }

    private func play(_ schedule: Schedule) -> Result {
        let report = player.play(schedule)
        var result = Result()
        result.schedules = 1
        result.calls = report.calls.count
        result.executions = report.executionCount
        result.rooms = report.hasSucceeded ? 1 : 0
        if !report.violations.isEmpty {
            result.failures = [(schedule, report.violations)]
            result.failureCount = 1
        }
        return result
    }
}
