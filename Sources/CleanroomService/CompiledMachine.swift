package import CleanroomModel
import CleanroomWorkflows
import Crypto
import DurableExecution
package import EmbeddedLake
package import StatesLanguage

/// The composite JSON of a workflow, as `make compile` writes it and every engine reads it.
package struct CompiledMachine: Sendable {
    /// The text of `state_machine.json`: the same bytes on every run.
    package let text: String
    private let definition: JSONValue

    /// Assembles the machine that makes a cleanroom, and checks it.
    ///
    /// - Throws: `DefinitionError` with every problem of what was assembled.
    package static func createCleanroom() throws(DefinitionError) -> CompiledMachine {
        let definition = CreateCleanroom.definition()
        _ = try StateMachine(definition)
        return CompiledMachine(text: definition.prettyText + "\n", definition: definition)
    }

    package var stateCount: Int { definition["States"]?.objectValue?.count ?? 0 }

    /// The names that a deployment has to give values for, sorted.
    package var substitutions: [String] { Substitutions.names(in: definition).sorted() }

    /// The machine as a deployment on this machine runs it.
    package func version(for deployment: Deployment) throws(DefinitionError) -> StateMachineVersion {
        let identity = LocalAccount(deployment: deployment)
        let text = try Substitutions(identity.substitutions).apply(to: definition).text
        let hash = SHA256.hash(data: Array(text.utf8)).map { String(UInt16($0) | 0x100, radix: 16).dropFirst() }
            .joined()
        let reference = StateMachineReference(
            arn: identity.arn("states", "stateMachine:\(deployment.name)"), name: deployment.name,
            roleARN: identity.roleARN, definitionHash: hash)
        return StateMachineVersion(reference: reference, definition: text)
    }
}

/// What stands for the AWS account on one machine.
struct LocalAccount {
    static let partition = "aws"
    static let region = "us-east-1"
    static let account = "000000000000"

    let deployment: Deployment

    func arn(_ service: String, _ resource: String) -> String {
        "arn:\(Self.partition):\(service):\(Self.region):\(Self.account):\(resource)"
    }

    func roleARN(name: String) -> String { "arn:\(Self.partition):iam::\(Self.account):role/\(name)" }

    /// The role under which the machine acts.
    var roleARN: String { roleARN(name: deployment.name) }

    var locationRoleARN: String {
        let role = deployment.locationRole
        if role.isEmpty { return roleARN(name: deployment.name + "-location") }
        return role.hasPrefix("arn:") ? role : roleARN(name: role)
    }

    /// The values that a deployment on AWS gets from CloudFormation.
    var substitutions: [String: String] {
        [
            "Name": deployment.name, "Workgroup": deployment.workgroup, "Bucket": deployment.bucket,
            "ApiEndpoint": deployment.apiEndpoint ?? Deployment.Parameter.apiEndpoint.defaultValue,
            "ApiAuthorization": deployment.apiAuthorization, "LocationRoleArn": locationRoleARN, "RoleArn": roleARN,
            "Partition": Self.partition, "Region": Self.region, "AccountId": Self.account,
        ]
    }
}
