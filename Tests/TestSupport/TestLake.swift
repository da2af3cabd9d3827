package import CleanroomModel
package import CleanroomService
package import DurableExecution
package import EmbeddedLake
import Foundation
package import StatesLanguage
import Synchronization

/// An embedded lake in a folder of its own, with a service on it whose tasks can be made to fail.
package final class TestLake: Sendable {
    package let folder = TemporaryFolder()
    package let store: LakeStore
    package let faults: Faults
    package let clock = TestClock()
    private let policy: CommitPolicy

    /// - Parameter policy: what others are to see of a room while it is made takes a commit of each task.
    package init(
        behavior: LakeBehavior = LakeBehavior(), faults: Faults = Faults(), policy: CommitPolicy = .sharing
    ) throws {
        store = try LakeStore(
            folder: DataFolder(path: folder.path), behavior: behavior, machines: Self.machines)
        self.faults = faults
        self.policy = policy
    }

    package static let account = "111122223333"

    /// Shared by all lakes, since reading a machine takes longer than most tests.
    private static let machines = MachineCache()
    package static let workflows = Result { try DeployedWorkflow.all(for: Deployment()) }
    /// What makes cleanrooms, its machine, and the one that recovers for it.
    package static let workflow = workflows.map { $0[0] }
    package static let machine = workflow.map(\.machine)
    package static let recovery = Result { try missing(workflow.get().recovery, "a recovery") }

    private static func missing<Value>(_ value: Value?, _ name: String) throws -> Value {
        guard let value else { throw TestFailure("there is not \(name)") }
        return value
    }

    package static func request(
        _ database: String = "acme_room", account: String = TestLake.account, id: String = UUID().uuidString
    ) throws -> CleanroomRequest {
        try CleanroomRequest(requestID: id, account: account, database: database)
    }

    /// Carries a request through.
    package func create(_ request: CleanroomRequest, ignoringFaults: Bool = false) async throws -> RequestOutcome {
        let handlers = Self.handlers(LakeServices.table(), ignoringFaults ? Faults() : faults)
        return try await CleanroomService(
            store: store, workflow: Self.workflow.get(), bucket: Deployment().bucket, handlers: handlers, clock: clock,
            policy: policy
        ).create(request, patience: .seconds(100))
    }

    /// Handlers of which some fail.
    package static func handlers(
        _ handlers: [TaskResource: any TaskHandler<LakeTransaction>], _ faults: Faults
    ) -> TaskHandlers<LakeTransaction> {
        TaskHandlers(handlers.mapValues { FaultyHandler($0, faults) as any TaskHandler<LakeTransaction> })
    }

    /// Starts an execution with any input and name, as somebody does who calls Step Functions directly.
    package func start(input: JSONValue, name: String) async throws -> ExecutionRecord {
        try await interrupt(Self.machine.get(), input: input, name: name)
    }

    /// How an execution is ended from outside.
    package enum Interruption: Sendable, CaseIterable {
        case stopped
        case timedOut
    }

    /// Runs an execution of a machine to its end, or until it hangs and is ended from outside.
    package func interrupt(
        _ machine: StateMachineVersion, input: JSONValue, name: String, by interruption: Interruption = .stopped
    ) async throws -> ExecutionRecord {
        _ = try store.startExecution(of: machine, name: name, input: input, at: clock.now(), seed: 7)
        let arn = machine.reference.executionARN(name: name)
        let handlers = Self.handlers(LakeServices.table(), faults)
        // A task that hangs is not to run out of time: that would be a different failure.
        let engine = Engine(store: store, handlers: handlers, clock: faults.canHang ? SystemClock() : clock)
        try await engine.resume()
        while try store.execution(named: arn)?.status == .running {
            if faults.isHanging, interruption == .stopped {
                await engine.stop(arn, error: "Operator", cause: "stopped")
            } else if faults.isHanging {
                await engine.shutDown()
                try store.writeNow { transaction in
                    try transaction.append([JournalEntry(at: clock.now(), event: .timedOut)], to: arn)
                    try transaction.finish(arn, with: .timedOut, at: clock.now(), eventCount: nil)
                }
            }
            try await Task.sleep(for: .milliseconds(1))
            // Throws what made the engine stop, if anything did.
            if interruption == .stopped || !faults.isHanging { try await engine.resume() }
        }
        await engine.shutDown()
        guard let record = try store.execution(named: arn) else { throw TestFailure("the execution is not there") }
        return record
    }

    /// Runs all executions to their end that the rules have started, without faults.
    package func recover() async throws {
        let engine = Engine(store: store, handlers: LakeServices.handlers(), clock: clock)
        while try await !store.unfinished(except: [], limit: 1).isEmpty {
            try await engine.resume()
            try await Task.sleep(for: .milliseconds(1))
        }
        await engine.shutDown()
    }

    /// All answers that were told.
    package func answers() throws -> [AnswerRecord] { try store.executions(limit: 1000).compactMap(\.answer) }

    /// The names of the tasks of an execution in the order in which they were tried.
    package func tasks(of outcome: RequestOutcome) throws -> [String] {
        try store.history(of: outcome.record).filter { $0.kind == .stateEntered("Task") }
            .compactMap { $0.details["name"]?.stringValue }
    }
}

package struct TestFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// Which tasks fail, and how.
package final class Faults: Sendable {
    package enum Moment: Sendable {
        /// Before there is any effect.
        case before
        /// After the effect: its reply is lost.
        case after
        /// Before the effect, and it never ends.
        case hangingBefore
        /// After the effect, and it never ends.
        case hangingAfter
    }

    package struct Fault: Sendable {
        package let state: String
        package let moment: Moment
        package let failure: TaskFailure
        /// How often it strikes.
        package var times: Int

        package init(
            _ state: String, _ moment: Moment, _ failure: TaskFailure = TaskFailure("Test.Fault", "made to fail"),
            times: Int = .max
        ) {
            self.state = state
            self.moment = moment
            self.failure = failure
            self.times = times
        }
    }

    private let faults: Mutex<[Fault]>
    private let hanging = Mutex<Set<String>>([])

    /// Whether some fault makes a task hang.
    var canHang: Bool {
        faults.withLock { $0.contains { [.hangingBefore, .hangingAfter].contains($0.moment) } }
    }

    /// Whether a task hangs now.
    package var isHanging: Bool { hanging.withLock { !$0.isEmpty } }

    func hang(_ request: TaskRequest) { hanging.withLock { _ = $0.insert(request.idempotencyToken) } }
    func hangs(_ request: TaskRequest) -> Bool { hanging.withLock { $0.contains(request.idempotencyToken) } }

    package init(_ faults: Fault...) {
        self.faults = Mutex(faults)
    }

    func strike(_ state: String) -> Fault? {
        faults.withLock { faults in
            guard let index = faults.firstIndex(where: { $0.state == state && $0.times > 0 }) else { return nil }
            faults[index].times -= 1
            return faults[index]
        }
    }
}

/// A handler that fails where it is told to.
struct FaultyHandler: TaskHandler {
    private let handler: any TaskHandler<LakeTransaction>
    private let faults: Faults

    init(_ handler: any TaskHandler<LakeTransaction>, _ faults: Faults) {
        self.handler = handler
        self.faults = faults
    }

    func begin(_ request: TaskRequest, in transaction: LakeTransaction) throws -> TaskDisposition {
        guard let fault = faults.strike(request.stateName) else { return try handler.begin(request, in: transaction) }
        if [.after, .hangingAfter].contains(fault.moment) { _ = try handler.begin(request, in: transaction) }
        if [.before, .after].contains(fault.moment) { return .finished(.failure(fault.failure)) }
        faults.hang(request)
        return .remote
    }

    func perform(_ request: TaskRequest) async -> TaskResult {
        if !faults.hangs(request) { return await handler.perform(request) }
        do {
            try await Task.sleep(for: .seconds(3600))
        } catch {
            // Cancelled: the execution has been ended from outside.
        }
        return .failure(TaskFailure("Test.Hung", ""))
    }

    func end(_ request: TaskRequest, _ result: TaskResult, in transaction: LakeTransaction) throws {
        try handler.end(request, result, in: transaction)
    }
}
