/// The paths that a state reads, each with its place in the definition.
struct StatePaths {
    struct Read {
        let path: JSONPath
        let place: ProblemPath
    }

    /// All but those of a result selector, which reads the result and not what the state is given.
    private(set) var all: [Read] = []

    init(of state: State) {
        if case .path(let path) = state.inputPath { add(path, state.place.appending("InputPath")) }
        switch state.kind {
        case .task(let task):
            if let parameters = task.parameters { add(parameters, state.place.appending("Parameters")) }
            if case .path(let path) = task.timeout { add(path, state.place.appending("TimeoutSecondsPath")) }
        case .pass(let pass):
            if let parameters = pass.parameters { add(parameters, state.place.appending("Parameters")) }
        case .choice(let choice):
            for (index, rule) in choice.rules.enumerated() {
                add(rule.condition, state.place.appending("Choices").appending(index))
            }
        case .wait(.secondsPath(let path)): add(path, state.place.appending("SecondsPath"))
        case .wait(.timestampPath(let path)): add(path, state.place.appending("TimestampPath"))
        case .fail(let fail):
            if case .computed(let error) = fail.error { add(error, state.place.appending("ErrorPath")) }
            if case .computed(let cause) = fail.cause { add(cause, state.place.appending("CausePath")) }
        case .parallel(let parallel):
            if let parameters = parallel.parameters { add(parameters, state.place.appending("Parameters")) }
        case .map(let map):
            if let path = map.itemsPath { add(path, state.place.appending("ItemsPath")) }
            if let selector = map.itemSelector { add(selector, state.place.appending("ItemSelector")) }
            if case .path(let path) = map.maxConcurrency { add(path, state.place.appending("MaxConcurrencyPath")) }
            for tolerance in map.tolerances { add(tolerance.path, state.place.appending(tolerance.field)) }
        case .wait, .succeed, .queryChoice: break
        }
        // What is assigned of a result is no read of the input; these assign of what they take.
        switch state.kind {
        case .choice(let choice):
            for assignment in [state.assignment] + choice.rules.map(\.assignment) {
                add(assignment)
            }
        case .wait: add(state.assignment)
        case .pass(let pass) where pass.result == nil && pass.parameters == nil:
            add(state.assignment)
        default: break
        }
    }

    private mutating func add(_ assignment: Assignment?) {
        if let assignment, let template = assignment.payload { add(template, assignment.place) }
    }

    private mutating func add(_ path: JSONPath, _ place: ProblemPath) { all.append(Read(path: path, place: place)) }

    private mutating func add(_ template: PayloadTemplate, _ place: ProblemPath) { add(template.root, place) }

    private mutating func add(_ template: TemplateNode, _ place: ProblemPath) {
        switch template {
        case .literal: break
        case .path(let path): add(path, place)
        case .intrinsic(let expression): for path in expression.paths { add(path, place) }
        case .array(let templates):
            for (index, template) in templates.enumerated() { add(template, place.appending(index)) }
        case .object(let members):
            for member in members { add(member.template, place.appending(member.fieldName)) }
        }
    }

    private mutating func add(_ condition: ChoiceCondition, _ place: ProblemPath) {
        switch condition {
        case .and(let conditions):
            for (index, condition) in conditions.enumerated() {
                add(condition, place.appending("And").appending(index))
            }
        case .or(let conditions):
            for (index, condition) in conditions.enumerated() { add(condition, place.appending("Or").appending(index)) }
        case .not(let condition): add(condition, place.appending("Not"))
        case .compare(let path, let comparand, let ordering, let operand):
            add(path, place.appending("Variable"))
            if case .path(let other) = operand {
                add(other, place.appending(comparand.rawValue + ordering.rawValue + "Path"))
            }
        case .matches(let path, _), .test(let path, _, _): add(path, place.appending("Variable"))
        }
    }
}

extension TemplateNode.Member {
    /// The name as the definition has it.
    var fieldName: String {
        switch template {
        case .path, .intrinsic: name + ".$"
        default: name
        }
    }
}
