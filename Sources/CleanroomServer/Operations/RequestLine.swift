import NIOCore
import NIOHTTP1

/// Reads of the first line of a request what HTTP's general types have no place for, and says it in headers.
///
/// 1. The connection of an HTTP/1.0 client is closed after its answer, unless the client asks to keep it: by the end of the
///    connection such a client knows that the answer is complete.
/// 2. Where the target has a host, that counts, and the `Host` does not.
///
/// Source: <https://www.rfc-editor.org/rfc/rfc9112.html#section-9.3>,
/// <https://www.rfc-editor.org/rfc/rfc9112.html#section-3.2.2>
final class RequestLine: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        let host = Self.host(in: head.uri)
        if head.isKeepAlive, host == nil { return context.fireChannelRead(data) }
        // 1.
        if !head.isKeepAlive { head.headers.replaceOrAdd(name: "connection", value: "close") }
        // 2. More than one Host is refused later.
        if let host, head.headers["host"].count <= 1 { head.headers.replaceOrAdd(name: "host", value: String(host)) }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    private static func host(in target: String) -> Substring? {
        if target.hasPrefix("/") { return nil }
        return target.firstRange(of: "://").map { target[$0.upperBound...].prefix { $0 != "/" && $0 != "?" } }
    }
}
