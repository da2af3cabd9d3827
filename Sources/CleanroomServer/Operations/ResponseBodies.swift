import Hummingbird
import NIOCore

/// Bounds how much of the memory large answers take that wait until their clients take them. Small ones go through: each
/// connection has one or two of them, and what a client does not take is bounded with its connection (`ConnectionGuard`).
///
/// One that finds no room is refused when it is there. An action that changes something has a small answer, or one that
/// it gives again when it is repeated.
struct ResponseBodies: RouterMiddleware {
    /// How many bytes an answer may have that is not large.
    static let smallBody = 65_536

    let memory: BodyMemory

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let response = try await next(request, context)
        guard let count = response.body.contentLength, count > Self.smallBody else { return response }
        let share = BodyShare()
        if !share.take(count, of: memory, isLarge: false) { throw TooManyRequests.answers(memory.maximum) }
        await ConnectionGuard.keep(share, untilAnsweredOn: context.channel)
        return response
    }
}
