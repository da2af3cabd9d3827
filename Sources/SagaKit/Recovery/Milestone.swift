package import StatesLanguage

/// How far an execution had come: the input of the state that it entered says how to go on.
package struct Milestone: Sendable {
    /// The state that was entered, and what it was called in the releases before.
    package let states: [String]
    /// Goes on from there, with the data that the execution had then.
    package let resume: @Sendable (Expression<JSONValue?>) -> Way

    /// - Parameters:
    ///   - former: what the state was called in the releases before.
    package init(
        entering state: String, formerly former: [String] = [],
        resume: @escaping @Sendable (Expression<JSONValue?>) -> Way
    ) {
        (states, self.resume) = ([state] + former, resume)
    }
}
