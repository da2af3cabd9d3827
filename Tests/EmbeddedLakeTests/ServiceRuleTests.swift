import DurableExecution
import EmbeddedLake
import Foundation
import StatesLanguage
import TestSupport
import Testing

/// The rules of Athena, Glue and Lake Formation that the embedded services keep, one by one.
struct ServiceRuleTests {
    private static let role = LakeCall.role
    private static let location = "arn:aws:s3:::bucket/cleanroom/a/"

    private let folder = TemporaryFolder()
    private let store: LakeStore

    init() throws {
        store = try LakeStore(folder: DataFolder(path: folder.path))
    }

    private func call(_ resource: String, _ parameters: JSONValue) throws -> TaskResult {
        let call = try LakeCall(resource, parameters)
        return try carryOut(call)
    }

    private func carryOut(_ call: LakeCall) throws -> TaskResult {
        try store.writeNow { transaction in
            try call.storeMachine(in: transaction)
            return try call.carryOut(in: transaction)
        }
    }

    private func run(_ statement: String, token: String? = nil) throws -> TaskResult {
        let call = try LakeCall(statement: statement, token: token)
        return try carryOut(call)
    }

    private func makeDatabase() throws {
        let result = try run("CREATE DATABASE a LOCATION 's3://bucket/cleanroom/a/'")
        #expect(result.error == nil)
    }

    private func grant(_ principal: String, _ resource: JSONValue, _ permissions: [String]) -> JSONValue {
        [
            "Principal": ["DataLakePrincipalIdentifier": .string(principal)], "Resource": resource,
            "Permissions": .strings(permissions), "PermissionsWithGrantOption": .strings(permissions),
        ]
    }

    private let database: JSONValue = ["Database": ["Name": "a"]]
    private let tables: JSONValue = ["Table": ["DatabaseName": "a", "TableWildcard": [:]]]

    // MARK: Athena

    @Test func `a new database gives its maker and everybody all permissions`() throws {
        try makeDatabase()
        let grants = try call("aws-sdk:lakeformation:listPermissions", ["Resource": database]).value
        let principals = grants?["PrincipalResourcePermissions"]?.arrayValue?.compactMap {
            $0["Principal"]?["DataLakePrincipalIdentifier"]?.stringValue
        }
        #expect(principals.map(Set.init) == [Self.role, "IAM_ALLOWED_PRINCIPALS"])
    }

    @Test func `a name that is taken fails the statement, unless it asks for that`() throws {
        try makeDatabase()
        let result = try run("CREATE DATABASE a")
        #expect(result.error?.error == "States.TaskFailed")
        let cause = try JSONValue(parsing: result.error?.cause ?? "")
        #expect(cause["Status"]?["StateChangeReason"]?.stringValue?.contains("AlreadyExistsException") == true)
        #expect(try run("CREATE DATABASE IF NOT EXISTS a").error == nil)
    }

    @Test(arguments: [
        "CREATE DATABASE a b", "CREATE DATABASE `a", "CREATE DATABASE a-b", "CREATE DATABASE ``", "SELECT 1; DROP",
        "CREATE DATABASE a COMMENT 'x", "CREATE DATABASE a LOCATION s3://x", "DROP TABLE a", "",
        "CREATE DATABASE a; DROP DATABASE b", "CREATE DATABASE a WITH DBPROPERTIES ('a')", "CREATE DATABASE é",
    ])
    func `what is not a statement it knows is refused before it runs`(statement: String) throws {
        #expect(try run(statement).error?.error == "Athena.InvalidRequestException")
        #expect(try store.catalogRows().isEmpty)
    }

    @Test func `a quoted name is a name, and nothing else in the statement`() throws {
        #expect(try run("create  schema `user` comment 'it''s \\'so\\'' ;").error == nil)
        let found = try call("aws-sdk:glue:getDatabase", ["Name": "user"]).value
        #expect(found?["Database"]?["Description"] == "it's 'so'")
    }

    @Test func `the same token runs the same statement once, and is refused for another`() throws {
        let token = String(repeating: "t", count: 32)
        let first = try run("CREATE DATABASE a", token: token)
        #expect(try run("CREATE DATABASE a", token: token) == first)
        #expect(try run("CREATE DATABASE b", token: token).error?.error == "Athena.InvalidRequestException")
        #expect(try run("CREATE DATABASE b", token: "short").error?.error == "Athena.InvalidRequestException")
    }

    @Test func `only who has DROP may drop, and only what is there`() throws {
        #expect(try run("DROP DATABASE a").error?.error == "States.TaskFailed")
        #expect(try run("DROP DATABASE IF EXISTS a").error == nil)
        try makeDatabase()
        for principal in [Self.role, "IAM_ALLOWED_PRINCIPALS"] {
            let permissions = principal == Self.role ? CalledLake.everyPermission : ["ALL"]
            #expect(
                try call("aws-sdk:lakeformation:revokePermissions", grant(principal, database, permissions)).error
                    == nil)
        }
        #expect(try run("DROP DATABASE a").error?.cause.contains("Required DROP") == true)
        #expect(try call("aws-sdk:lakeformation:grantPermissions", grant(Self.role, database, ["DROP"])).error == nil)
        #expect(try run("DROP DATABASE a").error == nil)
        #expect(try store.catalogRows().isEmpty)
    }

    // MARK: Glue

    @Test func `a database that is not there is EntityNotFoundException`() throws {
        for action in ["getDatabase", "updateDatabase"] {
            let error = try call("aws-sdk:glue:\(action)", ["Name": "a", "DatabaseInput": ["Name": "a"]]).error
            #expect(error?.error == "Glue.EntityNotFoundException")
        }
        #expect(
            try call("aws-sdk:glue:getTables", ["DatabaseName": "a"]).error?.error == "Glue.EntityNotFoundException")
    }

    @Test func `an update replaces the whole database`() throws {
        #expect(try run("CREATE DATABASE a COMMENT 'c' LOCATION 's3://b/a/' WITH DBPROPERTIES ('k'='v')").error == nil)
        let update: JSONValue = ["Name": "a", "DatabaseInput": ["Name": "a", "CreateTableDefaultPermissions": []]]
        #expect(try call("aws-sdk:glue:updateDatabase", update).error == nil)
        let found = try call("aws-sdk:glue:getDatabase", ["Name": "a"]).value?["Database"]
        #expect(found?["Description"] == nil)
        #expect(found?["LocationUri"] == nil)
        #expect(found?["Parameters"] == [:])
        #expect(found?["CreateTableDefaultPermissions"] == [])
    }

    // MARK: Lake Formation

    @Test func `a location is registered once, and described and deregistered while it is`() throws {
        let arn: JSONValue = ["ResourceArn": .string(Self.location)]
        let registration: JSONValue = ["ResourceArn": .string(Self.location), "RoleArn": .string(Self.role)]
        let notFound = "LakeFormation.EntityNotFoundException"
        #expect(try call("aws-sdk:lakeformation:describeResource", arn).error?.error == notFound)
        #expect(try call("aws-sdk:lakeformation:deregisterResource", arn).error?.error == notFound)
        #expect(try call("aws-sdk:lakeformation:registerResource", registration).error == nil)
        let again = try call("aws-sdk:lakeformation:registerResource", registration)
        #expect(again.error?.error == "LakeFormation.AlreadyExistsException")
        #expect(try call("aws-sdk:lakeformation:deregisterResource", arn).error == nil)
        #expect(try call("aws-sdk:lakeformation:describeResource", arn).error?.error == notFound)
    }

    @Test func `a location that is not registered cannot be granted`() throws {
        let entry = grant(
            "111122223333", ["DataLocation": ["ResourceArn": .string(Self.location)]], ["DATA_LOCATION_ACCESS"])
        let error = try call("aws-sdk:lakeformation:grantPermissions", entry).error
        #expect(error?.error == "LakeFormation.InvalidInputException")
    }

    @Test func `what was never granted cannot be revoked`() throws {
        try makeDatabase()
        let error = try call("aws-sdk:lakeformation:revokePermissions", grant("111122223333", database, ["DESCRIBE"]))
            .error
        #expect(error?.error == "LakeFormation.InvalidInputException")
        #expect(error?.cause.contains("No permissions revoked") == true)
    }

    @Test func `a batch fails in part with HTTP 200, and the rest of it is done`() throws {
        try makeDatabase()
        _ = try call("aws-sdk:lakeformation:revokePermissions", grant("IAM_ALLOWED_PRINCIPALS", database, ["ALL"]))
        let entries: JSONValue = [
            grant("111122223333", database, ["DESCRIBE"]), grant("nobody", database, ["DESCRIBE"]),
            grant("111122223333", database, ["SELECT"]), grant("111122223333", tables, ["SELECT", "DESCRIBE"]),
        ]
        let result = try call("aws-sdk:lakeformation:batchGrantPermissions", ["Entries": entries]).value
        let codes = result?["Failures"]?.arrayValue?.compactMap { $0["Error"]?["ErrorCode"]?.stringValue }
        #expect(codes == ["InvalidInputException", "InvalidInputException"])
        let listed = try call("aws-sdk:lakeformation:listPermissions", ["Resource": tables]).value
        let kinds = listed?["PrincipalResourcePermissions"]?.arrayValue?.compactMap {
            $0["Resource"]?.objectValue?.names.first { _ in true }
        }
        #expect(kinds == ["Table", "TableWithColumns"])
    }

    @Test func `a batch has at most twenty entries`() throws {
        let entries = JSONValue.array(Array(repeating: grant("111122223333", database, ["DESCRIBE"]), count: 21))
        let error = try call("aws-sdk:lakeformation:batchGrantPermissions", ["Entries": entries]).error
        #expect(error?.error == "LakeFormation.InvalidInputException")
    }

    @Test func `all of twenty entries are done`() throws {
        try makeDatabase()
        let entries = JSONValue.array(Array(repeating: grant("111122223333", database, ["DESCRIBE"]), count: 20))
        let result = try call("aws-sdk:lakeformation:batchGrantPermissions", ["Entries": entries])
        #expect(result.error == nil && (try? result.get())?["Failures"] == [])
    }

    @Test func `permissions are listed page by page`() throws {
        try makeDatabase()
        var principals: [String] = []
        var token: String?
        repeat {
            var parameters: JSONObject = ["Resource": database, "MaxResults": 1]
            if let token { parameters["NextToken"] = .string(token) }
            let page = try call("aws-sdk:lakeformation:listPermissions", .object(parameters)).value
            principals += (page?["PrincipalResourcePermissions"]?.arrayValue ?? []).compactMap {
                $0["Principal"]?["DataLakePrincipalIdentifier"]?.stringValue
            }
            token = page?["NextToken"]?.stringValue
        } while token != nil
        #expect(principals.count == 2)
        #expect(Set(principals).count == 2)
    }

    // MARK: S3

    @Test func `objects are counted below a prefix, and a prefix never leads out of the bucket`() throws {
        let path = folder.path + "/warehouse/bucket/cleanroom/a"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: path + "/x.parquet"))
        func count(_ prefix: String) throws -> TaskResult {
            try call("aws-sdk:s3:listObjectsV2", ["Bucket": "bucket", "Prefix": .string(prefix), "MaxKeys": 1])
        }
        #expect(try count("cleanroom/a/").value?["KeyCount"] == 1)
        #expect(try count("cleanroom/b/").value?["KeyCount"] == 0)
        #expect(try count("../bucket/cleanroom/a/").error?.error == "S3.S3Exception")
    }
}
