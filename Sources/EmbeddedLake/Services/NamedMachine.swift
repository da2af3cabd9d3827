import DurableExecution

/// A machine as a call names it: by its ARN alone, or with its alias or the version of the alias behind that.
///
/// The service's own machines have an alias and versions, as their deployment on AWS gives them: those of them that
/// callers start, and no recovery. Here the alias always points to the current version, and no other can be named.
struct NamedMachine {
    /// The row of the current version.
    let version: Int64
    let reference: StateMachineReference
    /// Whether it is one of the service's own.
    let isOwn: Bool
    /// `nil` where the machine was named by its ARN alone.
    let qualifier: MachineQualifier?

    /// Which of its executions a list has.
    var scope: ExecutionScope {
        guard let qualifier else { return .all }
        return qualifier.alias == nil ? .version(id: version) : .alias
    }

    /// Looks for a machine; `nil` where there is no such machine, alias or version.
    init?(_ arn: String, in executions: some ExecutionReading) throws {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        let name = parts.count == 8 ? String(parts[7]) : nil
        let machine = name == nil ? arn : parts[..<7].joined(separator: ":")
        guard let current = try executions.latestVersion(of: machine) else { return nil }
        version = current.id
        reference = current.reference
        isOwn = current.isOwn
        guard let name else {
            qualifier = nil
            return
        }
        guard let number = try Self.aliasedVersion(current.id, of: machine, isOwn: current.isOwn, executions) else {
            return nil
        }
        switch name {
        case StateMachineVersion.alias: qualifier = MachineQualifier(alias: name, version: number)
        case "\(number)": qualifier = MachineQualifier(alias: nil, version: number)
        default: return nil
        }
    }

    /// - Throws: `StateMachineDoesNotExistException` where there is no such machine, alias or version.
    static func named(_ arn: String, in executions: some ExecutionReading) throws -> NamedMachine {
        guard let machine = try NamedMachine(arn, in: executions) else { throw missing(arn) }
        return machine
    }

    /// What is told where there is no such machine, alias or version.
    static func missing(_ arn: String) -> ServiceError {
        ServiceError("StateMachineDoesNotExistException", "State Machine Does Not Exist: '\(arn)'")
    }

    /// The number of the version to which the machine's alias points; `nil` for a machine that has none.
    func aliasedVersion(in executions: some ExecutionReading) throws -> Int64? {
        try Self.aliasedVersion(version, of: reference.arn, isOwn: isOwn, executions)
    }

    private static func aliasedVersion(
        _ version: Int64, of machine: String, isOwn: Bool, _ executions: some ExecutionReading
    ) throws -> Int64? {
        if try !isOwn || executions.isStartedByRules(machine) { return nil }
        return try executions.versionNumber(version, of: machine)
    }
}
