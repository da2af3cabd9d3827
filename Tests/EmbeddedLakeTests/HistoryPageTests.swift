import DurableExecution
import Foundation
import GRDB
import StatesLanguage
import TestSupport
import Testing

@testable import EmbeddedLake

/// A page of a history has its own events and no more is written out.
@Suite(.timeLimit(.minutes(1)))
struct HistoryPageTests {
    /// A loop that goes on until the history is full.
    private static let loop: JSONValue = [
        "StartAt": "A",
        "States": [
            "A": ["Type": "Pass", "Next": "B"],
            "B": [
                "Type": "Choice", "Choices": [["Variable": "$.a", "StringEquals": "end", "Next": "C"]], "Default": "A",
            ], "C": ["Type": "Succeed"],
        ],
    ]

    private let lake: CalledLake
    private let arn: String

    init() throws {
        lake = try CalledLake()
        let machine = try lake.operate(
            .stepFunctions, "createStateMachine",
            ["Name": "loop", "Definition": .string(Self.loop.text), "RoleArn": .string(CalledLake.role)])
        let input = #"{"a":"\#(String(repeating: "x", count: 250_000))"}"#
        let answer = try lake.operate(
            .stepFunctions, "startExecution",
            ["StateMachineArn": machine["StateMachineArn"] ?? .null, "Name": "e", "Input": .string(input)])
        arn = try #require(answer["ExecutionArn"]?.stringValue)
        try lake.store.writeNow { try $0.db.execute(sql: "UPDATE execution SET status = 'FAILED', stopped_at = 0") }
    }

    private func page(_ more: JSONObject = [:]) throws -> (events: [JSONValue], token: JSONValue?, bytes: Int) {
        let parameters: JSONObject = ["ExecutionArn": .string(arn)]
        let answer = try lake.operate(
            .stepFunctions, "getExecutionHistory", .object(parameters.merging(more)))
        return (answer["Events"]?.arrayValue ?? [], answer["NextToken"], answer.text.utf8.count)
    }

    private func ids(_ events: [JSONValue]) -> [Int64] { events.compactMap { $0["Id"]?.integerValue } }

    @Test func `a page of one event has the bytes of one event`() throws {
        let first = try page(["MaxResults": 1])
        #expect(ids(first.events) == [1])
        #expect(first.bytes < 600_000)
        let second = try page(["MaxResults": 1, "NextToken": try #require(first.token)])
        #expect(ids(second.events) == [2])
        let last = try page(["MaxResults": 1, "ReverseOrder": true])
        #expect(last.events.first?["Type"] == "ExecutionFailed")
        #expect(last.bytes < 1000)
    }

    @Test(arguments: [false, true])
    func `a page is cut where it has too many bytes, and the next one goes on there`(isReverse: Bool) throws {
        var (token, seen, pages) = (JSONValue?.none, [Int64](), 0)
        repeat {
            var more: JSONObject = ["MaxResults": 1000, "ReverseOrder": .bool(isReverse)]
            if let token { more["NextToken"] = token }
            let page = try page(more)
            #expect(!page.events.isEmpty)
            #expect(page.bytes < StepFunctionsService.maximumPageBytes + 600_000)
            (token, pages) = (page.token, pages + 1)
            seen += ids(page.events)
        } while token != nil && pages < 4
        #expect(pages == 4)
        let begin = try #require(seen.first)
        let expected: [Int64] = (0..<seen.count).map { isReverse ? begin - Int64($0) : begin + Int64($0) }
        #expect(seen == expected, "none is left out")
        #expect(seen.count < 80)
    }

    @Test func `all pages together have every event once, whatever their sizes`() throws {
        var (token, seen) = (JSONValue?.none, [Int64]())
        repeat {
            var more: JSONObject = ["MaxResults": 997, "IncludeExecutionData": false]
            if let token { more["NextToken"] = token }
            let page = try page(more)
            token = page.token
            seen += ids(page.events)
        } while token != nil && seen.count < 100
        #expect(seen == Array(1...Int64(seen.count)))
    }

    /// Texts that are made are what a history costs: of those outside the window there are none.
    @Test func `only the events of a window are written out`() throws {
        let record = try #require(try lake.store.execution(named: ExecutionARN(arn)))
        let (events, count) = try lake.store.page(of: record, HistoryWindow(ids: 20_001...20_003))
        #expect(events.map(\.id) == [20_001, 20_002, 20_003])
        #expect((20_004...20_010).contains(count), "what lies behind the window is not derived")
        let names = try lake.store.history(of: record, HistoryWindow(.names, ids: 2...3))
        #expect(names.map { $0.details["name"] } == ["A", "A"])
        #expect(names.allSatisfy { $0.details["input"] == nil && $0.details["output"] == nil })
        let followed = try lake.store.history(of: record, HistoryWindow(.followed))
        #expect(followed.map(\.kind.name) == ["ExecutionStarted", "ExecutionFailed"])
        #expect(followed[0].details["input"] == .null)
    }

    @Test func `a window of the last events keeps as many as fit`() throws {
        let record = try #require(try lake.store.execution(named: ExecutionARN(arn)))
        let (events, count) = try lake.store.page(
            of: record, HistoryWindow(ids: 101...200, maximumBytes: 1_000_000, keepsLast: true))
        #expect(events.last?.id == 200)
        #expect(events.count == 3)
        #expect(count > 200)
        let all = try lake.store.history(of: record, HistoryWindow(ids: 198...200))
        #expect(events == all)
    }

    @Test func `a task that asks for what takes long to derive is refused, since nobody could write meanwhile`() throws
    {
        let last = try lake.call(
            "sfn:getExecutionHistory", ["ExecutionArn": .string(arn), "MaxResults": 1, "ReverseOrder": true])
        #expect(last.error?.error == "Sfn.ValidationException")
        let first = try lake.call("sfn:getExecutionHistory", ["ExecutionArn": .string(arn), "MaxResults": 1])
        #expect(first.error == nil)
        // The recovery reads histories of the service's own executions, whatever they take.
        try lake.store.writeNow { try $0.db.execute(sql: "UPDATE execution SET client_depth = NULL") }
        let own = try lake.call(
            "sfn:getExecutionHistory", ["ExecutionArn": .string(arn), "MaxResults": 1, "ReverseOrder": true])
        #expect(own.error == nil)
    }

    @Test func `of what runs without end a client derives no more than one slice behind the last entry`() throws {
        try lake.store.writeNow { try $0.db.execute(sql: "UPDATE execution SET status = 'RUNNING'") }
        let last = try page(["MaxResults": 1, "ReverseOrder": true])
        let count = try #require(ids(last.events).first)
        #expect((2...10_000).contains(count))
        // In the other direction it ends there, too.
        let end = PageToken(list: "history \"\(arn)\"", position: "\(count - 1)")
        let following = try page(["NextToken": .string(end.text)])
        #expect(ids(following.events) == [count])
        #expect(following.token == nil)
    }

    @Test func `a history that takes too much work is refused to a client, and its execution is not redriven`() throws {
        let record = try #require(try lake.store.execution(named: ExecutionARN(arn)))
        func count(_ budget: Int) throws -> Int64 {
            try lake.store.writeNow { transaction in
                Result { try transaction.eventCount(of: record, budget: budget) }
            }.get()
        }
        #expect(throws: ReplayTooCostly.self) { try count(ReplayBudget.task) }
        // A whole history of states with much data is within what a client may ask for.
        #expect(try count(ReplayBudget.client) == count(.max))
        let redrive = #expect(throws: ServiceError.self) {
            try lake.operate(.stepFunctions, "redriveExecution", ["ExecutionArn": .string(arn)])
        }
        #expect(redrive?.code == "ExecutionNotRedrivableException")
        #expect(redrive?.message.contains("takes more work") == true)
    }

    @Test func `a list of executions has nothing of what went in and came out`() throws {
        let parts = arn.split(separator: ":")
        let machine = parts.dropLast().joined(separator: ":").replacing(":execution:", with: ":stateMachine:")
        let answer = try lake.operate(.stepFunctions, "listExecutions", ["StateMachineArn": .string(machine)])
        #expect(answer["Executions"]?[0]?["ExecutionArn"] == .string(arn))
        #expect(answer.text.utf8.count < 1000)
    }
}
