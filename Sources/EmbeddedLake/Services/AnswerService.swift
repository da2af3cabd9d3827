package import DurableExecution
import Foundation
import GRDB
package import StatesLanguage
import Synchronization

/// Tells the account service, which a workflow does with `http:invoke`.
///
/// Answers to nobody are kept, and keeping one is a local effect. Others leave the process: the answer is written down
/// first, sent at least once, and marked as delivered when it has been taken. To whom an answer goes is a matter of the
/// execution, so it is the same whichever process carries it on; one without a way to deliver keeps all of them.
///
/// What a client's machine does with `http:invoke` is no answer: nothing is written down of it, and it goes another way,
/// which has nothing of the service's own. Whose a machine is, its version in the store says, and not its name.
package struct AnswerService: TaskHandler {
    package typealias Delivery = @Sendable (TaskRequest) async -> TaskResult

    package static let resource = TaskResource(service: "http", action: "invoke")

    /// The endpoint of deployments whose answers are kept: a name that is no host and never will be (RFC 2606).
    package static let nobody = "nobody.invalid"

    private let deliver: Delivery?
    private let call: Delivery?
    private let own = OwnMachines()

    /// - Parameters:
    ///   - deliver: sends an answer.
    ///   - call: carries out what clients' machines call; without it they call nothing.
    package init(deliver: Delivery?, call: Delivery?) {
        self.deliver = deliver
        self.call = call
    }

    package func begin(_ request: TaskRequest, in transaction: LakeTransaction) throws -> TaskDisposition {
        // Nothing is told by a task that AWS would not carry out, whether the answer is kept or sent.
        if let reason = HTTPTask.refusal(of: request.parameters) {
            return .finished(.failure(TaskFailure(StatesError.runtime, reason)))
        }
        let endpoint = request.parameters["ApiEndpoint"]?.stringValue ?? ""
        guard let url = URLComponents(string: endpoint), !url.path.isEmpty else {
            return .finished(.failure(TaskFailure("States.Runtime", "the ApiEndpoint '\(endpoint)' is not a URL")))
        }
        if try !own.contains(request.execution, in: transaction) {
            if call != nil { return .remote }
            return .finished(
                .failure(TaskFailure(StatesError.permissions, HTTPTask.notAuthorized(for: endpoint))))
        }
        let isKept = deliver == nil || url.host == Self.nobody
        let status = isKept ? AnswerRecord.Status.kept : .undelivered
        let body = (request.parameters["RequestBody"] ?? .null).text
        let id = try transaction.rowID(of: request.execution.arn)
        try transaction.db.cachedStatement(
            sql: "INSERT INTO answer (execution, path, body, status) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        ).execute(arguments: [id, url.path, body, status.rawValue])
        if !isKept { return .remote }
        return .finished(.success(["StatusCode": 200, "StatusText": "OK", "Headers": [:], "ResponseBody": ""]))
    }

    package func perform(_ request: TaskRequest) async -> TaskResult {
        // It was begun in this process, so it is known whose it is.
        if !own.contains(request.execution.machine) {
            guard let call else { preconditionFailure("what may not be called has failed") }
            return await call(request)
        }
        guard let deliver else { preconditionFailure("a kept answer never leaves the process") }
        return await deliver(request)
    }

    package func end(_ request: TaskRequest, _ result: TaskResult, in transaction: LakeTransaction) throws {
        guard case .success = result, own.contains(request.execution.machine) else { return }
        let id = try transaction.rowID(of: request.execution.arn)
        try transaction.db.cachedStatement(sql: "UPDATE answer SET status = ? WHERE execution = ?")
            .execute(arguments: [AnswerRecord.Status.delivered.rawValue, id])
    }
}

/// The versions of machines that are known to be the service's own.
private final class OwnMachines: Sendable {
    /// A deployment has two, and each release of the program two more while executions of the one before run.
    private let known = Mutex<Set<StateMachineReference>>([])

    // They lock, and the callers are async (docs/architecture.md, Locks).
    @inline(never)
    func contains(_ machine: StateMachineReference) -> Bool { known.withLock { $0.contains(machine) } }

    @inline(never)
    private func add(_ machine: StateMachineReference) { known.withLock { _ = $0.insert(machine) } }

    /// Whether an execution runs a version that is the service's own.
    func contains(_ execution: ExecutionStart, in transaction: LakeTransaction) throws -> Bool {
        if contains(execution.machine) { return true }
        let statement = try transaction.db.cachedStatement(
            sql: """
                SELECT is_own FROM execution JOIN state_machine ON state_machine.id = execution.machine
                WHERE execution.id = ?
                """)
        let id = try transaction.rowID(of: execution.arn)
        guard try Bool.fetchOne(statement, arguments: [id]) == true else { return false }
        add(execution.machine)
        return true
    }
}
