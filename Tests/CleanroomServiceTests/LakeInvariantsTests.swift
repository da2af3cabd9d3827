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

    private static let grant = "room, name, kind, principal, permissions, grantable"

    @Test(arguments: [
        "DELETE FROM catalog_entry WHERE name = 'made' AND kind = 'TABLES'",
        "UPDATE catalog_entry SET grantable = '' WHERE name = 'made' AND permissions = 'DESCRIBE'",
        "UPDATE catalog_entry SET principal = '999999999999' WHERE name = 'made' AND permissions = 'DESCRIBE'",
        "INSERT INTO catalog_entry (\(grant)) VALUES ('made', 'made', 'DATABASE', 'IAM_ALLOWED_PRINCIPALS', 'ALL', '')",
        "INSERT INTO catalog_entry (\(grant)) VALUES ('nothing', 'nothing', 'TABLES', '111122223333', 'SELECT', '')",
        "DELETE FROM catalog_entry WHERE name LIKE '%/made/' AND principal = ''",
        "UPDATE catalog_entry SET is_hybrid = 1 WHERE name LIKE '%/made/' AND principal = ''",
        """
        INSERT INTO catalog_entry (room, name, kind, principal, role_arn, is_hybrid, created_at)
            VALUES ('x', 'arn:aws:s3:::b/x/', 'LOCATION', '', 'r', 0, 0)
        """,
        "DELETE FROM catalog_entry WHERE name = 'made' AND principal = ''",
        "DELETE FROM catalog_entry WHERE name = 'stood' AND principal = ''",
        "UPDATE catalog_entry SET description = CAST('x' AS BLOB) WHERE name = 'stood' AND principal = ''",
        "UPDATE catalog_entry SET parameters = CAST('{}' AS BLOB) WHERE name = 'made' AND principal = ''",
        "UPDATE catalog_entry SET table_defaults = '[1]' WHERE name = 'made' AND principal = ''",
        "UPDATE catalog_entry SET room = 'elsewhere' WHERE name = 'made'",
        """
        INSERT INTO catalog_entry (room, name, kind, principal, parameters, table_defaults, created_at)
            VALUES ('half', 'half', 'DATABASE', '', CAST('{}' AS BLOB), '[]', 0)
        """,
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
