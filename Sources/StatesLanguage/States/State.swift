/// One state of a state machine: what all states have, and what its type adds.
package final class State: Sendable {
    package enum Kind: Sendable {
        case task(TaskState)
        case pass(PassState)
        case choice(ChoiceState)
        /// A Choice in JSONata.
        case queryChoice(QueryChoice)
        case wait(WaitState)
        case succeed
        case fail(FailState)
        case parallel(ParallelState)
        case map(MapState)
    }

    package enum Transition: Hashable, Sendable {
        case next(String)
        case end
    }

    /// Which part of a document a state takes or gives: all of it, what a path finds, or (`null`) nothing.
    package enum Selection: Hashable, Sendable {
        case path(JSONPath)
        case nothing
    }

    /// A way out of a state.
    package struct Edge: Hashable, Sendable {
        package enum Kind: Hashable, Sendable {
            case next
            case byDefault
            case rule(Int)
            case catcher(Int)
        }

        package let kind: Kind
        package let target: String
        /// Where the definition says so.
        package let place: ProblemPath
    }

    package let name: String
    package let place: ProblemPath
    /// The type as the definition names it.
    package let typeName: String
    package let kind: Kind
    package let comment: String?
    /// What the state takes of its input; `nil` is all.
    package let inputPath: Selection?
    /// What the state gives on of its output; `nil` is all.
    package let outputPath: Selection?
    /// What the state has in common with all others in JSONata; `nil` for one in JSONPath.
    package let query: QueryFields?
    /// Whether an expression in JSONata looks into the context object, which is costly to make.
    package let queriesContext: Bool
    /// Where a state goes that is neither a choice nor an end by its type.
    package let transition: Transition?
    /// The ways out of the state, in the order of the definition.
    package let edges: [Edge]
    /// What the state assigns when it goes on where its type or `Default` leads.
    package let assignment: Assignment?
    /// The machines inside a Map or Parallel state.
    package let branches: [MachineScope]
    /// Whether nothing is known of what the state does with its data: its type could not be read.
    package let isOpaque: Bool
    /// The work of entering the state.
    package let weight: StateWeight
    /// The work of leaving it with the result of its task or of the machines inside it.
    package let resultWeight: StateWeight

    static let types = ["Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map"]

    init(name: String, _ reader: FieldReader, _ scope: ScopeContext) {
        self.name = name
        place = reader.place
        comment = reader.string("Comment", isRequired: false)
        typeName = reader.word("Type", of: Self.types, isRequired: true) ?? ""
        let isJSONata = Self.isJSONata(reader, scope)
        transition = ["Task", "Pass", "Wait", "Parallel", "Map"].contains(typeName) ? Self.transition(reader) : nil
        let errors = ["Task", "Parallel", "Map"].contains(typeName) ? ErrorHandling(reader, isJSONata: isJSONata) : nil
        var kind = Kind.pass(PassState())
        var branches: [MachineScope] = []
        var rules: [Edge] = []
        if typeName.isEmpty { reader.allowAll() }
        if isJSONata {
            (inputPath, outputPath) = (nil, nil)
            query = QueryFields(reader, typeName)
            kind = State.Kind(jsonata: reader, typeName, errors ?? ErrorHandling(), scope)
            if case .queryChoice(let choice) = kind { rules = choice.edges(at: reader.place) }
        } else {
            query = nil
            if typeName != "Fail" {
                (inputPath, outputPath) = (reader.selection("InputPath"), reader.selection("OutputPath"))
            } else {
                (inputPath, outputPath) = (nil, nil)
            }
            switch typeName {
            case "Task": kind = .task(TaskState(reader, errors ?? ErrorHandling(), scope))
            case "Pass": kind = .pass(PassState(reader))
            case "Choice":
                let choice = ChoiceState(reader)
                kind = .choice(choice)
                rules = choice.edges(at: reader.place)
            case "Wait": kind = .wait(WaitState(reader))
            case "Fail": kind = .fail(FailState(reader))
            case "Succeed": kind = .succeed
            case "Parallel": kind = .parallel(ParallelState(reader, errors ?? ErrorHandling()))
            case "Map": kind = .map(MapState(reader, errors ?? ErrorHandling()))
            default: break
            }
        }
        let surroundings: QueryExpression.Surroundings? = isJSONata ? (errors == nil ? .entering : .result) : nil
        assignment = typeName == "Succeed" || typeName == "Fail" ? nil : Assignment(reader, surroundings)
        if typeName == "Parallel" || typeName == "Map" {
            var inner = scope
            inner.isJSONata = isJSONata
            branches = CompositeState.branches(reader, typeName, inner)
        }
        self.kind = kind
        let queries = StateQueries(kind, output: query?.output, assignment, at: reader.place)
        queriesContext = queries.all.contains { $0.expression.usesContext }
        (weight, resultWeight) = kind.weights(inputPath, outputPath, assignment, query)
        self.branches = branches
        isOpaque = typeName.isEmpty
        var edges = rules
        for (index, catcher) in (errors?.catchers ?? []).enumerated() where !catcher.next.isEmpty {
            let place = reader.place.appending("Catch").appending(index).appending("Next")
            edges.append(Edge(kind: .catcher(index), target: catcher.next, place: place))
        }
        if case .next(let target) = transition {
            edges.append(Edge(kind: .next, target: target, place: reader.place.appending("Next")))
        }
        self.edges = edges
        reader.finish()
    }

    private static func isJSONata(_ reader: FieldReader, _ scope: ScopeContext) -> Bool {
        let language = reader.word("QueryLanguage", of: QueryLanguage.names)
        if language == "JSONPath", scope.isJSONata {
            reader.problems.add(
                .invalidField, at: reader.place,
                "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
        }
        return scope.isJSONata || language == "JSONata"
    }

    private static func transition(_ reader: FieldReader) -> Transition? {
        let next = reader.string("Next", isRequired: false)
        let end = reader.boolean("End")
        switch (next, end) {
        case (let next?, nil), (let next?, false): return .next(next)
        case (nil, true): return .end
        case (.some, true):
            reader.problems.add(.conflictingFields, at: reader.place, "a state has Next or End, not both")
        case (nil, _) where !reader.has("Next"):
            reader.problems.add(.missingField, at: reader.place, "a state has Next, or End with true")
        default: break
        }
        return nil
    }

    /// Everything that the state assigns in one case or another.
    package var assignments: [Assignment] {
        var assignments = assignment.map { [$0] } ?? []
        switch kind {
        case .choice(let choice): assignments += choice.rules.compactMap(\.assignment)
        case .queryChoice(let choice): assignments += choice.rules.compactMap(\.assignment)
        default: break
        }
        return assignments + catchers.compactMap(\.assignment)
    }

    /// For which errors the state is carried out again, and how.
    package var retriers: [Retrier] {
        switch kind {
        case .task(let task): task.retriers
        case .parallel(let parallel): parallel.outcome.retriers
        case .map(let map): map.outcome.retriers
        default: []
        }
    }

    /// Which errors lead to another state, and to which.
    package var catchers: [Catcher] {
        switch kind {
        case .task(let task): task.catchers
        case .parallel(let parallel): parallel.outcome.catchers
        case .map(let map): map.outcome.catchers
        default: []
        }
    }

    /// The names of the states to which this one can lead.
    package var targets: [String] { edges.map(\.target) }

    /// Whether the execution ends with this state.
    package var isEnd: Bool {
        if typeName == "Succeed" || typeName == "Fail" { return true }
        return transition == .end
    }
}

/// In which language the paths and values of a machine are written.
package enum QueryLanguage {
    static let names = ["JSONPath", "JSONata"]
}

/// What a state is told by the machine that it belongs to.
struct ScopeContext {
    var isJSONata = false
    /// Whether the machine is of the type EXPRESS, which does not wait for others.
    var isExpress = false
    var purpose = DefinitionReading.Purpose.template
}

/// The retriers and catchers of a state.
struct ErrorHandling {
    var retriers: [Retrier] = []
    var catchers: [Catcher] = []

    init() {}

    init(_ reader: FieldReader, isJSONata: Bool) {
        retriers = reader.elements("Retry").map { Retrier($0) }
        catchers = reader.elements("Catch").enumerated().map { Catcher($1, index: $0, isJSONata: isJSONata) }
        Self.checkOrder(of: retriers.map(\.errorEquals), at: reader.place.appending("Retry"), reader.problems)
        Self.checkOrder(of: catchers.map(\.errorEquals), at: reader.place.appending("Catch"), reader.problems)
    }

    private static func checkOrder(of names: [[String]], at place: ProblemPath, _ problems: ProblemCollector) {
        for index in names.indices.dropLast() where names[index].contains(StatesError.all) {
            problems.add(
                .invalidField, at: place.appending(index).appending("ErrorEquals"), "States.ALL stands in the last one")
        }
    }
}
