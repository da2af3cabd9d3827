/// One evaluation of an expression.
///
/// Every part of the expression comes through `evaluate`, which counts how deep that is. The paths, operators and
/// functions stand in extensions of their own; none of them has large local values, since they stand on the stack in
/// one another.
final class Evaluator {
    let library: JSONataLibrary
    /// The time of the evaluation, in milliseconds since 1970.
    let now: Double
    let random: () -> UInt64
    /// The document that the evaluation began with: `$$`.
    let root: JSONataValue
    // One evaluation is one thread at a time, and none of these is lent to a function that could come back to it.
    @exclusivity(unchecked) var budget: JSONataBudget
    private var captured: [Scope] = []
    /// Whether the evaluation has gone over to a stack that is large enough for all of it.
    @exclusivity(unchecked) private var isOnLargeStack = false
    /// How deep the deepest value is that there has been.
    @exclusivity(unchecked) private var deepestNesting = 0

    /// How deep an evaluation, and a value, may go on the stack of the caller: with frames of 4 KiB a level at most, and
    /// 2 KiB a level of a value, that takes a third of 512 KiB. This target is optimized in debug builds, too; without
    /// that the frames would have 13 KiB.
    private static let shallowDepth = 32
    private static let shallowNesting = 16
    /// How much of a large stack there is for a level of an evaluation: four times what it takes at most, for builds with
    /// larger frames.
    private static let bytesPerLevel = 16_384

    init(
        library: JSONataLibrary, root: JSONataValue, now: Double, random: @escaping () -> UInt64, budget: JSONataBudget
    ) {
        self.library = library
        self.root = root
        self.now = now
        self.random = random
        self.budget = budget
    }

    /// What the whole of an expression gives.
    ///
    /// - Throws: every error of the language, or an excess.
    func evaluate(tree: Node, bindings: JSONataObject) throws(JSONataFailure) -> JSONataValue {
        defer { for scope in captured { scope.release() } }
        try check(root)
        let scope = Scope(parent: nil)
        for (name, value) in bindings {
            try check(value)
            scope.bind(name, value)
        }
        scope.bind("$", root)
        return try evaluate(tree, Self.wrapped(root), scope)
    }

    /// An input as names begin in it: one that is an array counts as one value.
    static func wrapped(_ input: JSONataValue) -> JSONataValue {
        guard case .array(let array) = input, !array.isSequence else { return input }
        return .array(JSONataArray([input], traits: [.sequence, .wrapsInput]))
    }

    func evaluate(_ node: Node, _ input: JSONataValue, _ scope: Scope) throws(JSONataFailure) -> JSONataValue {
        if isStackShort {
            return try onLargeStack { () throws(JSONataFailure) in try self.evaluate(node, input, scope) }
        }
        try budget.descend()
        defer { budget.ascend() }
        return try finish(evaluateKind(node, input, scope), of: node, scope)
    }

    // MARK: The stack

    /// Whether what is evaluated or gone through next may be too deep for the stack of the caller.
    var isStackShort: Bool {
        !isOnLargeStack && (budget.depth >= Self.shallowDepth || deepestNesting > Self.shallowNesting)
    }

    /// Does something that goes deep, whatever the stack of the caller.
    func deeply<Result>(
        _ body: @escaping () throws(JSONataFailure) -> Result
    ) throws(JSONataFailure) -> Result {
        isOnLargeStack ? try body() : try onLargeStack(body)
    }

    /// Does something on a stack that is large enough for everything that may be within it.
    func onLargeStack<Result>(
        _ body: @escaping () throws(JSONataFailure) -> Result
    ) throws(JSONataFailure) -> Result {
        isOnLargeStack = true
        defer { isOnLargeStack = false }
        let levels = budget.maximumDepth + JSONataValue.maximumNesting / 4
        return try LargeStack.run(bytes: levels * Self.bytesPerLevel, body)
    }

    /// Refuses a value that is nested too deep to go through.
    func check(_ value: JSONataValue) throws(JSONataFailure) {
        let nesting = value.nesting
        if nesting > JSONataValue.maximumNesting { throw .excess(.depth) }
        if nesting > deepestNesting { deepestNesting = nesting }
    }

    // MARK: Parts

    private func finish(
        _ value: JSONataValue, of node: Node, _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue {
        var result = value
        for predicate in node.predicates { result = try filter(result, by: predicate, scope) }
        if let group = node.group, !node.isPath { result = try self.group(result, by: group, scope) }
        try check(result)
        guard case .array(let array) = result, array.isSequence else { return result }
        return Self.settled(array, node)
    }

    /// What a sequence stands for: nothing where it is empty, its element where there is one.
    private static func settled(_ sequence: JSONataArray, _ node: Node) -> JSONataValue {
        if sequence.isTuples { return .array(sequence) }
        var sequence = sequence
        if node.keepsArray { sequence.traits.insert(.keepsSingleton) }
        switch sequence.count {
        case 0: return .undefined
        case 1: return sequence.traits.contains(.keepsSingleton) ? .array(sequence) : sequence.elements[0]
        default: return .array(sequence)
        }
    }

    private func evaluateKind(
        _ node: Node, _ input: JSONataValue, _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue {
        switch node.kind {
        case .path(let steps): return try path(node, steps, input, scope)
        case .name(let name): return try lookup(name, in: input)
        case .string(let text): return .string(text)
        case .number(let value): return .number(value)
        case .constant(.null): return .null
        case .constant(.bool(let value)): return .bool(value)
        case .pattern(let pattern): return .function(JSONataFunction(.pattern(pattern)))
        case .variable(let name): return variable(name, input, scope)
        case .wildcard: return try wildcard(input)
        case .descendants: return try descendants(input)
        case .parent(let slot): return scope.value(of: slot.label) ?? .undefined
        case .placeholder: return .undefined
        case .binding(let name, let value): return try bind(name, value, input, scope)
        case .application(let left, let right): return try application(left, right, node, input, scope)
        case .infix(let infix, let left, let right): return try operation(infix, left, right, node, input, scope)
        case .negation(let operand): return try negation(operand, node, input, scope)
        case .array(let items): return try array(items, node, input, scope)
        case .object(let group): return try self.group(input, by: group, scope)
        case .block(let parts): return try block(parts, input, scope)
        case .conditional(let condition, let then, let otherwise):
            return try conditional(condition, then, otherwise, input, scope)
        case .call(let procedure, let arguments): return try call(procedure, arguments, node, input, scope)
        case .partial(let procedure, let arguments): return try partial(procedure, arguments, node, input, scope)
        case .lambda(let lambda): return try self.lambda(lambda, input, scope)
        case .transformation(let transformation): return try self.transformation(transformation, input, scope)
        case .order: return .undefined
        }
    }

    // MARK: Variables and blocks

    func variable(_ name: String, _ input: JSONataValue, _ scope: Scope) -> JSONataValue {
        if name.isEmpty {
            if case .array(let array) = input, array.traits.contains(.wrapsInput) {
                return array.elements.first ?? .undefined
            }
            return input
        }
        return value(of: name, scope)
    }

    /// The value of a variable or of a function of the library.
    func value(of name: String, _ scope: Scope) -> JSONataValue {
        if let value = scope.value(of: name) { return value }
        return library.function(name).map { .function($0) } ?? .undefined
    }

    private func bind(
        _ name: String, _ node: Node, _ input: JSONataValue, _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue {
        let value = try evaluate(node, input, scope)
        scope.bind(name, value)
        return value
    }

    private func block(
        _ parts: [Node], _ input: JSONataValue, _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue {
        let inner = Scope(parent: scope)
        var result = JSONataValue.undefined
        for part in parts { result = try evaluate(part, input, inner) }
        return result
    }

    private func conditional(
        _ condition: Node, _ then: Node, _ otherwise: Node?, _ input: JSONataValue, _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue {
        if try evaluate(condition, input, scope).holds(&budget) { return try evaluate(then, input, scope) }
        guard let otherwise else { return .undefined }
        return try evaluate(otherwise, input, scope)
    }

    private func lambda(
        _ lambda: Node.Lambda, _ input: JSONataValue, _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue {
        try capture(scope)
        return .function(JSONataFunction(.lambda(lambda, input: input, scope: scope)))
    }

    private func transformation(
        _ transformation: Node.Transformation, _ input: JSONataValue, _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue {
        try capture(scope)
        return .function(JSONataFunction(.transformation(transformation, input: input, scope: scope)))
    }

    /// Keeps a scope until the end of the evaluation, since a function is made that holds on to it.
    private func capture(_ scope: Scope) throws(JSONataFailure) {
        let before = captured.count
        scope.capture(in: &captured)
        var size = 64
        for scope in captured[before...] { size += scope.size }
        try budget.charge(bytes: size)
    }
}
