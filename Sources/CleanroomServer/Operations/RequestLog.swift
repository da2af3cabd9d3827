import CoreMetrics
import HTTPTypes
import Hummingbird
import Logging
import StatesLanguage
import Synchronization

/// Gives every answer its request's id, turns what was refused on the way into an answer, and logs and counts it.
final class RequestLog: RouterMiddleware {
    private let metrics: PrometheusRegistry
    private let duration: Timer
    /// The counter of each method and status.
    private let counters = Mutex<[String: Counter]>([:])

    init(metrics: PrometheusRegistry) {
        self.metrics = metrics
        duration = Timer(label: "cleanroom_request_duration_seconds", dimensions: [], factory: metrics)
    }

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let begin = ContinuousClock.now
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            response = Self.answer(error, request, context)
        }
        // An answer to HEAD has no body, whatever it is; what came behind it would be read as the next answer.
        if request.method == .head { response = response.createHeadResponse() }
        response.headers[.amznRequestID] = context.requestID
        let duration = ContinuousClock.now - begin
        let route =
            request.headers[.amzTarget].map { VisibleText.beginning(of: $0, characters: 200) }
            ?? context.endpointPath ?? "none"
        counter(of: request.method.rawValue, "\(response.status.code)").increment()
        self.duration.recordNanoseconds(duration.nanoseconds)
        context.requestLogger.info(
            "\(request.method.rawValue) \(route)",
            metadata: [
                "status": "\(response.status.code)",
                "path": "\(VisibleText.beginning(of: request.uri.path, characters: 200))",
                "milliseconds": "\(duration.nanoseconds / 1_000_000)",
            ])
        return response
    }

    @inline(never)  // It locks, and the caller is async (docs/architecture.md, Locks).
    private func counter(of method: String, _ status: String) -> Counter {
        counters.withLock { counters in
            if let counter = counters[method + status] { return counter }
            let counter = Counter(
                label: "cleanroom_requests_total", dimensions: [("method", method), ("status", status)],
                factory: metrics)
            counters[method + status] = counter
            return counter
        }
    }

    /// The answer to a request that did not get as far as what it asked for.
    private static func answer(_ error: any Error, _ request: Request, _ context: ServerContext) -> Response {
        let wire: WireError
        switch error {
        case let error as AccessDenied:
            wire = WireError(
                code: error.status == .unauthorized ? "UnauthorizedException" : "AccessDeniedException",
                message: error.message, status: error.status)
        case let error as HTTPError:
            wire = WireError(
                code: error.status == .notFound ? "UnknownOperationException" : "\(error.status.code)",
                message: error.body ?? "there is no \(request.method.rawValue) \(request.uri.path) here",
                status: error.status)
        case _ where Unavailability.isReason(error): wire = .unavailable(error)
        default:
            if let refusal = WireError(refusal: error) {
                wire = refusal
            } else {
                if ProblemDetails(refusal: error) == nil { context.requestLogger.error("\(error)") }
                wire = .internalFailure
            }
        }
        if request.method == .post, !request.uri.path.hasPrefix("/v1/") {
            let isStepFunctions = request.headers[.amzTarget]?.hasPrefix("AWSStepFunctions.") == true
            return AWSEndpoint.response(wire, isStepFunctions ? .json10 : .json11, context)
        }
        return problem(error, request).response
    }

    /// The same for everyone who does not speak AWS's protocols.
    private static func problem(_ error: any Error, _ request: Request) -> ProblemDetails {
        if let refusal = ProblemDetails(refusal: error) { return refusal }
        return switch error {
        case let error as HTTPError where error.status == .notFound:
            ProblemDetails(.notFound, "there is no \(request.method.rawValue) \(request.uri.path) here")
        case let error as HTTPError where error.status == .contentTooLarge:
            ProblemDetails(.bodyTooLarge, error.body ?? "the body is too large")
        case _ where Unavailability.isReason(error):
            ProblemDetails(.serviceUnavailable, Unavailability.text(error))
        default: ProblemDetails(.internalError, "what went wrong is in the server's log")
        }
    }
}

extension Duration {
    var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
