import NIOCore
import NIOHTTPTypes

/// Closes connections whose client takes too long over the body of a request, or over taking an answer.
///
/// The head of a request, and the time between two, are bounded by the idle timeout of the connection.
final class TransferLimit: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limit: TimeAmount
    private var receiving: Scheduled<Void>?
    private var sending: Scheduled<Void>?
    private var pendingWrites = 0

    init(limit: TimeAmount) {
        self.limit = limit
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: receiving = schedule(context)
        case .body: break
        case .end:
            receiving?.cancel()
            receiving = nil
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let promise = promise ?? context.eventLoop.makePromise()
        if pendingWrites == 0 { sending = schedule(context) }
        pendingWrites += 1
        promise.futureResult.assumeIsolated().whenComplete { [self] _ in
            pendingWrites -= 1
            if pendingWrites == 0 {
                sending?.cancel()
                sending = nil
            }
        }
        context.write(data, promise: promise)
    }

    func channelInactive(context: ChannelHandlerContext) {
        receiving?.cancel()
        sending?.cancel()
        context.fireChannelInactive()
    }

    private func schedule(_ context: ChannelHandlerContext) -> Scheduled<Void> {
        let channel = context.channel
        return context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
    }
}
