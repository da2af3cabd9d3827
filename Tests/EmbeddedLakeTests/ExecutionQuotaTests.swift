import DurableExecution
import EmbeddedLake
import Foundation
import StatesLanguage
import TestSupport
import Testing

/// How much clients may have running, and that the service's own requests are none of it.
@Suite(.timeLimit(.minutes(1)))
struct ExecutionQuotaTests {
    private static let waits: JSONValue = [
        "StartAt": "W", "States": ["W": ["Type": "Wait", "Seconds": 3600, "End": true]],
    ]

    private static func lake(executions: Int = 10, bytes: Int = 1_000_000, depth: Int = 3) throws -> CalledLake {
        var limits = ExecutionLimits()
        (limits.executions, limits.bytes, limits.depth) = (executions, bytes, depth)
        return try CalledLake(limits: limits)
    }

    private static func machine(_ definition: JSONValue = waits, in lake: CalledLake) throws -> String {
        let answer = try lake.operate(
            .stepFunctions, "createStateMachine",
            [
                "Name": .string("m-\(UUID().uuidString)"), "Definition": .string(definition.text),
                "RoleArn": .string(CalledLake.role),
            ])
        return try #require(answer["StateMachineArn"]?.stringValue)
    }

    private static func start(
        _ machine: String, name: String = UUID().uuidString, input: String = "{}", in lake: CalledLake
    ) throws -> String {
        let answer = try lake.operate(
            .stepFunctions, "startExecution",
            ["StateMachineArn": .string(machine), "Name": .string(name), "Input": .string(input)])
        return try #require(answer["ExecutionArn"]?.stringValue)
    }

    private static func isRefused(_ body: () throws -> Void) -> Bool {
        do {
            try body()
            return false
        } catch {
            return (error as? ServiceError)?.code == "ExecutionLimitExceededException"
        }
    }

    private static func end(_ execution: String, in lake: CalledLake) throws {
        try lake.store.writeNow { transaction in
            try transaction.finish(
                ExecutionARN(execution), with: .aborted(error: nil, cause: nil), at: Timestamp(milliseconds: 1),
                eventCount: nil)
        }
    }

    @Test func `one execution more than may run is refused, until one has ended`() throws {
        let lake = try Self.lake()
        let machine = try Self.machine(in: lake)
        let started = try (0..<10).map { try Self.start(machine, name: "e\($0)", in: lake) }
        for _ in 0..<3 { #expect(Self.isRefused { _ = try Self.start(machine, in: lake) }) }
        #expect(try lake.store.runningExecutionCount() == 10)
        // The same start once more is no other execution.
        #expect(try Self.start(machine, name: "e3", in: lake) == started[3])
        try Self.end(started[4], in: lake)
        _ = try Self.start(machine, in: lake)
        #expect(Self.isRefused { _ = try Self.start(machine, in: lake) })
        // Neither is one started again.
        try Self.end(started[5], in: lake)
        _ = try Self.start(machine, in: lake)
        let redrive = {
            _ = try lake.operate(.stepFunctions, "redriveExecution", ["ExecutionArn": .string(started[5])])
        }
        #expect(Self.isRefused(redrive))
        try Self.end(started[6], in: lake)
        #expect(!Self.isRefused(redrive))
    }

    @Test func `one request more than may run is refused, and what the service starts itself is not`() throws {
        var limits = ExecutionLimits()
        limits.requests = 5
        let lake = try CalledLake(limits: limits)
        let own = try TestLake.machine.get()
        try lake.store.installBuiltIn([own], at: Timestamp(milliseconds: 0))
        let started = try (0..<5).map { try Self.start(own.reference.arn, name: "e\($0)", in: lake) }
        #expect(Self.isRefused { _ = try Self.start(own.reference.arn, in: lake) })
        func ask(_ name: String, isAsked: Bool) throws {
            let start = ExecutionStart(
                machine: own.reference, name: name, input: [:], startedAt: Timestamp(milliseconds: 0), seed: 1)
            _ = try lake.store.writeNow { transaction in
                Result { try transaction.start(start, of: own, isAsked: isAsked) }
            }.get()
        }
        #expect(Self.isRefused { try ask("asked", isAsked: true) })
        try ask("its own", isAsked: false)
        try Self.end(started[0], in: lake)
        try Self.end(started[1], in: lake)
        try ask("asked", isAsked: true)
        #expect(Self.isRefused { try ask("asked again", isAsked: true) })
    }

    @Test func `another process on the folder counts what runs there already`() throws {
        let lake = try Self.lake()
        let machine = try Self.machine(in: lake)
        for _ in 0..<10 { _ = try Self.start(machine, in: lake) }
        var limits = ExecutionLimits()
        limits.executions = 10
        let other = try CalledLake(limits: limits, folder: lake.folder)
        #expect(Self.isRefused { _ = try Self.start(machine, in: other) })
    }

    @Test func `the bytes of what runs are limited, too`() throws {
        let lake = try Self.lake(executions: 1000, bytes: 50_000)
        let machine = try Self.machine(in: lake)
        let input = #"{"a":"\#(String(repeating: "ä", count: 4996))"}"#
        #expect(input.utf8.count == 10_000)
        for _ in 0..<5 { _ = try Self.start(machine, input: input, in: lake) }
        #expect(Self.isRefused { _ = try Self.start(machine, input: input, in: lake) })
        #expect(Self.isRefused { _ = try Self.start(machine, in: lake) }, "two bytes are too many as well")
    }

    @Test func `the service's own requests go on while clients have used up theirs`() throws {
        let lake = try Self.lake()
        let machine = try Self.machine(in: lake)
        for _ in 0..<10 { _ = try Self.start(machine, in: lake) }
        #expect(Self.isRefused { _ = try Self.start(machine, in: lake) })
        let own = try TestLake.machine.get()
        try lake.store.installBuiltIn([own], at: Timestamp(milliseconds: 0))
        for number in 0..<20 {
            // As the account service starts them, and as the JSON API does.
            _ = try Self.start(own.reference.arn, in: lake)
            let result = try lake.store.startExecution(
                of: own, name: "own-\(number)", input: [:], at: Timestamp(milliseconds: 0), seed: 1)
            guard case .started = result else { throw TestFailure("\(result)") }
        }
        #expect(try lake.store.runningExecutionCount() == 50)
        #expect(Self.isRefused { _ = try Self.start(machine, in: lake) })
    }

    @Test func `what a client starts of an own machine with more than a request counts as well`() throws {
        let lake = try Self.lake(bytes: 4000)
        let own = try TestLake.machine.get()
        try lake.store.installBuiltIn([own], at: Timestamp(milliseconds: 0))
        func start(bytes: Int) throws -> String {
            let input = #"{"a":"\#(String(repeating: "a", count: bytes - 8))"}"#
            return try Self.start(own.reference.arn, input: input, in: lake)
        }
        for _ in 0..<20 { _ = try start(bytes: 1024) }
        let large = try (0..<3).map { _ in try start(bytes: 1025) }
        #expect(Self.isRefused { _ = try start(bytes: 1025) })
        _ = try start(bytes: 1024)
        try Self.end(large[0], in: lake)
        _ = try start(bytes: 1025)
        // It is the service's own all the same, and what a rule starts for it is never refused.
        #expect(try lake.store.execution(named: ExecutionARN(large[1]))?.isOwn == true)
    }

    @Test func `a machine that starts itself twice ends at the depth that may be`() async throws {
        let lake = try Self.lake(executions: 1000)
        let name = "m-\(UUID().uuidString)"
        let arn = "arn:aws:states:us-east-1:000000000000:stateMachine:\(name)"
        let task: JSONObject = [
            "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:startExecution",
            "Parameters": ["StateMachineArn": .string(arn), "Input": "{}"],
        ]
        let definition: JSONValue = [
            "StartAt": "A",
            "States": [
                "A": .object(task.merging(["Next": "B"])), "B": .object(task.merging(["End": true])),
            ],
        ]
        _ = try lake.operate(
            .stepFunctions, "createStateMachine",
            ["Name": .string(name), "Definition": .string(definition.text), "RoleArn": .string(CalledLake.role)])
        _ = try Self.start(arn, in: lake)
        let clock = TestClock()
        let engine = Engine(store: lake.store, handlers: LakeServices.handlers(), clock: clock)
        while try lake.store.runningExecutionCount() > 0 {
            try await engine.resume()
            try await Task.sleep(for: .milliseconds(1))
        }
        await engine.shutDown()
        let records = try lake.store.executions(limit: 100)
        #expect(records.count == 15)
        let failed = records.filter { $0.status == .failed }
        #expect(failed.count == 8, "the deepest start nothing")
        #expect(failed.allSatisfy { $0.error == "Sfn.ExecutionLimitExceededException" })
        #expect(records.filter { $0.status == .succeeded }.count == 7)
    }
}
