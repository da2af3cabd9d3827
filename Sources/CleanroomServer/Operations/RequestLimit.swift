import Hummingbird
import Synchronization

/// Bounds how many requests wait for their answers at a time. One more is told to come again, and nothing of it is
/// begun, so nothing is lost.
final class RequestLimit: RouterMiddleware {
    private let maximum: Int
    private let count = Atomic(0)

    init(maximum: Int) {
        self.maximum = maximum
    }

    /// How many requests wait now.
    var waiting: Int { count.load(ordering: .relaxed) }

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let (_, now) = count.add(1, ordering: .relaxed)
        defer { count.subtract(1, ordering: .relaxed) }
        if now > maximum { throw TooManyRequests(maximum: maximum) }
        return try await next(request, context)
    }
}

/// More requests wait than are taken at a time.
struct TooManyRequests: Error {
    let maximum: Int

    var message: String { "\(maximum) requests are waiting already, which is the limit. Try again in a moment." }
}
