package import DurableExecution
import Foundation
import GRDB
import StatesLanguage

/// Tells the account service, which a workflow does with `http:invoke`.
///
/// Without a way to deliver, answers are kept, and keeping one is a local effect. With one they leave the process: the
/// answer is written down first, sent at least once, and marked as delivered when it has been taken.
package struct AnswerService: TaskHandler {
    package typealias Delivery = @Sendable (TaskRequest) async -> TaskResult

    package static let resource = TaskResource(service: "http", action: "invoke")

    private let deliver: Delivery?

    package init(deliver: Delivery?) {
        self.deliver = deliver
    }

    package func begin(_ request: TaskRequest, in transaction: LakeTransaction) throws -> TaskDisposition {
        let endpoint = request.parameters["ApiEndpoint"]?.stringValue ?? ""
        guard let path = URLComponents(string: endpoint)?.path, !path.isEmpty else {
            return .finished(.failure(TaskFailure("States.Runtime", "the ApiEndpoint '\(endpoint)' is not a URL")))
        }
        let status = deliver == nil ? AnswerRecord.Status.kept : .undelivered
        try transaction.db.cachedStatement(
            sql: "INSERT INTO answer (execution, path, body, status) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        ).execute(
            arguments: [
                try transaction.rowID(of: request.execution.arn), path,
                request.parameters["RequestBody"]?.text ?? "", status.rawValue,
            ])
        if deliver != nil { return .remote }
        return .finished(.success(["StatusCode": 200, "StatusText": "OK", "Headers": [:], "ResponseBody": ""]))
    }

    package func perform(_ request: TaskRequest) async -> TaskResult {
        guard let deliver else { preconditionFailure("a kept answer never leaves the process") }
        return await deliver(request)
    }

    package func end(_ request: TaskRequest, _ result: TaskResult, in transaction: LakeTransaction) throws {
        guard case .success = result else { return }
        try transaction.db.cachedStatement(sql: "UPDATE answer SET status = ? WHERE execution = ?").execute(
            arguments: [
                AnswerRecord.Status.delivered.rawValue, try transaction.rowID(of: request.execution.arn),
            ])
    }
}
