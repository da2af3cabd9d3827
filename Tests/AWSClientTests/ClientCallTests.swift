import DurableExecution
import Foundation
import NIOCore
import StatesLanguage
import Synchronization
import TestSupport
import Testing

@testable import AWSClient

/// What the calls of clients' machines take of the process, and how they end.
@Suite(.timeLimit(.minutes(1)))
struct ClientCallTests: ReceiverCalling {
    /// Has `body` call a receiver on this machine, whose name is looked up like this.
    private func calling(
        timeout: TimeAmount = .seconds(60), lookUp: @escaping @Sendable (String) throws -> [NetworkAddress],
        _ body: (AnswerReceiver, HTTPInvoke, TaskRequest) async throws -> Void
    ) async throws {
        let receiver = AnswerReceiver(certificate: try Self.certificate.get())
        try await receiver.start()
        var transport = HTTPInvoke.Transport()
        transport.certificateAuthorityFile = try Self.certificate.get().file.path
        transport.timeout = timeout
        transport.lookUp = lookUp
        let invoke = try HTTPInvoke(
            connection: nil, hosts: HTTPHosts([], anywhere: ["localhost:\(receiver.port)"]), transport: transport)
        try await body(receiver, invoke, try Self.task(port: receiver.port))
        try await invoke.shutDown()
        await receiver.stop()
    }

    /// A server of names that gives no answer before it is told to.
    private final class LookUp: Sendable {
        private let hasEnded = Atomic(false)

        func wait() -> [NetworkAddress] {
            while !hasEnded.load(ordering: .acquiring) { usleep(1000) }
            return [ClientCallTests.here].compactMap { $0 }
        }

        func end() { hasEnded.store(true, ordering: .releasing) }
    }

    private static let here = NetworkAddress("127.0.0.1")

    @Test func `an address that takes no connection is passed over for the next one`() async throws {
        let addresses = [NetworkAddress("127.0.0.2"), Self.here].compactMap { $0 }
        try await calling(lookUp: { _ in addresses }) { receiver, invoke, task in
            #expect(failure(await invoke.performForClient(task)) == nil)
            #expect(receiver.requests.count == 1)
        }
    }

    @Test func `what was sent is not sent to another address`() async throws {
        let addresses = [Self.here, Self.here].compactMap { $0 }
        try await calling(lookUp: { _ in addresses }) { receiver, invoke, task in
            receiver.behave { _ in .hangsUp }
            #expect(failure(await invoke.performForClient(task))?.error == "States.Http.Socket")
            #expect(receiver.requests.count == 1)
        }
    }

    @Test func `a name that is looked up without end is given up when the time of the call is over`() async throws {
        let lookUp = LookUp()
        defer { lookUp.end() }
        try await calling(timeout: .milliseconds(50), lookUp: { _ in lookUp.wait() }) { _, invoke, task in
            let failure = failure(await invoke.performForClient(task))
            #expect(failure?.error == "States.Http.Socket")
            #expect(failure?.cause.contains("longer") == true)
            #expect(invoke.clientCalls.underWay == 0)
        }
    }

    @Test func `one call more than may be under way sends nothing, and who is cancelled makes room`() async throws {
        let lookUp = LookUp()
        try await calling(lookUp: { _ in lookUp.wait() }) { receiver, invoke, task in
            let calls = (0..<ClientCalls.maximum).map { _ in Task { await invoke.performForClient(task) } }
            while invoke.clientCalls.underWay < ClientCalls.maximum { await Task.yield() }
            #expect(failure(await invoke.performForClient(task))?.cause.contains("nothing was sent") == true)
            for call in calls { call.cancel() }
            for call in calls { #expect(failure(await call.value)?.error == "States.Http.Socket") }
            #expect(receiver.requests.isEmpty)
            #expect(invoke.clientCalls.underWay == 0)
            lookUp.end()
            #expect(failure(await invoke.performForClient(task)) == nil)
        }
    }
}
