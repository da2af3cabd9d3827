import StatesLanguage

/// What the states in JSONata say of their data.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>
extension Interpreter {
    // MARK: Leaving

    /// Leaves a state with what it assigns and gives: both see the variables as they were.
    ///
    /// - Parameter result: what its task or the branches inside it have given.
    mutating func exitQuery(
        _ input: JSONValue, result: JSONValue? = nil, retryCount: Int64? = nil
    ) throws(StateFailure) {
        let state = branch.state
        let (assigned, output) = try query(input, result: result, retryCount: retryCount) {
            (evaluation, scope) throws(QueryFailure) in
            let assigned = try state.assignment?.evaluate("", &scope, &evaluation)
            return (assigned, try state.query?.output?.evaluate(in: &scope, at: "Output", budget: &evaluation))
        }
        let given = output ?? result ?? input
        let isInput = output == nil && result == nil
        try exit(given, isInput ? branch.extent : extent(of: given), assigned: try bounded(assigned))
    }

    /// Leaves a state that has failed for where a catcher leads.
    mutating func catchQuery(_ catcher: Catcher, _ failure: BranchFailure) throws(StateFailure) {
        let (error, field) = (failure.output, "Catch[\(catcher.index)]/")
        let (assigned, output) = try query(branch.input.value, errorOutput: error) {
            (evaluation, scope) throws(QueryFailure) in
            let assigned = try catcher.assignment?.evaluate(field, &scope, &evaluation)
            return (assigned, try catcher.output?.evaluate(in: &scope, at: field + "Output", budget: &evaluation))
        }
        try leave(for: catcher.next, output ?? error, assigned)
    }

    /// Goes where the first rule points whose condition is true.
    mutating func choose(_ choice: QueryChoice, _ input: JSONValue) throws(StateFailure) {
        let state = branch.state
        let way = try query(input) { (evaluation, scope) throws(QueryFailure) -> QueryWay? in
            for (index, rule) in choice.rules.enumerated() {
                let field = "Choices[\(index)]/"
                if try !rule.condition.holds(in: &scope, at: field + "Condition", budget: &evaluation) { continue }
                return QueryWay(
                    next: rule.next, assigned: try rule.assignment?.evaluate(field, &scope, &evaluation),
                    output: try rule.output?.evaluate(in: &scope, at: field + "Output", budget: &evaluation))
            }
            guard let next = choice.defaultNext else { return nil }
            return QueryWay(
                next: next, assigned: try state.assignment?.evaluate("", &scope, &evaluation),
                output: try state.query?.output?.evaluate(in: &scope, at: "Output", budget: &evaluation))
        }
        guard let way else { return end(noChoiceMatched) }
        try leave(for: way.next, way.output ?? input, way.assigned)
    }

    /// Where a Choice leads, and with what.
    private struct QueryWay {
        let next: String
        let assigned: JSONValue?
        let output: JSONValue?
    }

    private mutating func leave(
        for next: String, _ output: JSONValue, _ assigned: JSONValue?
    ) throws(StateFailure) {
        let extent = try bounded(extent(of: output), of: output)
        let assigned = try bounded(assigned)
        try assign(assigned)
        emitExit(output, assigned)
        proceed(to: next, output, extent)
    }

    private func bounded(_ assigned: JSONValue?) throws(StateFailure) -> JSONObject? {
        guard let assigned else { return nil }
        if assigned.exceeds(bytes: Variables.maximumAssignedBytes) { throw .dataLimit(branch.state.name) }
        return assigned.objectValue
    }

    // MARK: Fields

    /// - Parameter around: the branch whose state it is of, if that is not the current one.
    mutating func evaluate(
        _ template: QueryTemplate, _ field: String, as kind: QueryKind? = nil, _ input: JSONValue,
        retryCount: Int64? = nil, in around: Branch? = nil
    ) throws(StateFailure) -> JSONValue {
        try query(input, retryCount: retryCount, in: around) { (evaluation, scope) throws(QueryFailure) in
            try template.evaluate(in: &scope, at: field, expecting: kind, budget: &evaluation)
        }
    }

    mutating func evaluate(
        _ expression: QueryExpression, _ field: String, as kind: QueryKind, _ input: JSONValue
    ) throws(StateFailure) -> JSONValue {
        try query(input) { (evaluation, scope) throws(QueryFailure) in
            try expression.evaluate(in: &scope, at: field, expecting: kind, budget: &evaluation)
        }
    }

    /// Evaluates expressions of a state that read the same.
    private mutating func query<Value>(
        _ input: JSONValue, result: JSONValue? = nil, errorOutput: JSONValue? = nil, retryCount: Int64? = nil,
        in around: Branch? = nil, _ body: (inout EvaluationBudget, inout QueryScope) throws(QueryFailure) -> Value
    ) throws(StateFailure) -> Value {
        let state = (around ?? branch).state
        if state.queriesContext { readStartInput() }
        var scope = QueryScope(
            input: input, result: result, errorOutput: errorOutput,
            context: state.queriesContext ? contextObject(retryCount, around ?? branch) : nil,
            variables: (around ?? branch).variables, now: now, random: random)
        defer { random = scope.random }
        do {
            return try body(&evaluation, &scope)
        } catch {
            throw .query(error)
        }
    }
}
