/// What the account service is told: the one outcome of a request.
package enum Answer: Hashable, Sendable {
    /// With this the cause of an error begins to name what could not be cleaned up.
    package static let leftBehind = " Left behind: "

    case created
    case failed(message: ErrorMessage, cause: String)

    /// The path below the endpoint to which an answer goes.
    package enum Path {
        package static let created = "/api/latest/ocean/cleanroom/create"
        package static let failed = "/api/latest/ocean/error"

        /// All of them: nothing of the connection goes anywhere else.
        package static let all = [created, failed]
    }
}

/// The closed list of names in `error.message` on which a caller may branch. Each has a page under `docs/errors/`.
package enum ErrorMessage: String, CaseIterable, Sendable {
    case invalidRequest = "InvalidRequest"
    case databaseAlreadyExists = "DatabaseAlreadyExists"
    case locationNotFree = "LocationNotFree"
    case lakeNotReadable = "LakeNotReadable"
    case databaseNotCreated = "DatabaseNotCreated"
    case locationNotRegistered = "LocationNotRegistered"
    case notShared = "NotShared"
    case notGivenAway = "NotGivenAway"
    case notVerified = "NotVerified"
    case interrupted = "Interrupted"

    /// Whether the same wish under a new requestId may succeed without anybody changing anything.
    package var mayHelpToTryAgain: Bool {
        switch self {
        case .invalidRequest, .databaseAlreadyExists, .locationNotFree: false
        case .lakeNotReadable, .databaseNotCreated, .locationNotRegistered, .notShared, .notGivenAway, .notVerified,
            .interrupted:
            true
        }
    }
}

/// How an execution that made no room ends, so that an operator and an alarm can tell the kinds apart.
package enum ExecutionError {
    /// Nothing of a room is there and the error has been told.
    package static let notCreated = "CleanroomNotCreated"
    /// The error has been told, but something could not be cleaned up; the cause names it.
    package static let leftovers = "CleanroomLeftovers"
    /// A request with the requestId of another one and other content, which is refused and not answered.
    package static let requestIDReused = "CleanroomRequestIdReused"
    /// A repeat that could not find out what its first execution has told, and so told nothing.
    package static let notAnswered = "CleanroomNotAnswered"
}
