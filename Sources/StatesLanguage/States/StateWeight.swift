/// How much work it is at most to evaluate what a state says of its data, in units that depend on nothing but the
/// definition and the extent of the data: the same on every machine and in every replay.
package struct StateWeight: Hashable, Sendable {
    /// Expressions that go straight to one place.
    private(set) var definite = 0
    /// Expressions that may look at all of the data: searches and functions.
    private(set) var searching = 0

    /// The units for data of so many bytes. A unit is about what 256 bytes take to look at once.
    package func cost(bytes: Int) -> Int {
        1 + definite + bytes / 4096 + searching * (1 + bytes / 256)
    }

    mutating func add(_ path: JSONPath) {
        if path.isDefinite { definite += 1 } else { searching += 1 }
    }

    mutating func add(_ selection: State.Selection?) {
        if case .path(let path) = selection { add(path) }
    }

    mutating func add(_ template: PayloadTemplate?) {
        if let template { add(template.root) }
    }

    private mutating func add(_ node: TemplateNode) {
        switch node {
        case .literal: break
        case .path(let path): add(path)
        case .intrinsic(let expression): add(expression)
        case .array(let nodes): for node in nodes { add(node) }
        case .object(let members): for member in members { add(member.template) }
        }
    }

    private mutating func add(_ expression: IntrinsicExpression) {
        switch expression {
        case .call(_, let arguments):
            searching += 1
            for argument in arguments { add(argument) }
        case .path(let path): add(path)
        case .value, .text: break
        }
    }

    mutating func add(_ text: FailState.Text?) {
        if case .computed(let template) = text { add(template) }
    }
}

extension State.Kind {
    /// The work of going into a state, and that of leaving it with a result from outside.
    func weights(_ input: State.Selection?, _ output: State.Selection?) -> (entering: StateWeight, leaving: StateWeight)
    {
        var (entering, leaving) = (StateWeight(), StateWeight())
        entering.add(input)
        switch self {
        case .task(let task):
            entering.add(task.parameters)
            if case .path(let path) = task.timeout { entering.add(path) }
            leaving.add(task.resultSelector)
            leaving.add(output)
            return (entering, leaving)
        case .pass(let pass): entering.add(pass.parameters)
        case .choice(let choice):
            for rule in choice.rules { for path in rule.condition.paths { entering.add(path) } }
        case .wait(.secondsPath(let path)), .wait(.timestampPath(let path)): entering.add(path)
        case .wait, .succeed: break
        case .fail(let fail):
            entering.add(fail.error)
            entering.add(fail.cause)
        }
        entering.add(output)
        return (entering, leaving)
    }
}
