package import StatesLanguage

/// How far an execution had come: the input of the state that it entered says how to go on.
package struct Milestone: Sendable {
    /// The states one of which was entered last, and what they were called in the releases before.
    package let states: [String]
    /// Goes on from there, with the data that the execution had then.
    package let resume: @Sendable (Expression<JSONValue?>) -> Way

    /// - Parameters:
    ///   - former: what the states were called in the releases before.
    package init(
        entering states: String..., formerly former: [String],
        resume: @escaping @Sendable (Expression<JSONValue?>) -> Way
    ) {
        (self.states, self.resume) = (states + former, resume)
    }
}
