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

    @Test(arguments: [
        "DELETE FROM permission WHERE resource = 'made' AND kind = 'TABLES'",
        "UPDATE permission SET grantable = '' WHERE resource = 'made' AND kind = 'DATABASE'",
        "UPDATE permission SET principal = '999999999999' WHERE resource = 'made' AND kind = 'DATABASE'",
        "INSERT INTO permission VALUES ('DATABASE', 'made', 'IAM_ALLOWED_PRINCIPALS', 'ALL', '')",
        "INSERT INTO permission VALUES ('TABLES', 'nothing', '111122223333', 'SELECT', '')",
        "DELETE FROM registered_location WHERE arn LIKE '%/made/'",
        "UPDATE registered_location SET is_hybrid = 1 WHERE arn LIKE '%/made/'",
        "INSERT INTO registered_location VALUES ('arn:aws:s3:::b/x/', 'r', 0, 0)",
        "DELETE FROM catalog_database WHERE name = 'made'", "DELETE FROM catalog_database WHERE name = 'stood'",
        "UPDATE catalog_database SET description = 'x' WHERE name = 'stood'",
        "UPDATE catalog_database SET parameters = '{}' WHERE name = 'made'",
        "UPDATE catalog_database SET table_defaults = '[1]' WHERE name = 'made'",
        "INSERT INTO catalog_database VALUES ('half', NULL, NULL, '{}', '[]', 0)",
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
