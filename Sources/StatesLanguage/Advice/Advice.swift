import OrderedCollections

/// What is valid in a definition and most likely wrong.
package struct Advice: Sendable {
    /// What is known of the input of an execution.
    package enum Input: Sendable {
        case unknown
        /// An object in which no other members are; each may be missing.
        case members([String])
        /// An input like this one.
        case example(JSONValue)

        fileprivate var shape: Shape {
            switch self {
            case .unknown: .unknown
            case .members(let names):
                .object(
                    Shape.Members(names.map { ($0, Shape.Member(presence: .optional, shape: .unknown)) }),
                    others: .none)
            case .example(let json): Shape(json)
            }
        }
    }

    package var input = Input.unknown
    /// The names that a deployment has values for; `nil` when nobody says.
    package var substitutions: Set<String>?

    package init(input: Input = .unknown, substitutions: Set<String>? = nil) {
        self.input = input
        self.substitutions = substitutions
    }

    /// The warnings for a definition, in the order of its states: a hundred at most.
    package func warnings(for reading: DefinitionReading) -> [Problem] { findings(for: reading).warnings }

    /// The warnings for a definition, and how many more there are.
    ///
    /// What depends on the ways through the machine is only looked at where they are clear: when there is no error. There
    /// is a budget for it (`AdviceBudget`), and where that does not do nothing is said.
    package func findings(for reading: DefinitionReading) -> (warnings: [Problem], more: Int) {
        guard let source = reading.source, let scope = reading.scope else { return ([], 0) }
        let problems = ProblemCollector()
        checkSubstitutions(source, at: .root, problems)
        let scopes = scope.all
        Self.checkStates(of: scopes, source, problems)
        if reading.errors.isEmpty {
            let budget = AdviceBudget()
            for inner in scopes {
                Self.checkEnds(inner, problems)
                FailuresAdvice(inner, budget).check(problems)
                UnreadResults(inner, budget).check(problems)
            }
            let start = KnownData(input: input.shape, variables: KnownData.noVariables)
            DataFlow(scope, start: start, MachineFacts(of: scope), budget).check(problems)
        }
        return (problems.all, problems.moreErrors)
    }

    /// The warnings that AWS gives as well.
    package static func awsWarnings(for reading: DefinitionReading) -> (warnings: [Problem], more: Int) {
        guard let source = reading.source, let scope = reading.scope else { return ([], 0) }
        let problems = ProblemCollector { $0.awsCode != nil }
        checkStates(of: scope.all, source, problems)
        return (problems.all, problems.moreErrors)
    }

    /// What can be seen of each state alone.
    private static func checkStates(of scopes: [MachineScope], _ source: JSONValue, _ problems: ProblemCollector) {
        for scope in scopes {
            guard let states = source.value(at: scope.place)?["States"] else { continue }
            for state in scope.states.values {
                if let json = states[state.name] { StateAdvice(state: state, json: json, problems).check() }
            }
        }
    }

    /// Every state leads to an end in the end.
    private static func checkEnds(_ scope: MachineScope, _ problems: ProblemCollector) {
        var comingFrom: [String: [String]] = [:]
        for state in scope.states.values {
            for target in state.targets { comingFrom[target, default: []].append(state.name) }
        }
        var unvisited = scope.states.values.filter(\.isEnd).map(\.name)
        var ending = Set(unvisited)
        while let name = unvisited.popLast() {
            for before in comingFrom[name] ?? [] where ending.insert(before).inserted { unvisited.append(before) }
        }
        for state in scope.states.values where !ending.contains(state.name) {
            problems.add(.endlessLoop, at: state.place, "no way leads from this state to an end")
        }
    }

    private func checkSubstitutions(_ json: JSONValue, at place: ProblemPath, _ problems: ProblemCollector) {
        switch json {
        case .string(let text):
            guard text.utf8.contains(UInt8(ascii: "{")), text.contains("${") else { return }
            if Substitutions.isOpen(text) {
                problems.add(.undefinedSubstitution, at: place, "a '${' is not closed in '\(text.quoted)'")
            }
            guard let substitutions else { return }
            for name in Substitutions.names(in: json).subtracting(substitutions).sorted() {
                problems.add(
                    .undefinedSubstitution, at: place, "'${\(name.quoted)}' has no value",
                    hint: problems.hint(for: name, among: substitutions.sorted()))
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                checkSubstitutions(element, at: place.appending(index), problems)
            }
        case .object(let members):
            for (name, value) in members { checkSubstitutions(value, at: place.appending(name), problems) }
        default: break
        }
    }
}

extension JSONValue {
    /// What stands at a place of a definition.
    package func value(at place: ProblemPath) -> JSONValue? {
        var value = self
        for component in place.components {
            let next: JSONValue? =
                if let index = value.arrayValue.flatMap({ _ in Int(component.dropFirst().dropLast()) }) {
                    value[index]
                } else {
                    value[component]
                }
            guard let next else { return nil }
            value = next
        }
        return value
    }
}
