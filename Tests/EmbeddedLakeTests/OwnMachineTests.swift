import DurableExecution
import EmbeddedLake
import Foundation
import StatesLanguage
import TestSupport
import Testing

/// What tasks of the service's own machines may do to executions and machines: what the policy of their role allows on
/// AWS, which is nothing to those of clients.
@Suite(.timeLimit(.minutes(1)))
struct OwnMachineTests {
    private let lake: CalledLake

    init() throws { lake = try CalledLake() }

    private static func arn(_ name: String) -> String { "arn:aws:states:us-east-1:000000000000:stateMachine:\(name)" }

    /// A machine that calls an action with its input for the parameters.
    private static func calling(_ action: String) -> JSONValue {
        [
            "StartAt": "Call",
            "States": [
                "Call": ["Type": "Task", "Resource": .string("arn:aws:states:::aws-sdk:sfn:\(action)"), "End": true]
            ],
        ]
    }

    /// Has a client make a machine, and start it.
    private func startClients(_ definition: JSONValue, name: String, input: JSONValue = [:]) throws -> String {
        try lake.operate(
            .stepFunctions, "createStateMachine",
            [
                "Name": .string(name), "Definition": .string(definition.text), "RoleArn": .string(CalledLake.role),
            ])
        let answer = try lake.operate(
            .stepFunctions, "startExecution",
            ["StateMachineArn": .string(Self.arn(name)), "Input": .string(input.text)])
        return try #require(answer["ExecutionArn"]?.stringValue)
    }

    private func startOwn(_ definition: JSONValue, name: String, input: JSONValue = [:]) throws -> String {
        let reference = StateMachineReference(
            arn: Self.arn(name), name: name, roleARN: CalledLake.role, definitionHash: UUID().uuidString)
        return try lake.store.startExecution(
            of: StateMachineVersion(reference: reference, definition: definition.text), name: UUID().uuidString,
            input: input, at: Timestamp(milliseconds: 0), seed: 1
        ).arn.text
    }

    /// Carries an execution to its end.
    private func ended(_ arn: String) async throws -> ExecutionRecord {
        let engine = Engine(store: lake.store, handlers: LakeServices.handlers(), clock: TestClock())
        while try lake.store.execution(named: ExecutionARN(arn))?.status == .running {
            try await engine.resume()
            try await Task.sleep(for: .milliseconds(1))
        }
        await engine.shutDown()
        return try #require(try lake.store.execution(named: ExecutionARN(arn)))
    }

    private static let pass: JSONValue = ["StartAt": "P", "States": ["P": ["Type": "Pass", "End": true]]]

    /// An action, and its parameters for an execution and its machine.
    private static let actions: [(name: String, parameters: @Sendable (String, String) -> JSONValue)] = [
        ("describeExecution", { execution, _ in ["ExecutionArn": .string(execution)] }),
        ("getExecutionHistory", { execution, _ in ["ExecutionArn": .string(execution)] }),
        ("listExecutions", { _, machine in ["StateMachineArn": .string(machine)] }),
        ("startExecution", { _, machine in ["StateMachineArn": .string(machine)] }),
        ("redriveExecution", { execution, _ in ["ExecutionArn": .string(execution)] }),
    ]

    @Test(arguments: actions.indices)
    func `a task of an own machine gets at nothing of a client's`(index: Int) async throws {
        let (action, parameters) = Self.actions[index]
        let target = try startClients(Self.pass, name: "clients")
        _ = try await ended(target)
        let before = try lake.store.executions(limit: 100).count
        let asked = parameters(target, Self.arn("clients"))
        let own = try await ended(try startOwn(Self.calling(action), name: "own", input: asked))
        #expect(own.error == "Sfn.AccessDeniedException")
        let name = action.prefix(1).uppercased() + action.dropFirst()
        #expect(own.cause?.contains("is not authorized to perform: states:\(name) on resource: arn:") == true)
        #expect(own.output == nil)
        #expect(try lake.store.executions(limit: 100).count == before + 1, "it has started nothing")
        // Neither is it kept from what is its own, nor a client from what is a client's.
        if action == "redriveExecution" { return }
        let other = try startOwn(Self.pass, name: "other")
        _ = try await ended(other)
        let allowed = try startOwn(Self.calling(action), name: "own", input: parameters(other, Self.arn("other")))
        #expect(try await ended(allowed).status == .succeeded)
        let client = try startClients(Self.calling(action), name: "asks", input: asked)
        #expect(try await ended(client).status == .succeeded)
    }
}
