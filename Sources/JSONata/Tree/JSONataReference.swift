/// A place of an expression that reads what the expression does not make itself.
package struct JSONataReference: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// A variable that the expression does not bind, or a function of the library: the name has no `$`.
        case variable(String)
        /// A member of the context, written without a qualifier.
        case name(String)
        /// The context as a whole: `$`, `*`, `**` or `%`.
        case context
        /// The document that the evaluation began with: `$$`.
        case root
    }

    package let kind: Kind
    /// The names that follow directly behind a variable: `a` and `b` in `$x.a.b[0].c`.
    package let members: [String]
    /// Behind each of the members, in Unicode scalars from the beginning.
    package let memberPositions: [Int]
    /// Behind the reference, in Unicode scalars from the beginning.
    package let position: Int
    /// Whether the context is here what it is at the beginning, and not an element of something else.
    package let isAtTop: Bool
    /// Whether the whole expression gives nothing, or throws, when there is nothing to read here.
    package let isRequired: Bool
    /// Whether it is called as a function.
    package let isCalled: Bool
}

extension JSONataExpression {
    /// What the expression reads that it does not make itself, in the order of evaluation: with it a host refuses what
    /// its dialect does not have, such as names at the top.
    package var references: [JSONataReference] {
        look { tree in
            var search = ReferenceSearch()
            search.visit(tree, bound: [], isAtTop: true, isRequired: true)
            return search.found
        }
    }
}

struct ReferenceSearch {
    var found: [JSONataReference] = []

    /// The functions that give nothing when their first argument is nothing.
    private static let passingNothingOn: Set = [
        "abs", "average", "boolean", "ceil", "contains", "filter", "floor", "hash", "join", "keys", "length", "lookup",
        "lowercase", "map", "match", "max", "min", "not", "number", "parse", "power", "reduce", "replace", "reverse",
        "round", "sort", "split", "sqrt", "string", "substring", "substringAfter", "substringBefore", "sum", "trim",
        "type", "uppercase",
    ]

    private mutating func add(
        _ kind: JSONataReference.Kind, _ node: Node, _ isAtTop: Bool, _ isRequired: Bool = false,
        members: [Member] = [], isCalled: Bool = false
    ) {
        found.append(
            JSONataReference(
                kind: kind, members: members.map(\.name), memberPositions: members.map(\.position),
                position: node.position, isAtTop: isAtTop, isRequired: isRequired, isCalled: isCalled))
    }

    /// Adds what a part refers to, and gives the variables that are bound behind it.
    ///
    /// - Parameter isRequired: whether the whole expression gives nothing when this part does.
    @discardableResult
    mutating func visit(
        _ node: Node, bound: Set<String>, isAtTop: Bool, isRequired: Bool = false
    ) -> Set<String> {
        var bound = bound
        // What is grouped is an object, even of nothing.
        let isRequired = isRequired && node.group == nil
        switch node.kind {
        case .string, .number, .constant, .pattern, .placeholder: break
        case .name(let name): add(.name(name), node, isAtTop)
        case .wildcard, .descendants, .parent: add(.context, node, isAtTop)
        case .variable(""): add(.context, node, isAtTop)
        case .variable("$"): add(.root, node, isAtTop)
        case .variable(let name): if !bound.contains(name) { add(.variable(name), node, isAtTop, isRequired) }
        case .binding(let name, let value):
            // A function may call itself by the name that it is about to have.
            let isFunction = if case .lambda = value.kind { true } else { false }
            visit(value, bound: isFunction ? bound.union([name]) : bound, isAtTop: isAtTop)
            bound.insert(name)
        case .block(let parts):
            var inner = bound
            for (position, part) in parts.enumerated() {
                inner = visit(
                    part, bound: inner, isAtTop: isAtTop, isRequired: isRequired && position == parts.count - 1)
            }
        case .path(let steps): visit(steps: steps, of: node, bound: bound, isAtTop: isAtTop, isRequired: isRequired)
        case .infix(let infix, let left, let right):
            let isRequired = isRequired && infix.passesNothingOn
            bound = visit(left, bound: bound, isAtTop: isAtTop, isRequired: isRequired)
            bound = visit(right, bound: bound, isAtTop: isAtTop, isRequired: isRequired)
        case .application(let left, let right):
            bound = visit(left, bound: bound, isAtTop: isAtTop)
            bound = visit(right, bound: bound, isAtTop: isAtTop)
        case .negation(let operand):
            bound = visit(operand, bound: bound, isAtTop: isAtTop, isRequired: isRequired)
        case .array(let items): for item in items { bound = visit(item, bound: bound, isAtTop: isAtTop) }
        case .object(let group): visit(group, bound: bound, isAtTop: isAtTop)
        case .conditional(let condition, let then, let otherwise):
            bound = visit(condition, bound: bound, isAtTop: isAtTop)
            visit(then, bound: bound, isAtTop: isAtTop)
            if let otherwise { visit(otherwise, bound: bound, isAtTop: isAtTop) }
        case .call(let procedure, let arguments):
            bound = visit(call: procedure, arguments, bound: bound, isAtTop: isAtTop, isRequired: isRequired)
        case .partial(let procedure, let arguments):
            visit(procedure, bound: bound, isAtTop: isAtTop)
            for argument in arguments { bound = visit(argument, bound: bound, isAtTop: isAtTop) }
        case .lambda(let lambda):
            visit(lambda.body, bound: bound.union(lambda.parameters), isAtTop: isAtTop)
        case .transformation(let transformation):
            for part in [transformation.pattern, transformation.update] + [transformation.deletion].compactMap(\.self) {
                visit(part, bound: bound, isAtTop: false)
            }
        case .order(let terms): for term in terms { visit(term.expression, bound: bound, isAtTop: false) }
        }
        visit(predicatesOf: node, bound)
        return bound
    }

    private mutating func visit(
        call procedure: Node, _ arguments: [Node], bound: Set<String>, isAtTop: Bool, isRequired: Bool
    ) -> Set<String> {
        var bound = bound
        var isFirstRequired = false
        if case .variable(let name) = procedure.kind, procedure.isSimple, !name.isEmpty, name != "$" {
            if !bound.contains(name) {
                add(.variable(name), procedure, isAtTop, isRequired, isCalled: true)
                isFirstRequired = isRequired && Self.passingNothingOn.contains(name)
            }
        } else {
            visit(procedure, bound: bound, isAtTop: isAtTop)
        }
        for (position, argument) in arguments.enumerated() {
            bound = visit(
                argument, bound: bound, isAtTop: isAtTop, isRequired: isFirstRequired && position == 0)
        }
        return bound
    }

    private mutating func visit(predicatesOf node: Node, _ bound: Set<String>) {
        for predicate in node.predicates { visit(predicate, bound: bound, isAtTop: false) }
        if let group = node.group, !node.isPath { visit(group, bound: bound, isAtTop: false) }
    }

    private typealias Member = (name: String, position: Int)

    /// The names behind the first step, as far as there is nothing else.
    private static func members(_ steps: [Node]) -> [Member] {
        var members: [Member] = []
        for (step, next) in zip(steps, steps.dropFirst()) {
            guard step.isSimple, case .name(let name) = next.kind else { break }
            members.append((name, next.position))
        }
        return members
    }

    private mutating func visit(
        steps: [Node], of path: Node, bound: Set<String>, isAtTop: Bool, isRequired: Bool
    ) {
        var bound = bound
        for (position, step) in steps.enumerated() {
            if position == 0, case .variable(let name) = step.kind, !name.isEmpty, name != "$", !bound.contains(name) {
                add(.variable(name), step, isAtTop, isRequired, members: Self.members(steps))
                visit(predicatesOf: step, bound)
            } else {
                visit(
                    step, bound: bound, isAtTop: isAtTop && position == 0, isRequired: isRequired && position == 0)
            }
            if let focus = step.focus { bound.insert(focus) }
            if let index = step.index { bound.insert(index) }
            for stage in step.stages {
                switch stage {
                case .filter(let predicate): visit(predicate, bound: bound, isAtTop: false)
                case .index(let name): bound.insert(name)
                }
            }
        }
        if let group = path.group { visit(group, bound: bound, isAtTop: false) }
    }

    private mutating func visit(_ group: Node.Group, bound: Set<String>, isAtTop: Bool) {
        for (name, value) in group.pairs {
            visit(name, bound: bound, isAtTop: isAtTop)
            visit(value, bound: bound, isAtTop: isAtTop)
        }
    }
}

extension Node {
    /// Whether nothing selects among the results, numbers or groups them.
    var isSimple: Bool {
        predicates.isEmpty && stages.isEmpty && group == nil && focus == nil && index == nil
    }
}

extension Operator {
    /// Whether it gives nothing, or throws, when an operand is nothing.
    fileprivate var passesNothingOn: Bool {
        switch self {
        case .add, .subtract, .multiply, .divide, .remainder, .less, .greater, .lessOrEqual, .greaterOrEqual: true
        case .equal, .unequal, .concatenate, .and, .or, .isIn, .range: false
        }
    }
}
