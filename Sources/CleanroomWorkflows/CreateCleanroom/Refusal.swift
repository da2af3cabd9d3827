import CleanroomModel
import SagaKit
import StatesLanguage

extension Way {
    /// A way on which a request is refused.
    ///
    /// - Parameter text: what is wrong, with a value for `{}`.
    static func refusing(
        to next: String, _ message: ErrorMessage, _ text: String, _ value: Expression<String>
    ) -> Way {
        Way(to: next).telling(message.rawValue, .format(text, value))
    }
}
