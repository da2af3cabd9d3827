import DurableExecution
import StatesLanguage
import TestSupport
import Testing

/// Tasks whose result is too large, and tasks that end for good: what is caught of them.
///
/// That the first is caught by its name is recorded from AWS and is what the service's own recovery builds on; that the
/// second never is stands in AWS's page on errors.
struct DataLimitTests {
    private static let large = JSONValue.object(["text": .string(String(repeating: "x", count: 262_144))])

    private func execution(retrying: String? = nil, catching: String) throws -> Interpreter {
        var task: JSONObject = [
            "Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Next": "Done",
            "Catch": [["ErrorEquals": [.string(catching)], "ResultPath": "$.failure", "Next": "Caught"]],
        ]
        if let retrying { task["Retry"] = [["ErrorEquals": [.string(retrying)], "MaxAttempts": 2]] }
        let definition: JSONValue = [
            "StartAt": "A",
            "States": ["A": .object(task), "Caught": ["Type": "Succeed"], "Done": ["Type": "Succeed"]],
        ]
        let machine = StateMachineReference(
            arn: "arn:aws:states:us-east-1:000000000000:stateMachine:m", name: "m", roleARN: "r", definitionHash: "")
        let start = ExecutionStart(
            machine: machine, name: "e", input: ["id": 1], startedAt: Timestamp(milliseconds: 0), seed: 1)
        var execution = Interpreter(start: start, machine: try StateMachine(definition), recording: HistoryWindow())
        _ = execution.begin()
        return execution
    }

    /// What comes out of a task that ends so at its first attempt: the error that was caught, or that ended it all.
    private func end(
        _ answer: Reply, catching: String
    ) throws -> (caught: String?, failed: String?, history: [HistoryEvent]) {
        var execution = try execution(catching: catching)
        _ = execution.answer(answer, at: Timestamp(milliseconds: 1))
        let outcome = try #require(execution.outcome)
        let history = execution.takeHistory()
        if case .succeeded(let output) = outcome {
            #expect(output["id"] == 1)
            return (output["failure"]?["Error"]?.stringValue, nil, history)
        }
        guard case .failed(let error, _) = outcome else { throw TestFailure("\(outcome)") }
        return (nil, error, history)
    }

    @Test func `a result that is too large is caught by who names the error`() throws {
        let end = try end(.result(Self.large), catching: StatesError.dataLimitExceeded)
        #expect(end.caught == StatesError.dataLimitExceeded)
        #expect(end.history.map(\.kind).contains(.taskFailed))
        #expect(!end.history.map(\.kind).contains(.taskSucceeded))
        // A service that finds it out itself says the same.
        let told = try self.end(
            .error(TaskFailure(StatesError.dataLimitExceeded, "why")), catching: StatesError.dataLimitExceeded)
        #expect(told.caught == StatesError.dataLimitExceeded)
    }

    @Test(arguments: [StatesError.all, StatesError.taskFailed])
    func `nobody else catches it`(name: String) throws {
        for answer in [Reply.result(Self.large), .error(TaskFailure(StatesError.dataLimitExceeded, ""))] {
            let end = try end(answer, catching: name)
            #expect(end.failed == StatesError.dataLimitExceeded)
        }
    }

    @Test(arguments: [StatesError.all, StatesError.taskFailed, StatesError.runtime])
    func `nobody catches the end of a task for good`(name: String) throws {
        let end = try end(.error(TaskFailure(StatesError.runtime, "why")), catching: name)
        #expect(end.failed == StatesError.runtime)
    }

    @Test func `who names the error tries again, as often as it says`() throws {
        var execution = try execution(retrying: StatesError.dataLimitExceeded, catching: StatesError.dataLimitExceeded)
        for attempt in 1...3 {
            #expect(execution.outcome == nil, "attempt \(attempt)")
            _ = execution.answer(.result(Self.large), at: Timestamp(milliseconds: 1))
            if attempt < 3 { _ = execution.answer(.time, at: Timestamp(milliseconds: 1)) }
        }
        guard case .succeeded(let output)? = execution.outcome else { throw TestFailure("it was not caught") }
        #expect(output["failure"]?["Error"] == .string(StatesError.dataLimitExceeded))
    }

    /// Source: `SensitiveCause` in the service model of Step Functions.
    @Test(arguments: [32_767, 32_768, 32_769])
    func `a cause has as many characters as AWS keeps`(count: Int) throws {
        let text = String(repeating: "é", count: count)
        var execution = try execution(catching: "Other")
        _ = execution.answer(.error(TaskFailure("E", text)), at: Timestamp(milliseconds: 1))
        guard case .failed(_, let cause) = execution.outcome else { throw TestFailure("it did not fail") }
        #expect(cause == (count <= 32_768 ? text : String(repeating: "é", count: 32_767) + "…"))
    }

    @Test(arguments: [262_143, 262_144, 262_145])
    func `a result has as many bytes as AWS allows`(size: Int) throws {
        var execution = try execution(catching: "Other")
        let result = JSONValue.string(String(repeating: "x", count: size - 2))
        _ = execution.answer(.result(result), at: Timestamp(milliseconds: 1))
        #expect(execution.outcome == (size <= 262_144 ? .succeeded(output: result) : execution.outcome))
        if case .failed(let error, _) = execution.outcome {
            #expect(size > 262_144 && error == StatesError.dataLimitExceeded)
        }
    }

    @Test(arguments: [262_143, 262_144, 262_145])
    func `what comes of branches has as many bytes together as AWS allows`(size: Int) throws {
        // Brackets, a comma, and quotes around each.
        let texts = [131_000, size - 7 - 131_000].map { JSONValue.string(String(repeating: "x", count: $0)) }
        let branches = zip(["P", "Q"], texts).map { name, text -> JSONValue in
            ["StartAt": .string(name), "States": .object([name: ["Type": "Pass", "Result": text, "End": true]])]
        }
        let machine = try StateMachine([
            "StartAt": "A", "States": ["A": ["Type": "Parallel", "Branches": .array(branches), "End": true]],
        ])
        var execution = Interpreter(start: .test([:]), machine: machine)
        _ = execution.begin()
        if case .failed(let error, _) = execution.outcome {
            #expect(size > 262_144 && error == StatesError.dataLimitExceeded)
        } else {
            #expect(size <= 262_144 && execution.outcome == .succeeded(output: .array(texts)))
        }
    }
}
