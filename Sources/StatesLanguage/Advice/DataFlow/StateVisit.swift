/// One state with what is known of its input: what comes out, and what is missed on the way.
///
/// States in JSONPath are here and in the extensions for choices and paths, those in JSONata in the one for queries.
struct StateVisit {
    let facts: MachineFacts
    let budget: AdviceBudget
    /// Whether what is missed is kept.
    var isTelling = false
    var missed: [MissedValue] = []
    var neverTaken: [(place: ProblemPath, reason: String)] = []
    var mismatches: [QueryTypeMismatch] = []
    /// What is known where each of the machines inside the state begins.
    var begun: [KnownData] = []
    /// The variables where something is looked up.
    var variables = Shape.unknown
    /// What expressions have looked for and may not have found.
    var asked: [KnownData.Question] = []

    init(_ facts: MachineFacts, _ budget: AdviceBudget) {
        (self.facts, self.budget) = (facts, budget)
    }

    /// What comes out of the state, by the state to which it goes.
    mutating func outcomes(of state: State, _ known: KnownData) -> [(String, KnownData)] {
        budget.take(1 + state.edges.count)
        if state.isOpaque {
            begun = state.branches.map { _ in .unknown }
            return state.targets.map { ($0, .unknown) }
        }
        if let query = state.query { return outcomes(of: state, query, known) }
        let input = known.input
        variables = known.variables
        let taken = select(state.inputPath, input, state.place.appending("InputPath"))
        switch state.kind {
        case .task(let task): return outcomes(of: task, state, taken, input)
        case .pass(let pass):
            var result = taken
            if let fixed = pass.result {
                result = Shape(fixed, budget)
            } else if let parameters = pass.parameters {
                result = evaluate(parameters, taken, state.place.appending("Parameters"))
            }
            return next(of: state, combine(pass.resultPath, result, input, state.place), assigningFrom: result)
        case .choice(let choice):
            return outcomes(of: choice, state, KnownData(input: taken, variables: known.variables))
        case .wait(let wait):
            switch wait {
            case .secondsPath(let path): _ = look(path, taken, state.place.appending("SecondsPath"))
            case .timestampPath(let path): _ = look(path, taken, state.place.appending("TimestampPath"))
            case .seconds, .timestamp, .secondsQuery, .timestampQuery: break
            }
            return next(of: state, taken, assigningFrom: taken)
        case .parallel(let parallel):
            var given = taken
            if let parameters = parallel.parameters {
                given = evaluate(parameters, taken, state.place.appending("Parameters"))
            }
            begun = state.branches.map { _ in KnownData(input: given, variables: known.variables) }
            return outcomes(of: parallel.outcome, .array, state, input)
        case .map(let map):
            if let path = map.itemsPath { _ = look(path, taken, state.place.appending("ItemsPath")) }
            if case .path(let path) = map.maxConcurrency {
                _ = look(path, taken, state.place.appending("MaxConcurrencyPath"))
            }
            for tolerance in map.tolerances { _ = look(tolerance.path, taken, state.place.appending(tolerance.field)) }
            var given = Shape.unknown
            if let selector = map.itemSelector {
                given = evaluate(selector, taken, state.place.appending("ItemSelector"))
            }
            begun = state.branches.map { _ in KnownData(input: given, variables: known.variables) }
            return outcomes(of: map.outcome, .array, state, input)
        case .succeed:
            _ = select(state.outputPath, taken, state.place.appending("OutputPath"))
            return []
        case .queryChoice: return state.targets.map { ($0, .unknown) }
        case .fail(let fail):
            if case .computed(let error) = fail.error { _ = evaluate(error, input, state.place.appending("ErrorPath")) }
            if case .computed(let cause) = fail.cause { _ = evaluate(cause, input, state.place.appending("CausePath")) }
            return []
        }
    }

    /// - Parameter result: what the state's assignment computes its values from.
    private mutating func next(
        of state: State, _ output: Shape, assigningFrom result: Shape
    ) -> [(String, KnownData)] {
        let output = select(state.outputPath, output, state.place.appending("OutputPath"))
        let known = assign(state.assignment, result, KnownData(input: output, variables: variables))
        if case .next(let next) = state.transition { return [(next, known)] }
        return []
    }

    mutating func assign(_ assignment: Assignment?, _ result: Shape, _ known: KnownData) -> KnownData {
        guard let assignment, let template = assignment.payload else { return known }
        return known.assigning(evaluate(template, result, assignment.place))
    }

    private mutating func outcomes(
        of task: TaskState, _ state: State, _ taken: Shape, _ input: Shape
    ) -> [(String, KnownData)] {
        if let parameters = task.parameters { _ = evaluate(parameters, taken, state.place.appending("Parameters")) }
        if case .path(let path) = task.timeout { _ = look(path, taken, state.place.appending("TimeoutSecondsPath")) }
        return outcomes(
            facts.results[task.resource] ?? .unknown, task.resultSelector, task.resultPath, task.catchers, state, input)
    }

    private mutating func outcomes(
        of outcome: CompositeOutcome, _ result: Shape, _ state: State, _ input: Shape
    ) -> [(String, KnownData)] {
        outcomes(result, outcome.resultSelector, outcome.resultPath, outcome.catchers, state, input)
    }

    /// What comes of a result, or of an error.
    private mutating func outcomes(
        _ result: Shape, _ selector: PayloadTemplate?, _ path: ResultPath, _ catchers: [Catcher], _ state: State,
        _ input: Shape
    ) -> [(String, KnownData)] {
        var result = result
        if let selector { result = evaluate(selector, result, state.place.appending("ResultSelector")) }
        var outcomes = next(of: state, combine(path, result, input, state.place), assigningFrom: result)
        let text = Shape.Member(presence: .always, shape: .text)
        let failure = Shape.object(Shape.Members([("Error", text), ("Cause", text)]), others: .none)
        for (index, catcher) in catchers.enumerated() {
            let place = state.place.appending("Catch").appending(index)
            let output = combine(catcher.resultPath, failure, input, place)
            let known = assign(catcher.assignment, failure, KnownData(input: output, variables: variables))
            outcomes.append((catcher.next, known))
        }
        return outcomes
    }
}
