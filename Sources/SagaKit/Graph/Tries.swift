import StatesLanguage

/// A counter of what the machine itself tries again, since no retrier can see it.
package struct Tries: Sendable {
    /// The state that waits for the next try.
    package let wait: String
    private let counter: Variable<Int64>

    /// - Parameter variable: what the variable is called that counts.
    package init(_ variable: String, wait: String) { (self.wait, counter) = (wait, Variable(variable)) }

    /// The longest delay, in seconds.
    private static let longestDelay: Expression<Int64> = 20

    /// The counter at the beginning.
    package var none: VariableAssignment { counter.assigned(payload: 0) }

    /// How often it has been tried.
    package var count: Expression<Int64> { counter.value }

    /// Whether it has been tried less than so often.
    package func isLeft(of limit: Int64) -> Expression<Bool> { count < Expression.number(limit) }

    /// Waits for a random part of a delay that doubles up to a cap, and counts one more.
    ///
    /// - Parameter choices: the states that look whether there are tries left, and nothing else leads here.
    package func addWait(to graph: inout Graph, next: Way, from choices: String...) {
        graph.outline.isEntered(wait, from: choices)
        graph.outline.beginsAnew(wait, at: next.next)
        graph.addWait(
            wait, seconds: 1 + .random(below: .least(of: [Self.longestDelay, .power(of: 2, count + 1)])),
            next.assigning([counter.assigned(count + 1)]))
    }
}
