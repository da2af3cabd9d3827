package import CleanroomModel
import CleanroomService
import CleanroomWorkflows
import DurableExecution
package import SagaKit
import StatesLanguage
import Synchronization

/// The role under which the machines of a deployment act: what IAM says to each call of a task.
package final class Role: Sendable {
    package let policy: PolicyDocument
    private let values: [String: String]
    private let name: String
    /// What came of what was asked before: most calls are about the same few rooms.
    private let decisions = Mutex<[AccessSubject: AccessRequest?]>([:])

    /// - Parameter deployment: whose values stand in the policy.
    package init(_ policy: PolicyDocument, for deployment: Deployment) {
        self.policy = policy
        values = deployment.accessValues
        name = values["RoleArn"] ?? ""
    }

    /// The role with the policy that is derived from the machines.
    package static func derived(for deployment: Deployment) throws -> Role {
        let machines = try Workflows.all.flatMap(\.machines).map { try CompiledMachine($0) }
        return Role(try PolicyDocument(CompiledMachine.policy(of: machines, for: deployment)), for: deployment)
    }

    /// The same role with another policy.
    package func with(_ policy: PolicyDocument) -> Role { Role(policy, values: values) }

    private init(_ policy: PolicyDocument, values: [String: String]) {
        self.policy = policy
        self.values = values
        name = values["RoleArn"] ?? ""
    }

    /// All that AWS asks IAM for of a subject of a call.
    package func requests(of subject: AccessSubject) -> [AccessRequest] {
        AccessNeeds.cleanroom.requests(of: subject, in: values)
    }

    /// The first thing that the role may not do of what a call needs; `nil` if it may do all.
    func refused(_ subjects: [AccessSubject]) -> AccessRequest? {
        for subject in subjects {
            if let known = decisions.withLock({ $0[subject] }) {
                if let known { return known }
                continue
            }
            let refused = requests(of: subject).first { !policy.allows($0) }
            decisions.withLock { $0[subject] = .some(refused) }
            if let refused { return refused }
        }
        return nil
    }

    /// The error with which AWS answers a call that the role may not make.
    ///
    /// A service whose model has no `AccessDeniedException` gives its general error, with the status 403. For HTTP the
    /// names are recorded: <https://github.com/serverless-operations/serverless-step-functions/issues/599> has the text,
    /// and a credential that cannot be read is an error of the connection.
    func failure(of call: TaskRequest, refusing request: AccessRequest) -> TaskFailure {
        let service = String(call.resource.service.split(separator: ":").last ?? "")
        let text =
            "User: \(name) is not authorized to perform: \(request.action) on resource: \(request.resource) because no "
            + "identity-based policy allows the \(request.action) action"
        switch service {
        case "glue": return TaskFailure("Glue.AccessDeniedException", text)
        case "lakeformation": return TaskFailure("LakeFormation.AccessDeniedException", text)
        case "athena": return TaskFailure("Athena.AthenaException", text + " (Service: Athena, Status Code: 403)")
        case "s3": return TaskFailure("S3.S3Exception", text + " (Service: S3, Status Code: 403)")
        case "sfn": return TaskFailure("Sfn.SfnException", text + " (Service: Sfn, Status Code: 403)")
        default:
            guard request.action == "states:InvokeHTTPEndpoint" else {
                return TaskFailure("Events.ConnectionResource.AccessDenied", text)
            }
            let endpoint = request.keys["states:HTTPEndpoint"]?.first ?? ""
            return TaskFailure(
                "States.Http.AccessDenied",
                "AWS Step Functions is not authorized to perform states:InvokeHTTPEndpoint on API Endpoint "
                    + "\(endpoint). Ensure that the StateMachine role contains the states:InvokeHTTPEndpoint "
                    + "permission for the given API Endpoint")
        }
    }
}

/// What a simulation asked of the role, and what it was refused.
final class AccessLog {
    private let role: Role
    /// All that calls were about.
    private(set) var subjects: Set<AccessSubject> = []
    /// What was refused, each thing once.
    private(set) var refusals: Set<AccessRequest> = []
    private(set) var violations: [Violation] = []

    init(_ role: Role) { self.role = role }

    /// The error of a call that the role may not make; `nil` if it may.
    func refusal(of call: TaskRequest) -> TaskFailure? {
        let asked = AccessNeeds.cleanroom.subjects(of: call.resource, call.parameters, by: call.execution.machine.arn)
        subjects.formUnion(asked)
        guard let refused = role.refused(asked) else { return nil }
        refusals.insert(refused)
        let violation = Violation(
            invariant: .callsAreAllowed,
            detail: "\(call.stateName) needs \(refused.action) on \(refused.resource), which the role may not do")
        if !violations.contains(violation) { violations.append(violation) }
        return role.failure(of: call, refusing: refused)
    }
}
