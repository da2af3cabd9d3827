import CleanroomSimulator
import DurableExecution
import EmbeddedLake
import Foundation
import GRDB
import StatesLanguage
import TestSupport

/// Kills processes with `SIGKILL` while they carry executions on whose machines have branches, and looks at how these end,
/// at their histories, and at the effects of their tasks.
///
/// The machines and services are those of the simulator (`BranchedMachine`); engine, journal and disk are the real ones.
/// Time goes by faster, so that what is waited for comes.
struct BranchDrill {
    private static let executionsAtOnce = 30
    private static let factor: Int64 = 30
    /// Half a second at least until a task runs out of time: less would pass on a busy computer before it is served.
    private static let patience: Int64 = 15
    /// How long a process works after its first commit, in microseconds.
    private static let workingTime = 600_000.0

    private var random: SeededRandom
    private let folder = TemporaryFolder()
    private let beginning = SystemClock().now()
    private var machines: [String: BranchedMachine] = [:]
    private var violations: [String] = []

    static func run(_ bounds: DrillBounds) throws -> DrillReport {
        var drill = BranchDrill(random: SeededRandom(seed: bounds.seed))
        return try drill.run(kills: max(3, bounds.kills / 10))
    }

    private init(random: SeededRandom) { self.random = random }

    /// 1. Start executions, whenever there are few.
    /// 2. Have a process carry them on, and kill it at some moment.
    /// 3. Let another finish everything.
    /// 4. Look at what there is.
    private mutating func run(kills: Int) throws -> DrillReport {
        var midway = 0
        for _ in 0..<kills {
            // 1.
            if try machines.isEmpty || LakeStore.unfinished(in: folder.path) < Self.executionsAtOnce / 3 {
                try startExecutions()
            }
            // 2.
            let before = try commits()
            let process = try startProcess()
            try process.waitUntilItBegins()
            // However busy the computer is, it is killed in the midst of its work.
            let deadline = ContinuousClock.now + .seconds(30)
            while process.isRunning, try commits() == before, ContinuousClock.now < deadline { usleep(5000) }
            usleep(UInt32(Double.random(in: 0...1, using: &random) * Self.workingTime))
            process.kill()
            if let status = try process.wait(), status != 0 { violations.append("a process ended with \(status)") }
            if try commits() > before, try LakeStore.unfinished(in: folder.path) > 0 { midway += 1 }
        }
        // 3.
        let last = try startProcess()
        let deadline = ContinuousClock.now + .seconds(120)
        while last.isRunning, ContinuousClock.now < deadline { usleep(20_000) }
        if last.isRunning {
            violations.append("\(try LakeStore.unfinished(in: folder.path)) executions do not end")
            last.kill()
        }
        if let status = try last.wait(), status != 0 { violations.append("the last process ended with \(status)") }
        // 4.
        let (events, effects) = try look()
        return DrillReport(
            figures: [
                "\(kills) processes killed, \(midway) of them in the midst of \(machines.count) executions with "
                    + "branches: \(events) events, \(effects) effects"
            ], violations: violations)
    }

    /// How often something has been added to a journal.
    private func commits() throws -> Int {
        try DatabaseQueue.lake(in: folder.path).read { db in
            try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM journal") ?? 0
        }
    }

    private func startProcess() throws -> RunningProgram {
        try RunningProgram(command: [
            Project.program("crash-probe").path, "branches", folder.path, "\(beginning.milliseconds)", "\(Self.factor)",
        ])
    }

    private mutating func startExecutions() throws {
        let store = try LakeStore(folder: DataFolder(path: folder.path))
        let clock = HurriedClock(since: beginning, factor: Self.factor)
        for _ in 0..<Self.executionsAtOnce {
            let machine = BranchedMachine(seed: random.next())
            let definition = machine.definition(patience: Self.patience).text
            let reference = StateMachineReference(
                arn: "arn:aws:states:us-east-1:111111111111:stateMachine:\(machine.name)", name: machine.name,
                roleARN: "arn:aws:iam::111111111111:role/branches",
                definitionHash: StateMachineVersion.sha256(definition))
            let name = "e\(machines.count)"
            machines[name] = machine
            _ = try store.startExecution(
                of: StateMachineVersion(reference: reference, definition: definition), name: name,
                input: machine.input, at: clock.now(), seed: random.next())
        }
    }

    /// Each execution has ended as its machine says, its history is one that can be, and each local task that succeeded has
    /// left one effect.
    private mutating func look() throws -> (events: Int, effects: Int) {
        let store = try LakeStore(folder: DataFolder(path: folder.path))
        var (count, least, most) = (0, 0, 0)
        for record in try store.executions(limit: 100_000) {
            guard let machine = machines[record.start.name] else {
                violations.append("nobody has started \(record.start.arn)")
                continue
            }
            let events = try store.history(of: record)
            count += events.count
            let done = BranchedMachine.localEffects(in: events)
            (least, most) = (least + done.lowerBound, most + done.upperBound)
            let found = machine.violations(
                of: events, status: record.status, output: record.output, error: record.error, cause: record.cause)
            violations += found.map { "\(machine.name) as \(record.start.name): \($0)" }
        }
        let effects = try LakeRows(folder: folder.path).rows["database"]?.count ?? 0
        if !(least...most).contains(effects) {
            violations.append("\(least) to \(most) local tasks have succeeded, and left \(effects) effects")
        }
        return (count, effects)
    }
}
