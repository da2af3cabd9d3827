import DurableExecution
import StatesLanguage
import Testing

/// Events as `GetExecutionHistory` gives them.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html>
struct HistoryEventTests {
    private func interpreter(_ state: String) throws -> Interpreter {
        let machine = try StateMachine(parsing: #"{"StartAt":"A","States":{"A":\#(state)}}"#)
        var interpreter = Interpreter(start: .test([:]), machine: machine, recording: HistoryWindow())
        _ = interpreter.begin()
        return interpreter
    }

    @Test func `an execution that ends without a reason says so with details that have nothing`() throws {
        var failed = try interpreter(#"{"Type":"Fail"}"#)
        let failure = try #require(failed.takeHistory().last?.json)
        #expect(failure["type"] == "ExecutionFailed" && failure["executionFailedEventDetails"] == [:])
        var stopped = try interpreter(#"{"Type":"Wait","Seconds":1,"End":true}"#)
        _ = stopped.apply(.stopped(error: nil, cause: nil), at: stopped.now)
        let stop = try #require(stopped.takeHistory().last?.json)
        #expect(stop["type"] == "ExecutionAborted" && stop["executionAbortedEventDetails"] == [:])
    }

    @Test func `another event has the details that it has, or none`() throws {
        let branch = #"{"StartAt":"B","States":{"B":{"Type":"Pass","End":true}}}"#
        var parallel = try interpreter(#"{"Type":"Parallel","Branches":[\#(branch)],"End":true}"#)
        let events = parallel.takeHistory().map(\.json)
        let started = try #require(events.first { $0["type"] == "ParallelStateStarted" })
        #expect(started.objectValue?.count == 4)
        let entered = try #require(events.first { $0["type"] == "PassStateEntered" })
        #expect(entered["stateEnteredEventDetails"]?["name"] == "B")
        #expect(events.map { $0["id"] } == (1...events.count).map { .integer(Int64($0)) })
    }
}
