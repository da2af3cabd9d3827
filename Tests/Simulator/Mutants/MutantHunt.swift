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

    private enum Target: Sendable {
        case create
        case recover
    }

    private let deployment: Deployment
    private let create: CompiledMachine
    private let recover: CompiledMachine
    /// What is played against each, what finds most first, and how many calls the sound machines begin in it.
    private let schedules: [(schedule: Schedule, calls: Int)]

    /// - Throws: `DefinitionError` when a machine that is compiled is none.
    package init(deployment: Deployment) throws {
        self.deployment = deployment
        create = try .createCleanroom()
        recover = try .recoverCleanroom()
        let player = try Player(
            create: create.version(for: deployment), recovery: recover.version(for: deployment))
        let random = (0..<Self.scheduleCount).map { ScheduleGenerator.schedule(seed: UInt64($0)) }
        let candidates =
            Schedule.Setting.allCases.map { Schedule(setting: $0) } + random
            + Situation.all.map(\.schedule) + Exploration(player, from: Schedule(setting: .aws)).singles()
        // One that fails with the sound machines as well shows nothing.
        schedules = candidates.map { ($0, player.play($0)) }
            .filter { $0.1.violations.isEmpty }.map { ($0.0, $0.1.calls.count) }
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
        var mutants = [(Target.create, create), (.recover, recover)].flatMap { target, machine in
            Mutants.all(of: machine.definition).map { (target, $0) }.filter { _, mutant in
                texts.isEmpty || texts.contains { "\(machine.fileName): \(mutant)".contains($0) }
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
        let machine = target == .create ? create : recover
        return Find(machine: machine.fileName, mutant: mutant, fate: fate(of: mutant, in: target, machine))
    }

    private func fate(of mutant: Mutant, in target: Target, _ machine: CompiledMachine) -> Fate {
        let mutated = machine.with(mutant.apply(to: machine.definition))
        if let problem = mutated.problems().first { return .refused(problem.code) }
        if let reason = mutant.equivalence { return .equivalent(reason) }
        let isCreate = target == .create
        if let fate = played(create: isCreate ? mutated : create, recover: isCreate ? recover : mutated) { return fate }
        let other = isCreate ? recover : create
        let otherMutated = other.with(mutant.apply(to: other.definition))
        guard !(isCreate ? mutated.problems(beside: recover) : create.problems(beside: mutated)).isEmpty,
            otherMutated.definition != other.definition
        else { return .unexplained }
        if !otherMutated.problems().isEmpty { return .unlike }
        let fate = played(create: isCreate ? mutated : otherMutated, recover: isCreate ? otherMutated : mutated)
        return fate == nil ? .unexplained : .unlike
    }

    /// What the schedules find of two machines; `nil` for nothing.
    private func played(create: CompiledMachine, recover: CompiledMachine) -> Fate? {
        do throws(DefinitionError) {
            let player = try Player(
                create: create.version(for: deployment), recovery: recover.version(for: deployment))
            for (schedule, calls) in schedules {
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
