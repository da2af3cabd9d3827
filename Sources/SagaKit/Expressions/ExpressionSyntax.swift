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

        /// How tightly the operator binds, as JSONata's own parser has it.
        var precedence: Int {
            switch self {
            case .or: 25
            case .and: 30
            case .equals, .less, .atMost, .greater, .atLeast, .in: 40
            case .concatenate, .add: 50
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

    /// A member of an object that an expression makes.
    package struct Member: Hashable, Sendable {
        let name: ExpressionSyntax
        let value: ExpressionSyntax
    }

    /// Whether it has brackets of its own around parts that may stand in lines of their own.
    var isList: Bool {
        switch self {
        case .array, .object: true
        default: false
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
