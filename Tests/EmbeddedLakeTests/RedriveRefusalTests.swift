import DurableExecution
import StatesLanguage
import TestSupport
import Testing

@testable import EmbeddedLake

/// Only the service's own recovery keeps an execution from being started again.
struct RedriveRefusalTests {
    private static let time = Timestamp(milliseconds: 0)

    private static func version(_ name: String) -> StateMachineVersion {
        let definition: JSONValue = ["StartAt": "A", "States": ["A": ["Type": "Pass", "End": true]]]
        return StateMachineVersion(
            reference: StateMachineReference(
                arn: "arn:aws:states:us-east-1:000000000000:stateMachine:\(name)", name: name,
                roleARN: CalledLake.role, definitionHash: StateMachineVersion.sha256(definition.text)),
            definition: definition.text)
    }

    @Test func `no input of another machine keeps an execution from being redriven`() throws {
        let lake = try CalledLake()
        let (maker, recovery) = (Self.version("maker"), Self.version("recovery"))
        try lake.store.addRule(source: maker, target: recovery, exceptErrors: ["E"])
        let made = try lake.store.startExecution(of: maker, name: "e", input: [:], at: Self.time, seed: 1).arn
        try lake.store.writeNow { transaction in
            try transaction.finish(made, with: .failed(error: "E", cause: nil), at: Self.time, eventCount: 3)
        }
        let input: JSONValue = ["recover": true, "executionArn": .string(made.text)]
        func refusal() throws -> Redrive.Refusal? {
            let record = try #require(try lake.store.execution(named: made))
            return try lake.store.redriveRefusal(of: record, at: Self.time)
        }
        let client = try lake.operate(
            .stepFunctions, "createStateMachine",
            [
                "Name": "client", "RoleArn": .string(CalledLake.role),
                "Definition": .string(Self.version("client").definition),
            ])
        for machine in [client["StateMachineArn"] ?? .null, .string(maker.reference.arn)] {
            try lake.operate(
                .stepFunctions, "startExecution",
                ["StateMachineArn": machine, "Name": "denial", "Input": .string(input.text)])
            #expect(try refusal() == nil)
        }
        _ = try lake.store.startExecution(of: recovery, name: "recover-e", input: input, at: Self.time, seed: 1)
        #expect(try refusal()?.description.contains("recover-e") == true)
    }
}
