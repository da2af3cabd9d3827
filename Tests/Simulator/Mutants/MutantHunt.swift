package import CleanroomModel
import CleanroomService
import Foundation
package import StatesLanguage

/// Looks what becomes of each mutant of the compiled machines: the compiler refuses it, the simulation finds it, or it is
/// as good for a reason that is listed.
package struct MutantHunt: Sendable {
    /// A mutant and what becomes of it.
    package struct Find: Sendable {
        package let machine: String
        package let mutant: Mutant
        package let fate: Fate
    }

    package enum Fate: Sendable {
        case refused(Problem.Code)
        /// It is refused because the other machine has the same state, and in that as it was. Changed in both, as a slip
        /// in what both are made of would be, it is refused or found.
        case unlike
        case found(Invariant)
        /// It goes round in circles, until the history of an execution is full.
        case circling
        case equivalent(String)
        case unexplained
    }

    /// A machine of a workflow.
    private struct Target: Sendable {
        let workflow: Int
        let machine: CompiledMachine
        /// The machine that has states in common with it.
        let other: CompiledMachine?
    }

    private let deployment: Deployment
    private let workflows: [CompiledWorkflow]
    /// What is played against each, what finds most first, how many calls the sound machines begin in it, and which states
    /// they enter: a change of another state changes nothing there.
    private let schedules: [(schedule: Schedule, calls: Int, states: Set<String>)]

    /// - Throws: `DefinitionError` when a machine that is compiled is none.
    package init(deployment: Deployment) throws {
        self.deployment = deployment
        workflows = try CompiledWorkflow.all()
        let player = try Player(DeployedWorkflow.all(for: deployment))
        let random = (0..<Self.scheduleCount).map { ScheduleGenerator.schedule(seed: UInt64($0)) }
        let candidates =
            Schedule.Setting.allCases.map { Schedule(setting: $0) } + random
            + Situation.all.map(\.schedule) + Exploration(player, from: Schedule(setting: .aws)).singles()
        // One that fails with the sound machines as well shows nothing.
        schedules = candidates.compactMap { schedule in
            let (report, states) = player.states(enteredIn: schedule)
            return report.violations.isEmpty ? (schedule, report.calls.count, states) : nil
        }
    }

    private var targets: [Target] {
        workflows.enumerated().flatMap { number, workflow in
            [Target(workflow: number, machine: workflow.machine, other: workflow.recovery)]
                + (workflow.recovery.map { [Target(workflow: number, machine: $0, other: workflow.machine)] } ?? [])
        }
    }

    private static let scheduleCount = 600

    /// Looks at a number of mutants by a fixed seed, or at all.
    ///
    /// - Parameters:
    ///   - texts: only those are looked at whose description, with the file before it, has one of these in it; none for
    ///     all.
    ///   - onProgress: is told how many of how many have been looked at.
    package func look(
        atMost count: Int?, only texts: [String] = [], onProgress: (Int, Int) -> Void = { _, _ in }
    ) async -> [Find] {
        var mutants = targets.flatMap { target in
            Mutants.all(of: target.machine.definition).map { (target, $0) }.filter { _, mutant in
                texts.isEmpty || texts.contains { "\(target.machine.fileName): \(mutant)".contains($0) }
            }
        }
        if let count {
            var random = SeededRandom(seed: 20)
            mutants = Array(mutants.shuffled(using: &random).prefix(count))
        }
        let workers = ProcessInfo.processInfo.activeProcessorCount
        return await withTaskGroup(of: Find.self) { [mutants] group in
            var finds: [Find] = []
            func add(_ number: Int) {
                guard number < mutants.count else { return }
                group.addTask { find(mutants[number].1, in: mutants[number].0) }
            }
            for number in 0..<workers { add(number) }
            for await find in group {
                add(finds.count + workers)
                finds.append(find)
                onProgress(finds.count, mutants.count)
            }
            return finds
        }
    }

    private func find(_ mutant: Mutant, in target: Target) -> Find {
        Find(machine: target.machine.fileName, mutant: mutant, fate: fate(of: mutant, in: target))
    }

    private func fate(of mutant: Mutant, in target: Target) -> Fate {
        let mutated = target.machine.with(mutant.apply(to: target.machine.definition))
        if let problem = mutated.problems().first { return .refused(problem.code) }
        if let reason = mutant.equivalence { return .equivalent(reason) }
        let workflow = workflows[target.workflow].replacing(mutated)
        let isUnlike = !workflow.unlikeProblems().isEmpty
        // What only the comparison refuses is quickly found where both differ, or is looked at alone as well.
        if isUnlike, let other = target.other {
            let otherMutated = other.with(mutant.apply(to: other.definition))
            if otherMutated.definition != other.definition {
                if !otherMutated.problems().isEmpty { return .unlike }
                let both = workflow.replacing(otherMutated)
                if played(both, as: target.workflow, mutant) != nil { return .unlike }
            }
        }
        return played(workflow, as: target.workflow, mutant) ?? .unexplained
    }

    /// What the schedules find of a workflow that is changed; `nil` for nothing.
    private func played(_ workflow: CompiledWorkflow, as number: Int, _ mutant: Mutant) -> Fate? {
        do throws(DefinitionError) {
            var deployed: [DeployedWorkflow] = []
            for (index, sound) in workflows.enumerated() {
                deployed.append(try (index == number ? workflow : sound).deployed(for: deployment))
            }
            let player = try Player(deployed)
            for (schedule, calls, states) in schedules where mutant.state.map(states.contains) ?? true {
                let report = player.play(schedule)
                if let violation = report.violations.first { return .found(violation.invariant) }
                if report.calls.count > 10 * calls + 100 { return .circling }
            }
            return nil
        } catch {
            return .refused(error.problems[0].code)
        }
    }
}
