/// A counter of what the machine itself tries again, since no retrier can see it.
package struct Tries: Sendable {
    /// The member that counts, and what the names of the states that count begin with.
    package let name: String

    package init(_ name: String) { self.name = name }

    /// The counters at the beginning.
    package static func zero(of all: [Tries]) -> Argument { .object(at: .tries.whole, all.map { ($0.count, 0) }) }

    /// The same in a state in JSONata.
    package static func none(of all: [Tries]) -> Payload { .object(at: .tries.whole, all.map { ($0.count, 0) }) }

    /// Where the number of tries is.
    package var count: Place { .tries[self].count }

    /// Counts one more, and says in `seconds` how long to wait: a random part of a delay that doubles up to a cap.
    ///
    /// - Parameter choices: the states that look whether there are tries left, and nothing else leads here.
    package func addNext(to graph: inout Graph, limit: Int, next: String, from choices: String...) {
        graph.outline.isEntered(name + "Count", from: choices)
        graph.outline.beginsAnew(name + "Wait", at: next)
        let tries = Place.tries[self]
        let count = Argument(count)
        let delays = Argument.array((0..<limit).map { .number(min(2 << Int64($0), 20) + 1) })
        graph.addPass(
            name + "Count", at: tries,
            [
                \.seconds: .mathRandom(1, below: .arrayGetItem(delays, count)),
                \.count: .mathAdd(count, 1),
            ], next: name + "Wait")
        graph.addWait(name + "Wait", seconds: tries.seconds, next: next)
    }
}
