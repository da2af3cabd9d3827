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
        /// It is refused because the same is done elsewhere, there as it was: in a state of that name in the other
        /// machine, or in another state. Changed wherever it is done, as a slip in what all are made of would be, it is
        /// refused or found.
        case unlike
        case found(Invariant)
        /// It goes round in circles: it makes ten times as many calls as the sound machines.
        case circling
        case equivalent(String)
        case unexplained
    }

    /// A machine of a workflow.
    private struct Target: Sendable {
        let workflow: Int
        let machine: CompiledMachine
    }

    private let deployment: Deployment
    private let workflows: [CompiledWorkflow]
    /// A schedule that the sound machines stand.
    private struct Played: Sendable {
        let schedule: Schedule
        /// The states of the calls that are begun in it.
        let calls: [String]
        /// Which ways are gone: a change elsewhere changes nothing.
        let ways: Set<Player.Way>
        /// Whether it is played against every mutant whose change lies on its way.
        let isAlwaysPlayed: Bool

        /// What there is in it, but for numbers, and what goes wrong at calls of the states that are changed.
        func traits(at states: Set<String>) -> Set<String> {
            let faults = schedule.occurrences.filter { $0.call <= calls.count }
            return Set(
                faults.map(\.happening.kind.rawValue)
                    + faults.filter { states.contains(calls[$0.call - 1]) }.map {
                        "\($0.happening) at \(calls[$0.call - 1])"
                    } + schedule.requests.map(\.kind.rawValue) + schedule.lake.map(\.rawValue)
                    + [schedule.setting.rawValue, schedule.ground?.rawValue ?? ""])
        }
    }

    /// What is played against the mutants, what finds most first.
    private let schedules: [Played]

    /// - Parameter isThorough: whether there are as many schedules to choose from as find what can be found; else as many
    ///   as are played in a minute or two.
    /// - Throws: `DefinitionError` when a machine that is compiled is none.
    package init(deployment: Deployment, isThorough: Bool) async throws {
        self.deployment = deployment
        (changedLimit, otherLimit, traitLimit) = isThorough ? (25, 2, 2) : (6, 1, 0)
        workflows = try CompiledWorkflow.all()
        let player = try Player(DeployedWorkflow.all(for: deployment))
        let random = (0..<(isThorough ? 4000 : 300)).map { ScheduleGenerator.schedule(seed: UInt64($0)) }
        let beginnings = try Beginning.all.prefix(isThorough ? Beginning.all.count : 2).map {
            (schedule: try Schedule(parsing: $0.schedule), call: $0.call)
        }
        let always =
            Schedule.Setting.allCases.map { Schedule(setting: $0) } + beginnings.map(\.schedule)
            + Situation.all.map(\.schedule)
        let explored = beginnings.flatMap {
            Exploration(player, from: $0.schedule).extensions(of: $0.schedule, behind: $0.call)
        }
        schedules =
            await Self.soundlyPlayed(always, by: player, always: true)
            + Self.soundlyPlayed(explored + random, by: player)
    }

    /// What is played of schedules; one that fails with the sound machines as well shows nothing.
    private static func soundlyPlayed(
        _ candidates: [Schedule], by player: Player, always isAlwaysPlayed: Bool = false
    ) async -> [Played] {
        let workers = ProcessInfo.processInfo.activeProcessorCount
        return await withTaskGroup(of: [(Int, Played)].self) { group in
            for worker in 0..<workers {
                group.addTask {
                    stride(from: worker, to: candidates.count, by: workers).compactMap { number in
                        let (report, ways) = player.ways(goneIn: candidates[number])
                        guard report.violations.isEmpty else { return nil }
                        let played = Played(
                            schedule: candidates[number], calls: report.calls.map(\.state), ways: ways,
                            isAlwaysPlayed: isAlwaysPlayed)
                        return (number, played)
                    }
                }
            }
            let played = await group.reduce(into: []) { $0 += $1 }
            return played.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private var targets: [Target] {
        workflows.enumerated().flatMap { number, workflow in
            workflow.machines.map { Target(workflow: number, machine: $0) }
        }
    }

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
        let problems = mutated.problems()
        if let problem = problems.first(where: { $0.code != .contractBroken }) { return .refused(problem.code) }
        if let reason = mutant.equivalence { return .equivalent(reason) }
        let workflow = workflows[target.workflow].replacing(mutated)
        // What only a comparison refuses is quickly found where all are changed, or is looked at alone as well.
        if !problems.isEmpty || !workflow.unlikeProblems().isEmpty {
            let everywhere = workflows[target.workflow].machines.map { machine in
                machine.with(
                    problems.isEmpty ? mutant.apply(to: machine.definition) : mutant.applyAll(to: machine.definition))
            }
            if everywhere.contains(where: { !$0.problems().isEmpty }) { return .unlike }
            let changed = everywhere.reduce(workflows[target.workflow]) { $0.replacing($1) }
            let states = zip(workflows[target.workflow].machines, everywhere).reduce(into: Set<String>()) {
                $0.formUnion(Self.differing($1.0.definition, $1.1.definition))
            }
            let schedules = schedules { states.contains($0.state) }
            if played(changed, as: target.workflow, by: schedules) != nil { return .unlike }
        }
        let schedules = schedules {
            $0.state == mutant.state && (mutant.target.isEmpty || $0.next == mutant.target)
        }
        return played(workflow, as: target.workflow, by: schedules) ?? .unexplained
    }

    /// The states that differ in two definitions.
    private static func differing(_ one: JSONValue, _ other: JSONValue) -> [String] {
        (one["States"]?.objectValue ?? [:]).compactMap { $1 == other["States"]?[$0] ? nil : $0 }
    }

    /// In how many of the schedules that are played a changed way is gone, and any other, if there are so many: more of
    /// them hardly ever find what those do not.
    private let changedLimit, otherLimit: Int
    /// In how many of them each trait of a schedule is.
    private let traitLimit: Int

    /// The schedules in which a change may show: of those that go a changed way, as many as it takes to go every other
    /// way that any of them goes, and to have in them what any of them has.
    private func schedules(going isChanged: (Player.Way) -> Bool) -> [Played] {
        var counts: [Player.Way: Int] = [:]
        var traits: [String: Int] = [:]
        return schedules.filter { played in
            let changed = Set(played.ways.filter(isChanged).map(\.state))
            if changed.isEmpty { return false }
            let own = traitLimit > 0 ? played.traits(at: changed) : []
            let isNew =
                played.isAlwaysPlayed
                || played.ways.contains { counts[$0, default: 0] < (isChanged($0) ? changedLimit : otherLimit) }
                || own.contains { traits[$0, default: 0] < traitLimit }
            if isNew {
                for way in played.ways { counts[way, default: 0] += 1 }
                for trait in own { traits[trait, default: 0] += 1 }
            }
            return isNew
        }
    }

    /// What the schedules find of a workflow that is changed; `nil` for nothing.
    private func played(_ workflow: CompiledWorkflow, as number: Int, by schedules: [Played]) -> Fate? {
        do throws(DefinitionError) {
            var deployed: [DeployedWorkflow] = []
            for (index, sound) in workflows.enumerated() {
                deployed.append(try (index == number ? workflow : sound).deployed(for: deployment))
            }
            let player = try Player(deployed)
            for played in schedules {
                let violations = player.violations(playing: played.schedule, callLimit: 10 * played.calls.count + 100)
                guard let violations else { return .circling }
                if let violation = violations.first { return .found(violation.invariant) }
            }
            return nil
        } catch {
            return .refused(error.problems[0].code)
        }
    }
}
