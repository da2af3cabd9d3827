import DurableExecution
import StatesLanguage
import TestSupport
import Testing

/// Machines whose branches are made to take all time and memory.
struct HostileBranchTests {
    private func carryThrough(_ definition: JSONValue, _ input: JSONValue) throws -> Interpreter {
        var interpreter = Interpreter(start: .test(input), machine: try StateMachine(definition))
        interpreter.budget = WorkBudget.event
        _ = interpreter.begin()
        var pauses = 0
        while interpreter.isPaused, pauses < 100_000 {
            interpreter = Evaluation(of: interpreter).interpreter
            pauses += 1
        }
        return interpreter
    }

    private static func map(_ inner: JSONValue, more: JSONObject = [:]) -> JSONValue {
        .object(
            JSONObject([
                ("Type", "Map"), ("End", true),
                ("ItemProcessor", ["StartAt": "I", "States": ["I": inner]] as JSONValue),
            ]).merging(more))
    }

    private static func named(_ state: JSONValue, _ name: String) -> JSONValue {
        ["StartAt": .string(name), "States": [name: state]]
    }

    @Test func `a Map of ten thousand items within one of ten thousand ends where a history does`() throws {
        let list = JSONValue.array((0..<10_000).map { .integer($0) })
        let inner = Self.map(["Type": "Pass", "End": true], more: ["ItemsPath": "$$.Execution.Input"])
        var outer = Self.map(.null, more: [:]).objectValue ?? [:]
        outer["ItemProcessor"] = Self.named(inner, "M")
        let interpreter = try carryThrough(Self.named(.object(outer), "A"), list)
        guard case .failed(let error, let cause) = interpreter.outcome else { throw TestFailure("it ends") }
        #expect(error == StatesError.runtime && cause?.contains("25000") == true)
        #expect(interpreter.eventCount <= Interpreter.maximumHistoryEvents)
    }

    @Test func `thousands of branches that fail at once end within the history`() throws {
        let branches = (0..<3000).map { number -> JSONValue in
            [
                "StartAt": .string("W\(number)"),
                "States": [
                    "W\(number)": ["Type": "Wait", "Seconds": .integer(1), "Next": .string("F\(number)")],
                    "F\(number)": ["Type": "Fail"],
                ],
            ]
        }
        let state: JSONValue = [
            "Type": "Parallel", "Branches": .array(branches), "End": true,
            "Retry": [["ErrorEquals": ["States.ALL"], "MaxAttempts": 1000]],
        ]
        var interpreter = try carryThrough(Self.named(state, "A"), [:])
        #expect(interpreter.awaited.count == 3000)
        while interpreter.outcome == nil, let id = interpreter.awaited.first {
            guard case .timer(let id) = id else { break }
            _ = interpreter.apply(.timerFired(id: id), at: interpreter.now.advanced(byMilliseconds: 1000))
            while interpreter.isPaused { interpreter = Evaluation(of: interpreter).interpreter }
        }
        #expect(interpreter.outcome?.status == .failed)
        #expect(interpreter.eventCount <= Interpreter.maximumHistoryEvents)
    }

    @Test func `what all branches hold together is bounded, and so is what comes of them`() throws {
        let text = JSONValue.string(String(repeating: "x", count: 200_000))
        // Each of many holds another text.
        let branches = (0..<400).map { number -> JSONValue in
            [
                "StartAt": .string("P\(number)"),
                "States": [
                    "P\(number)": [
                        "Type": "Pass", "Parameters": ["t.$": .string("States.Format('{}{}', $.t, \(number))")],
                        "Next": .string("W\(number)"),
                    ],
                    "W\(number)": ["Type": "Wait", "Seconds": 1, "End": true],
                ],
            ]
        }
        let state: JSONValue = ["Type": "Parallel", "Branches": .array(branches), "End": true]
        let held = try carryThrough(Self.named(state, "A"), ["t": text])
        guard case .failed(let error, _) = held.outcome else { throw TestFailure("it ends") }
        #expect(error == StatesError.dataLimitExceeded)
        let list: JSONValue = ["t": text, "l": .array((0..<300).map { .integer($0) })]
        let many = Self.map(
            ["Type": "Pass", "End": true], more: ["ItemsPath": "$.l", "ItemSelector": ["t.$": "$.t"]])
        let results = try carryThrough(Self.named(many, "A"), list)
        guard case .failed(let tooMuch, _) = results.outcome else { throw TestFailure("it ends") }
        #expect(tooMuch == StatesError.dataLimitExceeded)
    }
}
