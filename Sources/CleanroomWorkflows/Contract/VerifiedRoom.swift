import CleanroomModel
import SagaKit
import StatesLanguage

/// A room as services show it, for asking whether it is called whole: as the contract has it, until something is changed.
struct VerifiedRoom {
    static let (account, database, requestID) = ("012345678901", "acme", "the-request")
    static let arn = "arn:aws:s3:::bucket/cleanroom/acme/"
    static let prefix = "cleanroom/acme/"

    var location: JSONValue? = "s3://bucket/cleanroom/acme/"
    var properties: JSONObject = [
        MarkerProperty.requestID: .string(requestID), MarkerProperty.account: .string(account),
    ]
    var registration: JSONObject = ["RoleArn": "${LocationRoleArn}"]
    var defaults: [JSONValue] = []
    var tags: JSONObject = ["cleanroom:member:\(account)": .string(requestID), "of the provider": "cleanroom:member:"]
    var tables: [JSONValue] = []
    var objects: [JSONValue] = []
    /// By the name of the resource: who may do what, and what of it they may grant.
    var permissions: [String: [(holder: String, may: [String], grants: [String])]] = [
        "DataLocation": [(account, ["DATA_LOCATION_ACCESS"], ["DATA_LOCATION_ACCESS"])],
        "Database": [(account, ["DESCRIBE"], ["DESCRIBE"])],
        "Table": [(account, ["SELECT"], ["SELECT"]), (account, ["DESCRIBE"], ["DESCRIBE"])],
    ]
    /// The action that fails, and with what.
    var failure: (action: String, error: String)?

    /// What the data has of the room.
    static func input(isRepeat: Bool, tries: Int64) -> JSONValue {
        [
            "request": [
                "requestId": .string(requestID), "account": .string(account), "database": .string(database),
            ],
            "room": [
                "location": "s3://bucket/cleanroom/acme/", "locationArn": .string(arn), "prefix": .string(prefix),
            ],
            "mode": ["repeat": .bool(isRepeat)], "tries": ["Verify": ["count": .integer(tries)]],
        ]
    }

    /// What a service replies; `nil` for a call that is not to be made.
    func reply(_ action: String, _ arguments: JSONValue) -> QueryWalk.Reply? {
        if let failure, failure.action == action { return .error(failure.error) }
        let name: JSONValue = .string(Self.database)
        switch (action, arguments) {
        case ("getDatabase", ["Name": name]):
            var found: JSONObject = [
                "Parameters": .object(properties), "CreateTableDefaultPermissions": .array(defaults),
            ]
            found["LocationUri"] = location
            return .result(["Database": .object(found)])
        case ("describeResource", ["ResourceArn": .string(Self.arn)]):
            return .result(["ResourceInfo": .object(registration)])
        case ("getTags", ["ResourceArn": "arn:${Partition}:glue:${Region}:${AccountId}:database/acme"]):
            return .result(["Tags": .object(tags)])
        case ("getTables", ["DatabaseName": name, "MaxResults": 1]): return .result(["TableList": .array(tables)])
        case ("listObjectsV2", ["Bucket": "${Bucket}", "Prefix": .string(Self.prefix), "MaxKeys": 2]):
            let page = objects.prefix(2)
            let count: JSONObject = ["KeyCount": .integer(Int64(page.count))]
            return .result(.object(page.isEmpty ? count : count.merging(["Contents": .array(Array(page))])))
        case ("listPermissions", _): return permissions(arguments)
        default: return nil
        }
    }

    /// An entry a page.
    private func permissions(_ arguments: JSONValue) -> QueryWalk.Reply? {
        let resources: [JSONValue] = [
            ["DataLocation": ["ResourceArn": .string(Self.arn)]], ["Database": ["Name": .string(Self.database)]],
            ["Table": ["DatabaseName": .string(Self.database), "TableWildcard": [:]]],
        ]
        guard let resource = arguments["Resource"], resources.contains(resource),
            let name = resource.objectValue?.names.first(where: { _ in true })
        else { return nil }
        let token = arguments["NextToken"]?.stringValue
        let known = (arguments.objectValue?.count ?? 0) == (token == nil ? 1 : 2)
        let entries = permissions[name] ?? []
        guard known, let number = Int(token ?? "0"), token == nil || entries.indices.contains(number) else {
            return nil
        }
        var page: JSONObject = [
            "PrincipalResourcePermissions": .array(
                entries.dropFirst(number).prefix(1).map { entry in
                    [
                        "Principal": ["DataLakePrincipalIdentifier": .string(entry.holder)], "Resource": resource,
                        "Permissions": .strings(entry.may), "PermissionsWithGrantOption": .strings(entry.grants),
                    ]
                })
        ]
        if number + 1 < entries.count { page["NextToken"] = .string("\(number + 1)") }
        return .result(.object(page))
    }
}
