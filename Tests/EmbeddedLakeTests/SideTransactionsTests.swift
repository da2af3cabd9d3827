import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import StatesLanguage
import Synchronization
import TestSupport
import Testing

/// What is done beside each other leaves the lake as if one had come after the other.
@Suite(.timeLimit(.minutes(2)))
struct SideTransactionsTests {
    private let folder = TemporaryFolder()
    private let store: LakeStore

    init() throws {
        store = try LakeStore(folder: DataFolder(path: folder.path))
    }

    private static func create(_ name: String, token: String? = nil) throws -> LakeCall {
        try LakeCall(
            statement: "CREATE DATABASE \(name) LOCATION 's3://bucket/cleanroom/\(name)/'", token: token)
    }

    /// Carries calls out beside each other, and gives what became of them and how often each was begun.
    private func carryOut(_ calls: [LakeCall]) async throws -> (results: [TaskResult], begun: [Int]) {
        let begun = Counts(calls.count)
        let results = try await store.write(
            each: calls.enumerated().map { number, call in
                { transaction in
                    begun.add(number)
                    return try call.carryOut(in: transaction)
                }
            })
        return (results, begun.all)
    }

    private func rows(_ table: String) throws -> Set<String> { try LakeRows(folder: folder.path).rows[table] ?? [] }

    @Test func `what has nothing in common is done once each`() async throws {
        let (results, begun) = try await carryOut(["a", "b", "c"].map { try Self.create($0) })
        #expect(results.allSatisfy { $0.error == nil })
        #expect(begun == [1, 1, 1])
        #expect(try rows("database").count == 3)
        // Of its maker and of everybody.
        #expect(try rows("permission").count == 6)
    }

    @Test func `what reads what another changes is done after it`() async throws {
        let (results, begun) = try await carryOut(["a", "b", "a"].map { try Self.create($0) })
        #expect(results.map { $0.error == nil } == [true, true, false])
        #expect(results[2].error?.cause.contains("Database a already exists") == true)
        #expect(begun == [2, 2, 2])
        #expect(try rows("database").count == 2)
    }

    @Test func `a statement that is taken in twice under one token is run once`() async throws {
        let token = String(repeating: "t", count: 32)
        let (results, begun) = try await carryOut([Self.create("a", token: token), Self.create("a", token: token)])
        #expect(results[0] == results[1])
        #expect(results[0].error == nil)
        #expect(begun == [2, 2])
    }

    @Test func `a statement that was taken in before is found by its token beside others`() async throws {
        let token = String(repeating: "t", count: 32)
        _ = try await carryOut([Self.create("a", token: token)])
        let (results, begun) = try await carryOut([Self.create("b"), Self.create("a", token: token)])
        #expect(results.allSatisfy { $0.error == nil })
        #expect(begun == [1, 1])
        #expect(try rows("database").count == 2)
    }

    @Test func `what is refused leaves nothing, and what stands beside it all`() async throws {
        _ = try await carryOut([Self.create("taken")])
        let (results, begun) = try await carryOut([Self.create("a"), Self.create("taken"), Self.create("b")])
        #expect(results.map { $0.error == nil } == [true, false, true])
        #expect(begun == [1, 1, 1])
        #expect(try rows("database").count == 3)
    }

    @Test func `what needs the connection that writes is done after the others`() async throws {
        let list = try LakeCall(
            "aws-sdk:sfn:listExecutions",
            ["StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:none"])
        let (results, begun) = try await carryOut([Self.create("a"), list])
        #expect(results[0].error == nil)
        #expect(results[1].error?.error == "Sfn.StateMachineDoesNotExistException")
        #expect(begun == [2, 2])
        #expect(try rows("database").count == 1)
    }

    @Test(arguments: 0..<3) func `an error of the store takes all of it back`(position: Int) async throws {
        let calls = try ["a", "b", "c"].map { try Self.create($0) }
        await #expect(throws: LakeError.self) {
            _ = try await store.write(
                each: calls.enumerated().map { number, call in
                    { transaction in
                        if number == position { throw TestFailure("the disk is full") }
                        return try call.carryOut(in: transaction)
                    }
                })
        }
        #expect(try rows("database").isEmpty)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `executions on lanes leave a lake that is as whole as any`(seed: UInt64) async throws {
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
        let engine = Engine(store: store, handlers: LakeServices.handlers(), clock: TestClock(), laneCount: 3)
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

/// How often each of some things happened.
private final class Counts: Sendable {
    private let counts: Mutex<[Int]>

    init(_ count: Int) { counts = Mutex(Array(repeating: 0, count: count)) }

    var all: [Int] { counts.withLock { $0 } }
    func add(_ number: Int) { counts.withLock { $0[number] += 1 } }
}
