import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import Foundation
import StatesLanguage
import TestSupport

/// Carries a request through and kills its own process at a chosen commit: the tests' way to a real `kill -9`.
///
/// `crash-probe FOLDER REQUEST_ID ACCOUNT DATABASE N before|after [RECEIVED]`: dies before or after commit number N.
/// With RECEIVED, answers are delivered by adding a line to that file. The state in `PROBE_FAILS` fails.
///
/// `crash-probe branches …` is `BranchProbe`.
@main
enum CrashProbe {
    static func main() async throws {
        let arguments = CommandLine.arguments
        if arguments[1] == "branches" { return try await BranchProbe.run(Array(arguments.dropFirst(2))) }
        let request = try CleanroomRequest(requestID: arguments[2], account: arguments[3], database: arguments[4])
        let deadly = Int(arguments[5]) ?? 0
        let diesBefore = arguments[6] == "before"
        let received = arguments.count > 7 ? arguments[7] : nil

        let lake = try LakeStore(folder: DataFolder(path: arguments[1]))
        let deployment = try Deployment(received == nil ? [:] : [.apiEndpoint: "account.mytiki.com"])
        let machine = try DeployedWorkflow.all(for: deployment)[0].machine
        _ = try lake.startExecution(
            of: machine, name: request.requestID.text, input: request.json, at: SystemClock().now(), seed: 1)
        guard let lock = try lake.ownEngine() else { exit(3) }
        let deliver: AnswerService.Delivery? = received.map { path in
            { @Sendable task in
                do {
                    let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
                    try file.seekToEnd()
                    try file.write(contentsOf: Data(((task.parameters["RequestBody"]?.text ?? "") + "\n").utf8))
                    try file.close()
                    return .success([:])
                } catch {
                    return .failure(TaskFailure("States.Http.Socket", "\(error)"))
                }
            }
        }
        let failing = ProcessInfo.processInfo.environment["PROBE_FAILS"] ?? ""
        let faults = failing.isEmpty ? Faults() : Faults(.init(failing, .before))
        let engine = Engine(
            store: DeadlyStore(lake: lake, deadly: deadly, diesBefore: diesBefore),
            handlers: TestLake.handlers(LakeServices.table(deliver: deliver), faults), policy: .everyTask)
        try await engine.resume()
        _ = try await engine.outcome(of: machine.reference.executionARN(name: request.requestID.text))
        withExtendedLifetime(lock) {}
    }
}

/// A store whose process dies at one of its commits.
private final class DeadlyStore: ExecutionStore {
    private let lake: LakeStore
    private let deadly: Int
    private let diesBefore: Bool
    private let counter = Counter()

    init(lake: LakeStore, deadly: Int, diesBefore: Bool) {
        self.lake = lake
        self.deadly = deadly
        self.diesBefore = diesBefore
    }

    func write<Value: Sendable>(_ body: @Sendable @escaping (LakeTransaction) throws -> Value) async throws -> Value {
        let number = await counter.next()
        let value = try await lake.write { [deadly, diesBefore] transaction in
            let value = try body(transaction)
            if number == deadly, diesBefore { kill(getpid(), SIGKILL) }
            return value
        }
        if number == deadly { kill(getpid(), SIGKILL) }
        return value
    }

    func unfinished(
        except known: Set<ExecutionARN>, limit: Int
    ) async throws -> [Result<JournalledExecution, UnreadableExecution>] {
        try await lake.unfinished(except: known, limit: limit)
    }

    func unfinished(_ arn: ExecutionARN) async throws -> JournalledExecution? { try await lake.unfinished(arn) }

    func definition(hash: String) async throws -> StateMachine { try await lake.definition(hash: hash) }
}

private actor Counter {
    private var count = 0

    func next() -> Int {
        count += 1
        return count
    }
}
