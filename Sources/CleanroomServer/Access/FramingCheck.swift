import HTTPTypes
import Hummingbird

/// Refuses requests that a proxy in front of the server may read in another way than the server does: as for another
/// host, or as ending elsewhere.
///
/// What cannot be read at all, NIO refuses; two lengths, and a length beside chunks, are among it.
///
/// Source: <https://www.rfc-editor.org/rfc/rfc9112.html#section-6>
struct FramingCheck: RouterMiddleware {
    private static let host = HTTPField.Name("Host")!

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        // The first one is the authority.
        if request.headers.contains(Self.host) { throw MalformedRequest("there is more than one Host") }
        if let path = request.head.path, !path.hasPrefix("/"), path != "*" {
            throw MalformedRequest("the target '\(path)' does not begin with '/'")
        }
        if let coding = request.headers[.transferEncoding], coding.lowercased() != "chunked" {
            throw MalformedRequest("the Transfer-Encoding '\(coding)' is not 'chunked'")
        }
        if let accepted = request.headers[.te], accepted.lowercased().contains("chunked") {
            throw MalformedRequest("the TE '\(accepted)' lists 'chunked', which is always accepted")
        }
        return try await next(request, context)
    }
}
