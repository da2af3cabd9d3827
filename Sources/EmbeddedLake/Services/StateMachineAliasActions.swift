import DurableExecution
import StatesLanguage

/// The actions of Step Functions that describe aliases and versions. Neither can be created or changed here.
struct StateMachineAliasActions {
    func read(_ call: ServiceCall, in lake: some LakeReading) throws -> JSONValue? {
        switch call.action {
        case "describeStateMachineAlias": try describe(call, lake)
        case "listStateMachineAliases":
            try list(call, lake, "StateMachineAliases") { machine, _ in
                [
                    "StateMachineAliasArn": .string("\(machine.reference.arn):\(StateMachineVersion.alias)"),
                    "CreationDate": .string(machine.createdAt.text),
                ]
            }
        case "listStateMachineVersions":
            try list(call, lake, "StateMachineVersions") { machine, number in
                [
                    "StateMachineVersionArn": .string("\(machine.reference.arn):\(number)"),
                    "CreationDate": .string(machine.updatedAt.text),
                ]
            }
        default: nil
        }
    }

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineAlias.html>
    private func describe(_ call: ServiceCall, _ lake: some LakeReading) throws -> JSONValue {
        let arn = try call.string("StateMachineAliasArn")
        guard let named = try NamedMachine(arn, in: lake), let alias = named.qualifier?.alias,
            let number = named.qualifier?.version, let machine = try lake.machine(named.reference.arn)
        else {
            throw ServiceError(
                "ResourceNotFoundException", "Request references a resource that does not exist.")
        }
        return [
            "StateMachineAliasArn": .string(arn), "Name": .string(alias),
            "RoutingConfiguration": [
                ["StateMachineVersionArn": .string("\(machine.reference.arn):\(number)"), "Weight": 100]
            ],
            "CreationDate": .string(machine.createdAt.text), "UpdateDate": .string(machine.updatedAt.text),
        ]
    }

    /// A list of at most one, of which there is no second page: the alias of a machine, or its version.
    ///
    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachineAliases.html>,
    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachineVersions.html>
    private func list(
        _ call: ServiceCall, _ lake: some LakeReading, _ name: String, _ item: (MachineRecord, Int64) -> JSONValue
    ) throws -> JSONValue {
        let arn = try call.string("StateMachineArn")
        let named = try NamedMachine.named(arn, in: lake)
        _ = try StepFunctionsService.pageSize(call)
        if call.parameters["NextToken"] != nil {
            throw PageToken.refusal(of: call, as: StepFunctionsService.invalidToken)
        }
        guard let machine = try lake.machine(named.reference.arn) else { throw NamedMachine.missing(arn) }
        let items = try named.aliasedVersion(in: lake).map { [item(machine, $0)] } ?? []
        return .object([name: .array(items)])
    }
}
