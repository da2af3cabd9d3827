import CleanroomModel
import DurableExecution
import EmbeddedLake
import Foundation
import GRDB
import StatesLanguage
import TestSupport
import Testing

struct LakeStoreTests {
    private func store(_ folder: TemporaryFolder) throws -> LakeStore {
        try LakeStore(folder: DataFolder(path: folder.path))
    }

    private func permissions(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test func `who owns the engine says by which deployment, and what an owner before has said does not count`()
        async throws
    {
        let folder = TemporaryFolder()
        let store = try LakeStore(folder: DataFolder(path: folder.path))
        let file = folder.path + "/engine.lock"
        let deployment = try Deployment([.bucket: "the-servers-own", .apiEndpoint: "http://localhost:8443"])
        var lock = try store.ownEngine(serving: deployment)
        #expect(lock != nil)
        #expect(try await store.servedDeployment() == deployment)
        try "nonsense".write(toFile: file, atomically: false, encoding: .utf8)
        await #expect(throws: LakeError.self) { try await store.servedDeployment() }
        lock = nil
        #expect(try await store.servedDeployment() == nil, "nobody owns it")
        lock = try store.ownEngine()
        #expect(try await store.servedDeployment() == nil, "the owner has no deployment of its own")
        lock = nil
    }

    @Test func `the folder is its owner's alone, and so is every file in it`() throws {
        let folder = TemporaryFolder()
        let store = try store(folder)
        let lock = try store.ownEngine()
        _ = try store.rooms(limit: 1)
        #expect(try permissions(folder.path) == 0o700)
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            #expect(try permissions(folder.path + "/" + file) == 0o600, "\(file)")
        }
        withExtendedLifetime(lock) {}
    }

    @Test func `one at a time owns the engine, and the next when that one lets go`() throws {
        let folder = TemporaryFolder()
        let (one, other) = (try store(folder), try store(folder))
        var lock = try one.ownEngine()
        #expect(lock != nil)
        #expect(try other.ownEngine() == nil)
        lock = nil
        #expect(try other.ownEngine() != nil)
        withExtendedLifetime(lock) {}
    }

    @Test func `a database of a newer version is refused and left alone`() throws {
        let folder = TemporaryFolder()
        _ = try store(folder)
        let path = folder.path + "/lake.sqlite"
        try DatabaseQueue(path: path).write { db in
            try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('999 from the future')")
        }
        func content() throws -> [String] {
            try DatabaseQueue(path: path).read { db in
                try Row.fetchAll(
                    db, sql: "SELECT sql FROM sqlite_master UNION ALL SELECT identifier FROM grdb_migrations"
                )
                .map(\.description)
            }
        }
        let before = try content()
        #expect(throws: LakeError.newerSchema(path: path)) { try store(folder) }
        #expect(try content() == before)
    }

    @Test func `a file that is no database is refused and left alone`() throws {
        let folder = TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        let path = folder.path + "/lake.sqlite"
        let text = Data(String(repeating: "this is not a database. ", count: 100).utf8)
        try text.write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: LakeError.self) { try store(folder) }
        #expect(error?.code == "LAKE_DAMAGED")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == text)
    }

    /// A statement that changes what the catalog has of a room.
    private static func change(_ function: String, _ arguments: String) -> String {
        "UPDATE catalog_room SET content = CAST(\(function)(unpacked(content), \(arguments)) AS BLOB)"
    }

    @Test(arguments: [
        "UPDATE execution SET status = 'NONSENSE'", "UPDATE execution SET input = '{'",
        "UPDATE answer SET status = 'NONSENSE'", "UPDATE answer SET body = ''",
        "UPDATE journal SET entries = CAST('[{}]' AS BLOB)",
        "UPDATE catalog_room SET content = x'01ff'", "UPDATE catalog_room SET content = CAST('{]' AS BLOB)",
        "UPDATE catalog_room SET content = CAST('[]' AS BLOB)", "DROP TABLE answer",
        change("json_remove", "'$.acme_room.Database.Parameters'"), change("json_set", "'$.acme_room', 'x'"),
        change("json_set", "'$.acme_room.Permissions.X', json('{}')"),
        change("json_set", "'$.acme_room.Permissions', 'x'"),
        change("json_set", "'$.acme_room.Permissions.TABLES', 'x'"),
        change("json_remove", #"'$."arn:aws:s3:::mytiki-ocean/cleanroom/acme_room/".Location.RoleArn'"#),
    ])
    func `what no program of ours writes is damage`(change: String) async throws {
        let lake = try TestLake()
        _ = try await lake.create(try TestLake.request())
        try await DatabaseQueue.lake(in: lake.folder.path).write { try $0.execute(sql: change) }
        let error = #expect(throws: LakeError.self) {
            for record in try lake.store.executions(limit: 10) { _ = try lake.store.history(of: record) }
            _ = try lake.store.room("acme_room")
        }
        #expect(error?.code == "LAKE_DAMAGED", "\(String(describing: error))")
    }

    @Test func `a folder that cannot be made says so`() throws {
        let error = #expect(throws: LakeError.self) { try LakeStore(folder: DataFolder(path: "/dev/null/x")) }
        #expect(error?.code == "LAKE_FOLDER_NOT_WRITABLE")
        #expect(error?.description.contains("--data-dir") == true)
    }

    @Test func `commits are on disk before they are acknowledged`() throws {
        let folder = TemporaryFolder()
        let store = try store(folder)
        #expect(try store.pragma("synchronous") == 2)
    }

    @Test func `journal entries come back as they were`() throws {
        let at = Timestamp(milliseconds: 5)
        let events: [ExecutionEvent] = [
            .taskSucceeded(id: 1, ["a": [.null, 1]]), .taskSucceeded(id: 2, .null),
            .taskFailed(id: 3, TaskFailure("E", "")), .timerFired(id: 4),
            .stopped(error: nil, cause: "c"), .timedOut, .redriven,
        ]
        for event in events {
            let entry = JournalEntry(at: at, event: event)
            #expect(JournalEntry(json: try JSONValue(parsing: entry.json.text)) == entry)
        }
    }
}
