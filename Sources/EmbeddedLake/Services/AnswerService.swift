package import DurableExecution
import Foundation
import GRDB
package import StatesLanguage

/// Tells the account service, which a workflow does with `http:invoke`.
///
/// Answers to nobody are kept, and keeping one is a local effect. Others leave the process: the answer is written down
/// first, sent at least once, and marked as delivered when it has been taken. To whom an answer goes is a matter of the
/// execution, so it is the same whichever process carries it on; one without a way to deliver keeps all of them.
package struct AnswerService: TaskHandler {
    package typealias Delivery = @Sendable (TaskRequest) async -> TaskResult

    package static let resource = TaskResource(service: "http", action: "invoke")

    /// The endpoint of deployments whose answers are kept: a name that is no host and never will be (RFC 2606).
    package static let nobody = "nobody.invalid"

    private let deliver: Delivery?

    package init(deliver: Delivery?) {
        self.deliver = deliver
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
        let isKept = deliver == nil || url.host == Self.nobody
        let status = isKept ? AnswerRecord.Status.kept : .undelivered
        let body = (request.parameters["RequestBody"] ?? .null).text
        let id = try transaction.rowID(of: request.execution.arn)
        try transaction.writing { transaction in
            try transaction.db.cachedStatement(
                sql: "INSERT INTO answer (execution, path, body, status) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
            ).execute(arguments: [id, url.path, body, status.rawValue])
        }
        if !isKept { return .remote }
        return .finished(.success(["StatusCode": 200, "StatusText": "OK", "Headers": [:], "ResponseBody": ""]))
    }

    package func perform(_ request: TaskRequest) async -> TaskResult {
        guard let deliver else { preconditionFailure("a kept answer never leaves the process") }
        return await deliver(request)
    }

    package func end(_ request: TaskRequest, _ result: TaskResult, in transaction: LakeTransaction) throws {
        guard case .success = result else { return }
        let id = try transaction.rowID(of: request.execution.arn)
        try transaction.writing { transaction in
            try transaction.db.cachedStatement(sql: "UPDATE answer SET status = ? WHERE execution = ?")
                .execute(arguments: [AnswerRecord.Status.delivered.rawValue, id])
        }
    }
}
