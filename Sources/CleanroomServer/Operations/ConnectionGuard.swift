import HTTPTypes
import NIOCore
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Keeps account of what happens on a connection, and closes it when its client takes too long over the body of a request
/// or over taking an answer, or sends too many requests without having their answers.
///
/// The head of a request, and the time between two, are bounded by the idle timeout of the connection. What is answered
/// before its body has come, since it is refused, is not waited for: the answer says that the connection closes, and it is
/// closed when the body is there or a moment later, so that a client that is still sending gets to read the answer.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// How long a client that was refused may go on sending.
    private static let lingering = TimeAmount.seconds(2)

    /// How many requests a client may have sent that are not answered. They wait in memory, and each takes many times
    /// the bytes that it had on the wire; common clients send one.
    private static let maximumPipelined = 8

    private let limit: TimeAmount
    private let connections: Connections
    private var connection: Connection?
    private var receiving: Scheduled<Void>?
    private var sending: Scheduled<Void>?
    private var pendingWrites = 0
    /// How many requests have begun to come, have come whole, and have been answered.
    private var begun = 0
    private var received = 0
    private var answered = 0
    /// What the answer that is about to be written takes of the memory that there is for answers.
    private var share: BodyShare?
    /// Whether the answer that was begun last came before its request was there, and is the last one.
    private var isLast = false
    /// Whether the connection is closed for its requests. What has been read with them is still decoded.
    private var isOver = false

    init(limit: TimeAmount, connections: Connections) {
        self.limit = limit
        self.connections = connections
    }

    /// A connection keeps several of the buffers that it receives into, for as long as it is open. NIO would have them
    /// grow to 64 KiB each, and a thousand connections that once had large bodies would keep a quarter of a gigabyte.
    private static let receiveBuffers = AdaptiveRecvByteBufferAllocator(minimum: 64, initial: 2048, maximum: 16_384)

    func handlerAdded(context: ChannelHandlerContext) {
        // It is never refused by a channel of a socket; by another it may be, and then nothing is lost.
        try? context.channel.syncOptions?.setOption(.recvAllocator, value: Self.receiveBuffers)
        // All that is read at a time is decoded before others have their turn.
        try? context.channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
        // The server puts the codec there before this handler; a channel without it has no lines to read.
        let pipeline = context.pipeline.syncOperations
        if let codec = try? pipeline.handler(type: HTTP1ToHTTPServerCodec.self) {
            try? pipeline.addHandler(RequestLine(), position: .before(codec))
        }
        if context.channel.isActive { begin(context) }
    }

    /// Keeps the share of the answer that comes next until the last of it is in the socket, or the connection is closed.
    static func keep(_ share: BodyShare, untilAnsweredOn channel: any Channel) async {
        // A connection that is closed has no guard any more, and its answer is not kept either.
        try? await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.handler(type: ConnectionGuard.self).share = share
        }.get()
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        if connection != nil { return }
        let channel = context.channel
        let connection = Connection(peer: Peer(channel.remoteAddress)) { channel.close(promise: nil) }
        self.connection = connection
        connections.add(connection)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isOver { return }
        switch unwrapInboundIn(data) {
        case .head:
            begun += 1
            if begun - answered > Self.maximumPipelined {
                isOver = true
                return context.close(promise: nil)
            }
            receiving = schedule(context, in: limit)
            connection?.enter(.receiving)
        case .body: connection?.enter(.receiving)
        case .end:
            received += 1
            receiving?.cancel()
            receiving = nil
            connection?.enter(.answering)
            if isLast, pendingWrites == 0, answered >= received { context.close(promise: nil) }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var data = data
        var written: BodyShare?
        switch unwrapOutboundIn(data) {
        case .head(var head):
            if received <= answered {
                isLast = true
                head.headerFields[.connection] = "close"
                data = wrapOutboundOut(.head(head))
            }
            connection?.enter(.sending)
        case .body: break
        case .end:
            answered += 1
            swap(&written, &share)
            if isLast {
                receiving?.cancel()
                receiving = schedule(context, in: Self.lingering)
            }
        }
        let promise = promise ?? context.eventLoop.makePromise()
        if pendingWrites == 0 { sending = schedule(context, in: limit) }
        pendingWrites += 1
        let channel = context.channel
        promise.futureResult.assumeIsolated().whenComplete { [self, written] _ in
            withExtendedLifetime(written) {}
            pendingWrites -= 1
            if pendingWrites > 0 { return }
            sending?.cancel()
            sending = nil
            if answered < received { return }
            connection?.enter(.idle)
            if isLast, answered == received { channel.close(promise: nil) }
        }
        context.write(data, promise: promise)
    }

    func channelInactive(context: ChannelHandlerContext) {
        receiving?.cancel()
        sending?.cancel()
        share = nil
        if let connection { connections.remove(connection) }
        context.fireChannelInactive()
    }

    private func schedule(_ context: ChannelHandlerContext, in time: TimeAmount) -> Scheduled<Void> {
        let channel = context.channel
        return context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }
}
