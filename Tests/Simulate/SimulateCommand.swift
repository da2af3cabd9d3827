import ArgumentParser
import CleanroomModel
import CleanroomService
import CleanroomSimulator
import Foundation
import StatesLanguage

@main
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Plays schedules of faults against the machines, and checks that no room is ever half made.",
        discussion: """
            One seed is one schedule. The last line is a summary; a schedule that breaks an invariant is printed with
            what is left of it when all is cut away that it does not take, and ends the command with 1.

            Example:
              simulate --seed 1 --schedules 1000
              simulate --exhaustive 1
              simulate --trace --schedule "seed=1 setting=aws requests=first@0 10:lostReply"
              simulate --role out/machine_role.json --permissions
              simulate --behavior out/lake_behavior.json --schedules 1000
              simulate --branches 1000
            """)

    @Option(help: "The first seed. Without it the seeds are fresh ones, which are printed.")
    var seed: UInt64?

    @Option(help: "How many schedules to play, each with the next seed.")
    var schedules = 1

    @Option(
        help: """
            Play every combination of this many faults (1 or 2) at every call of one request instead; with --schedule, \
            every single fault behind what goes wrong in that one.
            """)
    var exhaustive: Int?

    @Option(help: "Play this schedule instead.")
    var schedule: String?

    @Flag(help: "Plant one bug after the other in the machines and the engine, and look how each is found.")
    var bugs = false

    @Flag(help: "Change every field of the machines, one at a time, and look what becomes of each change.")
    var mutants = false

    @Option(help: "Look at those changes only whose description has this text; for @FILE, one of its lines.")
    var only: [String] = []

    @Option(help: "Look at so many of the changes only, drawn by a fixed seed.")
    var sample: Int?

    @Option(help: "A file with the policy of the role under which the machines act; without it they may do all.")
    var role: String?

    @Flag(help: "Look what each permission of the role is needed for, and whether the lack of it is noticed.")
    var permissions = false

    @Option(help: "Print for each request to IAM in this file, with a policy of its own, whether it is allowed.")
    var evaluate: String?

    @Option(help: "Play schedules at random in a lake as `make smoke` has seen it in an account (lake_behavior.json).")
    var behavior: String?

    @Option(help: "Play this many schedules of machines with branches instead, each with the next seed.")
    var branches: Int?

    @Flag(help: "Print what happens, line by line; for one schedule.")
    var trace = false

    func validate() throws {
        if let exhaustive, !(1...2).contains(exhaustive) { throw ValidationError("--exhaustive is not 1 or 2") }
        if exhaustive == 2, schedule != nil { throw ValidationError("--exhaustive 2 takes no --schedule") }
        if permissions, role == nil { throw ValidationError("--permissions needs --role") }
        if !only.isEmpty, !mutants { throw ValidationError("--only needs --mutants") }
        if sample != nil, !mutants { throw ValidationError("--sample needs --mutants") }
        if let branches, branches < 1 { throw ValidationError("--branches \(branches) is not 1 or more") }
        if schedules < 1 { throw ValidationError("--schedules \(schedules) is not 1 or more") }
    }

    func run() async throws {
        if let evaluate { return try RoleOptions.evaluate(evaluate) }
        let deployment = try role == nil ? Deployment() : RoleOptions.deployment()
        if mutants { return try await lookAtMutants(deployment) }
        // Seeds that were mended until they were green prove nothing: each run draws its own.
        let seed = seed ?? UInt64.random(in: 1...UInt64(UInt32.max)) << 20
        if let branches { return try await BranchOptions.play(branches, from: seed, hasBugs: bugs, isTraced: trace) }
        let role = try role.map { try RoleOptions.role($0, for: deployment) }
        let player = try Player(DeployedWorkflow.all(for: deployment), role: role)
        if permissions, let role {
            return try RoleOptions.look(PermissionHunt(player, role: role, seed: seed, randomCount: schedules))
        }
        if bugs { return try hunt(deployment) }
        let behavior = try behavior.map(recordedBehavior)
        @Sendable func random(_ seed: UInt64) -> Schedule {
            let schedule = ScheduleGenerator.schedule(seed: seed)
            return behavior?.applied(to: schedule) ?? schedule
        }
        let campaign = Campaign(player)
        var result = Campaign.Result()
        if let schedule, exhaustive == 1 {
            let base = try parsed(schedule)
            result = await campaign.play(Exploration(player, from: base).extensions(of: base))
        } else if let schedule {
            result = await play(try parsed(schedule), player, campaign)
        } else if let exhaustive {
            for setting in Schedule.Setting.allCases {
                let exploration = Exploration(player, from: Schedule(seed: self.seed ?? 1, setting: setting))
                let singles = exploration.singles()
                result.add(await campaign.play(singles))
                if exhaustive == 2 { result.add(await pairs(of: singles.dropFirst(), exploration, campaign)) }
            }
        } else if schedules == 1 {
            result = await play(random(seed), player, campaign)
        } else {
            print("seeds: \(seed) to \(seed &+ UInt64(schedules - 1))")
            result = await campaign.play(count: schedules) { [random(seed &+ UInt64($0))] }
        }
        report(result, player)
        if result.failureCount > 0 { throw ExitCode(1) }
    }

    /// Plays each single fault with each thing that can go wrong behind it, which takes long enough to tell how far it is.
    private func pairs(
        of singles: ArraySlice<Schedule>, _ exploration: Exploration, _ campaign: Campaign
    ) async -> Campaign.Result {
        let singles = Array(singles)
        return await campaign.play(count: singles.count) { played, result in
            guard played.isMultiple(of: 20) || played == singles.count else { return }
            let setting = singles[0].setting.rawValue
            let text = "\(setting): the pairs of \(played) of \(singles.count) faults, \(result.summary)\n"
            FileHandle.standardError.write(Data(text.utf8))
        } _: {
            exploration.extensions(of: singles[$0])
        }
    }

    /// Prints a row of a table for each bug, and at last how many were found.
    private func hunt(_ deployment: Deployment) throws {
        let hunt = try BugHunt(DeployedWorkflow.all(for: deployment))
        var found = 0
        for bug in PlantedBug.allCases {
            if let find = try hunt.find(bug, limit: schedules) {
                found += 1
                print("| \(bug.text) | \(find.violation.invariant.text) | `\(find.schedule)` |")
            } else {
                print("NOT FOUND: \(bug.rawValue): \(bug.text)")
            }
        }
        print("found \(found) of \(PlantedBug.allCases.count) planted bugs")
        if found < PlantedBug.allCases.count { throw ExitCode(1) }
    }

    /// The texts of `--only`; of a file each line that has any, without what `lookAtMutants` prints before it.
    private func onlyTexts() throws -> [String] {
        try only.flatMap { text -> [String] in
            guard text.hasPrefix("@") else { return [text] }
            let path = String(text.dropFirst())
            guard let lines = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw ValidationError("--only \(text): the file cannot be read")
            }
            return lines.split(separator: "\n").map { String($0).replacing("NOT EXPLAINED: ", with: "") }
        }
    }

    /// Prints how many were refused, found and as good, for what, and each that is none of it.
    private func lookAtMutants(_ deployment: Deployment) async throws {
        let finds = try await MutantHunt(deployment: deployment, isThorough: true).look(
            atMost: sample, only: onlyTexts()
        ) { count, all in
            guard count.isMultiple(of: 1000) else { return }
            FileHandle.standardError.write(Data("\(count) of \(all) mutants\n".utf8))
        }
        var counts: [String: Int] = [:]
        var (refused, found, equivalent) = (0, 0, 0)
        for find in finds {
            switch find.fate {
            case .refused(let code):
                refused += 1
                counts["refused: \(code.rawValue)", default: 0] += 1
            case .unlike:
                refused += 1
                counts["refused: not the same as elsewhere, and refused or found wherever it is done", default: 0] += 1
            case .found(let invariant):
                found += 1
                counts["found: \(invariant.text)", default: 0] += 1
            case .circling:
                found += 1
                counts["found: goes round in circles", default: 0] += 1
            case .equivalent(let reason):
                equivalent += 1
                counts["as good: \(reason)", default: 0] += 1
            case .unexplained: print("NOT EXPLAINED: \(find.machine): \(find.mutant)")
            }
        }
        for (text, count) in counts.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            print("\(count) \(text)")
        }
        let unexplained = finds.count - refused - found - equivalent
        print(
            "\(finds.count) mutants: \(refused) refused by the compiler, \(found) found by the simulation, "
                + "\(equivalent) as good, \(unexplained) not explained")
        if unexplained > 0 { throw ExitCode(1) }
    }

    private func recordedBehavior(_ path: String) throws -> RecordedBehavior {
        do {
            return try RecordedBehavior(json: RoleOptions.read(path))
        } catch let problem as RecordedBehaviorError {
            throw ValidationError("\(path): \(problem)")
        }
    }

    private func parsed(_ text: String) throws -> Schedule {
        do {
            return try Schedule(parsing: text)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    private func play(_ schedule: Schedule, _ player: Player, _ campaign: Campaign) async -> Campaign.Result {
        print("schedule: \(schedule)")
        if trace { player.play(schedule, isTraced: true).trace.forEach { print($0) } }
        return await campaign.play([schedule])
    }

    private func report(_ result: Campaign.Result, _ player: Player) {
        for (schedule, violations) in result.failures {
            print("FAILED: \(schedule)")
            for violation in violations { print("  \(violation)") }
            if let first = violations.first {
                print("  shrunk: \(Shrinking.shrink(schedule, breaking: first.invariant, on: player))")
            }
        }
        print("simulated \(result.summary)")
    }
}
