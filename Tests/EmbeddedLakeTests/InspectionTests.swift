import CleanroomModel
import EmbeddedLake
import StatesLanguage
import TestSupport
import Testing

/// Looking into a lake that somebody repairs.
@Suite(.timeLimit(.minutes(1)))
struct InspectionTests {
    @Test func `what is packed is shown as it was`() async throws {
        let lake = try TestLake()
        let request = try TestLake.request()
        _ = try await lake.create(request)
        let rooms = try lake.store.inspect("SELECT * FROM catalog_room")
        #expect(rooms.map { $0["room"] } == [.string(request.database.text)])
        let database = rooms.first?["content"]?[request.database.text]?["Database"]
        #expect(database?["Description"]?.stringValue?.contains(request.requestID.text) == true)
        let journal = try lake.store.inspect("SELECT entries FROM journal")
        #expect(journal.allSatisfy { $0["entries"]?.arrayValue?.isEmpty == false })
        let found = try lake.store.inspect(
            "SELECT count(*) AS found FROM query_execution WHERE unpacked(statement) LIKE 'CREATE DATABASE%'")
        #expect(found.first?["found"] == 1)
        #expect(try lake.store.tables().first { $0.name == "catalog_room" }?.rows == 1)
    }

    @Test(arguments: [
        "DELETE FROM catalog_room", "DROP TABLE journal", "PRAGMA user_version = 7", "SELECT 1; DELETE FROM journal",
        "VACUUM", "CREATE TEMP TABLE x (y)", "SELECT nonsense", "",
    ])
    func `a statement that does more than read is refused, and changes nothing`(statement: String) async throws {
        let lake = try TestLake()
        _ = try await lake.create(try TestLake.request())
        let before = try lake.store.tables().map { "\($0)" }
        #expect(throws: LakeStore.StatementRefused.self) { try lake.store.inspect(statement) }
        #expect(try lake.store.tables().map { "\($0)" } == before)
        #expect(try lake.store.inspect("PRAGMA user_version").first?["user_version"] == 0)
    }
}
