import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import StatesLanguage
import TestSupport
import Testing

/// What executions do in one transaction leaves the lake as if one had come after the other.
@Suite(.timeLimit(.minutes(2)))
struct SharedTurnTests {
    private let folder = TemporaryFolder()
    private let store: LakeStore

    init() throws {
        store = try LakeStore(folder: DataFolder(path: folder.path))
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `many executions that share turns and names leave a lake that is as whole as any`(seed: UInt64) async throws {
        let machine = try TestLake.machine.get()
        var random = SeededRandom(seed: seed)
        // Many of them want the same name, some at the same time.
        let requests = try (0..<120).map { _ in
            try TestLake.request("room_\(random.next() % 40)", id: random.uuid())
        }
        for request in requests {
            _ = try store.startExecution(
                of: machine, name: request.requestID.text, input: request.json, at: SystemClock().now(),
                seed: random.next())
        }
        let engine = Engine(store: store, handlers: LakeServices.handlers(), clock: TestClock())
        try await engine.resume()
        for request in requests {
            _ = try await engine.outcome(of: machine.reference.executionARN(name: request.requestID.text))
        }
        await engine.shutDown()
        #expect(try LakeInvariants(folder: folder.path).violations(of: requests) == [])
        let names = Set(requests.map(\.database.text))
        #expect(try store.rooms(limit: 100).map(\.database).sorted() == names.sorted())
    }
}
