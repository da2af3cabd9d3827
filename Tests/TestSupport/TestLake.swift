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
    private let clock = TestClock()

    package init(behavior: LakeBehavior = LakeBehavior(), faults: Faults = Faults()) throws {
        store = try LakeStore(folder: DataFolder(path: folder.path), behavior: behavior)
        self.faults = faults
    }

    package static let account = "111122223333"

    package static func request(
        _ database: String = "acme_room", account: String = TestLake.account, id: String = UUID().uuidString
    ) throws -> CleanroomRequest {
        try CleanroomRequest(requestID: id, account: account, database: database)
    }

    /// Carries a request through.
    package func create(_ request: CleanroomRequest, ignoringFaults: Bool = false) async throws -> RequestOutcome {
        let handlers = Self.handlers(LakeServices.table(), ignoringFaults ? Faults() : faults)
        return try await CleanroomService(store: store, deployment: Deployment(), handlers: handlers, clock: clock)
            .create(request)
    }

    /// Handlers of which some fail.
    package static func handlers(
        _ handlers: [TaskResource: any TaskHandler<LakeTransaction>], _ faults: Faults
    ) -> TaskHandlers<LakeTransaction> {
        TaskHandlers(handlers.mapValues { FaultyHandler($0, faults) as any TaskHandler<LakeTransaction> })
    }

    /// Starts an execution with any input and name, as somebody does who calls Step Functions directly.
    package func start(input: JSONValue, name: String) async throws -> ExecutionRecord {
        let machine = try CompiledMachine.createCleanroom().version(for: Deployment())
        _ = try store.startExecution(of: machine, name: name, input: input, at: clock.now(), seed: 7)
        let engine = Engine(store: store, handlers: LakeServices.handlers(), clock: clock)
        try await engine.resume()
        let arn = machine.reference.executionARN(name: name)
        _ = try await engine.outcome(of: arn)
        guard let record = try store.execution(named: arn) else { throw TestFailure("the execution is not there") }
        return record
    }

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
        if fault.moment == .after { _ = try handler.begin(request, in: transaction) }
        return .finished(.failure(fault.failure))
    }

    func perform(_ request: TaskRequest) async -> TaskResult { await handler.perform(request) }

    func end(_ request: TaskRequest, _ result: TaskResult, in transaction: LakeTransaction) throws {
        try handler.end(request, result, in: transaction)
    }
}
