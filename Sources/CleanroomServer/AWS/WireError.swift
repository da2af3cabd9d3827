import AWSSigning
import EmbeddedLake
import HTTPTypes

/// An error as a service of AWS answers it.
struct WireError: Error, Hashable {
    let code: String
    let message: String
    var status: HTTPResponse.Status = .badRequest

    static func unknownOperation(_ name: String) -> WireError {
        WireError(code: "UnknownOperationException", message: "There is no action '\(name)' here")
    }

    static func serialization(_ message: String) -> WireError {
        WireError(code: "SerializationException", message: message)
    }

    /// - Parameter problems: each with field, value and rule.
    static func validation(_ problems: [String]) -> WireError {
        let count = problems.count == 1 ? "1 validation error" : "\(problems.count) validation errors"
        return WireError(
            code: "ValidationException", message: "\(count) detected: \(problems.joined(separator: "; "))")
    }

    static func throttling(_ error: TooManyRequests) -> WireError {
        WireError(code: "ThrottlingException", message: error.message)
    }

    static let bodyTooLarge = WireError(
        code: "RequestEntityTooLargeException",
        message: "The body is larger than \(ServerSettings.maximumBodyBytes) bytes", status: .contentTooLarge)

    /// What went wrong is in the log, and nothing of it is for the client.
    static let internalFailure = WireError(
        code: "InternalFailure", message: "The request could not be carried out. Try again later.",
        status: .internalServerError)

    init(code: String, message: String, status: HTTPResponse.Status = .badRequest) {
        self.code = code
        self.message = message
        self.status = status
    }

    /// The error of a handler. Those of Step Functions have shorter names on the wire than in a task.
    init(_ error: ServiceError, of service: ClientService) {
        let plain: Set<String> = [
            "ValidationException", "UnknownOperationException", "AccessDeniedException", "ConflictException",
        ]
        var code = error.code
        if service == .stepFunctions, !plain.contains(code), code.hasSuffix("Exception") {
            code = String(code.dropLast("Exception".count))
        }
        self.init(code: code, message: error.message)
    }

    init(_ error: SignatureError) {
        self.init(code: error.code, message: error.description, status: .forbidden)
    }
}
