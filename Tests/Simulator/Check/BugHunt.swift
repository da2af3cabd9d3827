package import CleanroomService

/// Looks for planted bugs: with the schedule that once showed each, with single faults, then with schedules at random.
package struct BugHunt: Sendable {
    /// How a bug was found.
    package struct Find: Sendable {
        package let bug: PlantedBug
        package let schedule: Schedule
        package let violation: Violation
        /// How many schedules it took.
        package let schedules: Int
    }

    private let workflows: [DeployedWorkflow]

    package init(_ workflows: [DeployedWorkflow]) { self.workflows = workflows }

    /// The first schedule that shows the bug, cut down to what it takes; `nil` when none of `limit` at random does.
    ///
    /// - Throws: `DefinitionError` when the machine with the bug is none.
    /// A schedule that fails without the bug as well shows nothing.
    package func find(_ bug: PlantedBug, limit: Int) throws -> Find? {
        let player = try bug.player(on: workflows)
        let sound = try Player(workflows)
        let singles = Schedule.Setting.allCases.flatMap {
            Exploration(player, from: Schedule(setting: $0)).singles()
        }
        let schedules =
            [try Schedule(parsing: bug.schedule)] + singles
            + (0..<limit).map { ScheduleGenerator.schedule(seed: UInt64($0)) }
        for (number, schedule) in schedules.enumerated() {
            guard let violation = player.play(schedule).violations.first, sound.play(schedule).violations.isEmpty else {
                continue
            }
            let shrunk = Shrinking.shrink(schedule, breaking: violation.invariant, on: player)
            let shown = player.play(shrunk).violations.first { $0.invariant == violation.invariant } ?? violation
            return Find(bug: bug, schedule: shrunk, violation: shown, schedules: number + 1)
        }
        return nil
    }
}
