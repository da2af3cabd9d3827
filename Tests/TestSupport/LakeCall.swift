package import DurableExecution
package import EmbeddedLake
import Foundation
package import StatesLanguage

/// A call of an action of the lake, as a task of an execution makes it.
package struct LakeCall: Sendable {
    /// Who calls.
    package static let role = "arn:aws:iam::000000000000:role/maker"

    private let machine: StateMachineVersion
    private let request: TaskRequest
    private let handler: any TaskHandler<LakeTransaction>

    /// - Parameters:
    ///   - resource: the action without `arn:aws:states:::`.
    ///   - role: who calls.
    package init(_ resource: String, _ parameters: JSONValue, role: String = Self.role) throws {
        let reference = StateMachineReference(
            arn: "arn:aws:states:us-east-1:000000000000:stateMachine:m", name: "m", roleARN: role, definitionHash: "")
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
            machine: reference, name: UUID().uuidString, input: [:], startedAt: Timestamp(milliseconds: 0), seed: 1)
        var interpreter = Interpreter(start: start, machine: try StateMachine(definition))
        guard case .runTask(let request) = interpreter.begin().first,
            let handler = LakeServices.table()[request.resource]
        else { throw TestFailure("there is no action \(resource)") }
        (self.request, self.handler) = (request, handler)
        machine = StateMachineVersion(reference: reference, definition: definition.text)
    }

    /// A statement of Athena that is waited for.
    package init(statement: String, token: String? = nil, role: String = Self.role) throws {
        var parameters: JSONObject = ["QueryString": .string(statement), "WorkGroup": "primary"]
        if let token { parameters["ClientRequestToken"] = .string(token) }
        try self.init("athena:startQueryExecution.sync", .object(parameters), role: role)
    }

    /// Stores the machine of the call, so that its role is a data-lake administrator as long as nobody has put settings.
    package func storeMachine(in transaction: LakeTransaction) throws { try transaction.register(machine) }

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
