import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// An HTTPS server on this machine that takes requests, keeps them, and behaves as it is told.
package final class AnswerReceiver: Sendable {
    package struct Request: Hashable, Sendable {
        package let method: String
        package let path: String
        package let headers: [[String]]
        package let body: String

        /// The values of a header.
        package func values(_ name: String) -> [String] {
            headers.filter { $0[0].lowercased() == name.lowercased() }.map { $0[1] }
        }
    }

    package enum Behavior: Sendable {
        /// A response with this status, these headers and this body.
        case answers(Int, headers: [String: String] = [:], body: String = "{}")
        /// A response with a body that need not be a text.
        case answersBytes(Int, headers: [String: String] = [:], body: [UInt8])
        /// Never a response.
        case isSilent
        /// Bytes that are no HTTP.
        case talksGarbage
        /// The connection is closed in the middle of a response of the status 200.
        case closesHalfWay
        /// The connection is closed when the request is there.
        case hangsUp
    }

    private struct State {
        var behavior: @Sendable (Request) -> Behavior = { _ in .answers(200) }
        var requests: [Request] = []
        var listener: (any Channel)?
        var connections: [any Channel] = []
        var port = 0
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())
    private let certificate: TestCertificate?

    /// - Parameter certificate: without one it speaks plain HTTP.
    package init(certificate: TestCertificate?) {
        self.certificate = certificate
    }

    package var port: Int { state.withLock { $0.port } }

    /// Everything that was received, in its order.
    package var requests: [Request] { state.withLock { $0.requests } }

    /// Behaves like this from now on.
    package func behave(_ behavior: @Sendable @escaping (Request) -> Behavior) {
        state.withLock { $0.behavior = behavior }
    }

    /// Listens, on the same port as before if it did.
    package func start() async throws {
        let tls = try certificate.map { certificate in
            try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: certificate.chain, privateKey: certificate.key))
        }
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
                    try pipeline.addHandler(Receiving(receiver: self))
                    self.state.withLock { $0.connections.append(channel) }
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        state.withLock { state in
            state.listener = channel
            state.port = channel.localAddress?.port ?? 0
        }
    }

    /// Listens no more, and drops the connections that there are.
    package func stop() async {
        let (listener, connections) = state.withLock { state in
            defer { (state.listener, state.connections) = (nil, []) }
            return (state.listener, state.connections)
        }
        for channel in connections + [listener].compactMap({ $0 }) {
            // One that has been closed by the other side is what is wanted.
            try? await channel.close().get()
        }
    }

    /// Waits until so many requests have been received.
    package func hasReceived(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.requests.count >= count { return true }
                state.waiters.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    fileprivate func receive(_ request: Request) -> Behavior {
        let (behavior, ready) = state.withLock { state in
            state.requests.append(request)
            let count = state.requests.count
            let ready = state.waiters.filter { $0.count <= count }
            state.waiters.removeAll { $0.count <= count }
            return (state.behavior, ready)
        }
        ready.forEach { $0.continuation.resume() }
        return behavior(request)
    }
}

private final class Receiving: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private let receiver: AnswerReceiver
    private var head: HTTPRequestHead?
    private var body = ""

    init(receiver: AnswerReceiver) {
        self.receiver = receiver
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): (self.head, body) = (head, "")
        case .body(let part): body += String(buffer: part)
        case .end:
            guard let head else { return }
            let request = AnswerReceiver.Request(
                method: head.method.rawValue, path: head.uri, headers: head.headers.map { [$0.name, $0.value] },
                body: body)
            switch receiver.receive(request) {
            case .answers(let status, let headers, let body): answer(status, headers, Array(body.utf8), context)
            case .answersBytes(let status, let headers, let body): answer(status, headers, body, context)
            case .isSilent: break
            case .talksGarbage:
                write("\u{1}\u{2}this is not HTTP at all\r\n\r\n", context)
                context.close(promise: nil)
            case .closesHalfWay:
                write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"half\":", context)
                context.close(promise: nil)
            case .hangsUp: context.close(promise: nil)
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A client that does not trust the certificate, or has gone.
        context.close(promise: nil)
    }

    private func answer(
        _ status: Int, _ headers: [String: String], _ body: [UInt8], _ context: ChannelHandlerContext
    ) {
        let lines = headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
        var response = ByteBuffer(
            string: "HTTP/1.1 \(status) Said\r\n\(lines)Content-Length: \(body.count)\r\n\r\n")
        response.writeBytes(body)
        context.writeAndFlush(wrapOutboundOut(response), promise: nil)
    }

    private func write(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }
}
