import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import Foundation
import StatesLanguage
import TestSupport
import Testing

/// What becomes of a request: a whole room and success told, or nothing left and an error told.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct OutcomeTests {
    @Test func `a request makes a whole room and keeps its answer`() async throws {
        let lake = try TestLake()
        let request = try TestLake.request()
        let outcome = try await lake.create(request)
        #expect(outcome.status == .succeeded)
        #expect(outcome.record.answer?.path == "/api/latest/ocean/cleanroom/create")
        #expect(outcome.record.answer?.body == ["requestId": .string(request.requestID.text)])
        #expect(outcome.record.answer?.status == .kept)

        let room = try #require(try lake.store.room("acme_room"))
        #expect(room.location == "s3://mytiki-ocean/cleanroom/acme_room/")
        #expect(room.isRegistered)
        #expect(room.requestID == request.requestID.text)
        #expect(room.tableCount == 0)
        #expect(Set(room.grants.map(\.principal)) == [TestLake.account])
        let permissions = room.grants.map { ($0.resource.kind, $0.permissions, $0.grantable) }
        #expect(permissions.map(\.0) == ["LOCATION", "DATABASE", "TABLES"])
        #expect(permissions.map(\.1) == [["DATA_LOCATION_ACCESS"], ["DESCRIBE"], ["DESCRIBE", "SELECT"]])
        #expect(permissions.map(\.2) == permissions.map(\.1))
        // As in S3, a place without objects is nothing.
        #expect(!FileManager.default.fileExists(atPath: lake.folder.path + "/warehouse"))
    }

    @Test(arguments: ["user", "date", "order", "a", "select_", String(repeating: "a", count: 255)])
    func `a name that SQL reserves, or of the greatest length, is a name like any other`(name: String) async throws {
        let lake = try TestLake()
        #expect(try await lake.create(TestLake.request(name)).status == .succeeded)
        #expect(try lake.store.room(name) != nil)
    }

    @Test func `a taken name is refused, and the first room's rows stay as they are`() async throws {
        let lake = try TestLake()
        _ = try await lake.create(TestLake.request())
        let before = try lake.store.catalogRows()
        let outcome = try await lake.create(TestLake.request(account: "999999999999"))
        #expect(outcome.status == .failed)
        #expect(outcome.error?.message == ErrorMessage.databaseAlreadyExists.rawValue)
        #expect(outcome.record.error == ExecutionError.notCreated)
        #expect(try lake.store.catalogRows() == before)
    }

    @Test func `a repeated request is told the first outcome and writes no row`() async throws {
        let lake = try TestLake()
        let request = try TestLake.request()
        let first = try await lake.create(request)
        let (rows, count) = (try lake.store.catalogRows(), try lake.store.executions(limit: 10).count)
        let second = try await lake.create(request)
        #expect(second.isRepeat)
        #expect(second.status == .succeeded)
        #expect(second.record.start.arn == first.record.start.arn)
        #expect(try lake.store.catalogRows() == rows)
        #expect(try lake.store.executions(limit: 10).count == count)
    }

    @Test func `a requestId with other content is refused at once`() async throws {
        let lake = try TestLake()
        let id = UUID().uuidString
        _ = try await lake.create(TestLake.request(id: id))
        await #expect(throws: LakeError.requestIDReused(requestID: id)) {
            try await lake.create(TestLake.request("other_room", id: id))
        }
        #expect(try lake.store.executions(limit: 10).count == 1)
    }

    @Test func `a repeat that gets to run verifies the room, answers, and changes nothing`() async throws {
        let lake = try TestLake()
        let request = try TestLake.request()
        _ = try await lake.create(request)
        let before = try lake.store.catalogRows()
        let record = try await lake.start(input: request.json, name: "another-name")
        #expect(record.status == .succeeded)
        #expect(record.answer?.body == ["requestId": .string(request.requestID.text)])
        #expect(try lake.store.catalogRows() == before)
    }

    /// What the requestId is answered is the first one's to decide, however wrong the second is.
    @Test(
        arguments: [
            ["account": "12345", "database": "acme_room"], ["account": 111_122_223_333, "database": "acme_room"],
            ["account": "111122223333", "database": "No Name"], ["account": "111122223333"], [:],
        ] as [JSONObject])
    func `an invalid request under another name is not answered for a requestId that has an execution`(
        rest: JSONObject
    ) async throws {
        let lake = try TestLake()
        let request = try TestLake.request()
        _ = try await lake.create(request)
        let rows = try lake.store.catalogRows()
        let input = JSONObject([("requestId", .string(request.requestID.text))]).merging(rest)
        let record = try await lake.start(input: .object(input), name: "another-name")
        #expect(record.error == ExecutionError.requestIDReused)
        #expect(record.answer == nil)
        #expect(try lake.answers().count == 1)
        #expect(try lake.store.catalogRows() == rows)
    }

    @Test func `an invalid request that comes again under another name is told the same error`() async throws {
        let lake = try TestLake()
        let id = UUID().uuidString
        let input: JSONValue = ["requestId": .string(id), "account": "12345", "database": "acme_room"]
        let first = try await lake.start(input: input, name: id)
        let second = try await lake.start(input: input, name: "another-name")
        #expect(first.error == ExecutionError.notCreated && second.error == ExecutionError.notCreated)
        #expect(first.answer?.body["error"]?["message"]?.stringValue == ErrorMessage.invalidRequest.rawValue)
        #expect(first.answer?.body == second.answer?.body)
    }

    @Test func `many requests at once each get their outcome, and of those for one name exactly one its room`()
        async throws
    {
        let lake = try TestLake()
        let outcomes = try await withThrowingTaskGroup { group in
            for index in 0..<24 {
                group.addTask { try await lake.create(TestLake.request("room_\(index % 12)")) }
            }
            return try await group.reduce(into: [RequestOutcome]()) { $0.append($1) }
        }
        for name in (0..<12).map({ "room_\($0)" }) {
            let statuses = outcomes.filter { $0.database == name }.map(\.status)
            #expect(statuses.count(where: { $0 == .succeeded }) == 1)
            #expect(statuses.count(where: { $0 == .failed }) == 1)
        }
        #expect(try lake.store.rooms(limit: 100).count == 12)
    }

    @Test func `a location that is registered or filled already is left as it is`() async throws {
        let lake = try TestLake()
        let folder = lake.folder.path + "/warehouse/mytiki-ocean/cleanroom/acme_room"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/data.parquet"))
        let before = try lake.store.catalogRows()
        let outcome = try await lake.create(TestLake.request())
        #expect(outcome.error?.message == ErrorMessage.locationNotFree.rawValue)
        #expect(try lake.store.catalogRows() == before)
        #expect(FileManager.default.fileExists(atPath: folder + "/data.parquet"))
    }
}
