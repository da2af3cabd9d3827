import DurableExecution
import StatesLanguage

/// AWS Lake Formation: registered locations, and who may do what.
///
/// The role that calls is a data-lake administrator: it may grant, revoke and list everywhere, but has no `ALTER` or
/// `DROP` that nobody gave it.
///
/// Source: <https://docs.aws.amazon.com/lake-formation/latest/dg/initial-lf-config.html>
struct LakeFormationService: CatalogService {
    static let name = "LakeFormation"
    static let resources = sdk(
        "registerResource", "deregisterResource", "describeResource", "grantPermissions", "revokePermissions",
        "batchGrantPermissions", "batchRevokePermissions", "listPermissions", "getDataLakeSettings")

    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_BatchGrantPermissions.html>
    static let maximumBatch = 20

    func carryOut(_ call: ServiceCall, in catalog: some LakeCatalog) throws -> JSONValue {
        switch call.action {
        case "registerResource": return try registerResource(call, catalog)
        case "deregisterResource": return try deregisterResource(call, catalog)
        case "describeResource": return try describeResource(call, catalog)
        case "listPermissions": return try listPermissions(call, catalog)
        case "getDataLakeSettings":
            // Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_GetDataLakeSettings.html>
            return ["DataLakeSettings": try catalog.settings().json]
        case "grantPermissions":
            try catalog.grant(PermissionChange(call.parameters, account: call.account))
            return [:]
        case "revokePermissions":
            try catalog.revoke(PermissionChange(call.parameters, account: call.account))
            return [:]
        case "batchGrantPermissions": return try batch(call, catalog) { try catalog.grant($0) }
        case "batchRevokePermissions": return try batch(call, catalog) { try catalog.revoke($0) }
        default: throw unknown(call)
        }
    }

    // MARK: Locations

    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_RegisterResource.html>
    private func registerResource(_ call: ServiceCall, _ catalog: some LakeCatalog) throws -> JSONValue {
        let arn = try call.string("ResourceArn")
        guard arn.contains(":s3:::") else {
            throw ServiceError("InvalidInputException", "the ResourceArn '\(arn)' is not one of S3")
        }
        if try catalog.registeredLocation(arn) != nil {
            throw ServiceError("AlreadyExistsException", "An S3 location \(arn) is already registered.")
        }
        if try catalog.behavior.refusesNestedLocations && catalog.isBelowRegisteredLocation(arn) {
            throw ServiceError("AlreadyExistsException", "A location above \(arn) is already registered.")
        }
        try catalog.insert(
            RegisteredLocation(
                arn: arn, roleARN: try call.string("RoleArn"),
                isHybrid: call.parameters["HybridAccessEnabled"]?.boolValue ?? false, registeredAt: call.time))
        if catalog.behavior.registeringGivesAccess {
            let access = ["DATA_LOCATION_ACCESS"]
            try catalog.set(
                PermissionEntry(
                    principal: call.caller, resource: .location(arn: arn), permissions: access, grantable: access))
        }
        return [:]
    }

    private func deregisterResource(_ call: ServiceCall, _ catalog: some LakeCatalog) throws -> JSONValue {
        let location = try registered(call, catalog)
        try catalog.deleteLocation(location.arn)
        return [:]
    }

    private func describeResource(_ call: ServiceCall, _ catalog: some LakeCatalog) throws -> JSONValue {
        let location = try registered(call, catalog)
        return [
            "ResourceInfo": [
                "ResourceArn": .string(location.arn), "RoleArn": .string(location.roleARN),
                "HybridAccessEnabled": .bool(location.isHybrid), "LastModified": .string(location.registeredAt.text),
            ]
        ]
    }

    private func registered(_ call: ServiceCall, _ catalog: some LakeCatalog) throws -> RegisteredLocation {
        let arn = try call.string("ResourceArn")
        guard let location = try catalog.registeredLocation(arn) else {
            throw ServiceError("EntityNotFoundException", "Entity not found: \(arn) is not registered")
        }
        return location
    }

    // MARK: Permissions

    private func batch(
        _ call: ServiceCall, _ catalog: some LakeCatalog, _ change: (PermissionChange) throws -> Void
    ) throws -> JSONValue {
        guard let entries = call.parameters["Entries"]?.arrayValue, !entries.isEmpty,
            entries.count <= Self.maximumBatch
        else { throw ServiceError("InvalidInputException", "Entries has 1 to \(Self.maximumBatch) elements") }
        var failures: [JSONValue] = []
        for entry in entries {
            do {
                try change(PermissionChange(entry, account: call.account))
            } catch let error as ServiceError {
                failures.append([
                    "RequestEntry": entry,
                    "Error": ["ErrorCode": .string(error.code), "ErrorMessage": .string(error.message)],
                ])
            }
        }
        return ["Failures": .array(failures)]
    }

    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_ListPermissions.html>
    private func listPermissions(_ call: ServiceCall, _ catalog: some LakeCatalog) throws -> JSONValue {
        guard let json = call.parameters["Resource"], let resource = SecuredResource(json) else {
            throw ServiceError("InvalidInputException", "Resource names no database, tables or location")
        }
        try catalog.requireCatalogObject(of: resource)
        let limit = try call.limit("MaxResults", default: 1000, maximum: 1000)
        let principal = call.parameters["Principal"]?["DataLakePrincipalIdentifier"]?.stringValue
        let all = try catalog.permissions(on: resource).filter { principal == nil || $0.principal == principal }
            .flatMap { $0.json(account: call.account) }
        let start = min(Int(call.parameters["NextToken"]?.stringValue ?? "0") ?? 0, all.count)
        let end = min(start + limit, all.count)
        var result: JSONObject = ["PrincipalResourcePermissions": .array(Array(all[start..<end]))]
        if end < all.count { result["NextToken"] = .string("\(end)") }
        return .object(result)
    }
}

/// A grant or a revocation, as a call or an entry of a batch gives it.
struct PermissionChange {
    let principal: String
    let resource: SecuredResource
    let permissions: [String]
    let grantable: [String]
    /// Whether the principal is another account.
    let isCrossAccount: Bool

    init(_ json: JSONValue, account: String) throws(ServiceError) {
        func names(_ field: String) -> [String] { (json[field]?.arrayValue ?? []).compactMap(\.stringValue) }
        guard let principal = json["Principal"]?["DataLakePrincipalIdentifier"]?.stringValue,
            let resource = json["Resource"].flatMap(SecuredResource.init), !names("Permissions").isEmpty
        else { throw ServiceError("InvalidInputException", "Principal, Resource and Permissions are required") }
        self.principal = principal
        self.resource = resource
        permissions = names("Permissions")
        grantable = names("PermissionsWithGrantOption")
        let isAccount = principal.utf8.count == 12 && principal.utf8.allSatisfy { (48...57).contains($0) }
        if !isAccount, principal != DataLakeSettings.everybody, !principal.hasPrefix("arn:") {
            throw ServiceError("InvalidInputException", "Invalid principal: \(principal)")
        }
        isCrossAccount = isAccount && principal != account
    }
}

extension SecuredResource {
    /// Reads the `Resource` of a call.
    init?(_ json: JSONValue) {
        if let name = json["Database"]?["Name"]?.stringValue {
            self = .database(name)
        } else if let table = json["Table"], table["TableWildcard"] != nil,
            let name = table["DatabaseName"]?.stringValue
        {
            self = .tables(of: name)
        } else if let table = json["Table"] ?? json["TableWithColumns"], let name = table["Name"]?.stringValue,
            let database = table["DatabaseName"]?.stringValue,
            json["Table"] != nil || table["ColumnWildcard"] != nil
        {
            self = .table(name, of: database)
        } else if let arn = json["DataLocation"]?["ResourceArn"]?.stringValue {
            self = .location(arn: arn)
        } else {
            return nil
        }
    }

    /// Which permissions there are, and which of them another account may get.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html>
    var permissions: (all: Set<String>, crossAccount: Set<String>) {
        switch self {
        case .database:
            let all: Set = ["ALL", "ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"]
            return (all, all)
        case .tables, .table:
            let all: Set = ["ALL", "ALTER", "DELETE", "DESCRIBE", "DROP", "INSERT", "SELECT"]
            return (all, all)
        case .location: return (["DATA_LOCATION_ACCESS"], ["DATA_LOCATION_ACCESS"])
        }
    }
}

extension LakeCatalog {
    /// Gives permissions; giving what is given changes nothing.
    func grant(_ change: PermissionChange) throws {
        try requireCatalogObject(of: change.resource)
        let known = change.isCrossAccount ? change.resource.permissions.crossAccount : change.resource.permissions.all
        if let unknown = (change.permissions + change.grantable).first(where: { !known.contains($0) }) {
            throw ServiceError(
                "InvalidInputException",
                "Permissions modification is invalid: \(unknown) cannot be granted on \(change.resource.kind)")
        }
        if case .location(let arn) = change.resource, try registeredLocation(arn) == nil {
            throw ServiceError("InvalidInputException", "Resource \(arn) is not registered with Lake Formation")
        }
        if change.isCrossAccount { try requireGuarded(change.resource) }
        var entry =
            try permission(of: change.principal, on: change.resource)
            ?? PermissionEntry(principal: change.principal, resource: change.resource, permissions: [], grantable: [])
        entry.permissions = Array(Set(entry.permissions).union(change.permissions))
        entry.grantable = Array(Set(entry.grantable).union(change.grantable))
        try set(entry)
    }

    /// Gives a new resource to its maker, and to those whom the defaults name.
    func give(_ resource: SecuredResource, to maker: String, andBy defaults: JSONValue) throws {
        let permissions = behavior.creatorHoldsEachPermission ? resource.permissions.all.sorted() : ["ALL"]
        try set(
            PermissionEntry(principal: maker, resource: resource, permissions: permissions, grantable: permissions))
        for (principal, permissions) in DataLakeSettings.grants(defaults) {
            try set(
                PermissionEntry(principal: principal, resource: resource, permissions: permissions, grantable: []))
        }
    }

    /// Takes permissions away. `ALL` is all that there is.
    func revoke(_ change: PermissionChange) throws {
        let isGone: Bool
        do {
            try requireCatalogObject(of: change.resource)
            isGone = false
        } catch is ServiceError where !behavior.dropsGrantsWithDatabase {
            isGone = true
        }
        guard var entry = try permission(of: change.principal, on: change.resource),
            change.permissions.contains("ALL") || !Set(entry.permissions).isDisjoint(with: change.permissions)
        else {
            throw ServiceError(
                isGone ? "EntityNotFoundException" : "InvalidInputException",
                "No permissions revoked. Grantee has no permissions and no grantable permissions on resource.")
        }
        if change.permissions.contains("ALL") {
            entry.permissions = []
        } else {
            entry.permissions.removeAll { change.permissions.contains($0) }
        }
        entry.grantable.removeAll { !entry.permissions.contains($0) || change.grantable.contains($0) }
        try set(entry)
    }

    func requireCatalogObject(of resource: SecuredResource) throws {
        switch resource {
        case .database(let name), .tables(let name):
            if try database(name) == nil {
                throw ServiceError("EntityNotFoundException", "Database \(name) not found.")
            }
        case .table(let name, let database):
            if try !tableNames(in: database, limit: .max, after: "").contains(name) {
                throw ServiceError("EntityNotFoundException", "Table \(database).\(name) not found.")
            }
        case .location: break
        }
    }

    /// Below version 4 of the cross-account settings nothing is shared that everybody has.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/dg/optimize-ram.html>
    private func requireGuarded(_ resource: SecuredResource) throws {
        guard case .database(let name) = resource, try settings().crossAccountVersion < 4 else { return }
        if try permission(of: DataLakeSettings.everybody, on: .database(name)) != nil {
            throw ServiceError(
                "InvalidInputException", "Cannot grant on a database that IAM_ALLOWED_PRINCIPALS has permissions on")
        }
    }

    /// Demands a permission of a caller: its own, or through everybody's.
    func require(_ permission: String, on resource: SecuredResource, for caller: String) throws {
        for principal in [caller, DataLakeSettings.everybody] {
            let permissions = try self.permission(of: principal, on: resource)?.permissions ?? []
            if permissions.contains("ALL") || permissions.contains(permission) { return }
        }
        throw ServiceError(
            "AccessDeniedException",
            "Insufficient Lake Formation permission(s): Required \(permission) on "
                + resource.name)
    }
}

extension PermissionEntry {
    /// The entry as `ListPermissions` gives it: `SELECT` on all tables comes apart, as one on all columns.
    func json(account: String) -> [JSONValue] {
        func entry(_ resource: JSONValue, _ permissions: [String]) -> JSONValue {
            [
                "Principal": ["DataLakePrincipalIdentifier": .string(principal)], "Resource": resource,
                "Permissions": .strings(permissions),
                "PermissionsWithGrantOption": .strings(permissions.filter(grantable.contains)),
            ]
        }
        let catalog = JSONValue.string(account)
        switch resource {
        case .database(let name):
            return [entry(["Database": ["CatalogId": catalog, "Name": .string(name)]], permissions)]
        case .location(let arn):
            return [entry(["DataLocation": ["CatalogId": catalog, "ResourceArn": .string(arn)]], permissions)]
        case .tables(let database):
            return entries(onTable: "ALL_TABLES", of: database, ["TableWildcard": [:]])
        case .table(let name, let database):
            return entries(onTable: name, of: database, [:])
        }
        func entries(onTable name: String, of database: String, _ wildcard: JSONObject) -> [JSONValue] {
            let names: JSONObject = [
                "CatalogId": catalog, "DatabaseName": .string(database), "Name": .string(name),
            ]
            let table = JSONValue.object(names.merging(wildcard))
            let columns = JSONValue.object(names.merging(["ColumnWildcard": [:]]))
            let (onColumns, onTable) = (permissions.filter { $0 == "SELECT" }, permissions.filter { $0 != "SELECT" })
            return (onTable.isEmpty ? [] : [entry(["Table": table], onTable)])
                + (onColumns.isEmpty ? [] : [entry(["TableWithColumns": columns], onColumns)])
        }
    }
}
