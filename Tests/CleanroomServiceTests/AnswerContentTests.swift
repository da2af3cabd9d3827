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

/// Receivers that take an answer and say so in a way that AWS cannot read: the execution that tells it ends for good, as
/// on AWS, and the recovery tells it again.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct AnswerContentTests {
    /// A response of the status 200 that is none to AWS.
    enum Unreadable: CaseIterable {
        case bytes, picture, noText, tooLarge

        var behavior: AnswerReceiver.Behavior {
            switch self {
            case .bytes: .answers(200, headers: ["Content-Type": "application/octet-stream"])
            case .picture: .answersBytes(201, headers: ["Content-Type": "image/png"], body: [0x89, 0x50, 0x4E, 0x47])
            case .noText: .answersBytes(200, headers: ["Content-Type": "text/plain"], body: [0xC3, 0x28])
            case .tooLarge: .answers(200, body: String(repeating: "x", count: 300_000))
            }
        }

        var error: String { self == .tooLarge ? StatesError.dataLimitExceeded : StatesError.runtime }

        /// What the cause says of it.
        var reason: String {
            switch self {
            case .bytes: "application/octet-stream"
            case .picture: "image/png"
            case .noText: "no valid text"
            case .tooLarge: "maximum number of bytes"
            }
        }
    }

    private static let certificate = Result { try TestCertificate() }

    private let folder = TemporaryFolder()

    private func receiver(_ behavior: @Sendable @escaping (AnswerReceiver) -> AnswerReceiver.Behavior) async throws
        -> AnswerReceiver
    {
        let receiver = AnswerReceiver(certificate: try Self.certificate.get())
        receiver.behave { _ in behavior(receiver) }
        try await receiver.start()
        return receiver
    }

    /// A request carried through with a clock that does not wait for back-off.
    private func create(_ request: CleanroomRequest, telling receiver: AnswerReceiver) async throws -> RequestOutcome {
        var transport = HTTPInvoke.Transport()
        transport.certificateAuthorityFile = try Self.certificate.get().file.path
        let invoke = try HTTPInvoke(connection: nil, transport: transport)
        let clock = TestClock(now: SystemClock().now())
        let service = try CleanroomService(
            store: store(), deployment: Deployment([.apiEndpoint: "localhost:\(receiver.port)"]),
            handlers: LakeServices.handlers { task in await clock.holding { await invoke.perform(task) } }, clock: clock
        )
        let outcome = try await service.create(request, patience: .seconds(60))
        try await invoke.shutDown()
        return outcome
    }

    private func store() throws -> LakeStore { try LakeStore(folder: DataFolder(path: folder.path)) }

    private func answers(_ arguments: String...) throws -> (status: Int32, document: JSONValue) {
        let environment = [
            "CLEANROOM_DATA_DIR": folder.path, "CLEANROOM_CONNECTION_CA_FILE": try Self.certificate.get().file.path,
        ]
        let result = try run(
            Project.program("cleanroom"), ["answers"] + arguments + ["--output", "json"], environment: environment)
        return (result.status, try JSONValue(parsing: result.output))
    }

    @Test(arguments: Unreadable.allCases)
    func `an answer whose receipt cannot be read is not taken, ends its execution, and is told again`(
        unreadable: Unreadable
    ) async throws {
        let receiver = try await receiver { _ in unreadable.behavior }
        let request = try TestLake.request()
        let outcome = try await create(request, telling: receiver)
        // 1. The execution ends at once: it does not try for 24 hours.
        #expect(outcome.record.status == .failed)
        #expect(outcome.record.error == unreadable.error)
        #expect(outcome.record.cause?.contains(unreadable.reason) == true, "\(outcome.record.cause ?? "")")
        #expect(outcome.record.answer?.status == .undelivered)
        let tries = try store().history(of: outcome.record).count {
            $0.kind == .taskScheduled && $0.details["resource"] == "invoke"
        }
        #expect(tries == 1)
        // 2. The room stands nevertheless, and a recovery has told the same again, an end of which is in sight.
        #expect(outcome.status == .succeeded && outcome.isLost)
        #expect(outcome.recovery?.error == unreadable.error)
        #expect(outcome.answer?.status == .undelivered)
        #expect((2...20).contains(receiver.requests.count))
        #expect(Set(receiver.requests).count == 1)
        #expect(receiver.requests.first?.values("Idempotency-Key") == [request.requestID.text])
        // 3. It is listed once, as not taken, with the reason.
        let listed = try store().answered(limit: 10)
        #expect(listed.count == 1)
        #expect(listed.first?.answer?.status == .undelivered)
        #expect(listed.first?.error == unreadable.error)
        #expect(listed.first?.cause?.contains(unreadable.reason) == true)
        await receiver.stop()
    }

    @Test func `once the receiver answers with a text, the recovery's answer is the one that counts`() async throws {
        let receiver = try await receiver { $0.requests.count > 1 ? .answers(200) : Unreadable.bytes.behavior }
        let outcome = try await create(try TestLake.request(), telling: receiver)
        #expect(outcome.record.error == StatesError.runtime)
        #expect(outcome.recovery?.status == .succeeded)
        #expect(outcome.answer?.status == .delivered)
        #expect(receiver.requests.count == 2)
        #expect(try store().answered(limit: 10).map(\.answer?.status) == [.delivered])
        #expect(try store().givenUp().isEmpty, "what a recovery has told is not waiting to be sent")
        await receiver.stop()
    }

    @Test func `an error is told again as well`() async throws {
        let receiver = try await receiver { _ in .answers(200) }
        _ = try await create(try TestLake.request(), telling: receiver)
        let before = receiver.requests.count
        receiver.behave { _ in receiver.requests.count > before + 1 ? .answers(200) : Unreadable.bytes.behavior }
        let outcome = try await create(try TestLake.request(), telling: receiver)
        #expect(outcome.error?.message == ErrorMessage.databaseAlreadyExists.rawValue)
        #expect(outcome.record.error == StatesError.runtime)
        #expect(outcome.answer?.status == .delivered)
        #expect(Set(receiver.requests.dropFirst(before)).count == 1)
        await receiver.stop()
    }

    @Test(.enabled(if: Project.hasFaces))
    func `the list gives the reason, and sending it again ends as soon as the receiver answers`() async throws {
        let receiver = try await receiver { _ in Unreadable.picture.behavior }
        let request = try TestLake.request()
        _ = try await create(request, telling: receiver)
        let listed = try answers("list", "--undelivered").document["answers"]?.arrayValue
        #expect(listed?.count == 1)
        #expect(listed?.first?["requestId"] == .string(request.requestID.text))
        #expect(listed?.first?["delivery"]?["status"] == "UNDELIVERED")
        #expect(listed?.first?["delivery"]?["failure"]?["error"] == "States.Runtime")
        #expect(listed?.first?["delivery"]?["failure"]?["cause"]?.stringValue?.contains("image/png") == true)

        let before = receiver.requests.count
        for arguments in [["redeliver", request.requestID.text], ["redeliver", "--all"]] {
            let tried = try answers(arguments[0], arguments[1])
            #expect(tried.status == 1)
            #expect(tried.document["answers"]?[0]?["result"] == "UNDELIVERED")
            #expect(tried.document["answers"]?[0]?["reason"]?.stringValue?.contains("image/png") == true)
        }
        #expect(receiver.requests.count == before + 2, "each is one attempt")

        receiver.behave { _ in .answers(200) }
        let sent = try answers("redeliver", "--all")
        #expect(sent.status == 0)
        #expect(sent.document["answers"]?[0]?["result"] == "DELIVERED")
        #expect(Set(receiver.requests).count == 1, "always the same bytes")
        #expect(try answers("list", "--undelivered").document["answers"] == [])
        #expect(try answers("redeliver", request.requestID.text).status == 1, "there is nothing left to send")
        await receiver.stop()
    }
}
