import DurableExecution
import StatesLanguage

/// AWS Lake Formation: registered locations, and who may do what.
///
/// A data-lake administrator may grant, revoke and list everywhere, but has no `ALTER` or `DROP` that nobody granted.
/// Anybody else may grant what is grantable, and sees what is granted.
///
/// Source: <https://docs.aws.amazon.com/lake-formation/latest/dg/initial-lf-config.html>
struct LakeFormationService: CatalogService {
    static let name = "LakeFormation"
    static let resources = sdk(
        "registerResource", "deregisterResource", "describeResource", "grantPermissions", "revokePermissions",
        "batchGrantPermissions", "batchRevokePermissions", "listPermissions", "getDataLakeSettings")

    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_BatchGrantPermissions.html>
    static let maximumBatch = 20

    func read(_ call: ServiceCall, in catalog: some CatalogReading) throws -> JSONValue? {
        switch call.action {
        case "describeResource": try describeResource(call, catalog)
        case "listPermissions": try listPermissions(call, catalog)
        case "getDataLakeSettings":
            // Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_GetDataLakeSettings.html>
            ["DataLakeSettings": try catalog.settings().json]
        default: nil
        }
    }

    func write(_ call: ServiceCall, in catalog: some LakeCatalog) throws -> JSONValue? {
        switch call.action {
        case "registerResource": return try registerResource(call, catalog)
        case "deregisterResource": return try deregisterResource(call, catalog)
        case "grantPermissions":
            try catalog.grant(PermissionChange(call.parameters, by: call.caller, of: call.account))
            return [:]
        case "revokePermissions":
            try catalog.revoke(PermissionChange(call.parameters, by: call.caller, of: call.account))
            return [:]
        case "batchGrantPermissions": return try batch(call, catalog) { try catalog.grant($0) }
        case "batchRevokePermissions": return try batch(call, catalog) { try catalog.revoke($0) }
        default: return nil
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
                arn: arn, roleARN: try Self.role(call),
                isHybrid: call.parameters["HybridAccessEnabled"]?.boolValue ?? false, registeredAt: call.time))
        if catalog.behavior.registeringGivesAccess {
            let access = ["DATA_LOCATION_ACCESS"]
            try catalog.set(
                PermissionEntry(
                    principal: call.caller, resource: .location(arn: arn), permissions: access, grantable: access))
        }
        return [:]
    }

    /// The role with which Lake Formation reaches a location: the caller's, or its own.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/dg/service-linked-roles.html>
    private static func role(_ call: ServiceCall) throws(ServiceError) -> String {
        let role = call.parameters["RoleArn"]?.stringValue
        if call.parameters["UseServiceLinkedRole"]?.boolValue == true {
            if role != nil {
                throw ServiceError(
                    "InvalidInputException", "RoleArn must not be given where UseServiceLinkedRole is true")
            }
            return "arn:aws:iam::\(call.account):role/aws-service-role/lakeformation.amazonaws.com/"
                + "AWSServiceRoleForLakeFormationDataAccess"
        }
        guard let role else {
            throw ServiceError("InvalidInputException", "RoleArn is required unless UseServiceLinkedRole is true")
        }
        return role
    }

    private func deregisterResource(_ call: ServiceCall, _ catalog: some LakeCatalog) throws -> JSONValue {
        let location = try registered(call, catalog)
        try catalog.deleteLocation(location.arn)
        return [:]
    }

    private func describeResource(_ call: ServiceCall, _ catalog: some CatalogReading) throws -> JSONValue {
        ["ResourceInfo": try registered(call, catalog).json]
    }

    private func registered(_ call: ServiceCall, _ catalog: some CatalogReading) throws -> RegisteredLocation {
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
        let account = call.account
        var failures: [JSONValue] = []
        for entry in entries {
            do {
                try change(PermissionChange(entry, by: call.caller, of: account))
            } catch let error as ServiceError {
                failures.append([
                    "RequestEntry": entry,
                    "Error": ["ErrorCode": .string(error.code), "ErrorMessage": .string(error.message)],
                ])
            }
        }
        return ["Failures": .array(failures)]
    }

    /// Lists what is granted on a resource, or on everything.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_ListPermissions.html>
    private func listPermissions(_ call: ServiceCall, _ catalog: some CatalogReading) throws -> JSONValue {
        // An entry may come apart in two, so that pages are counted in entries.
        let size = max(1, try call.limit("MaxResults", default: 1000, maximum: 1000) / 2)
        let listing = try PermissionListing(call)
        let start = try PageToken.position(call, of: Self.name(call)).map { text throws(ServiceError) in
            guard let position = PermissionPosition(text) else {
                throw PageToken.refusal(of: call, as: "InvalidInputException")
            }
            return position
        }
        if let resource = listing.resource {
            let entries = try listing.entries(on: resource, in: catalog)
            return Self.page(entries.filter { start?.precedes(onSameResource: $0) != false }, size, call)
        }
        var kinds: Set<String>?
        if let type = call.parameters["ResourceType"]?.stringValue {
            kinds = ["DATABASE": ["DATABASE"], "TABLE": ["TABLE", "TABLES"], "DATA_LOCATION": ["LOCATION"]][type]
            if kinds == nil {
                throw ServiceError("InvalidInputException", "The ResourceType \(type) is not supported here")
            }
        }
        let isAdministrator = try catalog.isAdministrator(call.caller)
        let entries = try catalog.permissions(after: start, limit: size + 1) { entry in
            kinds?.contains(entry.resource.kind) != false && (isAdministrator || entry.principal == call.caller)
        }
        return Self.page(entries, size, call)
    }

    /// The list that a call of `ListPermissions` asks for, as its page tokens name it.
    private static func name(_ call: ServiceCall) -> String {
        let principal = call.parameters["Principal"]?["DataLakePrincipalIdentifier"]?.stringValue
        let type = call.parameters["ResourceType"]?.stringValue
        return "permissions \(call.parameters["Resource"]?.text ?? "") \(principal ?? "") \(type ?? "")"
    }

    private static func page(
        _ entries: [PermissionEntry], _ size: Int, _ call: ServiceCall
    ) -> JSONValue {
        let (page, account) = (entries.prefix(size), call.account)
        var result: JSONObject = [
            "PrincipalResourcePermissions": .array(page.flatMap { $0.json(account: account) })
        ]
        if entries.count > page.count, let last = page.last {
            result["NextToken"] = .string(PageToken(list: name(call), position: PermissionPosition(last).text).text)
        }
        return .object(result)
    }
}

extension RegisteredLocation {
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_ResourceInfo.html>
    var json: JSONValue {
        [
            "ResourceArn": .string(arn), "RoleArn": .string(roleARN), "HybridAccessEnabled": .bool(isHybrid),
            "LastModified": .string(registeredAt.text),
        ]
    }
}
