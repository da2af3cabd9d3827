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
        bodies: RequestBodies, histories: Gate
    ) {
        let cleanrooms = CleanroomRoutes(host: host, bodies: bodies)
        let requests = RequestRoutes(host: host, histories: histories)
        add(
            [
                .get: { request, _ in try cleanrooms.list(request) },
                .post: { request, context in try await cleanrooms.create(request, context) },
            ], at: "cleanrooms", to: api)
        add([.get: { _, context in try cleanrooms.show(context) }], at: "cleanrooms/:database", to: api)
        add([.get: { try await requests.show($0, $1) }], at: "requests/:requestId", to: api)
        add([.get: { try requests.follow($0, $1) }], at: "requests/:requestId/events", to: api)

        // All answers share the bytes.
        let document = ByteBuffer(string: OpenAPIDescription.document.prettyText + "\n")
        let page = ByteBuffer(string: DocumentationPage.html)
        add([.get: { _, _ in response(document, type: "application/json") }], at: "openapi.json", to: description)
        add(
            [
                .get: { _, _ in
                    var response = response(page, type: "text/html; charset=utf-8")
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

    static func response(
        _ json: JSONValue, status: HTTPResponse.Status = .ok, type: String = "application/json"
    ) -> Response {
        response(ByteBuffer(string: json.text), status: status, type: type)
    }

    private static func response(_ body: ByteBuffer, status: HTTPResponse.Status = .ok, type: String) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: body))
    }

    /// The body of a request as JSON.
    static func body(
        of request: Request, _ context: ServerContext, _ bodies: RequestBodies
    ) async throws -> JSONValue {
        let type = request.headers[.contentType]?.lowercased().prefix { $0 != ";" } ?? "application/json"
        if type.filter({ $0 != " " }) != "application/json" {
            throw ProblemDetails(.unsupportedMediaType, "the Content-Type is '\(type)', and not application/json")
        }
        let bytes: [UInt8]
        do {
            bytes = try await bodies.read(request, context)
        } catch let error as WireError where error == .bodyTooLarge {
            throw ProblemDetails(.bodyTooLarge, error.message)
        }
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw ProblemDetails(.invalidJSON, "\(error)")
        }
    }

    /// A whole number in the query.
    static func number(
        _ name: String, of request: Request, default standard: Int, in range: ClosedRange<Int>
    ) throws -> Int {
        guard let text = request.uri.queryParameters[name[...]] else { return standard }
        if let number = Int(text), range.contains(number), text.utf8.allSatisfy({ (48...57).contains($0) }) {
            return number
        }
        throw ProblemDetails(
            .invalidParameter,
            "\(name) \(String(text).debugDescription) is not a whole number from \(range.lowerBound) to "
                + "\(range.upperBound)")
    }
}

extension HTTPField.Name {
    static let retryAfter = Self("Retry-After")!
}

extension HTTPRequest.Method {
    fileprivate static let query = Self("QUERY")!
}
