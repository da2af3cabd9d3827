import CleanroomSimulator
import DurableExecution
import EmbeddedLake
import Foundation
import StatesLanguage
import Synchronization

/// Carries all executions of a folder on whose machines have branches, on the real engine and disk, until somebody kills
/// the process or all have ended.
///
/// `crash-probe branches FOLDER SINCE FACTOR`: its clock has gone FACTOR times faster since SINCE, in milliseconds. It ends
/// with 8 when something is under way for executions that have ended, and with 9 when a local effect is there already.
enum BranchProbe {
    static func run(_ arguments: [String]) async throws {
        let lake = try LakeStore(folder: DataFolder(path: arguments[0]))
        let beginning = Timestamp(milliseconds: Int64(arguments[1]) ?? 0)
        let clock = HurriedClock(since: beginning, factor: Int64(arguments[2]) ?? 1)
        guard let lock = try lake.ownEngine() else { exit(3) }
        let handler = BranchTasks(clock: clock)
        let handlers = TaskHandlers<LakeTransaction>(
            Dictionary(uniqueKeysWithValues: BranchedMachine.resources.map { ($0, handler) }))
        let engine = Engine(store: lake, handlers: handlers, clock: clock)
        FileHandle.standardOutput.write(Data("\n".utf8))
        while try lake.runningExecutionCount() > 0 {
            try await engine.resume()
            try await Task.sleep(for: .milliseconds(10))
        }
        // What was cancelled takes a moment to be gone.
        let deadline = ContinuousClock.now + .seconds(5)
        while await engine.activityCount > 0, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(10))
        }
        if await engine.activityCount > 0 { exit(8) }
        await engine.shutDown()
        withExtendedLifetime(lock) {}
    }
}

/// The tasks of machines with branches: the effect of a local one is a database in the lake, under the name of the attempt.
private final class BranchTasks: TaskHandler {
    private let clock: HurriedClock
    private let machines = Mutex<[String: BranchedMachine]>([:])

    init(clock: HurriedClock) { self.clock = clock }

    private func answer(to request: TaskRequest) -> TaskResult? {
        let name = request.execution.machine.name
        let machine = machines.withLock { machines in
            if let known = machines[name] { return known }
            let machine = BranchedMachine(named: name)
            machines[name] = machine
            return machine
        }
        return machine.answer(to: request)
    }

    func begin(_ request: TaskRequest, in transaction: LakeTransaction) throws -> TaskDisposition {
        guard BranchedMachine.isLocal(request.resource), let answer = answer(to: request) else { return .remote }
        if case .success = answer {
            let name = "\(request.execution.name)_\(request.id)"
            if try transaction.database(name) != nil { exit(9) }
            try transaction.insert(
                CatalogDatabase(
                    name: name, description: nil, location: nil, parameters: [:], tableDefaults: [],
                    createdAt: request.scheduledAt))
        }
        return .finished(answer)
    }

    func perform(_ request: TaskRequest) async -> TaskResult {
        // One that does not answer is left to its time-out.
        let wait = answer(to: request) == nil ? 100_000_000 : Int64.random(in: 1...1500)
        do {
            try await clock.sleep(until: clock.now().advanced(byMilliseconds: wait))
        } catch {
            // Cancelled: nothing waits for it any more.
        }
        return answer(to: request) ?? .failure(TaskFailure(StatesError.timeout, ""))
    }
}
