import StatesLanguage

extension Chart {
    /// Reads a definition of any kind: of what it has more than what is drawn nothing is asked.
    ///
    /// - Throws: `DefinitionError` when there is no `StartAt` or no state.
    init(_ definition: JSONValue) throws(DefinitionError) {
        try self.init(definition, at: .root)
    }

    private init(_ definition: JSONValue, at place: ProblemPath) throws(DefinitionError) {
        guard let states = definition["States"]?.objectValue, !states.isEmpty else {
            throw DefinitionError(problems: [
                Problem(.missingField, at: place.appending("States"), "a state machine has at least one state")
            ])
        }
        guard let start = definition["StartAt"]?.stringValue else {
            throw DefinitionError(problems: [
                Problem(.missingField, at: place.appending("StartAt"), "the field 'StartAt' is missing")
            ])
        }
        var names = [start] + states.names.filter { $0 != start }
        var positions: [String: Int] = [:]
        for (position, name) in names.enumerated() { positions[name] = position }
        var links: [Link] = []
        for (source, name) in names.enumerated() {
            for exit in StateWording.exits(of: states[name] ?? .null) {
                if positions[exit.target] == nil {
                    positions[exit.target] = names.count
                    names.append(exit.target)
                }
                links.append(
                    Link(
                        source: source, target: positions[exit.target] ?? 0, kind: exit.kind, label: exit.label,
                        note: exit.note))
            }
        }
        var nodes: [Node] = []
        for name in names {
            guard let state = states[name] else {
                nodes.append(Node(name: name, kind: .missing, detail: "There is no such state", isTerminal: true))
                continue
            }
            var node = StateWording.node(name, state)
            let place = place.appending("States").appending(name)
            for (title, path, definition) in StateWording.branches(of: state, at: place) {
                node.branches.append(Branch(title: title, chart: try Chart(definition, at: path)))
            }
            nodes.append(node)
        }
        self.init(nodes: nodes, links: links)
    }
}
