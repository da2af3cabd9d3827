/// A part of an expression as it is written: operators with their operands, before paths are made of them.
final class Syntax {
    indirect enum Kind {
        case name(String)
        case string(String)
        case number(Double)
        case constant(Constant)
        case pattern(RegularExpression)
        case variable(String)
        case wildcard
        case descendants
        case parent
        /// A `?` among the arguments of a partial application.
        case placeholder
        case end
        case step(Syntax, Syntax)
        case predicate(Syntax, Syntax)
        case grouping(Syntax, [(Syntax, Syntax)])
        case order(Syntax, [(Syntax, isDescending: Bool)])
        case focus(Syntax, String)
        case index(Syntax, String)
        case binding(String, Syntax)
        case application(Syntax, Syntax)
        case infix(Operator, Syntax, Syntax)
        case negation(Syntax)
        case array([Syntax])
        case object([(Syntax, Syntax)])
        case block([Syntax])
        case conditional(Syntax, Syntax, Syntax?)
        case call(Syntax, [Syntax])
        case partial(Syntax, [Syntax])
        case lambda([String], Signature?, Syntax)
        case transformation(Syntax, Syntax, Syntax?)
    }

    let kind: Kind
    let position: Int
    /// How many levels of parts there are, this one included.
    let height: Int
    /// Whether empty brackets follow, which keep a single value an array.
    var keepsArray = false

    init(_ kind: Kind, position: Int) {
        self.kind = kind
        self.position = position
        height = 1 + kind.parts.reduce(0) { max($0, $1.height) }
    }
}

extension Syntax.Kind {
    /// The parts that this one is made of.
    fileprivate var parts: [Syntax] {
        switch self {
        case .name, .string, .number, .constant, .pattern, .variable, .wildcard, .descendants, .parent, .placeholder,
            .end:
            []
        case .step(let left, let right), .predicate(let left, let right), .application(let left, let right),
            .infix(_, let left, let right):
            [left, right]
        case .grouping(let left, let pairs): [left] + pairs.flatMap { [$0, $1] }
        case .order(let left, let terms): [left] + terms.map(\.0)
        case .focus(let part, _), .index(let part, _), .binding(_, let part), .negation(let part),
            .lambda(_, _, let part):
            [part]
        case .array(let parts), .block(let parts): parts
        case .object(let pairs): pairs.flatMap { [$0, $1] }
        case .conditional(let first, let second, let third), .transformation(let first, let second, let third):
            [first, second] + (third.map { [$0] } ?? [])
        case .call(let procedure, let arguments), .partial(let procedure, let arguments): [procedure] + arguments
        }
    }
}

enum Constant {
    case null
    case bool(Bool)
}

/// An operator between two values.
enum Operator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case remainder = "%"
    case equal = "="
    case unequal = "!="
    case less = "<"
    case greater = ">"
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case concatenate = "&"
    case and
    case or
    case isIn = "in"
    case range = ".."
}
