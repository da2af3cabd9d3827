import DurableExecution
import StatesLanguage
import TestSupport
import Testing

/// What an execution keeps in memory while it waits.
struct CompactValueTests {
    /// 130 KB of `[[0],[0],…]`, which takes forty times that as a tree.
    private static let nested = JSONValue.array(Array(repeating: [0], count: 32_500))

    private static let definition: JSONValue = [
        "StartAt": "W",
        "States": [
            "W": ["Type": "Wait", "Seconds": 3600, "Next": "T"],
            "T": [
                "Type": "Task", "Resource": "arn:aws:states:::http:invoke", "ResultPath": .null, "Next": "P",
                "Retry": [["ErrorEquals": ["States.ALL"], "IntervalSeconds": 60, "MaxAttempts": 2]],
            ],
            "P": ["Type": "Pass", "Parameters": ["same.$": "$$.Execution.Input"], "End": true],
        ],
    ]

    private func interpreter(_ input: JSONValue) throws -> Interpreter {
        let machine = StateMachineReference(arn: "a:b", name: "m", roleARN: "r", definitionHash: "")
        let start = ExecutionStart(
            machine: machine, name: "e", input: input, startedAt: Timestamp(milliseconds: 0), seed: 1)
        return Interpreter(start: start, machine: try StateMachine(Self.definition))
    }

    @Test func `a value is the same whether it is kept as a text or not`() {
        let values: [JSONValue] = [
            .null, "a", Self.nested, .object(["ä\u{0}\"": Self.nested, "n": -1, "big": 9_007_199_254_740_993]),
            .string(String(repeating: "\u{1F600}\\", count: 2000)),
        ]
        for value in values { #expect(CompactValue(value).value == value) }
        #expect(CompactValue(Self.nested).textSize == 130_001)
        #expect(CompactValue("a").textSize == nil)
    }

    @Test func `an execution that waits keeps its data as one text, and goes on with the same data`() throws {
        var execution = try interpreter(Self.nested)
        #expect(execution.start.keptInput.textSize == 130_001)
        // 1. It waits for a timer.
        guard case .wait(_, let id) = execution.begin().first else { throw TestFailure("it waits") }
        #expect(execution.awaits(timer: id))
        #expect(execution.keptBytes == 130_001)
        #expect(!execution.keepsTrees)
        // 2. It goes on with a task, whose first attempt fails, and waits for the next.
        var actions = execution.apply(.timerFired, at: Timestamp(milliseconds: 3_600_000))
        guard case .runTask(let request) = actions.first else { throw TestFailure("the task is to be run") }
        #expect(request.parameters == Self.nested)
        actions = execution.apply(.taskFailed(TaskFailure("E", "")), at: execution.now)
        guard case .wait = actions.first else { throw TestFailure("it waits for the next attempt") }
        #expect(execution.keptBytes == 130_001)
        #expect(!execution.keepsTrees)
        // 3. It ends with what it began with.
        actions = execution.apply(.timerFired, at: execution.now)
        guard case .runTask(let again) = actions.first else { throw TestFailure("the task is tried again") }
        #expect(again.parameters == Self.nested)
        actions = execution.apply(.taskSucceeded("x"), at: execution.now)
        guard case .finish(.succeeded(let output)) = actions.first else { throw TestFailure("it succeeds") }
        #expect(output["same"] == Self.nested)
    }

    @Test func `small data stay as they are`() throws {
        var execution = try interpreter(["a": 1])
        _ = execution.begin()
        #expect(execution.keptBytes == 0)
        #expect(execution.start.input == ["a": 1])
    }
}
