import JSONata

/// An expression whose value can never have a type that its field takes.
struct QueryTypeMismatch {
    let field: TypedQuery
    /// What it gives instead, in the words of a message.
    let found: String
    /// Where in the expression that is; `nil` where it is outside of expressions.
    let position: Int?

    func tell(_ problems: ProblemCollector) {
        let code: Problem.Code = field.isCondition ? .noCondition : .unexpectedType
        let message =
            field.isCondition
            ? "this is never true or false: it gives \(found)"
            : "\(field.name) takes \(field.accepted.map(\.words).joined(separator: " or ")), and this gives \(found)"
        problems.add(code, at: field.place, message, hint: position.map(QueryProblem.position))
    }
}

/// A field of a state in JSONata that takes values of certain types only.
struct TypedQuery {
    let name: String
    let place: ProblemPath
    let accepted: [QueryKind]
    private let node: QueryNode

    var isCondition: Bool { accepted == [.boolean] }

    private init(_ name: String, at place: ProblemPath, _ accepted: QueryKind..., node: QueryNode) {
        (self.name, self.place, self.accepted, self.node) = (name, place, accepted, node)
    }

    /// All such fields of a state.
    static func all(of state: State) -> [TypedQuery] {
        guard state.query != nil else { return [] }
        func field(_ name: String, _ accepted: QueryKind, _ expression: QueryExpression) -> TypedQuery {
            TypedQuery(name, at: state.place.appending(name), accepted, node: .expression(expression))
        }
        switch state.kind {
        case .queryChoice(let choice):
            return choice.rules.enumerated().map { index, rule in
                let place = state.place.appending("Choices").appending(index).appending("Condition")
                return TypedQuery("Condition", at: place, .boolean, node: rule.condition.root)
            }
        case .task(let task):
            if case .query(let expression) = task.timeout { return [field("TimeoutSeconds", .number, expression)] }
        case .wait(.secondsQuery(let expression)): return [field("Seconds", .number, expression)]
        case .wait(.timestampQuery(let expression)): return [field("Timestamp", .string, expression)]
        case .fail(let fail):
            return [("Error", fail.error), ("Cause", fail.cause)].compactMap { name, text in
                if case .query(let expression)? = text { field(name, .string, expression) } else { nil }
            }
        case .map(let map):
            var fields = map.queryTolerances.map { field($0.field, .number, $0.expression) }
            if case .query(let expression) = map.maxConcurrency {
                fields.append(field("MaxConcurrency", .number, expression))
            }
            if let items = map.items, case .expression = items.root {
                // The embedded engine takes arrays only, AWS the members of an object too.
                fields.append(
                    TypedQuery("Items", at: state.place.appending("Items"), .array, .object, node: items.root))
            }
            return fields
        case .pass, .choice, .wait, .succeed, .parallel: break
        }
        return []
    }

    /// What is wrong with the value, if it is certain that something is.
    ///
    /// - Parameter shapes: what is known of the values of an expression.
    func mismatch(_ shapes: (QueryExpression) -> QueryShapes) -> QueryTypeMismatch? {
        switch node {
        case .literal: return nil
        case .expression(let expression):
            guard let (found, position) = mismatchingPart(expression.result, shapes(expression)) else { return nil }
            return QueryTypeMismatch(field: self, found: found, position: position)
        case .array: return accepted.contains(.array) ? nil : mismatch(giving: .array)
        case .object: return accepted.contains(.object) ? nil : mismatch(giving: .object)
        }
    }

    private func mismatch(giving kind: QueryKind) -> QueryTypeMismatch {
        QueryTypeMismatch(field: self, found: kind.words, position: nil)
    }

    /// A part of the expression that gives what the field does not take, where every part that may give the value does.
    private func mismatchingPart(_ result: JSONataResult, _ shapes: QueryShapes) -> (found: String, position: Int)? {
        switch result.kind {
        case .either(let one, let other):
            guard let found = mismatchingPart(one, shapes), mismatchingPart(other, shapes) != nil else { return nil }
            return found
        case .function: return ("a function", result.position)
        default:
            guard let kind = QueryKind(of: shapes.shape(of: result)), !accepted.contains(kind) else { return nil }
            return (kind.words, result.position)
        }
    }
}

extension QueryKind {
    /// The type of a value of which this is known; `nil` where it may have several.
    fileprivate init?(of shape: Shape) {
        switch shape {
        case .unknown: return nil
        case .literal(let value): self.init(of: value)
        case .text, .oneOf: self = .string
        case .number: self = .number
        case .flag: self = .boolean
        case .array: self = .array
        case .object: self = .object
        }
    }

    /// The type in the words of a message.
    fileprivate var words: String {
        switch self {
        case .null: "null"
        case .boolean: "true or false"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
