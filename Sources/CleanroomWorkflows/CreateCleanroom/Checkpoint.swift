import SagaKit

/// The data from which a recovery can go on, as the input of the next state: so it stands in the history.
enum Checkpoint {
    static let kept: [Place] = [
        .request.whole, .execution.whole, .answer.whole, .room.whole, .mode.whole, .left.whole, .made.whole,
        .error.whole,
    ]

    static var data: Payload { .variables(kept) }

    /// The same with a variable that is assigned at the same time, and so not seen yet.
    static func data(changing changed: VariableAssignment) -> Payload { .variables(kept, changing: changed) }
}
