import DurableExecution
import EmbeddedLake
import Foundation
import StatesLanguage
import TestSupport
import Testing

/// The rules of Glue, Athena and S3 that the workflows depend on: tags, names, statements, a folder's mark.
struct CatalogRuleTests {
    private typealias Lake = CalledLake

    private static let arn: JSONValue = "arn:aws:glue:us-east-1:000000000000:database/a"

    private func tags(_ lake: Lake) throws -> JSONValue? {
        try lake.call("glue:getTags", ["ResourceArn": Self.arn]).value?["Tags"]
    }

    private func tag(_ lake: Lake, _ tags: JSONValue) throws -> String? {
        try lake.call("glue:tagResource", ["ResourceArn": Self.arn, "TagsToAdd": tags]).error?.error
    }

    // MARK: Tags

    /// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_TagResource.html>
    @Test func `tags are added and removed key by key`() throws {
        let lake = try Lake()
        try lake.makeDatabase()
        #expect(try tags(lake) == [:])
        #expect(try tag(lake, ["one": "1", "two": ""]) == nil)
        #expect(try tag(lake, ["two": "2", "three": "3"]) == nil)
        #expect(try tags(lake) == ["one": "1", "two": "2", "three": "3"])
        let removal: JSONValue = ["ResourceArn": Self.arn, "TagsToRemove": ["one", "four"]]
        #expect(try lake.call("glue:untagResource", removal).error == nil)
        #expect(try tags(lake) == ["two": "2", "three": "3"])
    }

    @Test func `a resource has at most fifty tags, and each is of the length that AWS allows`() throws {
        let lake = try Lake()
        try lake.makeDatabase()
        let fifty = JSONObject((0..<50).map { ("key\($0)", JSONValue.string("x")) })
        let invalid = "Glue.InvalidInputException"
        let long = String(repeating: "x", count: 129)
        for refused: JSONValue in [["": "x"], [long: "x"], ["k": .string(long + long)], ["aws:k": "x"], ["k": 1]] {
            #expect(try tag(lake, refused) == invalid)
        }
        let (longestKey, longestValue) = (String(repeating: "é", count: 128), String(repeating: "é", count: 256))
        #expect(try tag(lake, [longestKey: .string(longestValue)]) == nil)
        #expect(try tag(lake, ["k": .string(longestValue + "é")]) == invalid)
        let removal: JSONValue = ["ResourceArn": Self.arn, "TagsToRemove": [.string(longestKey)]]
        #expect(try lake.call("glue:untagResource", removal).error == nil)
        #expect(try tag(lake, .object(fifty)) == nil)
        #expect(try tag(lake, ["key7": "y"]) == nil)
        #expect(try tag(lake, ["one more": "x"]) == invalid)
        #expect(try tags(lake)?["key7"] == "y")
    }

    @Test func `a database that is not there has no tags to read or to change`() throws {
        let lake = try Lake()
        for (action, change) in [("getTags", nil), ("tagResource", "TagsToAdd"), ("untagResource", "TagsToRemove")] {
            var parameters: JSONObject = ["ResourceArn": Self.arn]
            if let change { parameters[change] = change == "TagsToAdd" ? ["k": "v"] : ["k"] }
            let error = try lake.call("glue:\(action)", .object(parameters)).error
            #expect(error?.error == "Glue.EntityNotFoundException")
        }
        let table: JSONValue = ["ResourceArn": "arn:aws:glue:us-east-1:000000000000:table/a/t"]
        #expect(try lake.call("glue:getTags", table).error?.error == "Glue.InvalidInputException")
    }

    @Test(arguments: [true, false])
    func `a database inherits the tags of a dropped one of its name, or not`(keeps: Bool) throws {
        var behavior = LakeBehavior()
        behavior.keepsTagsOfDroppedDatabases = keeps
        let lake = try Lake(behavior: behavior)
        try lake.makeDatabase()
        #expect(try tag(lake, ["k": "v"]) == nil)
        #expect(try lake.run("DROP DATABASE a").error == nil)
        let gone = try lake.call("glue:getTags", ["ResourceArn": Self.arn])
        #expect(gone.error?.error == "Glue.EntityNotFoundException")
        #expect(try lake.store.catalogRows().isEmpty == !keeps)
        try lake.makeDatabase()
        #expect(try tags(lake) == (keeps ? ["k": "v"] : [:]))
    }

    // MARK: Names

    /// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_Database.html>
    @Test func `names of databases and tables are folded to lower case on every call`() throws {
        let lake = try Lake()
        #expect(try lake.call("glue:createDatabase", ["DatabaseInput": ["Name": "ROOM"]]).error == nil)
        #expect(try lake.call("glue:getDatabase", ["Name": "Room"]).value?["Database"]?["Name"] == "room")
        #expect(try lake.call("glue:getTables", ["DatabaseName": "rOOm"]).error == nil)
        #expect(
            try lake.call("glue:updateDatabase", ["Name": "ROOM", "DatabaseInput": ["Name": "rooM"]]).error == nil)
        let resource: JSONValue = ["Database": ["Name": "ROOM"]]
        #expect(try lake.grant(Lake.otherRole, resource, ["DESCRIBE"]).error == nil)
        #expect(try lake.listed(["Database": ["Name": "room"]]).keys.contains(Lake.otherRole))
        let arn: JSONValue = ["ResourceArn": "arn:aws:glue:us-east-1:000000000000:database/ROOM"]
        #expect(try lake.call("glue:getTags", arn).error == nil)
        try lake.operate(.glue, "createTable", ["DatabaseName": "ROOM", "TableInput": ["Name": "ORDERS"]])
        let table = try lake.operate(.glue, "getTable", ["DatabaseName": "Room", "Name": "Orders"])["Table"]
        #expect(table?["Name"] == "orders")
        try lake.operate(.glue, "deleteDatabase", ["Name": "ROOm"])
        #expect(try lake.store.catalogRows().isEmpty)
    }

    // MARK: Statements

    /// Source: <https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html>
    @Test(arguments: ["user", "DATE", "order", "Table", "views"])
    func `a reserved word is a name in backticks only`(word: String) throws {
        let lake = try Lake()
        let refused = try lake.run("CREATE DATABASE \(word)").error
        #expect(refused?.error == "Athena.InvalidRequestException")
        #expect(refused?.cause.contains("reserved word") == true)
        #expect(try lake.run("CREATE DATABASE `\(word)`").error == nil)
        #expect(try lake.run("DROP DATABASE \(word)").error?.error == "Athena.InvalidRequestException")
        #expect(try lake.run("DROP DATABASE `\(word)`").error == nil)
    }

    @Test func `a name that contains a reserved word is none`() throws {
        let lake = try Lake()
        for name in ["users", "date_1", "_order"] { #expect(try lake.run("CREATE DATABASE \(name)").error == nil) }
    }

    @Test(arguments: [
        "-- a comment\nCREATE DATABASE a", "/* a */ CREATE /* b\n * c */ DATABASE a -- the end",
        "CREATE DATABASE a--", "CREATE DATABASE\r\n--x\r\na /**/;",
    ])
    func `comments are passed over`(statement: String) throws {
        let lake = try Lake()
        #expect(try lake.run(statement).error == nil)
        #expect(try lake.call("glue:getDatabase", ["Name": "a"]).error == nil)
    }

    @Test func `what begins like a comment in a text is text`() throws {
        let lake = try Lake()
        #expect(try lake.run("CREATE DATABASE a COMMENT 'one -- two /* three'").error == nil)
        let found = try lake.call("glue:getDatabase", ["Name": "a"]).value
        #expect(found?["Database"]?["Description"] == "one -- two /* three")
        #expect(try lake.run("CREATE DATABASE b /* never ends").error?.error == "Athena.InvalidRequestException")
    }

    @Test func `a name with hyphens is one in backticks`() throws {
        let lake = try Lake()
        #expect(try lake.run("CREATE DATABASE `a-b`").error == nil)
        #expect(try lake.call("glue:getDatabase", ["Name": "a-b"]).error == nil)
        #expect(try lake.run("CREATE DATABASE a-b").error?.error == "Athena.InvalidRequestException")
        #expect(try lake.run("CREATE DATABASE `a b`").error?.error == "Athena.InvalidRequestException")
    }

    @Test(arguments: [("SELECT 1", "_col0"), ("SELECT 1 AS id", "id"), ("/* c */ select 1 n", "n")])
    func `the column of a SELECT bears its alias`(statement: String, column: String) throws {
        let lake = try Lake()
        let id = try lake.operate(.athena, "startQueryExecution", ["QueryString": .string(statement)])
        let results = try lake.operate(.athena, "getQueryResults", id)["ResultSet"]
        #expect(results?["ResultSetMetadata"]?["ColumnInfo"]?[0]?["Name"]?.stringValue == column)
        let query = try lake.operate(.athena, "getQueryExecution", id)["QueryExecution"]
        #expect(query?["StatementType"] == "DML")
    }

    // MARK: A folder's mark

    private func objects(_ lake: Lake) throws -> JSONValue? {
        try lake.call("s3:listObjectsV2", ["Bucket": "bucket", "Prefix": "cleanroom/a/", "MaxKeys": 2]).value
    }

    @Test(arguments: [true, false])
    func `CREATE DATABASE leaves a folder's mark, or nothing`(leaves: Bool) throws {
        var behavior = LakeBehavior()
        behavior.leavesFolderMark = leaves
        let lake = try Lake(behavior: behavior)
        try lake.makeDatabase()
        let mark: JSONValue = ["Key": "cleanroom/a/", "Size": 0]
        #expect(try objects(lake)?["Contents"] == (leaves ? [mark] : []))
        #expect(try objects(lake)?["KeyCount"] == (leaves ? 1 : 0))
        // The mark is an object like any other, which nobody deletes.
        #expect(try lake.run("DROP DATABASE a").error == nil)
        #expect(try objects(lake)?["Contents"] == (leaves ? [mark] : []))
    }

    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
    @Test func `objects are listed with their keys and sizes, and a list that is cut off says so`() throws {
        let lake = try Lake()
        let path = lake.folder.path + "/warehouse/bucket/cleanroom/a"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for name in ["x", "y"] { try Data(name.utf8 + [0, 0]).write(to: URL(fileURLWithPath: path + "/" + name)) }
        let two = try objects(lake)
        #expect(two?["KeyCount"] == 2)
        #expect(two?["IsTruncated"] == false)
        #expect(two?["Contents"]?[0]?["Size"] == 3)
        try Data().write(to: URL(fileURLWithPath: path + "/z"))
        #expect(try objects(lake)?["IsTruncated"] == true)
        #expect(try objects(lake)?["KeyCount"] == 2)
    }
}
