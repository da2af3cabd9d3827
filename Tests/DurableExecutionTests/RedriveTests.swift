import DurableExecution
import StatesLanguage
import TestSupport
import Testing

/// Executions that are started again where they ended.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html>
struct RedriveTests {
    private static let start = Timestamp(milliseconds: 1_750_000_000_000)

    private func later(_ seconds: Int64) -> Timestamp { Self.start.advanced(byMilliseconds: seconds * 1000) }

    private func execution(_ definition: String) throws -> (interpreter: Interpreter, actions: [ExecutionAction]) {
        let reference = StateMachineReference(
            arn: "arn:aws:states:us-east-1:111111111111:stateMachine:m", name: "m", roleARN: "role", definitionHash: "")
        let start = ExecutionStart(
            machine: reference, name: "e", input: ["a": 1], startedAt: Self.start, seed: 1)
        var interpreter = Interpreter(
            start: start, machine: try StateMachine(parsing: definition), recording: HistoryWindow())
        let actions = interpreter.begin()
        return (interpreter, actions)
    }

    private static let task = #"""
        {"StartAt": "Before", "TimeoutSeconds": 100, "States": {
          "Before": {"Type": "Pass", "Result": {"b": 2}, "Next": "Call"},
          "Call": {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Parameters": {
              "input.$": "$", "redrives.$": "$$.Execution.RedriveCount", "retries.$": "$$.State.RetryCount"},
            "TimeoutSeconds": 10,
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}], "End": true}}}
        """#

    private func request(_ actions: [ExecutionAction]) throws -> TaskRequest {
        guard case .runTask(let request) = actions.first else {
            throw DefinitionError(problems: [])
        }
        return request
    }

    @Test func `the failed task is scheduled again with its input and all its attempts, and without entering it again`()
        throws
    {
        var (execution, actions) = try execution(Self.task)
        let failure = Reply.error(TaskFailure("E", "c"))
        #expect(try request(actions).parameters == ["input": ["b": 2], "redrives": 0, "retries": 0])
        _ = execution.answer(failure, at: later(1))
        actions = execution.answer(.time, at: later(2))
        #expect(try request(actions).parameters["retries"] == 1)
        _ = execution.answer(failure, at: later(3))
        #expect(execution.outcome == .failed(error: "E", cause: "c"))
        _ = execution.takeHistory()

        for count: Int64 in 1...2 {
            actions = execution.apply(.redriven, at: later(1000 * count))
            #expect(execution.outcome == nil)
            let task = try request(actions)
            #expect(
                task.parameters == ["input": ["b": 2], "redrives": .integer(count), "retries": 0])
            #expect(task.deadline == later(1000 * count + 10))
            #expect(execution.deadline == later(1000 * count + 100), "the time of the whole begins anew")
            let events = execution.takeHistory()
            #expect(events.map(\.kind) == [.executionRedriven, .taskScheduled, .taskStarted])
            #expect(events[0].json["executionRedrivenEventDetails"] == ["redriveCount": .integer(count)])
            _ = execution.answer(failure, at: later(1000 * count + 1))
            _ = execution.answer(.time, at: later(1000 * count + 2))
            _ = execution.answer(failure, at: later(1000 * count + 3))
            #expect(execution.outcome == .failed(error: "E", cause: "c"))
            _ = execution.takeHistory()
        }
        _ = execution.apply(.redriven, at: later(9000))
        _ = execution.answer(.result("done"), at: later(9001))
        #expect(execution.outcome == .succeeded(output: "done"))
        #expect(execution.apply(.redriven, at: later(9002)).isEmpty, "what has succeeded stays so")
        #expect(execution.outcome == .succeeded(output: "done"))
    }

    @Test func `replaying a journal with a redrive gives the same execution`() throws {
        let machine = try StateMachine(parsing: Self.task)
        var (execution, _) = try execution(Self.task)
        let entries = [
            JournalEntry(at: later(1), event: .stopped(error: "S", cause: nil)),
            JournalEntry(at: later(2), event: .redriven),
            JournalEntry(at: later(3), event: .timedOut),
            JournalEntry(at: later(4), event: .redriven),
            JournalEntry(at: later(5), event: .taskSucceeded(id: 3, true)),
        ]
        var statuses: [ExecutionStatus?] = []
        for entry in entries {
            _ = execution.apply(entry.event, at: entry.at)
            statuses.append(execution.outcome?.status)
        }
        #expect(statuses == [.aborted, nil, .timedOut, nil, .succeeded])
        let read = try entries.map { try #require(JournalEntry(json: $0.json)) }
        var replayed = JournalledExecution(start: execution.start, entries: read)
            .replay(on: machine, recording: HistoryWindow()).interpreter
        #expect(replayed.takeHistory() == execution.takeHistory())
        #expect(replayed.eventCount == execution.eventCount)
    }

    @Test(arguments: [
        (
            #"{"StartAt": "S", "States": {"S": {"Type": "Fail", "Error": "E"}}}"#,
            ["ExecutionRedriven", "FailStateEntered", "ExecutionFailed"]
        ),
        (
            #"{"StartAt": "S", "States": {"S": {"Type": "Pass", "InputPath": "$.none", "End": true}}}"#,
            ["ExecutionRedriven", "ExecutionFailed"]
        ),
        (
            #"""
            {"StartAt": "S", "States": {"S": {"Type": "Choice", "Choices": [
              {"Variable": "$.a", "NumericEquals": 2, "Next": "T"}]}, "T": {"Type": "Succeed"}}}
            """#, ["ExecutionRedriven", "ExecutionFailed"]
        ),
    ])
    func `a state that ends an execution by itself does so again`(definition: String, types: [String]) throws {
        var (execution, _) = try execution(definition)
        let outcome = try #require(execution.outcome)
        _ = execution.takeHistory()
        #expect(execution.apply(.redriven, at: later(1)) == [.finish(outcome)])
        #expect(execution.takeHistory().map(\.kind.name) == types)
    }

    @Test func `a wait that was interrupted ends at once where its moment has passed, and else is waited for anew`()
        throws
    {
        let moment = later(10)
        var (execution, _) = try execution(
            #"{"StartAt": "W", "States": {"W": {"Type": "Wait", "Timestamp": "\#(moment.text)", "End": true}}}"#)
        _ = execution.apply(.stopped(error: nil, cause: nil), at: later(1))
        let actions = execution.apply(.redriven, at: later(60))
        guard case .wait(let until, let id) = actions.first else { throw DefinitionError(problems: []) }
        #expect(until == moment)
        #expect(execution.awaits(timer: id))
        _ = execution.answer(.time, at: later(60))
        #expect(execution.outcome == .succeeded(output: ["a": 1]))
    }
}
