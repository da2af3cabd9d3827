import CleanroomModel
import HTTPTypes
import Hummingbird

/// Keeps web pages of others out.
///
/// A browser on this machine reaches a server on loopback, and so does every page in it, by a request across origins
/// or by a name of its own that it has pointed at 127.0.0.1 (DNS rebinding). The first kind carries an `Origin`, the
/// second a `Host` that is not a name of this machine.
struct BrowserCheck: RouterMiddleware {
    /// Whether the `Host` has to be one of loopback.
    let demandsLoopback: Bool

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let authority = request.head.authority ?? ""
        if demandsLoopback, !Loopback.contains(authority: authority) {
            throw AccessDenied(.forbidden, "the Host '\(authority)' is not a name of this machine")
        }
        if let origin = request.headers[.origin], origin != "http://\(authority)", origin != "https://\(authority)" {
            throw AccessDenied(.forbidden, "pages of the Origin '\(origin)' may not call this server")
        }
        return try await next(request, context)
    }
}

/// A request that is not let in.
struct AccessDenied: Error {
    let status: HTTPResponse.Status
    let message: String

    init(_ status: HTTPResponse.Status, _ message: String) {
        self.status = status
        self.message = message
    }
}
