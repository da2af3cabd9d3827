import GRDB
import StatesLanguage

/// The account's settings of Lake Formation.
///
/// Those of a fresh account stand until somebody changes them: `IAM_ALLOWED_PRINCIPALS` gets `ALL` on each new
/// database and on each table made in it.
///
/// Source: <https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html>
struct DataLakeSettings {
    static let everybody = "IAM_ALLOWED_PRINCIPALS"

    /// What a new database gives: principals with permissions.
    let databaseDefaults: JSONValue
    let tableDefaults: JSONValue
    let crossAccountVersion: Int64

    private static let fresh: JSONValue = [
        "CreateDatabaseDefaultPermissions": [
            ["Principal": ["DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"], "Permissions": ["ALL"]]
        ],
        "CreateTableDefaultPermissions": [
            ["Principal": ["DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"], "Permissions": ["ALL"]]
        ],
        "Parameters": ["CROSS_ACCOUNT_VERSION": "3"],
    ]

    init(_ json: JSONValue) {
        databaseDefaults = json["CreateDatabaseDefaultPermissions"] ?? []
        tableDefaults = json["CreateTableDefaultPermissions"] ?? []
        crossAccountVersion = json["Parameters"]?["CROSS_ACCOUNT_VERSION"]?.stringValue.flatMap { Int64($0) } ?? 1
    }

    static func read(_ db: Database) throws -> DataLakeSettings {
        let statement = try db.cachedStatement(sql: "SELECT settings FROM data_lake_settings")
        guard let text = try String.fetchOne(statement) else { return DataLakeSettings(fresh) }
        return DataLakeSettings(try JSONValue(parsing: text))
    }

    /// The grants in a list of principals with permissions.
    static func grants(_ defaults: JSONValue) -> [(principal: String, permissions: [String])] {
        (defaults.arrayValue ?? []).compactMap { entry in
            guard let principal = entry["Principal"]?["DataLakePrincipalIdentifier"]?.stringValue else { return nil }
            return (principal, (entry["Permissions"]?.arrayValue ?? []).compactMap(\.stringValue))
        }
    }
}
