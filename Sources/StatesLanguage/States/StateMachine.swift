package import OrderedCollections

/// A state machine, read once: every path, template and rule of it is parsed, and nothing in it is unknown.
///
/// Source: <https://states-language.net>
package struct StateMachine: Sendable {
    /// The definition as it was read.
    package let source: JSONValue
    package let startAt: String
    package let timeoutSeconds: Int64?
    package let states: OrderedDictionary<String, State>

    /// Reads a definition from its text.
    ///
    /// - Throws: `DefinitionError` with every problem that was found.
    package init(parsing text: String) throws(DefinitionError) {
        do {
            try self.init(JSONValue(parsing: text))
        } catch let error as JSONSyntaxError {
            throw DefinitionError(problems: [Problem(.invalidJSON, at: .root, error.description)])
        } catch let error as DefinitionError {
            throw error
        } catch {
            preconditionFailure("no other error is thrown: \(error)")
        }
    }

    /// Reads a definition.
    ///
    /// - Throws: `DefinitionError` with every problem that was found.
    package init(_ json: JSONValue) throws(DefinitionError) {
        source = json
        let problems = ProblemCollector()
        let reader = FieldReader(json, at: .root, problems)
        reader.refuse(field: "QueryLanguage", unless: { $0 == "JSONPath" }, feature: "the query language JSONata")
        reader.allow("Comment", "Version")
        startAt = reader.string("StartAt") ?? ""
        timeoutSeconds = reader.integer("TimeoutSeconds", in: 1...99_999_999)
        var states: OrderedDictionary<String, State> = [:]
        if let members = reader.object("States", isRequired: true) {
            let place = reader.place.appending("States")
            for (name, value) in members {
                if name.unicodeScalars.count > 80 {
                    problems.add(.invalidField, at: place.appending(name), "a state's name has at most 80 characters")
                }
                states[name] = State(name: name, FieldReader(value, at: place.appending(name), problems))
            }
            if members.isEmpty { problems.add(.missingField, at: place, "a state machine has at least one state") }
        }
        self.states = states
        reader.finish()
        if problems.isEmpty { checkTransitions(problems) }
        if !problems.isEmpty { throw DefinitionError(problems: problems.all) }
    }

    private func checkTransitions(_ problems: ProblemCollector) {
        let place = ProblemPath.root.appending("States")
        if states[startAt] == nil {
            problems.add(.unknownTarget, at: .root.appending("StartAt"), "there is no state '\(startAt)'")
        }
        var reached: Set<String> = [startAt]
        var unvisited = [startAt]
        while let name = unvisited.popLast() {
            for target in states[name]?.targets ?? [] where reached.insert(target).inserted {
                unvisited.append(target)
            }
        }
        for (name, state) in states {
            for target in state.targets where states[target] == nil {
                problems.add(.unknownTarget, at: place.appending(name), "there is no state '\(target)'")
            }
            if !reached.contains(name) {
                problems.add(.unreachableState, at: place.appending(name), "no state leads to this one")
            }
        }
    }

    /// The state called `name`.
    package func state(_ name: String) -> State? { states[name] }

    /// The machine's tasks with the names of their states, in the order of the definition.
    package var tasks: [(name: String, task: TaskState)] {
        states.values.compactMap { state in
            if case .task(let task) = state.kind { (state.name, task) } else { nil }
        }
    }
}
