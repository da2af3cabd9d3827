import CleanroomModel
import EmbeddedLake
import Foundation
import GRDB
import TestSupport
import Testing

/// The checker of lakes finds what is wrong with one.
@Suite(.timeLimit(.minutes(2)))
struct LakeInvariantsTests {
    /// A lake with a room that stood before, one that was made and one that was refused.
    private func prepare() async throws -> (lake: TestLake, before: LakeRows, requests: [CleanroomRequest]) {
        let lake = try TestLake()
        let stood = try TestLake.request("stood")
        _ = try await lake.create(stood)
        let before = try LakeRows(folder: lake.folder.path)
        let requests = [try TestLake.request("made"), try TestLake.request("stood")]
        for request in requests { _ = try await lake.create(request) }
        return (lake, before, requests)
    }

    @Test func `a lake in which all is well has no violations`() async throws {
        let (lake, before, requests) = try await prepare()
        #expect(try LakeInvariants(folder: lake.folder.path, before: before).violations(of: requests) == [])
    }

    /// A statement that changes what the catalog has of a room.
    private static func change(_ room: String, _ function: String, _ arguments: String) -> String {
        """
        UPDATE catalog_room SET content = CAST(\(function)(unpacked(content), \(arguments)) AS BLOB)
            WHERE room = '\(room)'
        """
    }

    private static func insert(_ name: String, in room: String, _ content: String) -> String {
        "INSERT INTO catalog_room VALUES ('\(room)', CAST(json_object('\(name)', json('\(content)')) AS BLOB))"
    }

    private static let place = #"'$."arn:aws:s3:::mytiki-ocean/cleanroom/made/".Location"#

    @Test(arguments: [
        change("made", "json_remove", "'$.made.Permissions.TABLES'"),
        change("made", "json_set", #"'$.made.Permissions.DATABASE."\#(TestLake.account)"[1]', ''"#),
        change(
            "made", "json_set", #"'$.made.Permissions.DATABASE', json('{"999999999999": ["DESCRIBE", "DESCRIBE"]}')"#),
        change("made", "json_set", #"'$.made.Permissions.DATABASE.IAM_ALLOWED_PRINCIPALS', json('["ALL", ""]')"#),
        insert("nothing", in: "nothing", #"{"Permissions": {"TABLES": {"111122223333": ["SELECT", ""]}}}"#),
        change("made", "json_remove", place + "'"),
        change("made", "json_set", place + ".HybridAccessEnabled', json('true')"),
        insert(
            "arn:aws:s3:::b/x/", in: "x",
            #"{"Location": {"RoleArn": "r", "HybridAccessEnabled": false, "LastModified": 0}}"#),
        change("made", "json_remove", "'$.made.Database'"), change("stood", "json_remove", "'$.stood.Database'"),
        "DELETE FROM catalog_room WHERE room = 'stood'",
        change("stood", "json_set", "'$.stood.Database.Description', 'x'"),
        change("made", "json_set", "'$.made.Database.Parameters', json('{}')"),
        change("made", "json_set", "'$.made.Database.CreateTableDefaultPermissions', json('[1]')"),
        "UPDATE catalog_room SET room = 'elsewhere' WHERE room = 'made'",
        insert(
            "half", in: "half",
            #"{"Database": {"Parameters": {}, "CreateTableDefaultPermissions": [], "CreateTime": 0}}"#),
        "INSERT INTO catalog_table (database_name, name, input, created_at) VALUES ('made', 't', '{}', 0)",
        "UPDATE execution SET status = 'RUNNING' WHERE id = (SELECT MAX(id) FROM execution)",
        "UPDATE execution SET status = 'SUCCEEDED', error = NULL WHERE status = 'FAILED'",
        "UPDATE execution SET cause = 'another' WHERE status = 'FAILED'",
        "DELETE FROM answer WHERE execution = (SELECT MAX(execution) FROM answer)",
        "UPDATE answer SET body = replace(body, 'stays', 'stayed')",
        "UPDATE answer SET path = '/api/latest/ocean/cleanroom/create'",
        "DELETE FROM journal WHERE execution = (SELECT MAX(execution) FROM journal)",
    ])
    func `whatever is changed in it is found`(change: String) async throws {
        let (lake, before, requests) = try await prepare()
        try await DatabaseQueue.lake(in: lake.folder.path).write { try $0.execute(sql: change) }
        #expect(try !LakeInvariants(folder: lake.folder.path, before: before).violations(of: requests).isEmpty)
    }

    @Test func `an object in a room and a file that is open to others are found`() async throws {
        let (lake, before, requests) = try await prepare()
        let room = lake.folder.path + "/warehouse/mytiki-ocean/cleanroom/made"
        try FileManager.default.createDirectory(
            atPath: room, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let object = room + "/part-0.parquet"
        #expect(FileManager.default.createFile(atPath: object, contents: nil, attributes: [.posixPermissions: 0o644]))
        let found = try LakeInvariants(folder: lake.folder.path, before: before).violations(of: requests)
        #expect(found.count == 2, "\(found)")
    }
}
