import DurableExecution
import EmbeddedLake
import Foundation
import StatesLanguage
import TestSupport

/// A lake of its own for a test, called as tasks of an execution call it.
struct CalledLake {
    static let role = LakeCall.role
    /// A role of which no machine is stored, and which so is no administrator.
    static let otherRole = "arn:aws:iam::000000000000:role/other"
    static let customer = "111122223333"
    static let location = "arn:aws:s3:::bucket/cleanroom/a/"
    static let database: JSONValue = ["Database": ["Name": "a"]]
    static let tables: JSONValue = ["Table": ["DatabaseName": "a", "TableWildcard": [:]]]
    static let dataLocation: JSONValue = ["DataLocation": ["ResourceArn": .string(location)]]
    static let everyPermission = ["ALL", "ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"]

    let folder: TemporaryFolder
    let store: LakeStore

    init(
        behavior: LakeBehavior = LakeBehavior(), limits: ExecutionLimits = ExecutionLimits(),
        folder: TemporaryFolder = TemporaryFolder()
    ) throws {
        self.folder = folder
        store = try LakeStore(folder: DataFolder(path: folder.path), behavior: behavior, limits: limits)
    }

    /// Calls an action as a role: that of a stored machine, unless it is `otherRole`.
    func call(_ resource: String, _ parameters: JSONValue, as role: String = role) throws -> TaskResult {
        let call = try LakeCall("aws-sdk:" + resource, parameters, role: role)
        return try carryOut(call, as: role)
    }

    private func carryOut(_ call: LakeCall, as role: String) throws -> TaskResult {
        try store.writeNow { transaction in
            if role != Self.otherRole { try call.storeMachine(in: transaction) }
            return try call.carryOut(in: transaction)
        }
    }

    /// Runs a statement to its end.
    func run(_ statement: String, as role: String = role) throws -> TaskResult {
        let call = try LakeCall(statement: statement, role: role)
        return try carryOut(call, as: role)
    }

    /// Calls an action with a client, as the folder's operator if nobody else is named.
    @discardableResult
    func operate(
        _ service: ClientService, _ action: String, _ parameters: JSONValue,
        as caller: String = "arn:aws:iam::000000000000:user/operator"
    ) throws -> JSONValue {
        let call = ServiceCall(
            action: action, parameters: parameters, caller: caller, token: UUID().uuidString,
            time: Timestamp(milliseconds: 0))
        if service.onlyReads(action) {
            return try store.readCatalogNow { try service.read(call, workgroup: "primary", in: $0) }
        }
        return try store.writeNow { transaction in
            Result { try service.write(call, workgroup: "primary", in: transaction).answer }
        }.get()
    }

    func makeDatabase(_ location: String = "s3://bucket/cleanroom/a/") throws {
        if let error = try run("CREATE DATABASE a LOCATION '\(location)'").error { throw TestFailure("\(error)") }
    }

    func register() throws -> TaskResult {
        try call(
            "lakeformation:registerResource", ["ResourceArn": .string(Self.location), "RoleArn": .string(Self.role)])
    }

    /// Makes a table as the creator of the database: an administrator has no `CREATE_TABLE` that nobody granted.
    func makeTable(_ name: String) throws {
        try operate(
            .glue, "createTable", ["DatabaseName": "a", "TableInput": ["Name": .string(name)]], as: Self.role)
    }

    func put(_ settings: JSONValue) throws {
        try operate(.lakeFormation, "putDataLakeSettings", ["DataLakeSettings": settings])
    }

    static func change(
        _ principal: String, _ resource: JSONValue, _ permissions: [String], grantable: [String] = []
    ) -> JSONValue {
        [
            "Principal": ["DataLakePrincipalIdentifier": .string(principal)], "Resource": resource,
            "Permissions": .strings(permissions), "PermissionsWithGrantOption": .strings(grantable),
        ]
    }

    func grant(
        _ principal: String, _ resource: JSONValue, _ permissions: [String], grantable: [String] = [],
        as role: String = role
    ) throws -> TaskResult {
        try call(
            "lakeformation:grantPermissions",
            Self.change(principal, resource, permissions, grantable: grantable), as: role)
    }

    func revoke(
        _ principal: String, _ resource: JSONValue, _ permissions: [String], grantable: [String] = [],
        as role: String = role
    ) throws -> TaskResult {
        try call(
            "lakeformation:revokePermissions",
            Self.change(principal, resource, permissions, grantable: grantable), as: role)
    }

    /// What a role sees of the permissions on a resource, by principal: those of the list, then those of the grant option.
    func listed(
        _ resource: JSONValue, of principal: String? = nil, as role: String = role
    ) throws -> [String: [[String]]] {
        var parameters: JSONObject = ["Resource": resource]
        if let principal { parameters["Principal"] = ["DataLakePrincipalIdentifier": .string(principal)] }
        let result = try call("lakeformation:listPermissions", .object(parameters), as: role)
        if let error = result.error { throw TestFailure("\(error)") }
        var listed: [String: [[String]]] = [:]
        for entry in result.value?["PrincipalResourcePermissions"]?.arrayValue ?? [] {
            func names(_ field: String) -> [String] { (entry[field]?.arrayValue ?? []).compactMap(\.stringValue) }
            let principal = entry["Principal"]?["DataLakePrincipalIdentifier"]?.stringValue ?? ""
            let before = listed[principal] ?? [[], []]
            listed[principal] = [
                before[0] + names("Permissions"), before[1] + names("PermissionsWithGrantOption"),
            ]
        }
        return listed
    }
}

extension Result where Success == JSONValue, Failure == TaskFailure {
    var value: JSONValue? { if case .success(let value) = self { value } else { nil } }
}
