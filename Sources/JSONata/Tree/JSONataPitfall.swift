/// Something in an expression that gives another result than it seems to say, or another one in another engine.
package struct JSONataPitfall: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// `a != b`, which is false where one of them is nothing.
        case unequal
        /// A number with more digits than JSON keeps.
        case longNumber
        /// A `$` in a pattern: in front of a last newline it matches in Java and Python, and not in JavaScript.
        case endAnchor
        /// A class of letters by its short name, such as `\d`: which they are differs by engine.
        case letterClass(String)
    }

    package let kind: Kind
    /// Behind it, in Unicode scalars from the beginning.
    package let position: Int
}

extension JSONataExpression {
    /// The pitfalls, in the order in which they stand.
    package var pitfalls: [JSONataPitfall] {
        look { tree in
            var found: [JSONataPitfall] = []
            tree.visit { node in
                found += node.pitfalls.map { JSONataPitfall(kind: $0, position: node.position) }
            }
            return found.sorted { $0.position < $1.position }
        }
    }

    /// Whether it is a `[…]`, which has its elements whatever they are, or none.
    package var isArrayConstructor: Bool { if case .array = tree.kind { tree.isSimple } else { false } }
}

extension Node {
    /// Beyond which not every whole number is one of its own.
    private static let longest = 1e15

    fileprivate var pitfalls: [JSONataPitfall.Kind] {
        switch kind {
        case .infix(.unequal, let left, let right): left.isAlwaysThere && right.isAlwaysThere ? [] : [.unequal]
        case .number(let number): number.magnitude >= Self.longest ? [.longNumber] : []
        case .pattern(let pattern): pattern.pitfalls
        default: []
        }
    }

    /// The functions that give something for nothing as well.
    private static let total: Set = ["count", "exists"]

    /// Whether it is something, whatever the data.
    private var isAlwaysThere: Bool {
        if !isSimple { return false }
        return switch kind {
        case .string, .number, .constant, .array, .object, .infix(.equal, _, _), .infix(.concatenate, _, _): true
        case .call(let function, _):
            if case .variable(let name) = function.kind { Self.total.contains(name) } else { false }
        default: false
        }
    }

    /// Tells this part and every part of it.
    fileprivate func visit(_ body: (Node) -> Void) {
        body(self)
        for part in parts { part.visit(body) }
    }

    private var parts: [Node] {
        func of(_ group: Group) -> [Node] { group.pairs.flatMap { [$0.name, $0.value] } }
        let inner: [Node] =
            switch kind {
            case .name, .string, .number, .constant, .pattern, .variable, .wildcard, .descendants, .parent,
                .placeholder:
                []
            case .path(let parts), .array(let parts), .block(let parts): parts
            case .binding(_, let value): [value]
            case .application(let left, let right), .infix(_, let left, let right): [left, right]
            case .negation(let operand): [operand]
            case .object(let group): of(group)
            case .conditional(let condition, let then, let otherwise):
                [condition, then] + [otherwise].compactMap(\.self)
            case .call(let function, let arguments), .partial(let function, let arguments): [function] + arguments
            case .lambda(let lambda): [lambda.body]
            case .transformation(let transformation):
                [transformation.pattern, transformation.update] + [transformation.deletion].compactMap(\.self)
            case .order(let terms): terms.map(\.expression)
            }
        let filters = stages.compactMap { if case .filter(let filter) = $0 { filter } else { nil } }
        return inner + filters + predicates + (group.map(of) ?? [])
    }
}

extension RegularExpression {
    private static let classes: Set<Character> = ["d", "D", "w", "W", "s", "S", "b", "B"]

    fileprivate var pitfalls: [JSONataPitfall.Kind] {
        var found: [JSONataPitfall.Kind] = []
        var (isEscaped, isInSet) = (false, false)
        for character in source {
            switch character {
            case _ where isEscaped:
                if Self.classes.contains(character) { found.append(.letterClass("\\\(character)")) }
                isEscaped = false
            case "\\": isEscaped = true
            case "[": isInSet = true
            case "]": isInSet = false
            case "$" where !isInSet: found.append(.endAnchor)
            default: break
            }
        }
        return found
    }
}
