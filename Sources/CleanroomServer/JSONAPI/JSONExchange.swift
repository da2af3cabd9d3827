import HTTPTypes
import Hummingbird
import NIOCore
import StatesLanguage

/// How the JSON API reads requests and writes answers.
enum JSONExchange {
    static func response(
        _ json: JSONValue, status: HTTPResponse.Status = .ok, type: String = "application/json"
    ) -> Response {
        response(ByteBuffer(string: json.text), status: status, type: type)
    }

    static func response(_ body: ByteBuffer, status: HTTPResponse.Status = .ok, type: String) -> Response {
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

extension ProblemDetails {
    /// The problem as an answer.
    var response: Response {
        var members: JSONObject = [
            "type": .string("/docs#\(code.rawValue)"), "title": .string(code.title),
            "status": .integer(Int64(code.status.code)), "detail": .string(detail), "code": .string(code.rawValue),
        ]
        if !problems.isEmpty { members["problems"] = .array(problems) }
        var response = JSONExchange.response(.object(members), status: code.status, type: "application/problem+json")
        if let allow { response.headers[.allow] = allow }
        if code == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
        if code == .tooManyRequests || code == .serviceUnavailable { response.headers[.retryAfter] = "1" }
        return response
    }
}
