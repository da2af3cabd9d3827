import AWSSigning
import EmbeddedLake
import HTTPTypes
import StatesLanguage

/// An error as a service of AWS answers it.
struct WireError: Error, Hashable {
    let code: String
    let message: String
    var status: HTTPResponse.Status = .badRequest

    /// How many problems of a call are told, and how much of a message.
    static let maximumProblems = 20
    private static let maximumMessage = 65_536

    /// Whether the same call may be taken in a moment.
    var mayBeRepeated: Bool { code == Self.throttlingCode || status == .serviceUnavailable }

    private static let throttlingCode = "ThrottlingException"

    static func unknownOperation(_ name: String) -> WireError {
        WireError(code: "UnknownOperationException", message: "There is no action '\(name)' here")
    }

    static func serialization(_ message: String) -> WireError {
        WireError(code: "SerializationException", message: message)
    }

    /// - Parameter problems: each with field, value and rule.
    static func validation(_ problems: [String]) -> WireError {
        let count = problems.count == 1 ? "1 validation error" : "\(problems.count) validation errors"
        let told = problems.prefix(maximumProblems).map { VisibleText.beginning(of: $0, characters: 400) }
        return WireError(code: "ValidationException", message: "\(count) detected: \(told.joined(separator: "; "))")
    }

    static func throttling(_ error: TooManyRequests) -> WireError {
        WireError(code: throttlingCode, message: error.message)
    }

    static let bodyTooLarge = WireError(
        code: "RequestEntityTooLargeException",
        message: "The body is larger than \(ServerSettings.maximumBodyBytes) bytes", status: .contentTooLarge)

    /// The store cannot be written now. AWS's clients try again by themselves.
    static func unavailable(_ error: any Error) -> WireError {
        WireError(
            code: "ServiceUnavailableException", message: Unavailability.text(error), status: .serviceUnavailable)
    }

    /// What went wrong is in the log, and nothing of it is for the client.
    static let internalFailure = WireError(
        code: "InternalFailure", message: "The request could not be carried out. Try again later.",
        status: .internalServerError)

    init(code: String, message: String, status: HTTPResponse.Status = .badRequest) {
        self.code = code
        self.message = VisibleText.text(VisibleText.beginning(of: message, characters: Self.maximumMessage))
        self.status = status
    }

    /// The error of a request that was refused, or `nil` for one that nobody expects.
    init?(refusal error: any Error) {
        switch error {
        case let error as TooManyRequests: self = .throttling(error)
        case let error as MalformedRequest: self = .serialization(error.message)
        case let error as LakeError where error.isFolderGone:
            self.init(code: "ServiceUnavailableException", message: error.description, status: .serviceUnavailable)
        default: return nil
        }
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
