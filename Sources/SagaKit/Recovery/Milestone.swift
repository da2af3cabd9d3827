/// How far an execution had come: the input of the state that it entered says how to go on.
package struct Milestone: Sendable {
    /// Where its data is kept.
    package let name: String
    /// The state that was entered.
    package let state: String
    /// Whether it was decided by then how to go on, so that nothing has to be found out.
    package let isDecided: Bool

    package init(_ name: String, entering state: String, isDecided: Bool) {
        (self.name, self.state, self.isDecided) = (name, state, isDecided)
    }
}
