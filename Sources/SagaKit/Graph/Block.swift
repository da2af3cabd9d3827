import StatesLanguage

/// Where a part of a machine goes on.
package struct Exits: Sendable {
    /// The state after it.
    package let next: String
    /// The state for a task's error that the part does not deal with itself; it finds the error in `$.failure`.
    package let failed: String

    package init(next: String, failed: String) { (self.next, self.failed) = (next, failed) }
}

/// A part of a machine with one entrance. It is built when it is known where to go on, so that no state inside it is
/// pointed to by name from outside.
package struct Block: Sendable {
    package let entrance: String
    private let body: @Sendable (inout Graph, Exits) -> Void

    package init(entrance: String, build body: @escaping @Sendable (inout Graph, Exits) -> Void) {
        self.entrance = entrance
        self.body = body
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
        return Block(entrance: blocks[0].entrance) { graph, exits in
            for (position, block) in blocks.enumerated() {
                let next = position + 1 < blocks.count ? blocks[position + 1].entrance : exits.next
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
    /// A call of a service. Its throttling and passing faults are retried; what else goes wrong leads to `failed`.
    ///
    /// - Parameter catching: errors that lead elsewhere, without leaving a trace in the data.
    /// - Parameter alsoFailing: errors that lead to `failed` as well, although `States.ALL` does not have them.
    /// - Parameter awaited: the error of what may not be seen yet, after which it is looked for again.
    /// - Parameter dropsFailure: whether nothing is kept of what leads to `failed`.
    /// - Parameter expected: errors that say something here, so that the call is not made again after them.
    /// - Parameter isLooped: whether the machine itself comes back to the state after a failure, so that no retrier does.
    package static func task(
        _ name: String, _ call: ServiceCall, result: ResultPlacement = .discard,
        catching: [(error: String, next: String?)] = [], alsoFailing terminal: [String] = [],
        lookingAgainFor awaited: String? = nil, isLooped: Bool = false, dropsFailure: Bool = false,
        notRetrying expected: [String] = []
    ) -> Block {
        Block(entrance: name) { graph, exits in
            var state: JSONObject = ["Type": "Task", "Resource": .string(call.action.resource)]
            state["Parameters"] = call.parameters.json
            state["TimeoutSeconds"] = .integer(call.action.timeoutSeconds)
            result.apply(to: &state)
            let retries =
                call.action.retries.compactMap { $0.without(expected) } + (awaited.map { [.lookAgain(for: $0)] } ?? [])
            for error in expected { graph.outline.expects(name, error) }
            if isLooped { graph.outline.loops(name) } else { state["Retry"] = .array(retries.map(\.json)) }
            if let awaited { graph.outline.waits(name, for: [awaited]) }
            var catchers: [JSONValue] = catching.map { catcher in
                [
                    "ErrorEquals": [.string(catcher.error)], "ResultPath": .null,
                    "Next": .string(catcher.next ?? exits.next),
                ]
            }
            catchers += (terminal + [StatesError.all]).map { error in
                [
                    "ErrorEquals": [.string(error)],
                    "ResultPath": dropsFailure ? .null : .string(Place.failure.place.path),
                    "Next": .string(exits.failed),
                ]
            }
            state["Catch"] = .array(catchers)
            state["Next"] = .string(exits.next)
            graph.add(name, state)
        }
    }

    /// A call of a service in JSONata, from which the data goes on as it came: what is kept of the result is assigned.
    ///
    /// - Parameters:
    ///   - comment: says in words what a long expression says.
    ///   - catching: errors that lead elsewhere, with what is assigned then: literals, since it is open what becomes of an
    ///     error there.
    package static func query(
        _ name: String, comment: String? = nil, _ call: ServiceQuery, assigning assigned: [VariableAssignment],
        catching: [(error: String, assigning: [VariableAssignment], next: String)] = []
    ) -> Block {
        Block(entrance: name) { graph, exits in
            let input = Payload(Expression<JSONValue?>.input.trusted(as: JSONValue.self)).json
            var state: JSONObject = [
                "Type": "Task", "QueryLanguage": "JSONata", "Resource": .string(call.action.resource),
                "Arguments": call.arguments.json, "TimeoutSeconds": .integer(call.action.timeoutSeconds),
            ]
            if let comment { state["Comment"] = .string(comment) }
            state["Assign"] = VariableAssignment.json(assigned)
            state["Output"] = input
            state["Retry"] = .array(call.action.retries.map(\.json))
            let failure = Payload(.input(with: Place.failure.whole, Expression<JSONValue?>.errorOutput)).json
            let catchers = catching.map { catcher -> JSONValue in
                [
                    "ErrorEquals": [.string(catcher.error)], "Assign": VariableAssignment.json(catcher.assigning),
                    "Output": input, "Next": .string(catcher.next),
                ]
            }
            state["Catch"] = .array(
                catchers + [
                    ["ErrorEquals": [.string(StatesError.all)], "Output": failure, "Next": .string(exits.failed)]
                ]
            )
            state["Next"] = .string(exits.next)
            graph.add(name, state)
        }
    }

    /// Puts values at places in a part of the data.
    package static func pass(_ name: String, at part: Place, _ members: [(place: Place, value: Argument)]) -> Block {
        Block(entrance: name) { graph, exits in
            graph.addPass(name, at: part, members, next: exits.next)
        }
    }
}
