package import StatesLanguage

/// The syntax tree of an expression in JSONata, as `Expression` builds it.
package indirect enum ExpressionSyntax: Hashable, Sendable {
    /// An operator between two operands, by what binds weaker first.
    package enum Operator: String, Sendable {
        case or, and
        case equals = "="
        case less = "<"
        case atMost = "<="
        case greater = ">"
        case atLeast = ">="
        case `in`
        case concatenate = "&"
        case add = "+"
        case subtract = "-"
        case multiply = "*"

        /// How tightly the operator binds, as JSONata's own parser has it.
        var precedence: Int {
            switch self {
            case .or: 25
            case .and: 30
            case .equals, .less, .atMost, .greater, .atLeast, .in: 40
            case .concatenate, .add, .subtract: 50
            case .multiply: 60
            }
        }

        /// Whether operands in a row need no brackets.
        var isChained: Bool { self == .or || self == .and || self == .concatenate }
    }

    case literal(JSONValue)
    /// A variable, or a parameter of a function: `$name`.
    case variable(String)
    /// A member of a value, or of each element of a list: `value.name`.
    case member(ExpressionSyntax, String)
    /// An element of a list: `list[0]`.
    case element(ExpressionSyntax, Int)
    case call(String, [ExpressionSyntax])
    case chain(Operator, [ExpressionSyntax])
    /// `condition ? value : other`.
    case conditional(ExpressionSyntax, ExpressionSyntax, ExpressionSyntax)
    case array([ExpressionSyntax])
    case object([Member])
    case pattern(String)
    case function([String], ExpressionSyntax)
    /// `($name := value; …; result)`.
    case block([Named], ExpressionSyntax)

    /// A value that a block names.
    package struct Named: Hashable, Sendable {
        let name: String
        let value: ExpressionSyntax
    }

    /// A member of an object that an expression makes.
    package struct Member: Hashable, Sendable {
        let name: ExpressionSyntax
        let value: ExpressionSyntax

        var literalName: String? { if case .literal(.string(let name)) = name { name } else { nil } }
        /// Whether a document may have the member as it is.
        var isDocument: Bool { literalName != nil && value.isAlwaysThere }
    }

    /// Whether it has brackets of its own around parts that may stand in lines of their own.
    var isList: Bool {
        switch self {
        case .array, .object: true
        default: false
        }
    }

    /// Whether it gives something whatever the data is, so that AWS does not fail the state for it.
    var isAlwaysThere: Bool {
        switch self {
        case .literal, .object, .array, .function, .member(.variable("states"), "errorOutput"): true
        case .chain(let joining, _): joining == .concatenate || joining == .equals || joining == .in
        case .call(let name, _): ["join", "exists", "count", "hash"].contains(name)
        case .conditional(_, let value, let other): value.isAlwaysThere && other.isAlwaysThere
        case .variable, .member, .element, .pattern, .block: false
        }
    }

    /// How many levels the tree has. AWS refuses an evaluation near a hundred.
    var depth: Int {
        switch self {
        case .literal, .variable, .pattern: 1
        case .member(let value, _), .element(let value, _), .function(_, let value): 1 + value.depth
        case .call(_, let parts), .array(let parts): 1 + (parts.map(\.depth).max() ?? 0)
        // Each operator of a chain is a level for JSONata's parser.
        case .chain(_, let parts): parts.count - 1 + (parts.map(\.depth).max() ?? 0)
        case .conditional(let condition, let value, let other): 1 + max(condition.depth, value.depth, other.depth)
        case .object(let members): 1 + (members.flatMap { [$0.name.depth, $0.value.depth] }.max() ?? 0)
        case .block(let named, let result): 2 + (named.map(\.value.depth) + [result.depth]).reduce(0, max)
        }
    }

    /// An operator between operands; those of a chain of the same operator are in one row.
    static func joined(_ joining: Operator, _ operands: [ExpressionSyntax]) -> ExpressionSyntax {
        let row = operands.flatMap { operand -> [ExpressionSyntax] in
            if joining.isChained, case .chain(joining, let inner) = operand { inner } else { [operand] }
        }
        if joining != .concatenate { return row.count == 1 ? row[0] : .chain(joining, row) }
        // Literals beside each other are one.
        let parts = row.reduce(into: [ExpressionSyntax]()) { parts, part in
            if case .literal(.string(let text)) = part, case .literal(.string(let before))? = parts.last {
                parts[parts.count - 1] = .literal(.string(before + text))
            } else {
                parts.append(part)
            }
        }
        return parts.count == 1 ? parts[0] : .chain(joining, parts)
    }
}
