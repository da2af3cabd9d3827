import OrderedCollections

/// Follows what is known of the data along every way through a machine, and finds paths to what cannot be there.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html>
struct DataFlow {
    private let scope: MachineScope
    /// What the actions of the tasks give, by their resources.
    private let results: [String: Shape]
    /// What is known of the input of each state that is reached.
    private var inputs: [String: Shape] = [:]
    private let budget: AdviceBudget
    private let context = Shape(
        ServiceShape(
            parsing: "{Execution!:{Id!:s,Input!:*,Name!:s,RoleArn!:s,StartTime!:s,RedriveCount:n,RedriveTime:s},"
                + "State!:{EnteredTime!:s,Name!:s,RetryCount:n},StateMachine!:{Id!:s,Name!:s},Task:{Token!:s},"
                + "Map:{Item!:{Index!:n,Key:s,Value!:*,Source:s}}}"))

    init(_ scope: MachineScope, start: Shape, _ budget: AdviceBudget) {
        (self.scope, self.budget) = (scope, budget)
        results = scope.states.values.reduce(into: [:]) { results, state in
            guard case .task(let task) = state.kind, results[task.resource] == nil else { return }
            results[task.resource] = ServiceIntegration(task.resource)?.output.map { Shape($0) } ?? .unknown
        }
        inputs[scope.startAt] = start
        // A state comes after those that lead to it, but for loops: so most are looked at once.
        let order = scope.inOrderOfWays
        let positions = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
        var isWaiting = order.map { $0 == scope.startAt }
        // Before this one none waits.
        var first = 0
        while let position = isWaiting[first...].firstIndex(of: true), !budget.isSpent {
            isWaiting[position] = false
            first = position
            guard let state = scope.states[order[position]], let input = inputs[state.name] else { continue }
            var visit = Visit(context: context, results: results, budget)
            for (target, output) in visit.outcomes(of: state, input) {
                if let known = inputs[target] {
                    guard let joined = known.joining(output, budget) else { continue }
                    inputs[target] = joined
                } else {
                    inputs[target] = output
                }
                if let position = positions[target] {
                    isWaiting[position] = true
                    first = min(first, position)
                }
            }
        }
    }

    func check(_ problems: ProblemCollector) {
        for state in scope.states.values {
            guard let input = inputs[state.name] else { continue }
            var visit = Visit(context: context, results: results, budget)
            visit.isTelling = true
            _ = visit.outcomes(of: state, input)
            // What was not followed to its end says nothing.
            if budget.isSpent { return }
            for miss in visit.missed {
                problems.add(.pathNotThere) { problem(miss, at: state) }
            }
            for (place, reason) in visit.neverTaken { problems.add(.neverTaken, at: place, reason) }
        }
    }

    private func problem(_ miss: Visit.Miss, at state: State) -> Problem {
        if let dropper = dropper(of: miss, at: state) {
            return Problem(
                .droppedResult, at: miss.place,
                "the result of \(dropper) is dropped, so there is no '\(miss.path.quoted)'",
                hint: "give \(dropper) a ResultPath")
        }
        var message = "there is no '\(miss.path.quoted)' here"
        if !miss.isOnEveryWay {
            message += " on some way"
            if let before = wayWithout(miss, to: state) { message += ", by \(before)" }
        }
        return Problem(.pathNotThere, at: miss.place, message)
    }

    /// A state from which the missing value does not come.
    private func wayWithout(_ miss: Visit.Miss, to state: State) -> String? {
        for before in scope.states.values {
            if !budget.take(1 + before.edges.count) { return nil }
            guard before.edges.contains(where: { $0.target == state.name }), let input = inputs[before.name] else {
                continue
            }
            var visit = Visit(context: context, results: results, budget)
            for (target, output) in visit.outcomes(of: before, input) where target == state.name {
                if case .missing = output.find(miss.segments) { return before.name }
            }
        }
        return nil
    }

    /// The task on the way whose result would have had what is missing, and is dropped.
    private func dropper(of miss: Visit.Miss, at state: State) -> String? {
        guard case .member(let name)? = miss.segments.first else { return nil }
        for before in scope.states.values {
            guard case .task(let task) = before.kind, case .discard = task.resultPath, gives(task, name),
                budget.take(scope.states.count), scope.reached(from: before.name).contains(state.name)
            else { continue }
            return before.name
        }
        return nil
    }

    /// Whether the result of a task has a member.
    private func gives(_ task: TaskState, _ name: String) -> Bool {
        budget.take(1)
        switch task.resultSelector?.root {
        case .object(let members)?: return members.contains { $0.name == name }
        case nil:
            guard case .object(let members, _)? = results[task.resource] else { return false }
            return members[name] != nil
        default: return false
        }
    }
}

/// One state with what is known of its input: what comes out, and what is missed on the way.
private struct Visit {
    struct Miss {
        let path: String
        let segments: [JSONPath.Segment]
        let isOnEveryWay: Bool
        let place: ProblemPath
    }

    let context: Shape
    let results: [String: Shape]
    let budget: AdviceBudget
    /// Whether what is missed is kept.
    var isTelling = false
    private(set) var missed: [Miss] = []
    private(set) var neverTaken: [(ProblemPath, String)] = []

    init(context: Shape, results: [String: Shape], _ budget: AdviceBudget) {
        (self.context, self.results, self.budget) = (context, results, budget)
    }

    /// What comes out of the state, by the state to which it goes.
    mutating func outcomes(of state: State, _ input: Shape) -> [(String, Shape)] {
        budget.take(1 + state.edges.count)
        if state.isOpaque { return state.targets.map { ($0, .unknown) } }
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
            return next(of: state, combine(pass.resultPath, result, input, state.place))
        case .choice(let choice): return outcomes(of: choice, state, taken)
        case .wait(let wait):
            switch wait {
            case .secondsPath(let path): _ = look(path, taken, state.place.appending("SecondsPath"))
            case .timestampPath(let path): _ = look(path, taken, state.place.appending("TimestampPath"))
            case .seconds, .timestamp: break
            }
            return next(of: state, taken)
        case .succeed:
            _ = select(state.outputPath, taken, state.place.appending("OutputPath"))
            return []
        case .fail(let fail):
            if case .computed(let error) = fail.error { _ = evaluate(error, input, state.place.appending("ErrorPath")) }
            if case .computed(let cause) = fail.cause { _ = evaluate(cause, input, state.place.appending("CausePath")) }
            return []
        }
    }

    private mutating func next(of state: State, _ output: Shape) -> [(String, Shape)] {
        let output = select(state.outputPath, output, state.place.appending("OutputPath"))
        if case .next(let next) = state.transition { return [(next, output)] }
        return []
    }

    private mutating func outcomes(
        of task: TaskState, _ state: State, _ taken: Shape, _ input: Shape
    ) -> [(String, Shape)] {
        if let parameters = task.parameters { _ = evaluate(parameters, taken, state.place.appending("Parameters")) }
        if case .path(let path) = task.timeout { _ = look(path, taken, state.place.appending("TimeoutSecondsPath")) }
        var result = results[task.resource] ?? .unknown
        if let selector = task.resultSelector {
            result = evaluate(selector, result, state.place.appending("ResultSelector"))
        }
        var outcomes = next(of: state, combine(task.resultPath, result, input, state.place))
        let text = Shape.Member(presence: .always, shape: .text)
        let failure = Shape.object(Shape.Members([("Error", text), ("Cause", text)]), others: .none)
        for (index, catcher) in task.catchers.enumerated() {
            let place = state.place.appending("Catch").appending(index)
            outcomes.append((catcher.next, combine(catcher.resultPath, failure, input, place)))
        }
        return outcomes
    }

    // MARK: Choices

    private mutating func outcomes(of choice: ChoiceState, _ state: State, _ taken: Shape) -> [(String, Shape)] {
        var outcomes: [(String, Shape)] = []
        var rest: Shape? = taken
        for (index, rule) in choice.rules.enumerated() {
            let place = state.place.appending("Choices").appending(index)
            guard let before = rest else {
                miss(place.appending("Next"), "a rule before this one always holds")
                continue
            }
            check(rule.condition, before, place)
            if let after = known(rule.condition, true, before) {
                outcomes.append((rule.next, select(state.outputPath, after, state.place.appending("OutputPath"))))
            } else {
                miss(place.appending("Next"), "this rule never holds")
            }
            rest = known(rule.condition, false, before)
        }
        if let target = choice.defaultNext {
            if let rest {
                outcomes.append((target, select(state.outputPath, rest, state.place.appending("OutputPath"))))
            } else {
                miss(state.place.appending("Default"), "one of the rules always holds")
            }
        }
        return outcomes
    }

    private mutating func miss(_ place: ProblemPath, _ reason: String) {
        if isTelling { neverTaken.append((place, reason)) }
    }

    /// Looks up what a condition reads, each part knowing what those before it have found out.
    private mutating func check(_ condition: ChoiceCondition, _ shape: Shape, _ place: ProblemPath) {
        if !isTelling || !budget.take(1) { return }
        switch condition {
        case .and(let conditions), .or(let conditions):
            let isAnd = if case .and = condition { true } else { false }
            var shape: Shape? = shape
            for (index, part) in conditions.enumerated() {
                guard let current = shape else { return }
                check(part, current, place.appending(isAnd ? "And" : "Or").appending(index))
                shape = known(part, isAnd, current)
            }
        case .not(let condition): check(condition, shape, place.appending("Not"))
        case .test(let path, .present, _):
            if path.root == .input, case .missing(_, onEveryWay: true) = shape.find(path.segments) {
                miss(place.appending("Variable"), "'\(path.text.quoted)' is never there")
            }
        case .test(let path, _, _), .matches(let path, _): _ = look(path, shape, place.appending("Variable"))
        case .compare(let path, let comparand, let ordering, let operand):
            let value = look(path, shape, place.appending("Variable"))
            if case .oneOf(let words) = value, case .literal(.string(let text)) = operand, ordering == .equals,
                !words.contains(text)
            {
                let field = place.appending(comparand.rawValue + ordering.rawValue)
                miss(field, "this is one of \(words.joined(separator: ", ")), and never '\(text.quoted)'")
            }
            if case .path(let other) = operand {
                _ = look(other, shape, place.appending(comparand.rawValue + ordering.rawValue + "Path"))
            }
        }
    }

    /// What is known when a condition holds or does not; `nil` when that cannot be.
    private func known(_ condition: ChoiceCondition, _ holds: Bool, _ shape: Shape) -> Shape? {
        // Conditions within one another are looked at both ways, and so each twice as often as that around it.
        if !budget.take(1) { return shape }
        switch condition {
        case .and(let conditions): return holds ? all(conditions, true, shape) : any(conditions, false, shape)
        case .or(let conditions): return holds ? any(conditions, true, shape) : all(conditions, false, shape)
        case .not(let condition): return known(condition, !holds, shape)
        case .test(let path, .present, let expected):
            guard path.root == .input, path.isDefinite else { return shape }
            if !budget.take(shape.memberCount(along: path.segments)) { return shape }
            let isThere = expected == holds
            switch shape.find(path.segments) {
            case .missing(_, onEveryWay: true) where isThere: return nil
            case .found where !isThere && isSure(path.segments, shape): return nil
            default: return shape.knowing(isThere, at: path.segments[...])
            }
        case .test(let path, _, _), .matches(let path, _): return found(path, shape)
        case .compare(let path, _, let ordering, let operand):
            if path.root == .input, path.isDefinite, case .found(.literal(let value)) = shape.find(path.segments),
                case .literal(let literal) = operand,
                ordering == .equals, (value == literal) != holds
            {
                return nil
            }
            return found(path, shape)
        }
    }

    /// What is known when something is at the end of a path.
    private func found(_ path: JSONPath, _ shape: Shape) -> Shape {
        if path.root != .input || !path.isDefinite || !budget.take(shape.memberCount(along: path.segments))
            || isSure(path.segments, shape)
        {
            return shape
        }
        return shape.knowing(true, at: path.segments[...])
    }

    /// Whether what a path finds is there on every way.
    private func isSure(_ segments: [JSONPath.Segment], _ shape: Shape) -> Bool {
        var shape = shape
        for segment in segments {
            guard case .member(let name) = segment, case .object(let members, _) = shape,
                let member = members[name], member.presence == .always
            else { return false }
            shape = member.shape
        }
        return true
    }

    private func all(_ conditions: [ChoiceCondition], _ hold: Bool, _ shape: Shape) -> Shape? {
        var shape = shape
        for condition in conditions {
            guard let next = known(condition, hold, shape) else { return nil }
            shape = next
        }
        return shape
    }

    /// At least one of the conditions is as it is said, after others that are not.
    private func any(_ conditions: [ChoiceCondition], _ hold: Bool, _ shape: Shape) -> Shape? {
        var result: Shape?
        var shape = shape
        for condition in conditions {
            if let found = known(condition, hold, shape) {
                result = result.map { $0.joining(found, budget) ?? $0 } ?? found
            }
            guard let next = known(condition, !hold, shape) else { break }
            shape = next
        }
        return result
    }

    // MARK: Data

    private mutating func select(_ selection: State.Selection?, _ shape: Shape, _ place: ProblemPath) -> Shape {
        switch selection {
        case nil: shape
        case .nothing: .object(Shape.Members(), others: .none)
        case .path(let path): look(path, shape, place)
        }
    }

    private mutating func combine(
        _ path: ResultPath, _ result: Shape, _ input: Shape, _ place: ProblemPath
    ) -> Shape {
        switch path {
        case .replace: return result
        case .discard: return input
        case .path(let path):
            if !budget.take(1 + input.memberCount(along: path.path.segments)) { return .unknown }
            return input.inserting(result, at: path.path.segments[...])
        }
    }

    private mutating func evaluate(_ template: PayloadTemplate, _ shape: Shape, _ place: ProblemPath) -> Shape {
        evaluate(template.root, shape, place)
    }

    private mutating func evaluate(_ template: TemplateNode, _ shape: Shape, _ place: ProblemPath) -> Shape {
        if !budget.take(1) { return .unknown }
        switch template {
        case .literal(let json): return Shape(json, budget)
        case .path(let path): return look(path, shape, place)
        case .intrinsic(let expression):
            for path in expression.paths { _ = look(path, shape, place) }
            return Self.result(of: expression)
        case .array(let templates):
            for (index, template) in templates.enumerated() {
                _ = evaluate(template, shape, place.appending(index))
            }
            return .array
        case .object(let members):
            let known = members.map { member in
                let value = evaluate(member.template, shape, place.appending(member.fieldName))
                return (member.name, Shape.Member(presence: .always, shape: value))
            }
            return .object(Shape.Members(known), others: .none)
        }
    }

    private static func result(of expression: IntrinsicExpression) -> Shape {
        guard case .call(let function, _) = expression else { return .unknown }
        switch function {
        case .format, .jsonToString, .base64Encode, .base64Decode, .hash, .uuid: return .text
        case .array, .arrayPartition, .arrayRange, .arrayUnique, .stringSplit: return .array
        case .arrayContains: return .flag
        case .arrayLength, .mathRandom, .mathAdd: return .number
        case .stringToJson, .arrayGetItem, .jsonMerge: return .unknown
        }
    }

    private mutating func look(_ path: JSONPath, _ shape: Shape, _ place: ProblemPath) -> Shape {
        if !budget.take(1 + shape.memberCount(along: path.segments)) { return .unknown }
        let document: Shape
        switch path.root {
        case .input: document = shape
        case .context: document = context
        case .variable: return .unknown
        }
        switch document.find(path.segments) {
        case .found(let found): return found
        case .nobodyKnows: return path.isDefinite ? .unknown : .array
        case .missing(_, let isOnEveryWay):
            if isTelling {
                missed.append(
                    Miss(path: path.text, segments: path.segments, isOnEveryWay: isOnEveryWay, place: place))
            }
            return .unknown
        }
    }
}
