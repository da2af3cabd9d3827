/// The expressions of a state in JSONata, each with its place in the definition.
struct StateQueries {
    struct Read {
        let expression: QueryExpression
        let place: ProblemPath
    }

    private(set) var all: [Read] = []

    init(_ kind: State.Kind, output: QueryTemplate?, _ assignment: Assignment?, at place: ProblemPath) {
        add(output, place.appending("Output"))
        add(assignment)
        switch kind {
        case .task(let task):
            add(task.arguments, place.appending("Arguments"))
            if case .query(let expression) = task.timeout { add(expression, place.appending("TimeoutSeconds")) }
            add(task.catchers, place)
        case .parallel(let parallel):
            add(parallel.arguments, place.appending("Arguments"))
            add(parallel.outcome.catchers, place)
        case .map(let map):
            add(map.items, place.appending("Items"))
            add(map.selector, place.appending("ItemSelector"))
            if case .query(let expression) = map.maxConcurrency { add(expression, place.appending("MaxConcurrency")) }
            for (field, expression) in map.queryTolerances { add(expression, place.appending(field)) }
            add(map.outcome.catchers, place)
        case .queryChoice(let choice):
            for (index, rule) in choice.rules.enumerated() {
                let place = place.appending("Choices").appending(index)
                add(rule.condition, place.appending("Condition"))
                add(rule.output, place.appending("Output"))
                add(rule.assignment)
            }
        case .wait(.secondsQuery(let expression)): add(expression, place.appending("Seconds"))
        case .wait(.timestampQuery(let expression)): add(expression, place.appending("Timestamp"))
        case .fail(let fail):
            if case .query(let expression) = fail.error { add(expression, place.appending("Error")) }
            if case .query(let expression) = fail.cause { add(expression, place.appending("Cause")) }
        case .pass, .choice, .wait, .succeed: break
        }
    }

    init(of state: State) {
        self.init(state.kind, output: state.query?.output, state.assignment, at: state.place)
    }

    private mutating func add(_ expression: QueryExpression, _ place: ProblemPath) {
        all.append(Read(expression: expression, place: place))
    }

    private mutating func add(_ template: QueryTemplate?, _ place: ProblemPath) {
        if let template { add(template.root, place) }
    }

    private mutating func add(_ assignment: Assignment?) {
        if let assignment, case .query(let template) = assignment.values { add(template, assignment.place) }
    }

    private mutating func add(_ catchers: [Catcher], _ place: ProblemPath) {
        for (index, catcher) in catchers.enumerated() {
            add(catcher.output, place.appending("Catch").appending(index).appending("Output"))
            add(catcher.assignment)
        }
    }

    private mutating func add(_ node: QueryNode, _ place: ProblemPath) {
        switch node {
        case .literal: break
        case .expression(let expression): add(expression, place)
        case .array(let nodes):
            for (index, node) in nodes.enumerated() { add(node, place.appending(index)) }
        case .object(let members):
            for (name, value) in members { add(value, place.appending(name)) }
        }
    }
}
