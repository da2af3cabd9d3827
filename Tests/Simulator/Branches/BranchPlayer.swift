import DurableExecution
import StatesLanguage

/// Plays schedules of executions with branches, and checks what came of them.
package enum BranchPlayer {
    /// What came of a schedule.
    package struct Report: Sendable {
        package fileprivate(set) var executions = 0
        package fileprivate(set) var events = 0
        package fileprivate(set) var crashes = 0
        /// How many executions ended as their machines say, and how many were stopped or timed out.
        package fileprivate(set) var expectedEnds = 0
        package fileprivate(set) var endsFromOutside = 0
        /// How many journals were cut and resumed.
        package fileprivate(set) var cuts = 0
        package fileprivate(set) var violations: [BranchViolation] = []
        /// The machines and their histories, if that was asked for.
        package fileprivate(set) var trace: [String] = []
    }

    /// Plays the schedule of a seed.
    package static func play(seed: UInt64, isTraced: Bool = false) -> Report {
        play(BranchSchedule(seed: seed), planting: nil, isTraced: isTraced)
    }

    /// Plays the schedule of a seed on an engine with a bug.
    package static func play(seed: UInt64, planting bug: BranchBug) -> Report {
        play(BranchSchedule(seed: seed), planting: bug, isTraced: false)
    }

    private static func play(_ schedule: BranchSchedule, planting bug: BranchBug?, isTraced: Bool) -> Report {
        var report = Report()
        do {
            let simulation = try BranchSimulation(schedule, planting: bug)
            simulation.run()
            report.violations = simulation.violations
            report.crashes = simulation.crashCount
            for execution in simulation.store.order {
                guard let record = simulation.store.content.records[execution] else { continue }
                var inspection = try BranchInspection(simulation, record)
                inspection.inspect()
                report.executions += 1
                report.events += inspection.events.count
                report.cuts += inspection.cuts
                if inspection.isExpected { report.expectedEnds += 1 }
                if inspection.isEndedFromOutside { report.endsFromOutside += 1 }
                report.violations += inspection.violations
                if isTraced { report.trace += inspection.trace }
            }
        } catch is DefinitionError where bug != nil {
            // A machine that the reader refuses shows nothing of an engine.
        } catch {
            report.violations.append(BranchViolation(.journalReplays, "\(error)"))
        }
        return report
    }
}
