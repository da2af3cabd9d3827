import GRDB
package import StatesLanguage

/// The account's settings of Lake Formation.
///
/// Those of a fresh account stand until somebody changes them: `IAM_ALLOWED_PRINCIPALS` gets `ALL` on each new
/// database and on each table made in it.
///
/// Source: <https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html>
package struct DataLakeSettings: Sendable {
    /// The name that stands for everybody whom IAM allows.
    package static let everybody = "IAM_ALLOWED_PRINCIPALS"

    /// What a new database gives: principals with permissions.
    package let databaseDefaults: JSONValue
    package let tableDefaults: JSONValue
    package let crossAccountVersion: Int64

    /// Those of an account in which nobody has changed anything.
    package static let fresh: JSONValue = [
        "CreateDatabaseDefaultPermissions": [
            ["Principal": ["DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"], "Permissions": ["ALL"]]
        ],
        "CreateTableDefaultPermissions": [
            ["Principal": ["DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"], "Permissions": ["ALL"]]
        ],
        "Parameters": ["CROSS_ACCOUNT_VERSION": "3"],
    ]

    package init(_ json: JSONValue) {
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
    package static func grants(_ defaults: JSONValue) -> [(principal: String, permissions: [String])] {
        (defaults.arrayValue ?? []).compactMap { entry in
            guard let principal = entry["Principal"]?["DataLakePrincipalIdentifier"]?.stringValue else { return nil }
            return (principal, (entry["Permissions"]?.arrayValue ?? []).compactMap(\.stringValue))
        }
    }
}

extension LakeTransaction {
    package func settings() throws -> DataLakeSettings { try DataLakeSettings.read(db) }
}
