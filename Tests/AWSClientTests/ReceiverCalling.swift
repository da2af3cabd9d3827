import AWSClient
import CleanroomModel
import DurableExecution
import Foundation
import NIOCore
import StatesLanguage
import TestSupport

/// Tests that call a receiver on this machine.
protocol ReceiverCalling: SendableMetatype {}

extension ReceiverCalling {
    static var certificate: Swift.Result<TestCertificate, any Error> { sharedCertificate }

    /// Calls a receiver once, and more with other requests.
    func calling<Value>(
        _ connection: Connection?, trusts: Bool = true, timeout: TimeAmount = .seconds(60),
        clock: any EngineClock = SystemClock(),
        _ body: (AnswerReceiver, @Sendable (JSONObject) async -> TaskResult) async throws -> Value
    ) async throws -> Value {
        let certificate = try Self.certificate.get()
        let receiver = AnswerReceiver(certificate: certificate)
        try await receiver.start()
        var transport = HTTPInvoke.Transport()
        transport.certificateAuthorityFile = trusts ? certificate.file.path : nil
        transport.timeout = timeout
        let port = receiver.port
        let invoke = try HTTPInvoke(
            connection: connection, to: Self.destination(port: port), transport: transport, clock: clock)
        let result = await Swift.Result<Value, any Error>.catching {
            try await body(receiver) { parameters in
                do {
                    return await invoke.perform(try Self.task(parameters, port: port))
                } catch {
                    return .failure(TaskFailure("Test.Task", "\(error)"))
                }
            }
        }
        await receiver.stop()
        try await invoke.shutDown()
        return try result.get()
    }

    /// Where answers go when a receiver on this machine takes them.
    static func destination(port: Int) throws -> AnswerDestination {
        AnswerDestination(of: try Deployment([.apiEndpoint: "localhost:\(port)"]))
    }

    /// A task that tells an error, with these parameters besides or instead; `null` takes one away.
    static func task(_ more: JSONObject = [:], port: Int) throws -> TaskRequest {
        let machine = StateMachineReference(
            arn: "arn:aws:states:us-east-1:000000000000:stateMachine:m", name: "m", roleARN: "r", definitionHash: "")
        let parameters: JSONObject = [
            "ApiEndpoint": .string("https://localhost:\(port)/api/latest/ocean/error"), "Method": "POST",
            "InvocationConfig": ["ConnectionArn": "arn:aws:events:us-east-1:000000000000:connection/name/id"],
            "Headers": ["Idempotency-Key": "id-1"], "RequestBody": ["requestId": "id-1"],
        ]
        let all = JSONObject(parameters.merging(more).filter { $1 != .null })
        let definition: JSONValue = [
            "StartAt": "Tell",
            "States": ["Tell": ["Type": "Task", "Resource": "arn:aws:states:::http:invoke", "End": true]],
        ]
        let start = ExecutionStart(
            machine: machine, name: "e", input: .object(all), startedAt: Timestamp(milliseconds: 0), seed: 1)
        var interpreter = Interpreter(start: start, machine: try StateMachine(definition))
        guard case .runTask(let request) = interpreter.begin().first else { throw TestFailure("no task is to be run") }
        return request
    }

    func failure(_ result: TaskResult) -> TaskFailure? {
        if case .failure(let failure) = result { failure } else { nil }
    }
}

private let sharedCertificate = Swift.Result { try TestCertificate() }

extension Swift.Result where Failure == any Error {
    /// The result of `body`, whether it gives or throws.
    fileprivate static func catching(_ body: () async throws -> Success) async -> Self {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}
