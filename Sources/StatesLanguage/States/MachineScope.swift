package import OrderedCollections

/// States that lead to one another: those of a machine, of a branch of a Parallel state, or of the inside of a Map.
package struct MachineScope: Sendable {
    package let place: ProblemPath
    package let startAt: String
    package let timeoutSeconds: Int64?
    package let states: OrderedDictionary<String, State>

    /// - Parameter isBranch: whether it is inside another machine.
    init(_ reader: FieldReader, _ context: ScopeContext, isBranch: Bool = false) {
        place = reader.place
        let problems = reader.problems
        var context = context
        if reader.word("QueryLanguage", of: QueryLanguage.names) == "JSONata" { context.isJSONata = true }
        reader.allow("Comment")
        if !isBranch { reader.allow("Version") }
        var states: OrderedDictionary<String, State> = [:]
        if let members = reader.object("States", isRequired: true) {
            let place = place.appending("States")
            for (name, value) in members {
                if name.isEmpty || name.unicodeScalars.count > 80 {
                    problems.add(
                        .invalidStateName, at: place.appending(name), "a state's name has 1 to 80 characters")
                }
                states[name] = State(name: name, FieldReader(value, at: place.appending(name), problems), context)
            }
            if members.isEmpty { problems.add(.missingField, at: place, "Value cannot be empty") }
        }
        self.states = states
        let start = reader.string("StartAt")
        startAt = start ?? ""
        timeoutSeconds = reader.integer("TimeoutSeconds", in: 1...99_999_999)
        reader.finish()
        checkTransitions(problems, hasStart: start != nil)
    }

    /// - Parameter hasStart: whether the definition names the first state, if only by an empty text.
    private func checkTransitions(_ problems: ProblemCollector, hasStart: Bool) {
        if states.isEmpty { return }
        if states[startAt] == nil, hasStart {
            problems.add(
                .unknownTarget, at: place.appending("StartAt"), "Missing 'StartAt' target: \(startAt.quoted)",
                hint: problems.hint(for: startAt, among: states.keys))
        }
        for (name, state) in states {
            for edge in state.edges where states[edge.target] == nil {
                let field = if case .byDefault = edge.kind { "Default" } else { "Next" }
                problems.add(
                    .unknownTarget, at: edge.place, "Missing '\(field)' target: \(edge.target.quoted)",
                    hint: problems.hint(for: edge.target, among: states.keys.lazy.filter { $0 != name }))
            }
        }
        // Where nobody says where it begins, nothing can be reached, and that is said once.
        if !hasStart { return }
        let reached = reached(from: startAt)
        for (name, state) in states where !reached.contains(name) {
            problems.add(.unreachableState, at: state.place, "State \"\(name.quoted)\" is not reachable.")
        }
        // A state whose way out could not be read may be the one that ends.
        let mayEnd = states.values.contains { $0.isEnd || $0.edges.isEmpty }
        if !mayEnd {
            problems.add(.missingEndState, at: place.appending("States"), "no state ends the execution")
        }
    }

    /// The names of the states to which there is a way from `name`, that one included.
    package func reached(from name: String) -> Set<String> {
        var reached: Set = [name]
        var unvisited = [name]
        while let name = unvisited.popLast() {
            for target in states[name]?.targets ?? [] where reached.insert(target).inserted {
                unvisited.append(target)
            }
        }
        return reached
    }

    /// The names of the states that are reached, each before those that it leads to, as far as no loop leads back.
    var inOrderOfWays: [String] {
        var (finished, entered): ([String], Set<String>) = ([], [startAt])
        // The way to the state that is looked at, with what each on it has yet to lead to.
        var way = [(name: startAt, rest: (states[startAt]?.targets ?? [])[...])]
        while var last = way.popLast() {
            guard let target = last.rest.popFirst() else {
                finished.append(last.name)
                continue
            }
            way.append(last)
            if entered.insert(target).inserted { way.append((target, (states[target]?.targets ?? [])[...])) }
        }
        return finished.reversed()
    }

    /// The state called `name`.
    package func state(_ name: String) -> State? { states[name] }

    /// The states in the order of the definition.
    package var inOrder: [State] { Array(states.values) }

    /// This scope, and those inside its states.
    package var all: [MachineScope] { [self] + states.values.flatMap { $0.branches.flatMap(\.all) } }
}
