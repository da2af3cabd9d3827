import CleanroomModel
import SagaKit
import StatesLanguage

extension Way {
    /// A way on which the data says why a request is refused.
    ///
    /// - Parameter text: what is wrong, with a value for `{}`.
    static func refusing(
        to next: String, _ message: ErrorMessage, _ text: String, _ value: Expression<String>
    ) -> Way {
        Way(to: next, [refusal(message, text, value)])
    }

    /// What the data says of why a request is refused.
    static func refusal(
        _ message: ErrorMessage, _ text: String, _ value: Expression<String>
    ) -> Change {
        let (message, cause) = (Expression.text(message.rawValue), Expression.format(text, value))
        return change(of: .error.whole, [(.error.message, message), (.error.cause, cause)])
    }
}
