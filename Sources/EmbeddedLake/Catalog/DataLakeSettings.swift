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

    /// How the ARN of the folder's operator ends: clients without a role of their own, who count as administrators.
    static let operatorSuffix = ":user/operator"

    /// The settings as `GetDataLakeSettings` gives them, every list included.
    package let json: JSONValue
    /// The ARNs of the data-lake administrators.
    package let administrators: [String]
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

    package init(_ settings: JSONValue) {
        let empty: JSONObject = [
            "DataLakeAdmins": [], "ReadOnlyAdmins": [], "CreateDatabaseDefaultPermissions": [],
            "CreateTableDefaultPermissions": [], "TrustedResourceOwners": [],
        ]
        json = .object(empty.merging(settings.objectValue ?? [:]))
        administrators = (json["DataLakeAdmins"]?.arrayValue ?? [])
            .compactMap { $0["DataLakePrincipalIdentifier"]?.stringValue }
        databaseDefaults = json["CreateDatabaseDefaultPermissions"] ?? []
        tableDefaults = json["CreateTableDefaultPermissions"] ?? []
        crossAccountVersion = json["Parameters"]?["CROSS_ACCOUNT_VERSION"]?.stringValue.flatMap { Int64($0) } ?? 1
    }

    /// These settings with one more administrator.
    package func adding(administrator: String) -> DataLakeSettings {
        if administrators.contains(administrator) { return self }
        var settings = json.objectValue ?? [:]
        settings["DataLakeAdmins"] = .array(
            (administrators + [administrator]).map { ["DataLakePrincipalIdentifier": .string($0)] })
        return DataLakeSettings(.object(settings))
    }

    /// The settings that somebody put; else those of a fresh account, to which each deployment has added its role: those
    /// of the machines that are stored.
    static func read(_ db: Database) throws -> DataLakeSettings {
        if let settings = try readChanged(db) { return settings }
        let roles = try db.cachedStatement(sql: "SELECT role_arn FROM state_machine GROUP BY role_arn ORDER BY MIN(id)")
        return try String.fetchAll(roles).reduce(DataLakeSettings(fresh)) { $0.adding(administrator: $1) }
    }

    private static func readChanged(_ db: Database) throws -> DataLakeSettings? {
        let statement = try db.cachedStatement(sql: "SELECT settings FROM data_lake_settings")
        return try String.fetchOne(statement).map { DataLakeSettings(try JSONValue(stored: $0)) }
    }

    /// Replaces all settings.
    static func write(_ settings: JSONValue, to db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO data_lake_settings (id, settings) VALUES (1, ?)
                ON CONFLICT DO UPDATE SET settings = excluded.settings
                """, arguments: [settings.text])
    }

    /// Adds the role of a machine that is about to be stored to settings that somebody put, as a deployment's template
    /// does on AWS. A role that has been stored before was added then, and taken out since by whoever did not want it.
    static func noteRole(_ role: String, _ db: Database) throws {
        guard let settings = try readChanged(db) else { return }
        let known = try db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM state_machine WHERE role_arn = ?)")
        if try Bool.fetchOne(known, arguments: [role]) == true { return }
        let more = settings.adding(administrator: role)
        if more.json != settings.json { try write(more.json, to: db) }
    }

    /// The grants in a list of principals with permissions.
    package static func grants(_ defaults: JSONValue) -> [(principal: String, permissions: [String])] {
        (defaults.arrayValue ?? []).compactMap { entry in
            guard let principal = entry["Principal"]?["DataLakePrincipalIdentifier"]?.stringValue else { return nil }
            return (principal, (entry["Permissions"]?.arrayValue ?? []).compactMap(\.stringValue))
        }
    }
}

extension LakeReading {
    package func settings() throws -> DataLakeSettings { try DataLakeSettings.read(db) }
}
