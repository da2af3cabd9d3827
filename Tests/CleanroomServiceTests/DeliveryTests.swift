import AWSClient
import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import Foundation
import NIOCore
import StatesLanguage
import TestSupport
import Testing

/// Answers on their way to a receiver that does not behave.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct DeliveryTests {
    /// What a receiver does before it takes an answer.
    enum Trouble: CaseIterable {
        case isDown, isSlow, answers500, answers401, answers302, answers429, talksGarbage, closesHalfWay, hangsUp

        var behavior: AnswerReceiver.Behavior {
            switch self {
            case .isDown, .isSlow: .isSilent
            case .answers500: .answers(500, body: "<html>")
            case .answers401: .answers(401)
            case .answers302: .answers(302, headers: ["Location": "https://localhost:1/"])
            case .answers429: .answers(429, headers: ["Retry-After": "1"])
            case .talksGarbage: .talksGarbage
            case .closesHalfWay: .closesHalfWay
            case .hangsUp: .hangsUp
            }
        }
    }

    private static let certificate = Result { try TestCertificate() }
    private static let secret = "s3cr3t-value"

    private let folder = TemporaryFolder()

    /// A request carried through with a clock that does not wait for back-off.
    ///
    /// - Parameter beforeAttempt: told how many attempts there were.
    private func create(
        _ request: CleanroomRequest, telling receiver: AnswerReceiver, clock: TestClock = TestClock(),
        beforeAttempt: @Sendable @escaping (Int) async -> Void = { _ in }
    ) async throws -> RequestOutcome {
        var transport = HTTPInvoke.Transport()
        transport.certificateAuthorityFile = try Self.certificate.get().file.path
        transport.timeout = .milliseconds(150)
        let deployment = try Deployment([.apiEndpoint: "localhost:\(receiver.port)"])
        let invoke = try HTTPInvoke(
            connection: Connection(authorization: .apiKey(name: "X-Api-Key", value: Secret(Self.secret))),
            to: AnswerDestination(of: deployment), transport: transport)
        let attempts = Attempts()
        let service = try CleanroomService(
            store: LakeStore(folder: DataFolder(path: folder.path)),
            deployment: deployment,
            handlers: LakeServices.handlers { task in
                await clock.holding {
                    await beforeAttempt(await attempts.next())
                    return await invoke.perform(task)
                }
            }, clock: clock)
        let outcome = try await service.create(request, patience: .seconds(100))
        try await invoke.shutDown()
        return outcome
    }

    private func receiver() async throws -> AnswerReceiver {
        let receiver = AnswerReceiver(certificate: try Self.certificate.get())
        try await receiver.start()
        return receiver
    }

    /// Everything that a receiver could tell one delivery from another by is the same in all of them.
    private func checkSame(_ requests: [AnswerReceiver.Request], path: String, _ request: CleanroomRequest) {
        #expect(Set(requests).count == 1)
        #expect(requests.first?.path == path)
        #expect(requests.first?.method == "POST")
        #expect(requests.first?.values("Idempotency-Key") == [request.requestID.text])
        #expect(requests.first?.values("X-Api-Key") == [Self.secret])
    }

    @Test(arguments: Trouble.allCases)
    func `whatever the receiver does first, the same answer arrives in the end`(trouble: Trouble) async throws {
        let receiver = try await receiver()
        let request = try TestLake.request()
        receiver.behave { _ in receiver.requests.count > 3 ? .answers(200) : trouble.behavior }
        if trouble == .isDown { await receiver.stop() }
        let outcome = try await create(request, telling: receiver) { attempt in
            if trouble == .isDown, attempt == 4 {
                receiver.behave { _ in .answers(200) }
                // What cannot listen leaves the answer undelivered, and the test fails by that.
                try? await receiver.start()
            }
        }
        #expect(outcome.status == .succeeded)
        #expect(outcome.answer?.status == .delivered)
        #expect(receiver.requests.count == (trouble == .isDown ? 1 : 4))
        checkSame(receiver.requests, path: Answer.Path.created, request)
        #expect(receiver.requests.first?.body == #"{"requestId":"\#(request.requestID)"}"#)
        await receiver.stop()
    }

    @Test func `an error is told as reliably, and in the same words each time`() async throws {
        let receiver = try await receiver()
        _ = try await create(try TestLake.request(), telling: receiver)
        let taken = try TestLake.request()
        receiver.behave { _ in receiver.requests.count > 4 ? .answers(204, body: "") : .answers(503) }
        let outcome = try await create(taken, telling: receiver)
        #expect(outcome.error?.message == ErrorMessage.databaseAlreadyExists.rawValue)
        #expect(outcome.answer?.status == .delivered)
        let told = Array(receiver.requests.dropFirst())
        #expect(told.count == 4)
        checkSame(told, path: Answer.Path.failed, taken)
        let body = try JSONValue(parsing: try #require(told.first).body)
        #expect(body["error"]?["message"] == "DatabaseAlreadyExists")
        await receiver.stop()
    }

    @Test(.enabled(if: Project.hasFaces))
    func `an answer is tried for 24 hours and then given up, and redeliver sends the same bytes`() async throws {
        let receiver = try await receiver()
        receiver.behave { _ in .answers(503) }
        let request = try TestLake.request()
        let begin = SystemClock().now().advanced(byMilliseconds: -48 * 3_600_000)
        let outcome = try await create(request, telling: receiver, clock: TestClock(now: begin))
        #expect(outcome.status == .succeeded, "the room stands, told or not")
        #expect(outcome.record.error == "States.Http.StatusCode.503")
        #expect(outcome.answer?.status == .undelivered)
        let took = try #require(outcome.record.stoppedAt).milliseconds - begin.milliseconds
        #expect((23 * 3_600_000...26 * 3_600_000).contains(took))
        let history = try LakeStore(folder: DataFolder(path: folder.path)).history(of: outcome.record)
        let delivery = history.drop { $0.details["name"] != "NotifySuccess" }
        #expect(delivery.count { $0.kind == .taskScheduled } == 105)
        // On a busy machine the time of an attempt may be over before the receiver has its request.
        #expect((95...105).contains(receiver.requests.count))

        // 1. It is listed before those that have been taken.
        let environment = [
            "CLEANROOM_DATA_DIR": folder.path, "CLEANROOM_CONNECTION_API_KEY_NAME": "X-Api-Key",
            "CLEANROOM_CONNECTION_API_KEY_VALUE": Self.secret,
            "CLEANROOM_CONNECTION_CA_FILE": try Self.certificate.get().file.path,
            "CLEANROOM_API_ENDPOINT": "localhost:\(receiver.port)",
        ]
        func cleanroom(_ arguments: String...) throws -> (status: Int32, document: JSONValue) {
            let result = try run(
                Project.program("cleanroom"), ["answers"] + arguments + ["--output", "json"], environment: environment)
            #expect(!result.output.contains(Self.secret) && !result.errors.contains(Self.secret))
            return (result.status, try JSONValue(parsing: result.output))
        }
        receiver.behave { _ in .answers(200) }
        _ = try await create(try TestLake.request("other_room"), telling: receiver)
        let listed = try cleanroom("list").document["answers"]
        #expect(listed?.arrayValue?.count == 2)
        #expect(listed?[0]?["requestId"] == .string(request.requestID.text))
        #expect(listed?[0]?["delivery"]?["status"] == "UNDELIVERED")
        #expect(listed?[0]?["delivery"]?["failure"]?["error"] == "States.Http.StatusCode.503")
        #expect(listed?[1]?["delivery"]?["status"] == "DELIVERED")

        // 2. While the receiver does not take it, it is tried again from the first attempt on.
        receiver.behave { _ in .answers(500) }
        let tried = try cleanroom("redeliver", request.requestID.text, "--patience", "0")
        #expect(tried.status == 1)
        #expect(tried.document["answers"]?[0]?["result"] == "UNDELIVERED")

        // 3. When it does, the bytes are those of the first time.
        receiver.behave { _ in .answers(200) }
        let sent = try cleanroom("redeliver", request.requestID.text)
        #expect(sent.status == 0)
        #expect(sent.document["answers"]?[0]?["result"] == "DELIVERED")
        #expect(sent.document["answers"]?[0]?["delivery"]?["redriveCount"] == 1)
        checkSame(
            receiver.requests.filter { $0.body.contains(request.requestID.text) }, path: Answer.Path.created, request)

        // 4. There is nothing left to send.
        #expect(try cleanroom("redeliver", request.requestID.text).status == 1)
        #expect(try cleanroom("redeliver", UUID().uuidString).document["error"]?["code"] == "NOT_FOUND")
        let all = try cleanroom("redeliver", "--all")
        #expect(all.status == 0)
        #expect(all.document["answers"] == [])
        #expect(try cleanroom("list", "--undelivered").document["answers"] == [])
        await receiver.stop()
    }

    @Test(.enabled(if: Project.hasFaces))
    func `a process that is killed while it delivers loses nothing, and the next one sends the same bytes`()
        async throws
    {
        let receiver = try await receiver()
        receiver.behave { _ in .isSilent }
        let request = try TestLake.request()
        let file = folder.path + "-connection.json"
        let configuration: JSONValue = [
            "apiEndpoint": .string("localhost:\(receiver.port)"),
            "connection": [
                "apiKey": ["name": "X-Api-Key", "value": .string(Self.secret)],
                "caFile": .string(try Self.certificate.get().file.path),
            ],
        ]
        try Data(configuration.text.utf8).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let arguments = [
            "create", "--account", request.account.text, "--database", request.database.text, "--request-id",
            request.requestID.text, "--config", file, "--data-dir", folder.path,
        ]
        for count in 1...3 {
            let process = Process()
            process.executableURL = Project.program("cleanroom")
            process.arguments = arguments
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            await receiver.hasReceived(count)
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        receiver.behave { _ in .answers(200) }
        let result = try run(Project.program("cleanroom"), arguments + ["--output", "json"])
        #expect(result.status == 0)
        #expect(try JSONValue(parsing: result.output)["delivery"]?["status"] == "DELIVERED")
        #expect(receiver.requests.count == 4)
        checkSame(receiver.requests, path: Answer.Path.created, request)
        await receiver.stop()
    }

    @Test(.enabled(if: Project.hasFaces))
    func `an answer for one endpoint is not kept by a process that has none`() async throws {
        let receiver = try await receiver()
        receiver.behave { _ in .answers(500) }
        let request = try TestLake.request()
        let arguments = [
            "create", "--account", request.account.text, "--database", request.database.text, "--request-id",
            request.requestID.text, "--data-dir", folder.path, "--output", "json",
        ]
        let environment = ["CLEANROOM_CONNECTION_CA_FILE": try Self.certificate.get().file.path]
        let first = try run(
            Project.program("cleanroom"),
            arguments + ["--patience", "0", "--api-endpoint", "localhost:\(receiver.port)"], environment: environment)
        #expect(try JSONValue(parsing: first.output)["delivery"]?["status"] == "UNDELIVERED")
        receiver.behave { _ in .answers(200) }
        let second = try run(Project.program("cleanroom"), arguments, environment: environment)
        #expect(try JSONValue(parsing: second.output)["delivery"]?["status"] == "DELIVERED")
        #expect(Set(receiver.requests.map(\.body)).count == 1)
        await receiver.stop()
    }
}

private actor Attempts {
    private var count = 0

    func next() -> Int {
        count += 1
        return count
    }
}
