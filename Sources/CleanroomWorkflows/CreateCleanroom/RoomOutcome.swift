import CleanroomModel
import SagaKit

/// What is delivered of a request for a room, where, and by which names its outcomes are told apart.
enum RoomOutcome {
    static let contract = OutcomeContract(
        success: .init(
            to: url(Answer.Path.created), comment: "The room stands: nothing is undone from here on."),
        error: .init(to: url(Answer.Path.failed), comment: "Nothing of the room is left, or the cause names it."),
        connection: "${ApiAuthorization}",
        errors: .init(
            undone: ExecutionError.notCreated, leftovers: ExecutionError.leftovers,
            requestIDReused: ExecutionError.requestIDReused, notAnswered: ExecutionError.notAnswered),
        ends: .init(success: "Created", undone: "NotCreated"), leftBehind: Answer.leftBehind)

    private static func url(_ path: String) -> String { "https://${ApiEndpoint}\(path)" }

    static let success = OutcomeDelivery(contract).success([
        ("requestId", RoomValues.requestID), ("account", RoomValues.account), ("database", RoomValues.database),
        ("location", RoomValues.location),
    ])
}

extension Saga.Complaint {
    /// An error with a message of the closed list.
    ///
    /// - Parameter text: what could not be done, with a value for each `{}`.
    init(_ message: ErrorMessage, _ text: String, _ values: Expression<String>...) {
        self.init(message.rawValue, .format(text, values))
    }
}
