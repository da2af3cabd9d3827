import CleanroomModel
import SagaKit

extension Graph {
    /// Adds a state that says in `$.error` why a request is refused.
    ///
    /// - Parameter text: a text of `States.Format` with what is at a place.
    mutating func addRefusal(_ name: String, _ message: ErrorMessage, _ text: String, _ place: Place, next: String) {
        addPass(
            name, at: Place.error,
            [\.message: .text(message.rawValue), \.cause: .format(text, Argument(place))], next: next)
    }
}
