import DurableExecution
import StatesLanguage
import TestSupport
import Testing

@testable import EmbeddedLake

/// What a task starts has to be taken up by whoever runs the engine, who is told of it.
@Suite(.timeLimit(.minutes(1)))
struct StartedByTaskTests {
    private let lake: CalledLake
    private let machine: JSONValue

    init() throws {
        lake = try CalledLake()
        let definition: JSONValue = ["StartAt": "P", "States": ["P": ["Type": "Pass", "End": true]]]
        let answer = try lake.operate(
            .stepFunctions, "createStateMachine",
            ["Name": "started", "Definition": .string(definition.text), "RoleArn": .string(CalledLake.role)])
        machine = answer["StateMachineArn"] ?? .null
    }

    /// Whether anybody has been told since the lake was made. It ends the stream, and so is asked once.
    private func wasTold() async -> Bool {
        await Task { [lake] in
            withUnsafeCurrentTask { $0?.cancel() }
            return await lake.store.startedByRules.first { true } != nil
        }.value
    }

    private func start(_ name: String) throws -> JSONValue {
        let call = ServiceCall(
            action: "startExecution", parameters: ["StateMachineArn": machine, "Name": .string(name)],
            caller: CalledLake.role, token: name, time: Timestamp(milliseconds: 0))
        return try lake.store.writeNow { try StepFunctionsService().start(call, on: $0) ?? .null }
    }

    @Test func `who runs the engine is told of an execution that a task starts`() async throws {
        #expect(try start("e")["ExecutionArn"] != nil)
        #expect(await wasTold())
    }

    @Test func `nobody is told of an execution that runs already, and is not started once more`() async throws {
        let first = try lake.operate(
            .stepFunctions, "startExecution", ["StateMachineArn": machine, "Name": "e", "Input": "{}"])
        #expect(try start("e")["ExecutionArn"] == first["ExecutionArn"])
        #expect(await !wasTold())
    }
}
