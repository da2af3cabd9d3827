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
        if now > maximum { throw TooManyRequests.waiting(maximum) }
        return try await next(request, context)
    }

    /// Does not count a request while its own client has it wait, as one does that sends a body slowly or never.
    ///
    /// - Throws: `TooManyRequests` when it could go on, and too many others wait by then.
    func exceptWhile<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        count.subtract(1, ordering: .relaxed)
        let value: Value
        do {
            value = try await body()
        } catch {
            count.add(1, ordering: .relaxed)
            throw error
        }
        let (_, now) = count.add(1, ordering: .relaxed)
        if now > maximum { throw TooManyRequests.waiting(maximum) }
        return value
    }
}

/// There are more requests, or more of their bodies or answers, than are taken at a time.
struct TooManyRequests: Error {
    let message: String

    /// - Parameter subject: what they wait for, if it is not their answers alone.
    static func waiting(_ maximum: Int, _ subject: String = "requests") -> TooManyRequests {
        TooManyRequests(
            message: "\(maximum) \(subject) are waiting already, which is the limit. Try again in a moment.")
    }

    static func bodies(_ maximum: Int) -> TooManyRequests {
        TooManyRequests(
            message: "the bodies of requests take \(maximum) bytes of memory already, which is the limit. "
                + "Try again in a moment.")
    }

    static func answers(_ maximum: Int) -> TooManyRequests {
        TooManyRequests(
            message:
                "there is no room for an answer of this size: those that their clients have not taken yet may have "
                + "\(maximum) bytes of memory. Try again in a moment.")
    }
}
