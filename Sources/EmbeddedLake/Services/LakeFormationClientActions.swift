import DurableExecution
import GRDB
import StatesLanguage

/// The actions of Lake Formation that only clients call: changing the settings, and lists of everything.
struct LakeFormationClientActions {
    func carryOut(_ call: ServiceCall, in transaction: LakeTransaction) throws -> JSONValue {
        switch call.action {
        case "putDataLakeSettings": try putSettings(call, transaction)
        case "listResources": try listResources(call, transaction)
        case "listPermissions": try listPermissions(call, transaction)
        default: try LakeFormationService().carryOut(call, in: transaction)
        }
    }

    /// Replaces all settings: what the call leaves out is gone, the administrators included.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_PutDataLakeSettings.html>
    private func putSettings(_ call: ServiceCall, _ transaction: LakeTransaction) throws -> JSONValue {
        var settings = call.parameters["DataLakeSettings"]?.objectValue ?? [:]
        try DataLakeSettings.check(settings)
        if settings["Parameters"]?["CROSS_ACCOUNT_VERSION"] == nil {
            settings["Parameters"] = ["CROSS_ACCOUNT_VERSION": "1"]
        }
        try DataLakeSettings.write(.object(settings), to: transaction.db)
        return [:]
    }

    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_ListResources.html>
    private func listResources(_ call: ServiceCall, _ transaction: LakeTransaction) throws -> JSONValue {
        if let filters = call.parameters["FilterConditionList"]?.arrayValue, !filters.isEmpty {
            throw ServiceError("InvalidInputException", "FilterConditionList is not supported here")
        }
        let limit = try call.limit("MaxResults", default: 1000, maximum: 1000)
        let locations = try transaction.registeredLocations(
            after: try PageToken.position(call, of: "resources") ?? "", limit: limit + 1)
        var result: JSONObject = ["ResourceInfoList": .array(locations.prefix(limit).map(\.json))]
        if locations.count > limit {
            result["NextToken"] = .string(PageToken(list: "resources", position: locations[limit - 1].arn).text)
        }
        return .object(result)
    }

    /// Lists what is granted on a resource, or on everything.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_ListPermissions.html>
    private func listPermissions(_ call: ServiceCall, _ transaction: LakeTransaction) throws -> JSONValue {
        // An entry may come apart in two, so that pages are counted in entries.
        let size = max(1, try call.limit("MaxResults", default: 1000, maximum: 1000) / 2)
        let listing = try PermissionListing(call)
        let start = try PageToken.number(call, of: Self.name(call)) ?? 0
        if let resource = listing.resource {
            let entries = try listing.entries(on: resource, in: transaction)
            return Self.page(Array(entries.dropFirst(start).prefix(size + 1)), at: start, size, call)
        }
        var kinds: Set<String>?
        if let type = call.parameters["ResourceType"]?.stringValue {
            kinds = ["DATABASE": ["DATABASE"], "TABLE": ["TABLE", "TABLES"], "DATA_LOCATION": ["LOCATION"]][type]
            if kinds == nil {
                throw ServiceError("InvalidInputException", "The ResourceType \(type) is not supported here")
            }
        }
        let isAdministrator = try transaction.isAdministrator(call.caller)
        let entries = try transaction.permissions(offset: start, limit: size + 1) { entry in
            kinds?.contains(entry.resource.kind) != false && (isAdministrator || entry.principal == call.caller)
        }
        return Self.page(entries, at: start, size, call)
    }

    /// The list that a call of `ListPermissions` asks for, as its page tokens name it.
    private static func name(_ call: ServiceCall) -> String {
        let principal = call.parameters["Principal"]?["DataLakePrincipalIdentifier"]?.stringValue
        return "permissions \(call.parameters["Resource"]?.text ?? "") \(principal ?? "")"
    }

    private static func page(
        _ entries: [PermissionEntry], at start: Int, _ size: Int, _ call: ServiceCall
    ) -> JSONValue {
        let page = entries.prefix(size)
        var result: JSONObject = [
            "PrincipalResourcePermissions": .array(page.flatMap { $0.json(account: call.account) })
        ]
        if entries.count > page.count {
            result["NextToken"] = .string(PageToken(list: name(call), position: "\(start + page.count)").text)
        }
        return .object(result)
    }
}

extension RegisteredLocation {
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_ResourceInfo.html>
    fileprivate var json: JSONValue {
        [
            "ResourceArn": .string(arn), "RoleArn": .string(roleARN), "HybridAccessEnabled": .bool(isHybrid),
            "LastModified": .string(registeredAt.text),
        ]
    }
}

extension LakeTransaction {
    func registeredLocations(after arn: String, limit: Int) throws -> [RegisteredLocation] {
        var locations: [RegisteredLocation] = []
        try CatalogRoom.forEach(after: arn, in: db) { entries in
            locations += entries.compactMap(\.location)
            return locations.count < limit
        }
        return Array(locations.prefix(limit))
    }
}
