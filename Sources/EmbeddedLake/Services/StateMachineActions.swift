import DurableExecution
import StatesLanguage

/// The actions of Step Functions on state machines themselves.
struct StateMachineActions {
    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html>
    private static let maximumTags = 50

    func read(_ call: ServiceCall, in lake: some LakeReading) throws -> JSONValue? {
        switch call.action {
        case "describeStateMachine": try describe(call, lake)
        case "describeStateMachineForExecution": try describeForExecution(call, lake)
        case "listStateMachines": try list(call, lake)
        case "listTagsForResource": ["Tags": Self.list(try tagged(call, lake).tags)]
        case "validateStateMachineDefinition": try validate(call)
        default: try StateMachineAliasActions().read(call, in: lake)
        }
    }

    func write(_ call: ServiceCall, in transaction: LakeTransaction) throws -> JSONValue? {
        switch call.action {
        case "createStateMachine": try create(call, transaction)
        case "updateStateMachine": try update(call, transaction)
        case "deleteStateMachine": try delete(call, transaction)
        case "tagResource": try tag(call, transaction)
        case "untagResource": try untag(call, transaction)
        default: nil
        }
    }

    /// Makes a machine, or finds the one that is the same in name, definition and options. Its role and its tags stay
    /// what they are, whatever the call has for them.
    ///
    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html>
    private func create(_ call: ServiceCall, _ transaction: LakeTransaction) throws -> JSONValue {
        let name = try call.string("Name")
        if call.parameters["Publish"] != true, call.parameters["VersionDescription"] != nil {
            throw ServiceError("ValidationException", "Version description can only be set when publish is true")
        }
        if call.parameters["Publish"] == true { throw Self.unsupported("Publish: versions of a machine") }
        try MachineOptions.checkLogging(call)
        let arn = "arn:aws:states:us-east-1:\(call.account):stateMachine:\(name)"
        let version = try Self.version(
            arn: arn, name: name, role: try call.string("RoleArn"), definition: try Self.definition(call))
        if call.parameters["Type"] == "EXPRESS" {
            throw ServiceError(
                "StateMachineTypeNotSupportedException", "State machines of type EXPRESS are not supported here")
        }
        let options = MachineOptions.given(in: call)
        if let known = try transaction.machine(arn) {
            let isSame =
                known.reference.definitionHash == version.reference.definitionHash
                && MachineOptions.complete(known.options) == MachineOptions.complete(options)
            if isSame {
                return ["StateMachineArn": .string(arn), "CreationDate": .string(known.createdAt.text)]
            }
            throw ServiceError("StateMachineAlreadyExistsException", "State Machine Already Exists: '\(arn)'")
        }
        try transaction.set(version, options: options, tags: try Self.tags(call, adding: [:]), at: call.time)
        return ["StateMachineArn": .string(arn), "CreationDate": .string(call.time.text)]
    }

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html>
    private func update(_ call: ServiceCall, _ transaction: LakeTransaction) throws -> JSONValue {
        let machine = try changeable(call, transaction)
        if (["Definition", "RoleArn"] + MachineOptions.names).allSatisfy({ call.parameters[$0] == nil }) {
            throw ServiceError(
                "MissingRequiredParameterException",
                "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be "
                    + "specified")
        }
        if call.parameters["Publish"] == true { throw Self.unsupported("Publish: versions of a machine") }
        try MachineOptions.checkLogging(call)
        let role = call.parameters["RoleArn"]?.stringValue ?? machine.reference.roleARN
        let version: StateMachineVersion
        if call.parameters["Definition"] == nil {
            // It was taken when it was given.
            let known = machine.reference
            version = StateMachineVersion(
                reference: StateMachineReference(
                    arn: known.arn, name: known.name, roleARN: role, definitionHash: known.definitionHash),
                definition: machine.definition)
        } else {
            version = try Self.version(
                arn: machine.reference.arn, name: machine.reference.name, role: role,
                definition: try Self.definition(call))
        }
        try transaction.set(
            version, options: machine.options.merging(MachineOptions.given(in: call)), tags: machine.tags,
            at: call.time)
        var answer: JSONObject = ["UpdateDate": .string(call.time.text)]
        let updated = try transaction.machine(machine.reference.arn) ?? machine
        if let revision = updated.revisionID { answer["RevisionId"] = .string(revision) }
        return .object(answer)
    }

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html>
    private func describe(_ call: ServiceCall, _ lake: some LakeReading) throws -> JSONValue {
        let arn = try call.string("StateMachineArn")
        let named = try NamedMachine.named(arn, in: lake)
        guard let machine = try lake.machine(named.reference.arn) else { throw NamedMachine.missing(arn) }
        // By its alias, too, a machine is described as the version that runs.
        let version = named.qualifier?.versionARN(of: machine.reference.arn)
        var json: JSONObject = [
            "StateMachineArn": .string(version ?? machine.reference.arn), "Name": .string(machine.reference.name),
            "Status": "ACTIVE", "RoleArn": .string(machine.reference.roleARN), "Type": "STANDARD",
            "CreationDate": .string((version == nil ? machine.createdAt : machine.updatedAt).text),
        ]
        if let revision = machine.revisionID { json["RevisionId"] = .string(revision) }
        if call.parameters["IncludedData"] != "METADATA_ONLY" { json["Definition"] = .string(machine.definition) }
        for (name, value) in MachineOptions.complete(machine.options) { json[name] = value }
        return .object(json)
    }

    /// Source:
    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineForExecution.html>
    private func describeForExecution(_ call: ServiceCall, _ lake: some LakeReading) throws -> JSONValue {
        let record = try StepFunctionsService.existing(call, lake)
        let reference = record.start.machine
        guard let definition = try lake.definition(of: record) else {
            throw NamedMachine.missing(reference.arn)
        }
        let machine = try lake.machine(reference.arn)
        var json: JSONObject = [
            "StateMachineArn": .string(reference.arn), "Name": .string(reference.name),
            "RoleArn": .string(reference.roleARN),
            "UpdateDate": .string((machine?.updatedAt ?? record.start.startedAt).text),
        ]
        if let revision = definition.revisionID { json["RevisionId"] = .string(revision) }
        if call.parameters["IncludedData"] != "METADATA_ONLY" { json["Definition"] = .string(definition.text) }
        for (name, value) in MachineOptions.complete(machine?.options ?? [:]) { json[name] = value }
        return .object(json)
    }

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachines.html>
    private func list(_ call: ServiceCall, _ lake: some LakeReading) throws -> JSONValue {
        let limit = try StepFunctionsService.pageSize(call)
        let machines = try lake.machines(
            after: try PageToken.position(call, of: "machines", refusedAs: StepFunctionsService.invalidToken) ?? "",
            limit: limit + 1)
        var result: JSONObject = [
            "StateMachines": .array(
                machines.prefix(limit).map { machine in
                    [
                        "StateMachineArn": .string(machine.reference.arn), "Name": .string(machine.reference.name),
                        "Type": "STANDARD", "CreationDate": .string(machine.createdAt.text),
                    ]
                })
        ]
        if machines.count > limit {
            let token = PageToken(list: "machines", position: machines[limit - 1].reference.arn)
            result["NextToken"] = .string(token.text)
        }
        return .object(result)
    }

    /// Deleting what is not there is no error, as on AWS.
    ///
    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html>
    private func delete(_ call: ServiceCall, _ transaction: LakeTransaction) throws -> JSONValue {
        let arn = try call.string("StateMachineArn")
        if try transaction.machine(arn) != nil {
            _ = try changeable(call, transaction)
            try transaction.deleteMachine(arn, at: call.time)
        }
        return [:]
    }

    // MARK: Tags

    private func tag(_ call: ServiceCall, _ transaction: LakeTransaction) throws -> JSONValue {
        let machine = try tagged(call, transaction)
        try set(try Self.tags(call, adding: machine.tags), of: machine, transaction)
        return [:]
    }

    private func untag(_ call: ServiceCall, _ transaction: LakeTransaction) throws -> JSONValue {
        let machine = try tagged(call, transaction)
        let keys = Set((call.parameters["TagKeys"]?.arrayValue ?? []).compactMap(\.stringValue))
        try set(JSONObject(machine.tags.filter { !keys.contains($0.0) }.map { ($0.0, $0.1) }), of: machine, transaction)
        return [:]
    }

    private func set(_ tags: JSONObject, of machine: MachineRecord, _ transaction: LakeTransaction) throws {
        try transaction.set(
            StateMachineVersion(reference: machine.reference, definition: machine.definition),
            options: machine.options, tags: tags, isBuiltIn: machine.isBuiltIn, at: machine.updatedAt)
    }

    private func tagged(_ call: ServiceCall, _ lake: some LakeReading) throws -> MachineRecord {
        let arn = try call.string("ResourceArn")
        guard let machine = try lake.machine(arn) else {
            throw ServiceError("ResourceNotFoundException", "Resource not found: '\(arn)'")
        }
        return machine
    }

    private static func list(_ tags: JSONObject) -> JSONValue {
        .array(tags.map { ["Key": .string($0.0), "Value": $0.1] })
    }

    private static func tags(_ call: ServiceCall, adding known: JSONObject) throws -> JSONObject {
        var tags = known
        for tag in call.parameters["Tags"]?.arrayValue ?? [] {
            tags[tag["Key"]?.stringValue ?? ""] = .string(tag["Value"]?.stringValue ?? "")
        }
        if tags.count > maximumTags {
            throw ServiceError("TooManyTagsException", "A resource has at most \(maximumTags) tags: \(tags.count)")
        }
        return tags
    }

    // MARK: Definitions

    private func validate(_ call: ServiceCall) throws -> JSONValue {
        try Self.definition(call).diagnostics(limit: try StepFunctionsService.pageSize(call))
    }

    /// The definition in a call, as it was checked before; a call that comes another way is checked now.
    private static func definition(_ call: ServiceCall) throws(ServiceError) -> CheckedDefinition {
        _ = try call.string("Definition")
        guard let definition = call.definition ?? CheckedDefinition(of: call) else {
            preconditionFailure("\(call.action) has a definition")
        }
        return definition
    }

    private static func version(
        arn: String, name: String, role: String, definition: CheckedDefinition
    ) throws(ServiceError) -> StateMachineVersion {
        try definition.accept()
        return StateMachineVersion(
            reference: StateMachineReference(arn: arn, name: name, roleARN: role, definitionHash: definition.hash),
            definition: definition.text)
    }

    private static func unsupported(_ what: String) -> ServiceError {
        ServiceError("ValidationException", "\(what) is not supported here")
    }

    // MARK: Machines

    private func existing(_ call: ServiceCall, _ lake: some LakeReading) throws -> MachineRecord {
        let arn = try call.string("StateMachineArn")
        guard let machine = try lake.machine(arn) else { throw NamedMachine.missing(arn) }
        return machine
    }

    /// A machine that is a client's: those of the service are what was compiled, and nothing else.
    private func changeable(_ call: ServiceCall, _ lake: some LakeReading) throws -> MachineRecord {
        let machine = try existing(call, lake)
        if machine.isBuiltIn {
            throw ServiceError(
                "AccessDeniedException",
                "\(machine.reference.arn) belongs to the service itself and cannot be changed or deleted")
        }
        return machine
    }
}
