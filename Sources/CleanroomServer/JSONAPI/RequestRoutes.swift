import CleanroomService
import DurableExecution
import Hummingbird
import NIOCore
import ServiceLifecycle
import StatesLanguage

/// `/v1/requests`: what becomes of a request.
struct RequestRoutes: Sendable {
    /// How many seconds a client may have an answer held back.
    static let waits = 0...60

    let host: CleanroomHost
    /// Derives the steps of requests, which may take long, on threads of its own.
    let reads: Gate

    /// Tells what became of a request so far, or, with `wait`, when it is decided.
    func show(_ request: Request, _ context: ServerContext) async throws -> Response {
        let id = context.parameters.get("requestId") ?? ""
        let wait = try JSONExchange.number("wait", of: request, default: 0, in: Self.waits)
        // Who waits is told what is known when the server stops.
        let outcome = try await cancelWhenGracefulShutdown {
            try await host.outcome(of: id, decidedWithin: .seconds(wait))
        }
        guard let outcome else { throw Self.notFound }
        return try await reads.pass { [host] in
            JSONExchange.response(.object(try host.reader.document(outcome, now: host.clock.now())))
        }
    }

    /// Tells each step when it comes to pass, and at the end the outcome, as server-sent events.
    func follow(_ request: Request, _ context: ServerContext) throws -> Response {
        let id = context.parameters.get("requestId") ?? ""
        guard let outcome = try host.outcome(of: id) else { throw Self.notFound }
        let events = RequestEvents(host: host, requestID: id, lastID: request.headers[.lastEventID] ?? "")
        // All has been told: an EventSource does not come again after this.
        if events.isAllTold(of: outcome) { return Response(status: .noContent) }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                try await events.write { try await writer.write(ByteBuffer(string: $0)) }
                try await writer.finish(nil)
            })
    }

    private static var notFound: ProblemDetails {
        ProblemDetails(.notFound, "there is no request of this requestId")
    }
}
