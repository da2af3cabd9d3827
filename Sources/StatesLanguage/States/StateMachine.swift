package import OrderedCollections

/// A state machine, read once: every path, template and rule of it is parsed, and nothing in it is unknown.
///
/// Source: <https://states-language.net>
package struct StateMachine: Sendable {
    /// The definition as it was read.
    package let source: JSONValue
    /// Its states, and how they lead to one another.
    package let scope: MachineScope

    package var startAt: String { scope.startAt }
    package var timeoutSeconds: Int64? { scope.timeoutSeconds }
    package var states: OrderedDictionary<String, State> { scope.states }

    /// Reads a definition from its text.
    ///
    /// - Throws: `DefinitionError` with every problem that was found.
    package init(parsing text: String) throws(DefinitionError) {
        self = try DefinitionReading(parsing: text, purpose: .execution).machine()
    }

    /// Reads a definition.
    ///
    /// - Throws: `DefinitionError` with every problem that was found.
    package init(_ json: JSONValue) throws(DefinitionError) {
        self = try DefinitionReading(json, purpose: .execution).machine()
    }

    init(source: JSONValue, scope: MachineScope) {
        self.source = source
        self.scope = scope
    }

    /// The state called `name`.
    package func state(_ name: String) -> State? { states[name] }

    /// The machine's tasks with the names of their states, in the order of the definition, and those of the machines inside
    /// its states.
    package var tasks: [(name: String, task: TaskState)] {
        scope.all.flatMap(\.states.values).compactMap { state in
            if case .task(let task) = state.kind { (state.name, task) } else { nil }
        }
    }
}
