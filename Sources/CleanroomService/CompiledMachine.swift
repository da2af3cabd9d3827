package import CleanroomModel
package import CleanroomWorkflows
import DurableExecution
package import EmbeddedLake
import SagaKit
package import StatesLanguage

/// The composite JSON of a workflow, as `make compile` writes it and every engine reads it.
package struct CompiledMachine: Sendable {
    private let machine: Workflow.Machine
    private let assembled: Assembled
    /// The machine as it was read to check it; `nil` where it is read with everything set.
    private let reading: DefinitionReading?

    /// Assembles a machine, and checks that it is one.
    ///
    /// - Throws: `DefinitionError` with every problem of what was assembled.
    package init(_ machine: Workflow.Machine) throws(DefinitionError) {
        let assembled = machine.assemble()
        let reading = DefinitionReading(assembled.definition)
        _ = try reading.machine()
        self.init(machine, assembled, read: reading)
    }

    private init(_ machine: Workflow.Machine, _ assembled: Assembled, read reading: DefinitionReading?) {
        (self.machine, self.assembled, self.reading) = (machine, assembled, reading)
    }

    /// The file that it is written to.
    package var fileName: String { machine.fileName }

    /// The IAM policy that the tasks of machines need.
    package static func policy(of machines: [CompiledMachine]) -> JSONValue {
        AccessNeeds.cleanroom.policy(for: machines.compactMap(\.reading?.scope))
    }

    /// The text of the file: the same bytes on every run.
    package var text: String { assembled.definition.prettyText + "\n" }

    /// A machine as a deployment on this machine runs it, checked with everything set. The store keeps it as it has been
    /// read, so that it is not read again.
    ///
    /// - Throws: `DefinitionError`, also for what no handler is there for.
    static func version(
        of machine: Workflow.Machine, for deployment: Deployment, handlers: TaskHandlers<LakeTransaction>,
        in store: LakeStore
    ) throws(DefinitionError) -> StateMachineVersion {
        let compiled = CompiledMachine(machine, machine.assemble(), read: nil)
        let (version, definition) = try compiled.substituted(for: deployment)
        let read = try StateMachine(definition)
        try handlers.check(read)
        store.keep(read, hash: version.reference.definitionHash)
        return version
    }

    /// The names of the machines that a deployment runs.
    package static func names(for deployment: Deployment) -> Set<String> {
        Set(Workflows.all.flatMap(\.machines).map { deployment.name + $0.nameSuffix })
    }

    package var stateCount: Int { assembled.definition["States"]?.objectValue?.count ?? 0 }

    /// The names that a deployment has to give values for, sorted.
    package var substitutions: [String] { Substitutions.names(in: assembled.definition).sorted() }

    /// What every deployment gives values for.
    package static let deploymentNames: Set = [
        "AccountId", "ApiAuthorization", "ApiEndpoint", "Bucket", "LocationRoleArn", "Name", "Partition", "Region",
        "RoleArn", "StateMachineArn", "Workgroup",
    ]

    /// Everything that is wrong with the machine, warnings included.
    package func problems() -> [Problem] { languageProblems() + sagaProblems() }

    /// What is wrong with it as a state machine, whatever it is for.
    package func languageProblems() -> [Problem] { reading.map(check.languageProblems) ?? [] }

    /// What it does not keep of what a saga and the contract promise.
    package func sagaProblems() -> [Problem] { reading.map(check.sagaProblems) ?? [] }

    /// Where the machine and the one that recovers for it do differently what both do.
    package func problems(beside recovery: CompiledMachine) -> [Problem] {
        SharedStates(definition, recovery.definition).problems()
    }

    private var check: MachineCheck {
        MachineCheck(
            outline: assembled.outline, input: machine.input, substitutions: Self.deploymentNames)
    }

    /// The definition, with `${…}` for what a deployment sets.
    package var definition: JSONValue { assembled.definition }

    /// The machine with another definition, which is meant to be the same: for showing what becomes of a mistake in it.
    package func with(_ definition: JSONValue) -> CompiledMachine {
        CompiledMachine(machine, assembled.with(definition), read: DefinitionReading(definition))
    }

    /// The table of the machine's states, in Markdown.
    package var table: String { (reading?.scope).map { StateTable($0, assembled.outline).text } ?? "" }

    /// The machine as a deployment on this machine runs it.
    package func version(for deployment: Deployment) throws(DefinitionError) -> StateMachineVersion {
        try substituted(for: deployment).version
    }

    private func substituted(
        for deployment: Deployment
    ) throws(DefinitionError) -> (version: StateMachineVersion, definition: JSONValue) {
        let identity = LocalAccount(deployment: deployment)
        let definition = try Substitutions(identity.substitutions).apply(to: assembled.definition)
        let text = definition.text
        let hash = StateMachineVersion.sha256(text)
        let reference = StateMachineReference(
            arn: identity.machineARN + machine.nameSuffix, name: deployment.name + machine.nameSuffix,
            roleARN: identity.roleARN, definitionHash: hash)
        return (StateMachineVersion(reference: reference, definition: text), definition)
    }
}

/// What stands for the AWS account on one machine.
package struct LocalAccount {
    static let partition = "aws"
    package static let region = "us-east-1"
    package static let account = "000000000000"

    let deployment: Deployment

    func arn(_ service: String, _ resource: String) -> String {
        "arn:\(Self.partition):\(service):\(Self.region):\(Self.account):\(resource)"
    }

    func roleARN(name: String) -> String { "arn:\(Self.partition):iam::\(Self.account):role/\(name)" }

    /// The machine that makes cleanrooms.
    var machineARN: String { arn("states", "stateMachine:\(deployment.name)") }

    /// The role under which the machines act.
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
            "ApiEndpoint": deployment.apiEndpoint ?? AnswerService.nobody,
            "ApiAuthorization": deployment.apiAuthorization, "LocationRoleArn": locationRoleARN, "RoleArn": roleARN,
            "Partition": Self.partition, "Region": Self.region, "AccountId": Self.account,
            "StateMachineArn": machineARN,
        ]
    }
}
