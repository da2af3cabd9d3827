import JSONata

/// How much work it is at most to evaluate what a state says of its data, in units that depend on nothing but the
/// definition and the extent of the data: the same on every machine and in every replay.
///
/// It is what is foreseen. What the evaluation has really taken is known afterwards, in steps of `EvaluationBudget`, and
/// counts where it is more.
package struct StateWeight: Hashable, Sendable {
    /// How many steps a unit stands for: a search looks at about as many values in 256 bytes.
    package static let stepsPerUnit = 64
    /// The units of all the steps that one state may take.
    package static let maximumSearch = EvaluationBudget.maximumSteps / stepsPerUnit

    /// Expressions that go straight to one place.
    private(set) var definite = 0
    /// Expressions that may look at all of the data: searches and functions.
    private(set) var searching = 0
    /// Searches that may look at all of the data for each value in them, as two descents do.
    private(set) var squared = 0
    /// Searches that may do so more often than that.
    private(set) var beyond = 0
    /// Whether a search goes through the context object, in which the execution's input is.
    private(set) var searchesContext = false
    /// Expressions that begin in a variable, which may have to be read from its text.
    private(set) var variables = 0

    /// What is foreseen, in units: one is about what 256 bytes take to look at once.
    package struct Cost: Sendable {
        /// As long as each search goes through the data once, as nearly all do.
        package var once: Int
        /// At most.
        package var most: Int

        package init(_ units: Int) { (once, most) = (units, units) }

        package init(once: Int, most: Int) { (self.once, self.most) = (once, most) }

        package static func + (cost: Cost, units: Int) -> Cost {
            Cost(once: cost.once + units, most: cost.most + units)
        }
    }

    /// What is foreseen for data of so many bytes.
    ///
    /// - Parameters:
    ///   - contextBytes: how large the context object is at most.
    ///   - variableBytes: how large all variables are together that can be referred to.
    package func cost(bytes: Int, contextBytes: Int, variableBytes: Int = 0) -> Cost {
        let variableBytes = variables == 0 ? 0 : min(variableBytes, EvaluationBudget.maximumValueBytes)
        let searched = max(searchesContext ? max(bytes, contextBytes) : bytes, variableBytes)
        let units =
            1 + definite + bytes / 4096 + searching * (1 + searched / 256) + variables * variableBytes / 64
        if squared + beyond == 0 { return Cost(units) }
        let once = units + (squared + beyond) * (1 + searched / 256)
        if beyond > 0 { return Cost(once: once, most: units + Self.maximumSearch) }
        // A value has two bytes at least, with its comma.
        let values = 1 + min(searched, EvaluationBudget.maximumValueBytes) / 2
        let most = min(Self.maximumSearch, squared * (1 + values * values / Self.stepsPerUnit))
        return Cost(once: once, most: units + most)
    }

    mutating func add(_ path: JSONPath) {
        if path.isInVariable { variables += 1 }
        if path.isDefinite {
            definite += 1
            return
        }
        if path.root == .context { searchesContext = true }
        let search = SearchExtent(path.segments)
        searching += search.walks
        switch search.degree {
        case 1: break
        case 2: squared += 1
        default: beyond += 1
        }
    }

    mutating func add(_ selection: State.Selection?) {
        if case .path(let path) = selection { add(path) }
    }

    mutating func add(_ template: PayloadTemplate?) {
        if let template { add(template.root) }
    }

    mutating func add(_ template: QueryTemplate?) {
        for expression in template?.expressions ?? [] { add(expression) }
    }

    mutating func add(_ expression: QueryExpression) {
        // What it reads is converted, for all expressions of the state once.
        if expression.usesContext { searchesContext = true }
        if expression.references.contains(where: { $0.variable != nil && $0.variable != QueryReference.states }) {
            variables += 1
        }
        switch expression.growth {
        case .linear: searching += 1
        case .squared: squared += 1
        case .beyond: beyond += 1
        }
    }

    mutating func add(_ assignment: Assignment?) {
        switch assignment?.values {
        case .payload(let template): add(template)
        case .query(let template): add(template)
        case nil: break
        }
    }

    mutating func add(_ selector: PayloadTemplate?, _ output: State.Selection?, _ assignment: Assignment?) {
        add(selector)
        add(output)
        add(assignment)
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
        case .call(_, let arguments, _):
            searching += 1
            for argument in arguments { add(argument) }
        case .path(let path): add(path)
        case .value, .text: break
        }
    }

    mutating func add(_ text: FailState.Text?) {
        switch text {
        case .computed(let template): add(template)
        case .query(let expression): add(expression)
        case .fixed, nil: break
        }
    }
}

extension State.Kind {
    /// The work of going into a state, and that of leaving it with a result from outside.
    func weights(
        _ input: State.Selection?, _ output: State.Selection?, _ assignment: Assignment?, _ query: QueryFields?
    ) -> (entering: StateWeight, leaving: StateWeight) {
        var (entering, leaving) = (StateWeight(), StateWeight())
        entering.add(input)
        leaving.add(query?.output)
        switch self {
        case .task(let task):
            entering.add(task.parameters)
            entering.add(task.arguments)
            switch task.timeout {
            case .path(let path): entering.add(path)
            case .query(let expression): entering.add(expression)
            case .fixed, nil: break
            }
            leaving.add(task.resultSelector, output, assignment)
            return (entering, leaving)
        case .parallel(let parallel):
            entering.add(parallel.parameters)
            entering.add(parallel.arguments)
            leaving.add(parallel.outcome.resultSelector, output, assignment)
            return (entering, leaving)
        case .map(let map):
            if let path = map.itemsPath { entering.add(path) }
            entering.add(map.items)
            switch map.maxConcurrency {
            case .path(let path): entering.add(path)
            case .query(let expression): entering.add(expression)
            case .fixed: break
            }
            for tolerance in map.tolerances { entering.add(tolerance.path) }
            for tolerance in map.queryTolerances { entering.add(tolerance.expression) }
            leaving.add(map.outcome.resultSelector, output, assignment)
            return (entering, leaving)
        case .pass(let pass): entering.add(pass.parameters)
        case .choice(let choice):
            for rule in choice.rules {
                for path in rule.condition.paths { entering.add(path) }
                entering.add(rule.assignment)
            }
        case .queryChoice(let choice):
            for rule in choice.rules {
                entering.add(rule.condition)
                entering.add(rule.output)
                entering.add(rule.assignment)
            }
        case .wait(.secondsPath(let path)), .wait(.timestampPath(let path)): entering.add(path)
        case .wait(.secondsQuery(let expression)), .wait(.timestampQuery(let expression)): entering.add(expression)
        case .wait, .succeed: break
        case .fail(let fail):
            entering.add(fail.error)
            entering.add(fail.cause)
        }
        entering.add(nil, output, assignment)
        entering.add(query?.output)
        // A Wait assigns when its time has come.
        leaving.add(input)
        leaving.add(assignment)
        return (entering, leaving)
    }
}

/// How far a search goes.
private struct SearchExtent {
    /// How often it goes through the data beside each other: once for each comparison of a filter.
    private(set) var walks = 1
    /// How often it goes down to all that is below each value that it finds.
    private var descents = 0
    /// How often a filter goes from each value through the data from their root on.
    private var returns = 0

    /// The power of the number of values that it looks at.
    var degree: Int { max(1, descents) + returns }

    init(_ segments: [JSONPath.Segment]) {
        for segment in segments { add(segment) }
    }

    private mutating func add(_ segment: JSONPath.Segment) {
        switch segment {
        case .member, .index, .wildcard, .slice: break
        // What is named twice is gone into twice.
        case .members(let names): if Set(names).count < names.count { descents += 1 }
        case .indices(let indices):
            if Set(indices).count < indices.count || indices.contains(where: { $0 < 0 }) { descents += 1 }
        case .filter(let filter):
            walks += filter.comparisonCount - 1
            let (descents, returns) = Self.depth(filter)
            self.descents += descents
            self.returns += returns
        case .descent(let segment):
            descents += 1
            add(segment)
        }
    }

    private static func depth(_ filter: JSONPathFilter) -> (descents: Int, returns: Int) {
        switch filter {
        case .and(let left, let right), .or(let left, let right): most(depth(left), depth(right))
        case .not(let filter): depth(filter)
        case .exists(let operand): depth(operand)
        case .compare(let left, _, let right): most(depth(left), depth(right))
        }
    }

    private static func depth(_ operand: JSONPathFilter.Operand) -> (descents: Int, returns: Int) {
        switch operand {
        case .literal: (0, 0)
        case .element(let segments): (Self(segments).descents, Self(segments).returns)
        case .root(let segments): (0, Self(segments).degree)
        }
    }

    private static func most(
        _ one: (descents: Int, returns: Int), _ other: (descents: Int, returns: Int)
    ) -> (descents: Int, returns: Int) {
        (max(one.descents, other.descents), max(one.returns, other.returns))
    }
}

extension JSONPathFilter {
    fileprivate var comparisonCount: Int {
        switch self {
        case .and(let left, let right), .or(let left, let right): left.comparisonCount + right.comparisonCount
        case .not(let filter): filter.comparisonCount
        case .exists, .compare: 1
        }
    }
}
