import EmbeddedLake
import HTTPTypes
import Hummingbird

/// Lets in who carries one of the bearer tokens whose hashes are configured; everybody where none need be.
struct BearerCheck: RouterMiddleware {
    let settings: ServerSettings

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        if settings.hasCredentials, !Self.accepts(request.headers[.authorization], settings.tokenHashes) {
            throw AccessDenied(.unauthorized, "a bearer token is needed: 'Authorization: Bearer …'")
        }
        return try await next(request, context)
    }

    /// Compares hashes, of which nobody who sends a token can choose a prefix; so the time of the comparison tells
    /// nothing.
    static func accepts(_ authorization: String?, _ hashes: Set<String>) -> Bool {
        guard let authorization, authorization.prefix(7).lowercased() == "bearer " else { return false }
        return hashes.contains(StateMachineVersion.sha256(String(authorization.dropFirst(7))))
    }
}
