/// How the work of an evaluation grows with the data that it reads, as far as that can be seen in the expression.
package enum JSONataGrowth: Comparable, Sendable {
    /// It goes through the data a few times.
    case linear
    /// It may go through all data for each value in them.
    case squared
    /// It may do so more often, or as often as it likes.
    case beyond
}

extension JSONataExpression {
    /// How the work of an evaluation grows at most.
    ///
    /// - Parameter functions: the functions of the host that go through what they are given, and give no more than that.
    package func growth(with functions: Set<String> = []) -> JSONataGrowth {
        switch look({ GrowthSearch(functions: functions).power($0) }) {
        case ...1: .linear
        case 2: .squared
        default: .beyond
        }
    }
}

/// Finds the power of the size of the data with which the work of a part grows. What it does not know is beyond all bounds.
private struct GrowthSearch {
    let functions: Set<String>

    private static let beyond = 3
    /// What takes a function, and applies it to each value that it is given.
    private static let applying: Set = ["map", "filter", "each", "sift", "single", "sort"]
    /// What gives more than it is given, or what nobody can foresee.
    private static let growing: Set = ["range", "pad", "reduce", "eval", "zip", "spread"]

    func power(_ node: Node) -> Int {
        var power = kindPower(node)
        for predicate in node.predicates { power = max(power, eachPower(predicate)) }
        for case .filter(let predicate) in node.stages { power = max(power, eachPower(predicate)) }
        if let group = node.group { power = max(power, 1 + self.power(group)) }
        return min(power, Self.beyond)
    }

    private func kindPower(_ node: Node) -> Int {
        switch node.kind {
        case .string, .number, .constant, .pattern, .variable, .placeholder: return 0
        case .name, .wildcard, .parent: return 1
        case .descendants: return 2
        case .path(let steps):
            return steps.dropFirst().reduce(steps.first.map(power) ?? 0) { max($0, stepPower($1)) }
        case .infix(.range, let left, let right):
            return Self.isSmall(left) && Self.isSmall(right) ? 1 : Self.beyond
        case .infix(_, let left, let right): return max(1, power(left), power(right))
        case .negation(let operand): return power(operand)
        case .array(let items): return items.map(power).max() ?? 0
        case .object(let group): return power(group)
        case .block(let parts): return parts.map(power).max() ?? 0
        case .conditional(let condition, let then, let otherwise):
            return max(power(condition), power(then), otherwise.map(power) ?? 0)
        case .call(let procedure, let arguments): return callPower(procedure, arguments)
        case .application(let left, let right):
            if case .call(let procedure, let arguments) = right.kind { return callPower(procedure, [left] + arguments) }
            return callPower(right, [left])
        // What is bound can be put together twice, and that again: there is no bound to see.
        case .binding, .lambda, .partial, .transformation: return Self.beyond
        case .order(let terms): return 1 + (terms.map { power($0.expression) }.max() ?? 0)
        }
    }

    private func power(_ group: Node.Group) -> Int {
        group.pairs.reduce(0) { max($0, power($1.name), power($1.value)) }
    }

    /// A step of a path behind the first: names look into what is there, everything else is done for each value.
    private func stepPower(_ step: Node) -> Int {
        switch step.kind {
        case .name, .wildcard, .parent, .order: power(step)
        default: eachPower(step)
        }
    }

    /// What is done for each value of something.
    private func eachPower(_ node: Node) -> Int {
        if case .number = node.kind { return 0 }
        if case .negation(let operand) = node.kind, case .number = operand.kind { return 0 }
        return readsOthers(node) ? 1 + power(node) : max(1, power(node))
    }

    private func callPower(_ procedure: Node, _ arguments: [Node]) -> Int {
        guard case .variable(let name) = procedure.kind, isFunction(name), !Self.growing.contains(name) else {
            return Self.beyond
        }
        var power = 1
        for (position, argument) in arguments.enumerated() {
            if case .lambda(let lambda) = argument.kind, position > 0, Self.applying.contains(name) {
                let body = self.power(lambda.body)
                power = max(power, readsOthers(lambda.body, but: lambda.parameters) ? 1 + body : max(1, body))
            } else {
                power = max(power, self.power(argument))
            }
        }
        // Sorting compares each value with several others.
        return name == "sort" || name == "distinct" || name == "replace" ? power + 1 : power
    }

    private func isFunction(_ name: String) -> Bool {
        JSONataLibrary.standard[name] != nil || functions.contains(name)
    }

    private static func isSmall(_ node: Node) -> Bool {
        if case .number(let value) = node.kind { return value.magnitude <= 1000 }
        return false
    }

    /// Whether a part reads variables besides those that are given to it: all of that once for each value.
    private func readsOthers(_ node: Node, but parameters: [String] = []) -> Bool {
        var search = ReferenceSearch()
        search.visit(node, bound: Set(parameters), isAtTop: false)
        return search.found.contains { reference in
            if case .variable(let name) = reference.kind { return !isFunction(name) }
            return reference.kind == .root
        }
    }
}
