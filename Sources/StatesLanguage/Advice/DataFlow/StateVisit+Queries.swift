// What comes out of a state in JSONata, and what its expressions look for.
extension StateVisit {
    /// What comes out of the state, by the state to which it goes.
    mutating func outcomes(of state: State, _ fields: QueryFields, _ known: KnownData) -> [(String, KnownData)] {
        let entering = QueryKnowledge(known, context: facts.context)
        if isTelling { findMismatches(in: state, entering) }
        switch state.kind {
        case .task(let task):
            evaluate(task.arguments, entering, state.place.appending("Arguments"))
            if case .query(let expression) = task.timeout {
                evaluate(expression, entering, state.place.appending("TimeoutSeconds"))
            }
            return leave(state, fields, known, result: facts.results[task.resource] ?? .unknown)
        case .parallel(let parallel):
            let given = evaluate(parallel.arguments, entering, state.place.appending("Arguments"))
            begun = state.branches.map { _ in KnownData(input: given ?? known.input, variables: known.variables) }
            return leave(state, fields, known, result: .array)
        case .map(let map):
            evaluate(map.items, entering, state.place.appending("Items"))
            let given = evaluate(map.selector, entering, state.place.appending("ItemSelector")) ?? .unknown
            if case .query(let expression) = map.maxConcurrency {
                evaluate(expression, entering, state.place.appending("MaxConcurrency"))
            }
            for (field, expression) in map.queryTolerances {
                evaluate(expression, entering, state.place.appending(field))
            }
            begun = state.branches.map { _ in KnownData(input: given, variables: known.variables) }
            return leave(state, fields, known, result: .array)
        case .queryChoice(let choice): return outcomes(of: choice, state, fields, known)
        case .wait(.secondsQuery(let expression)): evaluate(expression, entering, state.place.appending("Seconds"))
        case .wait(.timestampQuery(let expression)): evaluate(expression, entering, state.place.appending("Timestamp"))
        case .fail(let fail):
            if case .query(let error)? = fail.error { evaluate(error, entering, state.place.appending("Error")) }
            if case .query(let cause)? = fail.cause { evaluate(cause, entering, state.place.appending("Cause")) }
        case .pass, .wait, .succeed, .choice: break
        }
        return leave(state, fields, known, result: nil)
    }

    /// What comes of a result, where the state has one, or of an error.
    private mutating func leave(
        _ state: State, _ fields: QueryFields, _ known: KnownData, result: Shape?
    ) -> [(String, KnownData)] {
        // Where this state did not fail there was what it could not do without.
        let passed = known.forgetting(asked.filter(\.isRequired), budget)
        var around = QueryKnowledge(passed, context: facts.context)
        around.result = result
        let output = way(passed, around, fields.output, state.assignment, state.place, otherwise: result)
        var outcomes: [(String, KnownData)] = []
        if case .next(let next) = state.transition { outcomes.append((next, output)) }
        let error = Shape.Members([
            ("Error", Shape.Member(presence: .always, shape: .text)),
            // A time-out has no cause.
            ("Cause", Shape.Member(presence: .optional, shape: .text)),
        ])
        let failure = Shape.object(error, others: .none)
        for (index, catcher) in state.catchers.enumerated() {
            var around = QueryKnowledge(known, context: facts.context)
            around.errorOutput = failure
            let place = state.place.appending("Catch").appending(index)
            let output = way(known, around, catcher.output, catcher.assignment, place, otherwise: failure)
            outcomes.append((catcher.next, output))
        }
        return outcomes
    }

    /// What is handed over on one way out of a state.
    ///
    /// - Parameters:
    ///   - place: where the fields `Output` and `Assign` of the way are.
    ///   - otherwise: what is given where there is no `Output`; `nil` is the input.
    private mutating func way(
        _ known: KnownData, _ around: QueryKnowledge, _ output: QueryTemplate?, _ assignment: Assignment?,
        _ place: ProblemPath, otherwise: Shape? = nil
    ) -> KnownData {
        let before = asked
        asked = []
        defer { asked = before }
        var values: Shape?
        if let assignment, case .query(let template) = assignment.values {
            values = evaluate(template.root, around, assignment.place)
        }
        let given = evaluate(output, around, place.appending("Output"))
        var next = known.forgetting(asked.filter(\.isRequired), budget)
        if let given = given ?? otherwise { next.input = given }
        return values.map { next.assigning($0) } ?? next
    }

    // MARK: Choices

    private mutating func outcomes(
        of choice: QueryChoice, _ state: State, _ fields: QueryFields, _ known: KnownData
    ) -> [(String, KnownData)] {
        var outcomes: [(String, KnownData)] = []
        var isDecided = false
        var passed = known
        for (index, rule) in choice.rules.enumerated() {
            let place = state.place.appending("Choices").appending(index)
            if isDecided {
                miss(place.appending("Next"), "a rule before this one always holds")
                continue
            }
            let condition = evaluate(
                rule.condition.root, QueryKnowledge(passed, context: facts.context), place.appending("Condition"))
            // Whatever the condition asks for, it may be what it is asked for that leads on.
            passed = passed.forgetting(asked, budget)
            asked = []
            if condition == .literal(false) {
                miss(place.appending("Next"), "this rule never holds")
                continue
            }
            if condition == .literal(true) { isDecided = true }
            let around = QueryKnowledge(passed, context: facts.context)
            let output = way(passed, around, rule.output, rule.assignment, place)
            let own = Set(rule.assignment?.names ?? [])
            let others = state.assignment?.names.filter { !own.contains($0) } ?? []
            outcomes.append((rule.next, perhapsAssigning(others, output)))
        }
        if let target = choice.defaultNext {
            if isDecided {
                miss(state.place.appending("Default"), "one of the rules always holds")
            } else {
                let around = QueryKnowledge(passed, context: facts.context)
                outcomes.append((target, way(passed, around, fields.output, state.assignment, state.place)))
            }
        }
        return outcomes
    }

    /// Nobody says whether AWS assigns what a choice assigns when a rule holds, too.
    private func perhapsAssigning(_ names: [String], _ known: KnownData) -> KnownData {
        if names.isEmpty || !budget.take(names.count * (1 + known.variables.memberCount)) { return known }
        let before = known.forgetting(
            names.map { KnownData.Question(document: .variables, segments: [.member($0)], isRequired: false) }, budget)
        let values = Shape.Members(names.map { ($0, Shape.Member(presence: .always, shape: .unknown)) })
        return before.joining(before.assigning(.object(values, others: .none)), budget) ?? before
    }

    // MARK: Expressions

    @discardableResult
    private mutating func evaluate(
        _ template: QueryTemplate?, _ around: QueryKnowledge, _ place: ProblemPath
    ) -> Shape? {
        template.map { evaluate($0.root, around, place) }
    }

    private mutating func evaluate(_ node: QueryNode, _ around: QueryKnowledge, _ place: ProblemPath) -> Shape {
        if !budget.take(1) { return .unknown }
        switch node {
        case .literal(let json): return Shape(json, budget)
        case .expression(let expression): return evaluate(expression, around, place)
        case .array(let nodes):
            for (index, node) in nodes.enumerated() { _ = evaluate(node, around, place.appending(index)) }
            return .array
        case .object(let members):
            let known = members.map { name, node in
                (name, Shape.Member(presence: .always, shape: evaluate(node, around, place.appending(name))))
            }
            return .object(Shape.Members(known), others: .none)
        }
    }

    @discardableResult
    private mutating func evaluate(
        _ expression: QueryExpression, _ around: QueryKnowledge, _ place: ProblemPath
    ) -> Shape {
        if !budget.take(1 + expression.references.count + expression.text.utf8.count / 16) { return .unknown }
        var told: Set<String> = []
        for reference in expression.references { look(for: reference, around, place, &told) }
        return shapes(around)(expression).shape(of: expression.result)
    }

    private func shapes(_ around: QueryKnowledge) -> (QueryExpression) -> QueryShapes {
        { [facts, budget] in QueryShapes(of: $0, budget, known: around, assigned: facts.assigned) }
    }

    /// Finds what can have no type that its field takes because of the data; what has none by itself is told anyway.
    private mutating func findMismatches(in state: State, _ entering: QueryKnowledge) {
        for field in TypedQuery.all(of: state) {
            if field.mismatch({ [budget] in QueryShapes(of: $0, budget) }) != nil { continue }
            if let mismatch = field.mismatch(shapes(entering)) { mismatches.append(mismatch) }
        }
    }

    // MARK: References

    /// - Parameter told: what is missed in the same expression.
    private mutating func look(
        for reference: QueryReference, _ around: QueryKnowledge, _ place: ProblemPath, _ told: inout Set<String>
    ) {
        guard let name = reference.variable, !QueryReference.isFunction(name) else { return }
        if reference.isCalled, name != QueryReference.states {
            if isTelling, !facts.assigned.contains(name), told.insert(name).inserted {
                missed.append(missedFunction(name, reference, place))
            }
            return
        }
        guard let search = around.search(for: reference),
            budget.take(search.shape.memberCount(along: search.segments)),
            case .missing(let index, let isOnEveryWay) = search.shape.find(search.segments, goesThroughArrays: true)
        else { return }
        let segments = Array(search.segments.prefix(index + 1))
        asked.append(
            KnownData.Question(document: search.document, segments: segments, isRequired: reference.isRequired))
        if !isTelling { return }
        let isVariable = search.document == .variables
        let isUnknown = isVariable && index == 0 && !facts.assigned.contains(name)
        // What an expression can do without is only told where there is never anything.
        let isNeverThere = isOnEveryWay && (isUnknown || !isVariable || index > 0)
        if !reference.isRequired, !isNeverThere { return }
        // The names up to that which is missing: `$states` and one of its members come before.
        let names = ([name] + reference.members).prefix(index + (isVariable ? 1 : 3))
        let text = "$" + names.joined(separator: ".")
        if !told.insert(text).inserted { return }
        let position = names.count > 1 ? reference.memberPositions[names.count - 2] : reference.position
        missed.append(
            MissedValue(
                text: text, segments: segments, document: search.document, isOnEveryWay: isOnEveryWay, place: place,
                query: .init(
                    position: position, isFunction: false,
                    names: isUnknown ? Set(facts.assigned.map { "$" + $0 }) : [])))
    }

    private func missedFunction(_ name: String, _ reference: QueryReference, _ place: ProblemPath) -> MissedValue {
        MissedValue(
            text: "$" + name, segments: [], document: .other, isOnEveryWay: true, place: place,
            query: .init(position: reference.position, isFunction: true, names: QueryReference.functions))
    }
}
