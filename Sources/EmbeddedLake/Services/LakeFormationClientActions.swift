import DurableExecution
import GRDB
import StatesLanguage

/// The actions of Lake Formation that only clients call: changing the settings, and the list of locations.
struct LakeFormationClientActions {
    func read(_ call: ServiceCall, in lake: some LakeReading) throws -> JSONValue? {
        switch call.action {
        case "listResources": try listResources(call, lake)
        default: try LakeFormationService().read(call, in: lake)
        }
    }

    func write(_ call: ServiceCall, in transaction: LakeTransaction) throws -> JSONValue? {
        switch call.action {
        case "putDataLakeSettings": try putSettings(call, transaction)
        default: try LakeFormationService().write(call, in: transaction)
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
    private func listResources(_ call: ServiceCall, _ lake: some LakeReading) throws -> JSONValue {
        if let filters = call.parameters["FilterConditionList"]?.arrayValue, !filters.isEmpty {
            throw ServiceError("InvalidInputException", "FilterConditionList is not supported here")
        }
        let limit = try call.limit("MaxResults", default: 1000, maximum: 1000)
        let locations = try lake.registeredLocations(
            after: try PageToken.position(call, of: "resources") ?? "", limit: limit + 1)
        var result: JSONObject = ["ResourceInfoList": .array(locations.prefix(limit).map(\.json))]
        if locations.count > limit {
            result["NextToken"] = .string(PageToken(list: "resources", position: locations[limit - 1].arn).text)
        }
        return .object(result)
    }
}

extension LakeReading {
    func registeredLocations(after arn: String, limit: Int) throws -> [RegisteredLocation] {
        var locations: [RegisteredLocation] = []
        try CatalogRoom.forEach(after: arn, in: db) { entries in
            locations += entries.compactMap(\.location)
            return locations.count < limit
        }
        return Array(locations.prefix(limit))
    }
}
