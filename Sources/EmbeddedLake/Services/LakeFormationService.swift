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
            try catalog.grant(PermissionChange(call.parameters, by: call.caller, of: call.account))
            return [:]
        case "revokePermissions":
            try catalog.revoke(PermissionChange(call.parameters, by: call.caller, of: call.account))
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
                try change(PermissionChange(entry, by: call.caller, of: call.account))
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
        let listing = try PermissionListing(call)
        guard let resource = listing.resource else {
            throw ServiceError("InvalidInputException", "Resource names no database, tables or location")
        }
        let limit = try call.limit("MaxResults", default: 1000, maximum: 1000)
        let all = try listing.entries(on: resource, in: catalog).flatMap { $0.json(account: call.account) }
        let start = min(try PageToken.number(call.parameters["NextToken"]?.stringValue ?? "0", in: call), all.count)
        let end = min(start + limit, all.count)
        var result: JSONObject = ["PrincipalResourcePermissions": .array(Array(all[start..<end]))]
        if end < all.count { result["NextToken"] = .string("\(end)") }
        return .object(result)
    }
}
