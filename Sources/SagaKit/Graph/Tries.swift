import StatesLanguage

/// A counter of what the machine itself tries again, since no retrier can see it.
package struct Tries: Sendable {
    /// The member that counts, and what the name of the state that waits begins with.
    package let name: String

    package init(_ name: String) { self.name = name }

    /// The longest delay, in seconds.
    private static let longestDelay: Expression<Int64> = 20

    /// The counters at the beginning.
    package static func zero(of all: [Tries]) -> Argument { .object(at: .tries.whole, all.map { ($0.count, 0) }) }

    /// The same in a state in JSONata.
    package static func none(of all: [Tries]) -> Payload { .object(at: .tries.whole, all.map { ($0.count, 0) }) }

    /// Where the number of tries is.
    package var count: Place { .tries[self].count }

    /// Whether it has been tried less than so often.
    package func isLeft(of limit: Int64) -> Expression<Bool> {
        Expression<JSONValue?>.from(count).trusted(as: Int64.self) < Expression.number(limit)
    }

    /// The state that waits for the next try.
    package var wait: String { name + "Wait" }

    /// Waits for a random part of a delay that doubles up to a cap, and counts one more.
    ///
    /// - Parameter choices: the states that look whether there are tries left, and nothing else leads here.
    package func addWait(to graph: inout Graph, next: String, from choices: String...) {
        graph.outline.isEntered(wait, from: choices)
        graph.outline.beginsAnew(wait, at: next)
        let count = Expression<JSONValue?>.from(count).trusted(as: Int64.self)
        let counted = Expression.part(
            .tries.whole,
            with: [(.tries[self].whole, Expression.object(at: .tries[self].whole, [(self.count, count + 1)]))])
        graph.addQueryWait(
            wait, seconds: 1 + .random(below: .least(of: [Self.longestDelay, .power(of: 2, count + 1)])),
            output: Payload(.input(with: .tries.whole, counted)), next: next)
    }
}
