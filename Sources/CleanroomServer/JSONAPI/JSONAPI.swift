import CleanroomService
import HTTPTypes
import Hummingbird
import NIOCore
import StatesLanguage

/// The JSON API, for everyone who does not speak AWS's protocols.
enum JSONAPI {
    /// Adds the routes below `/v1`, which ask for a bearer token, and those of its description, which do not.
    static func addRoutes(
        to api: RouterGroup<ServerContext>, description: RouterGroup<ServerContext>, host: CleanroomHost,
        bodies: RequestBodies, reads: Gate
    ) {
        let cleanrooms = CleanroomRoutes(host: host, bodies: bodies, reads: reads)
        let requests = RequestRoutes(host: host, reads: reads)
        add(
            [
                .get: { request, _ in try await cleanrooms.list(request) },
                .post: { request, context in try await cleanrooms.create(request, context) },
            ], at: "cleanrooms", to: api)
        add([.get: { _, context in try await cleanrooms.show(context) }], at: "cleanrooms/:database", to: api)
        add([.get: { try await requests.show($0, $1) }], at: "requests/:requestId", to: api)
        add([.get: { try requests.follow($0, $1) }], at: "requests/:requestId/events", to: api)

        // All answers share the bytes.
        let document = ByteBuffer(string: OpenAPIDescription.document.prettyText + "\n")
        let page = ByteBuffer(string: DocumentationPage.html)
        add(
            [.get: { _, _ in JSONExchange.response(document, type: "application/json") }], at: "openapi.json",
            to: description)
        add(
            [
                .get: { _, _ in
                    var response = JSONExchange.response(page, type: "text/html; charset=utf-8")
                    response.headers[.contentSecurityPolicy] = "default-src 'none'; style-src 'unsafe-inline'"
                    return response
                }
            ], at: "docs", to: description)
    }

    private typealias Handler = @Sendable (Request, ServerContext) async throws -> Response

    /// Adds the methods of a path; others are told which there are.
    private static func add(
        _ handlers: [HTTPRequest.Method: Handler], at path: RouterPath, to group: RouterGroup<ServerContext>
    ) {
        var handlers = handlers
        // What has no body in the end is the same answer without it.
        handlers[.head] = handlers[.get]
        let all = handlers
        let allow = all.keys.map(\.rawValue).sorted().joined(separator: ", ")
        for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete, .head, .options, .trace, .query] {
            group.on(path, method: method) { request, context in
                do {
                    guard let handler = all[method] else {
                        throw ProblemDetails(
                            .methodNotAllowed, "\(method.rawValue) is not a method of \(request.uri.path)",
                            allow: allow)
                    }
                    return try await handler(request, context)
                } catch let problem as ProblemDetails {
                    return problem.response
                }
            }
        }
    }
}

extension HTTPField.Name {
    static let retryAfter = Self("Retry-After")!
}

extension HTTPRequest.Method {
    fileprivate static let query = Self("QUERY")!
}
