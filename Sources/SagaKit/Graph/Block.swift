import StatesLanguage

/// Where a part of a machine goes on.
package struct Exits: Sendable {
    /// The way to what comes after it.
    package let next: Way
    /// For an error that the part does not deal with itself.
    package let failed: Failing

    package init(next: Way, failed: Failing) { (self.next, self.failed) = (next, failed) }
}

/// A part of a machine with one entrance. It is built when it is known where to go on, so that no state inside it is
/// pointed to by name from outside.
package struct Block: Sendable {
    /// The way into it, with what is assigned by who comes.
    package let arrival: Way
    private let body: @Sendable (inout Graph, Exits) -> Void

    /// The first state.
    package var entrance: String { arrival.next }

    package init(entrance: String, build body: @escaping @Sendable (inout Graph, Exits) -> Void) {
        self.init(arrival: Way(to: entrance), build: body)
    }

    /// - Parameter arrival: the way to the first state, with what is assigned by who comes.
    package init(arrival: Way, build body: @escaping @Sendable (inout Graph, Exits) -> Void) {
        (self.arrival, self.body) = (arrival, body)
    }

    /// Adds the states of the block.
    package func build(_ graph: inout Graph, _ exits: Exits) {
        graph.outline.open(entrance)
        body(&graph, exits)
        graph.outline.close()
    }

    /// The blocks one after the other.
    package static func sequence(_ blocks: [Block]) -> Block {
        precondition(!blocks.isEmpty, "a sequence has a first block")
        return Block(arrival: blocks[0].arrival) { graph, exits in
            for (position, block) in blocks.enumerated() {
                let next = position + 1 < blocks.count ? blocks[position + 1].arrival : exits.next
                block.build(&graph, Exits(next: next, failed: exits.failed))
            }
        }
    }
}

extension Graph {
    /// Adds a block as a part of the saga.
    package mutating func build(_ block: Block, as role: Outline.Role, _ exits: Exits) {
        outline.begin(role, block.entrance)
        block.build(&self, exits)
        outline.finish()
    }
}

extension Block {
    /// An error that leads elsewhere than all others; the last one may be all others.
    package struct Catch: Sendable {
        let error: String
        let way: Way

        package init(_ error: String, _ way: Way) { (self.error, self.way) = (error, way) }
    }

    /// A call of a service. Its throttling and passing faults are retried; what else goes wrong leads to `failed`.
    ///
    /// - Parameters:
    ///   - comment: says in words what a long expression says.
    ///   - assigned: what is assigned of the result.
    ///   - awaited: the error of what may not be seen yet, after which it is looked for again.
    ///   - expected: errors that say something here, so that the call is not made again after them.
    ///   - isLooped: whether the machine itself comes back to the state after a failure, so that no retrier does.
    package static func task(
        _ name: String, comment: String? = nil, _ call: ServiceCall, assigning assigned: [VariableAssignment] = [],
        catching: [Catch] = [], lookingAgainFor awaited: String? = nil, notRetrying expected: [String] = [],
        isLooped: Bool = false
    ) -> Block {
        Block(entrance: name) { graph, exits in
            var state: JSONObject = ["Type": "Task"]
            if let comment { state["Comment"] = .string(comment) }
            state["Resource"] = .string(call.action.resource)
            state["Arguments"] = call.arguments.json
            state["TimeoutSeconds"] = .integer(call.action.timeoutSeconds)
            let retries =
                call.action.retries.compactMap { $0.without(expected) } + (awaited.map { [.lookAgain(for: $0)] } ?? [])
            for error in expected { graph.outline.expects(name, error) }
            if isLooped { graph.outline.loops(name) } else { state["Retry"] = .array(retries.map(\.json)) }
            if let awaited { graph.outline.waits(name, for: [awaited]) }
            let catchers = call.action.complete(catching, else: exits.failed(.caught)).map { catcher -> JSONValue in
                var json: JSONObject = ["ErrorEquals": [.string(catcher.error)]]
                catcher.way.apply(to: &json)
                return .object(json)
            }
            state["Catch"] = .array(catchers)
            exits.next.assigning(assigned).apply(to: &state)
            graph.add(name, state)
        }
    }
}

extension ServiceAction {
    /// The catchers of a call with those for all other errors. A reply that is too large is none of `States.ALL`.
    ///
    /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>
    fileprivate func complete(_ catching: [Block.Catch], else failed: Way) -> [Block.Catch] {
        let isComplete = catching.last?.error == StatesError.all
        var catching = isComplete ? catching : catching + [Block.Catch(StatesError.all, failed)]
        if mayExceedDataLimit, !catching.contains(where: { $0.error == StatesError.dataLimitExceeded }) {
            let others = catching[catching.count - 1].way
            catching.insert(Block.Catch(StatesError.dataLimitExceeded, others), at: catching.count - 1)
        }
        return catching
    }
}
