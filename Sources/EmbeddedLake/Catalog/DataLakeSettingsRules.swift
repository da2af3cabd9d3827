import StatesLanguage

extension DataLakeSettings {
    /// Source: `DataLakePrincipalList` of Lake Formation's service model.
    private static let maximumPrincipals = 30
    private static let principalLists = ["DataLakeAdmins", "ReadOnlyAdmins", "ExternalDataFilteringAllowList"]
    private static let defaultLists = ["CreateDatabaseDefaultPermissions", "CreateTableDefaultPermissions"]

    /// Holds settings that somebody puts against Lake Formation's rules.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_DataLakeSettings.html>
    ///
    /// - Throws: `ServiceError`, `InvalidInputException`.
    static func check(_ settings: JSONObject) throws(ServiceError) {
        for (name, value) in settings["Parameters"]?.objectValue ?? [:] {
            if name != "CROSS_ACCOUNT_VERSION" {
                throw invalid("Invalid parameter key: \(name.prefix(300))")
            }
            guard let version = value.stringValue, let number = Int(version), (1...5).contains(number) else {
                throw invalid("CROSS_ACCOUNT_VERSION is from 1 to 5: \(value.text.prefix(300))")
            }
        }
        for list in principalLists {
            let principals = settings[list]?.arrayValue ?? []
            if principals.count > maximumPrincipals {
                throw invalid("\(list) has at most \(maximumPrincipals) principals: \(principals.count)")
            }
            for principal in principals {
                let text = principal["DataLakePrincipalIdentifier"]?.stringValue ?? ""
                if !isPrincipal(text, of: list) { throw invalid("Invalid principal: \(text.prefix(300))") }
            }
        }
        let everything: JSONValue = [
            ["Principal": ["DataLakePrincipalIdentifier": .string(everybody)], "Permissions": ["ALL"]]
        ]
        for list in defaultLists where ![nil, .null, [], everything].contains(settings[list]) {
            throw invalid("\(list) is empty, or grants ALL to \(everybody)")
        }
    }

    /// Administrators are users and roles; accounts may filter data.
    private static func isPrincipal(_ text: String, of list: String) -> Bool {
        switch LakePrincipal(text) {
        case .identity(_, let resource): resource.hasPrefix("user/") || resource.hasPrefix("role/")
        case .account: list == "ExternalDataFilteringAllowList"
        default: false
        }
    }

    private static func invalid(_ message: String) -> ServiceError { ServiceError("InvalidInputException", message) }
}
