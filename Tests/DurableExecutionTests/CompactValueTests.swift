import StatesLanguage
import TestSupport
import Testing

@testable import DurableExecution

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

    /// One text is kept, and no tree.
    private func checkKept(_ execution: Interpreter) {
        // Not the execution itself, which a failure would show in full.
        let (bytes, keepsTrees) = (execution.keptBytes, execution.keepsTrees)
        #expect(bytes == 130_001)
        #expect(!keepsTrees)
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

    @Test func `two beginnings are the same only if all that they say is`() {
        func start(_ hash: String = "h", _ input: JSONValue = "a", at time: Int64 = 1, seed: UInt64 = 1)
            -> ExecutionStart
        {
            ExecutionStart(
                machine: StateMachineReference(arn: "a:b", name: "m", roleARN: "r", definitionHash: hash), name: "e",
                input: input, startedAt: Timestamp(milliseconds: time), seed: seed)
        }
        #expect(start() == start())
        for other in [start("g"), start("h", "b"), start(at: 2), start(seed: 2)] { #expect(start() != other) }
    }

    @Test func `an execution that waits keeps its data as one text, and goes on with the same data`() throws {
        var execution = try interpreter(Self.nested)
        #expect(execution.start.keptInput.textSize == 130_001)
        // 1. It waits for a timer.
        guard case .wait(_, let id) = execution.begin().first else { throw TestFailure("it waits") }
        #expect(execution.awaits(timer: id))
        let costs = [execution.compact(), execution.compact()]
        #expect(costs == [130_001 / 64, 0], "it is written once")
        checkKept(execution)
        // 2. It goes on with a task, whose first attempt fails, and waits for the next.
        var actions = execution.answer(.time, at: Timestamp(milliseconds: 3_600_000))
        guard case .runTask(let request) = actions.first else { throw TestFailure("the task is to be run") }
        #expect(request.parameters == Self.nested)
        _ = execution.compact()
        checkKept(execution)
        actions = execution.answer(.error(TaskFailure("E", "")), at: execution.now)
        guard case .wait = actions.first else { throw TestFailure("it waits for the next attempt") }
        _ = execution.compact()
        checkKept(execution)
        // 3. It ends with what it began with.
        actions = execution.answer(.time, at: execution.now)
        guard case .runTask(let again) = actions.first else { throw TestFailure("the task is tried again") }
        #expect(again.parameters == Self.nested)
        actions = execution.answer(.result("x"), at: execution.now)
        guard case .finish(.succeeded(let output)) = actions.first else { throw TestFailure("it succeeds") }
        #expect(output["same"] == Self.nested)
    }

    @Test func `a turn reads nothing anew that is large: that is done beside the turns`() throws {
        var execution = try interpreter(Self.nested)
        _ = execution.begin()
        _ = execution.compact()
        for answer in [Reply.time, .error(TaskFailure("E", "")), .time, .result(Self.nested)] {
            execution.budget = WorkBudget.event
            let actions = execution.answer(answer, at: execution.now)
            #expect(execution.budget <= WorkBudget.event)
            if case .error = answer {
                guard case .wait = actions.first else { throw TestFailure("trying again later takes no data") }
                continue
            }
            #expect(actions == [.goOn])
            execution = Evaluation(of: execution).interpreter
            let (isPaused, keepsTrees) = (execution.isPaused, execution.keepsTrees)
            #expect(!isPaused && !keepsTrees)
        }
        #expect(execution.outcome?.status == .succeeded)
    }

    @Test func `what waits for a task, or to go on, keeps no trees`() throws {
        var execution = try interpreter(Self.nested)
        execution.budget = 1
        #expect(execution.begin() == [.goOn])
        _ = execution.compact()
        checkKept(execution)
        _ = execution.goOn()
        checkKept(execution)
        _ = execution.answer(.time, at: execution.now)
        while execution.isPaused { _ = execution.goOn() }
        guard case .task? = execution.awaited.first else { throw TestFailure("it waits for its task") }
        _ = execution.compact()
        checkKept(execution)
    }

    @Test func `small data stay as they are`() throws {
        var execution = try interpreter(["a": 1])
        _ = execution.begin()
        let cost = execution.compact()
        #expect(cost == 0 && execution.keptBytes == 0)
        #expect(execution.start.input == ["a": 1])
    }
}
