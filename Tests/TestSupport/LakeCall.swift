package import DurableExecution
package import EmbeddedLake
import Foundation
package import StatesLanguage

/// A call of an action of the lake, as a task of an execution makes it.
package struct LakeCall: Sendable {
    /// Who calls.
    package static let role = "arn:aws:iam::000000000000:role/maker"

    private let request: TaskRequest
    private let handler: any TaskHandler<LakeTransaction>

    /// - Parameter resource: the action without `arn:aws:states:::`.
    package init(_ resource: String, _ parameters: JSONValue) throws {
        let machine = StateMachineReference(
            arn: "arn:aws:states:us-east-1:000000000000:stateMachine:m", name: "m", roleARN: Self.role,
            definitionHash: "")
        let definition: JSONValue = [
            "StartAt": "T",
            "States": [
                "T": [
                    "Type": "Task", "Resource": .string("arn:aws:states:::" + resource), "Parameters": parameters,
                    "End": true,
                ]
            ],
        ]
        let start = ExecutionStart(
            machine: machine, name: UUID().uuidString, input: [:], startedAt: Timestamp(milliseconds: 0), seed: 1)
        var interpreter = Interpreter(start: start, machine: try StateMachine(definition))
        guard case .runTask(let request) = interpreter.begin().first,
            let handler = LakeServices.table()[request.resource]
        else { throw TestFailure("there is no action \(resource)") }
        (self.request, self.handler) = (request, handler)
    }

    /// A statement of Athena that is waited for.
    package init(statement: String, token: String? = nil) throws {
        var parameters: JSONObject = ["QueryString": .string(statement), "WorkGroup": "primary"]
        if let token { parameters["ClientRequestToken"] = .string(token) }
        try self.init("athena:startQueryExecution.sync", .object(parameters))
    }

    package func carryOut(in transaction: LakeTransaction) throws -> TaskResult {
        guard case .finished(let result) = try handler.begin(request, in: transaction) else {
            throw TestFailure("the task left the process")
        }
        return result
    }
}

extension TaskResult {
    package var error: TaskFailure? { if case .failure(let error) = self { error } else { nil } }
}
