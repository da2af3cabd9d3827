import EmbeddedLake
import HTTPTypes
import Hummingbird
import StatesLanguage

/// Why the JSON API does not do what it was asked, as RFC 9457 describes it.
package struct ProblemDetails: Error, Sendable {
    /// The codes on which a client may branch. Each has a page under `docs/errors/`.
    package enum Code: String, CaseIterable, Sendable {
        case invalidJSON = "INVALID_JSON"
        case invalidParameter = "INVALID_PARAMETER"
        case invalidRequest = "INVALID_REQUEST"
        case databaseAlreadyExists = "DatabaseAlreadyExists"
        case requestIDReused = "REQUEST_ID_REUSED"
        case notFound = "NOT_FOUND"
        case methodNotAllowed = "METHOD_NOT_ALLOWED"
        case unsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE"
        case bodyTooLarge = "BODY_TOO_LARGE"
        case unauthorized = "UNAUTHORIZED"
        case forbidden = "FORBIDDEN"
        case tooManyRequests = "TOO_MANY_REQUESTS"
        case malformedRequest = "MALFORMED_REQUEST"
        case serviceUnavailable = "SERVICE_UNAVAILABLE"
        case internalError = "INTERNAL_ERROR"

        var status: HTTPResponse.Status {
            switch self {
            case .invalidJSON, .invalidParameter, .malformedRequest: .badRequest
            case .invalidRequest: .unprocessableContent
            case .databaseAlreadyExists, .requestIDReused: .conflict
            case .notFound: .notFound
            case .methodNotAllowed: .methodNotAllowed
            case .unsupportedMediaType: .unsupportedMediaType
            case .bodyTooLarge: .contentTooLarge
            case .unauthorized: .unauthorized
            case .forbidden: .forbidden
            case .tooManyRequests: .tooManyRequests
            case .serviceUnavailable: .serviceUnavailable
            case .internalError: .internalServerError
            }
        }

        var title: String {
            switch self {
            case .invalidJSON: "The body is not JSON."
            case .invalidParameter: "A parameter of the query breaks its rule."
            case .invalidRequest: "A field of the request breaks its rule."
            case .databaseAlreadyExists: "There is a database of this name already."
            case .requestIDReused: "The requestId belongs to a request with other content."
            case .notFound: "There is nothing of this name."
            case .methodNotAllowed: "The method is not one of this path."
            case .unsupportedMediaType: "The body is not of the type application/json."
            case .bodyTooLarge: "The body is too large."
            case .unauthorized: "A bearer token is needed."
            case .forbidden: "The request may not come from there."
            case .tooManyRequests: "Too many requests wait for their answers."
            case .malformedRequest: "The request is not one of HTTP, or not clearly one."
            case .serviceUnavailable: "The service takes no requests now."
            case .internalError: "The request could not be carried out."
            }
        }

        /// What a client can do about it.
        var advice: String {
            switch self {
            case .invalidJSON, .invalidParameter, .invalidRequest, .unsupportedMediaType, .bodyTooLarge,
                .malformedRequest:
                "Mend the request; the same one fails again."
            case .databaseAlreadyExists: "Choose another name. Nothing was started, and the requestId is still free."
            case .requestIDReused: "Use a new requestId."
            case .notFound: "Check the name."
            case .methodNotAllowed: "Use a method of the header Allow."
            case .unauthorized: "Send the header 'Authorization: Bearer …' with a token that the server knows."
            case .forbidden: "Call the server by its own name, and not out of another's web page."
            case .tooManyRequests: "Send the same request again in a moment."
            case .serviceUnavailable: "Send the same request again in a moment; the detail says what it waits for."
            case .internalError: "Send the same request again later; the server's log says more."
            }
        }
    }

    package let code: Code
    let detail: String
    /// Every single thing that is wrong, where there may be several.
    var problems: [JSONValue] = []
    var allow: String?

    private static let maximumDetail = 4096

    /// The problem of a request that was refused; `nil` for an error that nobody expects.
    init?(refusal error: any Error) {
        switch error {
        case let error as ProblemDetails: self = error
        case let error as AccessDenied:
            self.init(error.status == .unauthorized ? .unauthorized : .forbidden, error.message)
        case let error as TooManyRequests: self.init(.tooManyRequests, error.message)
        case let error as MalformedRequest: self.init(.malformedRequest, error.message)
        case let error as LakeError where error.isFolderGone: self.init(.serviceUnavailable, error.description)
        default: return nil
        }
    }

    init(_ code: Code, _ detail: String, problems: [JSONValue] = [], allow: String? = nil) {
        self.code = code
        self.detail = VisibleText.text(VisibleText.beginning(of: detail, characters: Self.maximumDetail))
        self.problems = problems
        self.allow = allow
    }
}
