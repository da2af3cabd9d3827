import CleanroomModel
import DurableExecution
import Foundation
import GRDB
import StatesLanguage
import TestSupport
import Testing

@testable import EmbeddedLake

/// Lakes as released versions left them: `Tests/Fixtures/schemas/N.sql` is what `sqlite3 lake.sqlite .dump` gave for
/// schema N, with executions that were done, failed, undelivered, in the middle, and only just started.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct OlderSchemaTests {
    private static let fixtures = Project.root.appending(path: "Tests/Fixtures/schemas")

    private static func id(_ number: Int) -> String { "00000000-0000-4000-8000-00000000000\(number)" }

    /// The lake of a fixture, in which this is done before it is taken on.
    private static func lake(of schema: String, _ statements: String = "") throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        let sql = try String(contentsOf: fixtures.appending(path: "\(schema).sql"), encoding: .utf8)
        try DatabaseQueue.lake(in: folder.path).writeWithoutTransaction { try $0.execute(sql: sql + statements) }
        return folder
    }

    @Test func `there is a fixture for each schema before the present one`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.fixtures.path).sorted()
        let folder = TemporaryFolder()
        _ = try LakeStore(folder: DataFolder(path: folder.path))
        let schemas = try DatabaseQueue.lake(in: folder.path).read { db in
            try String.fetchAll(db, sql: "SELECT identifier FROM grdb_migrations")
        }
        #expect(Set(files.map { $0.prefix(1) }).count == schemas.count - 1, "\(files) for \(schemas)")
    }

    @Test(arguments: ["1", "2", "3", "4", "4-in-rows", "5"])
    func `a lake of an older schema is taken on: what is done stays, what ran is finished`(schema: String) async throws
    {
        let folder = try Self.lake(of: schema)
        // What runs is a machine of that time, which revokes ALL alone and takes one refusal for what is not there.
        var behavior = LakeBehavior()
        behavior.creatorHoldsEachPermission = false
        behavior.refusalOfMissing = .entityNotFound
        let store = try LakeStore(folder: DataFolder(path: folder.path), behavior: behavior)
        let rows = try LakeRows(folder: folder.path)
        let done = try [1, 2].map { try #require(try store.execution(named: Self.id($0))) }
        #expect(done.map(\.status) == [.succeeded, .failed])
        for number in 3...6 { #expect(try store.execution(named: Self.id(number))?.status == .running) }
        #expect(try store.execution(named: Self.id(3))?.answer?.status == .undelivered)

        // Answers can be delivered now, so whatever runs comes to its end.
        let delivered = Deliveries()
        let engine = Engine(
            store: store, handlers: LakeServices.handlers { await delivered.take($0) }, clock: TestClock())
        try await engine.resume()
        for number in 3...6 {
            let arn = try #require(try store.execution(named: Self.id(number))).start.arn
            _ = try await engine.outcome(of: arn)
        }
        await engine.shutDown()

        let requests = try [
            (1, "111122223333", "stood"), (2, "444455556666", "stood"), (3, "111122223333", "undelivered"),
            (4, "111122223333", "halfway"), (5, "111122223333", "begun"), (6, "111122223333", "started"),
        ].map { try CleanroomRequest(requestID: Self.id($0), account: $1, database: $2) }
        let violations = try LakeInvariants(folder: folder.path).violations(of: requests)
        #expect(violations.isEmpty, "\(violations.joined(separator: "; "))")
        #expect(await delivered.requestIDs == (3...6).map(Self.id))
        for number in 3...6 { #expect(try store.execution(named: Self.id(number))?.answer?.status == .delivered) }
        let stood = rows.rows["permission"]?.filter { $0.contains("stood") } ?? []
        #expect(stood.count == 3)
        #expect(try LakeRows(folder: folder.path).rows["permission"]?.isSuperset(of: stood) == true)
    }

    @Test func `of the machines of an older lake those are the service's own that no client could make`() throws {
        let folder = try Self.lake(
            of: "5",
            """
            INSERT INTO state_machine (id, arn, name, role_arn, definition_hash, definition)
                VALUES (101, 'own', 'own', 'r', 'before', '{}'), (102, 'own', 'own', 'r', 'now', '{}'),
                    (103, 'of-a-client', 'c', 'r', 'x', '{}'), (104, 'deleted', 'd', 'r', 'x', '{}'),
                    (105, 'of-commands', 'm', 'r', 'x', '{}');
            INSERT INTO machine_family (arn) VALUES ('of-a-client');
            INSERT INTO machine (arn, version, created_at, updated_at, deleted_at, is_built_in, options, tags)
                VALUES ('own', 102, 1, 1, NULL, 1, '{}', '{}'), ('of-a-client', 103, 1, 1, NULL, 0, '{}', '{}'),
                    ('deleted', 104, 1, 1, 2, 0, '{}', '{}');
            INSERT INTO execution (name, family, machine, input, started_at, seed, status)
                VALUES ('e', (SELECT id FROM machine_family WHERE arn = 'of-a-client'), 103, '{"a":"ä"}', 1, 1, 'RUNNING');
            """)
        _ = try LakeStore(folder: DataFolder(path: folder.path))
        try DatabaseQueue.lake(in: folder.path).read { db in
            let own = try Int.fetchAll(db, sql: "SELECT id FROM state_machine WHERE is_own AND id > 100 ORDER BY id")
            #expect(own == [102, 105])
            let sizes = try Row.fetchAll(
                db, sql: "SELECT name, client_depth, client_bytes FROM execution WHERE client_bytes IS NOT NULL")
            #expect(sizes == [["name": "e", "client_depth": 0, "client_bytes": 10]])
        }
    }

    @Test func `what clients have made in an older lake is there as they made it`() throws {
        let folder = try Self.lake(
            of: "3",
            """
            INSERT INTO catalog_database VALUES
                ('sales', NULL, NULL, '{"owner":"Zoë \\"Z\\""}', '[{"Permissions":["ALL"]}]', 7),
                ('größe/jahr', 'years', 's3://b/größe/', '{}', '[]', 8);
            INSERT INTO catalog_table (database_name, name, input, created_at, updated_at, version)
                VALUES ('sales', 'orders', '{"Name":"orders","Retention":3}', 9, 10, 2);
            INSERT INTO registered_location VALUES
                ('arn:aws:s3:::b', 'r', 1, 11), ('arn:aws:s3:::b/x/sales/', 's', 0, 12);
            INSERT INTO permission VALUES
                ('DATABASE', 'sales', 'z', 'ALL', 'ALL'), ('DATABASE', 'sales', 'a', 'ALTER DROP', ''),
                ('TABLES', 'sales', 'a', 'SELECT', ''), ('TABLE', 'sales.orders', 'ä', 'SELECT', 'SELECT'),
                ('LOCATION', 'arn:aws:s3:::b/x/sales/', 'a', 'DATA_LOCATION_ACCESS', '');
            """)
        let store = try LakeStore(folder: DataFolder(path: folder.path))
        try store.writeNow { transaction in
            let sales = try transaction.entries("sales")
            #expect(
                sales.database
                    == CatalogDatabase(
                        name: "sales", description: nil, location: nil, parameters: ["owner": "Zoë \"Z\""],
                        tableDefaults: [["Permissions": ["ALL"]]], createdAt: Timestamp(milliseconds: 7)))
            #expect(
                sales.permissions == [
                    PermissionEntry(
                        principal: "a", resource: .database("sales"), permissions: ["ALTER", "DROP"], grantable: []),
                    PermissionEntry(
                        principal: "z", resource: .database("sales"), permissions: ["ALL"], grantable: ["ALL"]),
                    PermissionEntry(
                        principal: "a", resource: .tables(of: "sales"), permissions: ["SELECT"], grantable: []),
                ])
            #expect(try transaction.database("größe/jahr")?.location == "s3://b/größe/")
            let orders = try #require(try transaction.table("orders", in: "sales"))
            #expect(orders.input == ["Name": "orders", "Retention": 3])
            #expect([orders.createdAt, orders.updatedAt] == [9, 10].map { Timestamp(milliseconds: $0) })
            #expect(orders.version == 2)
            #expect(
                try transaction.permissions(on: .table("orders", of: "sales")) == [
                    PermissionEntry(
                        principal: "ä", resource: .table("orders", of: "sales"), permissions: ["SELECT"],
                        grantable: ["SELECT"])
                ])
            let location = try #require(try transaction.registeredLocation("arn:aws:s3:::b"))
            #expect(location.roleARN == "r" && location.isHybrid)
            #expect(location.registeredAt == Timestamp(milliseconds: 11))
            let place = SecuredResource.location(arn: "arn:aws:s3:::b/x/sales/")
            #expect(try transaction.permission(of: "a", on: place)?.permissions == ["DATA_LOCATION_ACCESS"])
        }
    }
}

/// Takes every answer.
private actor Deliveries {
    private var taken: Set<String> = []

    var requestIDs: [String] { taken.sorted() }

    func take(_ task: TaskRequest) -> TaskResult {
        taken.insert(task.parameters["RequestBody"]?["requestId"]?.stringValue ?? "")
        return .success(["StatusCode": 200])
    }
}
