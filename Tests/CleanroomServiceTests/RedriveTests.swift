import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import Foundation
import StatesLanguage
import TestSupport
import Testing

/// Requests whose outcome could not be told for 24 hours, and executions that somebody starts again.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct RedriveTests {
    private static let undeliverable = TaskFailure("States.Http.StatusCode.503", "down")

    /// A request whose answer has been given up.
    private func givenUp(_ state: String = "NotifySuccess") async throws -> (TestLake, CleanroomRequest) {
        let faults =
            state == "NotifySuccess"
            ? Faults(.init(state, .after, Self.undeliverable))
            : Faults(.init("VerifyDatabase", .before), .init(state, .after, Self.undeliverable))
        let lake = try TestLake(faults: faults)
        let request = try TestLake.request()
        let outcome = try await lake.create(request)
        #expect(outcome.record.status == .failed)
        #expect(outcome.record.error == Self.undeliverable.error)
        return (lake, request)
    }

    private func arn(_ request: CleanroomRequest) throws -> ExecutionARN {
        try TestLake.machine.get().reference.executionARN(name: request.requestID.text)
    }

    private func record(_ lake: TestLake, _ request: CleanroomRequest) throws -> ExecutionRecord {
        try #require(try lake.store.execution(named: arn(request)))
    }

    @Test(arguments: ["NotifySuccess", "NotifyError"])
    func `a redrive tells the same answer, and nothing else is done again`(state: String) async throws {
        let (lake, request) = try await givenUp(state)
        let (rows, before) = (try lake.store.catalogRows(), try record(lake, request))
        let events = try lake.store.history(of: before)
        let time = try #require(before.stoppedAt).advanced(byMilliseconds: 1000)
        #expect(try lake.store.redrive(arn(request), at: time) == time)
        #expect(try record(lake, request).status == .running)
        #expect(try record(lake, request).stoppedAt == nil)

        let outcome = try await lake.create(request, ignoringFaults: true)
        #expect(outcome.record.redriveCount == 1)
        #expect(outcome.record.redrivenAt == time)
        #expect(outcome.record.status == (state == "NotifySuccess" ? .succeeded : .failed))
        #expect(outcome.record.answer?.body == before.answer?.body)
        #expect(outcome.record.answer?.path == before.answer?.path)
        #expect(try lake.store.catalogRows() == rows)
        let added = try lake.store.history(of: outcome.record).dropFirst(events.count)
        #expect(
            Array(added.map(\.kind).prefix(4)) == [.executionRedriven, .taskScheduled, .taskStarted, .taskSucceeded])
        #expect(try lake.answers().count == 1)
    }

    @Test func `an answer that is given up once more can be sent again once more`() async throws {
        let (lake, request) = try await givenUp()
        for count: Int64 in 1...3 {
            let stopped = try #require(try record(lake, request).stoppedAt)
            _ = try lake.store.redrive(arn(request), at: stopped.advanced(byMilliseconds: 1))
            let outcome = try await lake.create(request)
            #expect(outcome.record.status == .failed)
            #expect(outcome.record.redriveCount == count)
        }
        try await lake.recover()
        #expect(try lake.answers().count == 1, "the recovery leaves what was about to be told to the operator")
    }

    @Test func `what cannot be started again is refused in the words of AWS`() async throws {
        let (lake, request) = try await givenUp()
        let stopped = try #require(try record(lake, request).stoppedAt)
        func refusal(at time: Timestamp) throws -> String? {
            try lake.store.redriveRefusal(of: record(lake, request), at: time)?.description
        }
        let days: Int64 = 86_400_000
        #expect(try refusal(at: stopped.advanced(byMilliseconds: 14 * days)) == nil)
        #expect(
            try refusal(at: stopped.advanced(byMilliseconds: 14 * days + 1)) == "Execution redrivable period exceeded")
        _ = try lake.store.redrive(arn(request), at: stopped)
        #expect(try refusal(at: stopped) == "Execution is RUNNING and cannot be redriven")
        #expect(throws: Redrive.Refusal.self) { try lake.store.redrive(arn(request), at: stopped) }
        _ = try await lake.create(request, ignoringFaults: true)
        #expect(try refusal(at: stopped) == "Execution is SUCCEEDED and cannot be redriven")
        #expect(try lake.store.redrive(ExecutionARN("arn:aws:states:::execution:none:x"), at: stopped) == nil)
    }

    @Test func `the token of a client makes a redrive the same one for 15 minutes`() async throws {
        let (lake, request) = try await givenUp()
        let stopped = try #require(try record(lake, request).stoppedAt)
        let first = try lake.store.redrive(arn(request), clientToken: "a", at: stopped)
        let again = try lake.store.redrive(
            arn(request), clientToken: "a", at: stopped.advanced(byMilliseconds: 899_999))
        #expect(first == again)
        #expect(try record(lake, request).redriveCount == 1)
        #expect(throws: Redrive.Refusal.self) {
            try lake.store.redrive(arn(request), clientToken: "b", at: stopped)
        }
        #expect(throws: Redrive.Refusal.self) {
            try lake.store.redrive(arn(request), clientToken: "a", at: stopped.advanced(byMilliseconds: 900_000))
        }
    }

    @Test func `an execution whose outcome a recovery has told is not started again`() async throws {
        let lake = try TestLake(faults: Faults(.init("RevokeCreatorPermissions", .hangingBefore)))
        try lake.store.addRule(
            source: try TestLake.machine.get(), target: try TestLake.recovery.get(),
            exceptErrors: [ExecutionError.notCreated, ExecutionError.leftovers])
        let request = try TestLake.request()
        let stopped = try await lake.interrupt(
            try TestLake.machine.get(), input: request.json, name: request.requestID.text)
        #expect(stopped.status == .aborted)
        try await lake.recover()
        let answers = try lake.answers()
        #expect(answers.count == 1)
        let time = try #require(try record(lake, request).stoppedAt)
        let refusal = #expect(throws: Redrive.Refusal.self) { try lake.store.redrive(arn(request), at: time) }
        #expect(refusal?.description.contains("recover-") == true)
    }

    @Test func `a machine can start an execution again, as with the SDK`() async throws {
        let (lake, request) = try await givenUp()
        let definition: JSONValue = [
            "StartAt": "Redrive",
            "States": [
                "Redrive": [
                    "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:redriveExecution",
                    "Parameters": ["ExecutionArn.$": "$.arn"], "Next": "Describe",
                ],
                "Describe": [
                    "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:describeExecution",
                    "Parameters": ["ExecutionArn.$": "$$.Execution.Input.arn"], "End": true,
                ],
            ],
        ]
        let machine = StateMachineVersion(
            reference: StateMachineReference(
                arn: "arn:aws:states:us-east-1:000000000000:stateMachine:redriver", name: "redriver", roleARN: "role",
                definitionHash: "redriver"), definition: definition.text)
        let done = try await lake.interrupt(machine, input: ["arn": .string(arn(request).text)], name: "one")
        #expect(done.output?["RedriveCount"] == 1)
        #expect(done.output?["RedriveStatus"] == "NOT_REDRIVABLE")
    }
}
