import DurableExecution
import EmbeddedLake
import StatesLanguage
import TestSupport
import Testing

/// Who is a data-lake administrator, and what those see who are none.
struct SettingsAndVisibilityTests {
    private typealias Lake = CalledLake

    private func administrators(_ lake: Lake) throws -> [String] {
        let settings = try lake.call("lakeformation:getDataLakeSettings", [:]).value?["DataLakeSettings"]
        return (settings?["DataLakeAdmins"]?.arrayValue ?? []).compactMap {
            $0["DataLakePrincipalIdentifier"]?.stringValue
        }
    }

    private func list(_ roles: String...) -> JSONValue {
        .array(roles.map { ["DataLakePrincipalIdentifier": .string($0)] })
    }

    // MARK: Settings

    @Test func `the roles of stored machines are administrators until somebody puts settings`() throws {
        let lake = try Lake()
        #expect(try administrators(lake) == [Lake.role])
        try lake.put(["DataLakeAdmins": list(Lake.otherRole)])
        #expect(try administrators(lake) == [Lake.otherRole])
    }

    /// As a deployment's template does on AWS, which adds its role to those that are there.
    @Test func `the role of a machine that is stored first is added to settings that somebody put`() throws {
        let lake = try Lake()
        try lake.put(["DataLakeAdmins": list(Lake.otherRole)])
        #expect(try administrators(lake) == [Lake.otherRole, Lake.role])
        // Whoever takes it out again means it.
        try lake.put(["DataLakeAdmins": []])
        #expect(try administrators(lake) == [])
    }

    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_DataLakeSettings.html>
    @Test(
        arguments: [
            ["Parameters": ["CROSS_ACCOUNT_VERSION": "0"]], ["Parameters": ["CROSS_ACCOUNT_VERSION": "6"]],
            ["Parameters": ["SET_CONTEXT": "TRUE", "CROSS_ACCOUNT_VERSION": "4"]],
            ["DataLakeAdmins": [["DataLakePrincipalIdentifier": "111122223333"]]],
            ["DataLakeAdmins": [["DataLakePrincipalIdentifier": "arn:aws:iam::000000000000:group/g"]]],
            [
                "DataLakeAdmins": .array(
                    (0...30).map { ["DataLakePrincipalIdentifier": .string("arn:aws:iam::000000000000:role/r\($0)")] })
            ],
            [
                "CreateDatabaseDefaultPermissions": [
                    ["Principal": ["DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"], "Permissions": ["SELECT"]]
                ]
            ],
        ] as [JSONValue])
    func `settings that AWS does not take are refused, and those before stay`(settings: JSONValue) throws {
        let lake = try Lake()
        try lake.put(["DataLakeAdmins": list(Lake.otherRole), "Parameters": ["CROSS_ACCOUNT_VERSION": "5"]])
        let before = try lake.operate(.lakeFormation, "getDataLakeSettings", [:])
        do {
            try lake.put(settings)
            Issue.record("the settings were taken")
        } catch let error as ServiceError {
            #expect(error.code == "InvalidInputException")
        }
        #expect(try lake.operate(.lakeFormation, "getDataLakeSettings", [:]) == before)
    }

    // MARK: What is seen

    /// A database and a table in it that nobody was granted anything on, besides their creator.
    private func closedLake(_ behavior: LakeBehavior = LakeBehavior()) throws -> Lake {
        let lake = try Lake(behavior: behavior)
        // The defaults are closed; the administrator is the role whose machine is stored.
        try lake.put([:])
        try lake.makeDatabase()
        try lake.makeTable("t")
        return lake
    }

    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-overview.html>
    @Test func `to a role that is no administrator and has no grant the catalog looks empty`() throws {
        let lake = try closedLake()
        func tables(_ role: String) throws -> JSONValue? {
            try lake.call("glue:getTables", ["DatabaseName": "a"], as: role).value?["TableList"]
        }
        #expect(try tables(Lake.role)?.arrayValue?.count == 1)
        #expect(try tables(Lake.otherRole) == [])
        let hidden = try lake.call("glue:getDatabase", ["Name": "a"], as: Lake.otherRole).error
        #expect(hidden?.error == "Glue.AccessDeniedException")
        #expect(hidden?.cause.contains("Insufficient Lake Formation permission(s)") == true)
        #expect(try lake.listed(Lake.database, as: Lake.otherRole) == [:])
        #expect(try lake.listed(Lake.database).keys.contains(Lake.role))
        #expect(try lake.grant(Lake.otherRole, Lake.tables, ["SELECT"]).error == nil)
        #expect(try tables(Lake.otherRole)?.arrayValue?.count == 1)
        #expect(try lake.call("glue:getDatabase", ["Name": "a"], as: Lake.otherRole).error == nil)
    }

    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_ListPermissions.html>
    @Test func `whoever is no administrator sees its own permissions, and of others' those that it has`() throws {
        let lake = try closedLake()
        #expect(try lake.grant(Lake.otherRole, Lake.database, ["ALTER"]).error == nil)
        #expect(
            try lake.listed(Lake.database, as: Lake.otherRole) == [
                Lake.otherRole: [["ALTER"], []], Lake.role: [["ALTER"], ["ALTER"]],
            ])
    }

    @Test func `a database that looks empty is dropped with the tables that its dropper does not see`() throws {
        let lake = try closedLake()
        let full = try lake.run("DROP DATABASE a").error
        #expect(full?.cause.contains("is not empty") == true)
        #expect(try lake.grant(Lake.otherRole, Lake.database, ["DROP"]).error == nil)
        #expect(try lake.run("DROP DATABASE a", as: Lake.otherRole).error == nil)
        try lake.makeDatabase()
        #expect(try lake.call("glue:getTables", ["DatabaseName": "a"]).value?["TableList"] == [])
    }

    @Test func `a principal is listed with a resource only, and then with what it may do effectively`() throws {
        let lake = try closedLake()
        let error = try lake.call(
            "lakeformation:listPermissions", ["Principal": ["DataLakePrincipalIdentifier": .string(Lake.role)]]
        ).error
        #expect(error?.error == "LakeFormation.InvalidInputException")
        #expect(error?.cause.hasPrefix("Resource is mandatory if Principal is set in the input.") == true)
        // An administrator has everything implicitly, granted or not.
        #expect(try lake.revoke(Lake.role, Lake.database, Lake.everyPermission).error == nil)
        #expect(try lake.listed(Lake.database)[Lake.role] == nil)
        #expect(
            try lake.listed(Lake.database, of: Lake.role) == [Lake.role: [Lake.everyPermission, Lake.everyPermission]])
        // On one table counts what was granted on all.
        #expect(try lake.grant(Lake.otherRole, Lake.tables, ["DESCRIBE"]).error == nil)
        let table: JSONValue = ["Table": ["DatabaseName": "a", "Name": "t"]]
        #expect(try lake.listed(table)[Lake.otherRole] == nil)
        #expect(try lake.listed(table, of: Lake.otherRole) == [Lake.otherRole: [["DESCRIBE"], []]])
    }

    @Test(arguments: [true, false])
    func `an administrator without ALTER may change a database, or not`(mayAlter: Bool) throws {
        var behavior = LakeBehavior()
        behavior.administratorsMayAlter = mayAlter
        let lake = try closedLake(behavior)
        #expect(try lake.revoke(Lake.role, Lake.database, Lake.everyPermission).error == nil)
        let update: JSONValue = ["Name": "A", "DatabaseInput": ["Name": "A", "Description": "changed"]]
        let error = try lake.call("glue:updateDatabase", update).error
        #expect(error?.error == (mayAlter ? nil : "Glue.AccessDeniedException"))
        #expect(try lake.call("glue:updateDatabase", update, as: Lake.otherRole).error != nil)
    }
}
