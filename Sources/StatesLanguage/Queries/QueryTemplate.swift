/// A document in which texts in `{% … %}` are computed: `Arguments`, `Output`, `Assign` and `ItemSelector`.
package struct QueryTemplate: Sendable {
    let root: QueryNode

    /// Reads a template; each expression that cannot be read is a problem.
    init(
        _ json: JSONValue, in surroundings: QueryExpression.Surroundings, at place: ProblemPath,
        _ problems: ProblemCollector
    ) {
        root = QueryNode(json, surroundings, place, problems)
    }

    /// A template in which nothing is computed.
    init(literal value: JSONValue) { root = .literal(value) }

    /// Whether the document is `true`, as it stands or as an expression.
    var isTrue: Bool {
        switch root {
        case .literal(let value): value.boolValue ?? false
        case .expression(let expression): expression.text == "true"
        case .array, .object: false
        }
    }

    /// All expressions in the template.
    var expressions: [QueryExpression] { root.expressions }

    /// The document with every expression evaluated.
    ///
    /// - Parameters:
    ///   - location: the name of the field, as AWS writes it.
    ///   - expected: of which type an expression has to be that is all of the document.
    package func evaluate(
        in scope: inout QueryScope, at location: @autoclosure () -> String, expecting expected: QueryKind? = nil,
        budget: inout EvaluationBudget
    ) throws(QueryFailure) -> JSONValue {
        guard case .expression(let expression) = root else { return try root.evaluate(&scope, location(), &budget) }
        // Nothing is made of it, so it costs nothing.
        if expected == nil, let input = expression.wholeInput(in: scope) { return input }
        return try expression.evaluate(in: &scope, at: location(), expecting: expected, budget: &budget)
    }

    /// Whether the document is a condition that holds.
    package func holds(
        in scope: inout QueryScope, at location: @autoclosure () -> String, budget: inout EvaluationBudget
    ) throws(QueryFailure) -> Bool {
        try evaluate(in: &scope, at: location(), expecting: .boolean, budget: &budget).boolValue ?? false
    }
}

/// A part of a template.
indirect enum QueryNode: Sendable {
    case literal(JSONValue)
    case expression(QueryExpression)
    case array([QueryNode])
    case object([(name: String, value: QueryNode)])

    init(
        _ json: JSONValue, _ surroundings: QueryExpression.Surroundings, _ place: ProblemPath,
        _ problems: ProblemCollector
    ) {
        switch json {
        case .string(let text) where QueryExpression.isExpression(text):
            let expression = QueryExpression(text, in: surroundings, at: place, problems)
            self = expression.map { .expression($0) } ?? .literal(json)
        case .string(let text) where text.hasPrefix("{%") || text.hasSuffix("%}"):
            problems.add(
                .invalidField, at: place, "an expression in JSONata begins with {% and ends with %}",
                hint: "spaces around the brackets make it a text")
            self = .literal(json)
        case .array(let elements):
            let nodes = elements.enumerated().map { Self($1, surroundings, place.appending($0), problems) }
            self = nodes.allSatisfy(\.isLiteral) ? .literal(json) : .array(nodes)
        case .object(let members):
            let nodes = members.map { (name: $0, value: Self($1, surroundings, place.appending($0), problems)) }
            self = nodes.allSatisfy(\.value.isLiteral) ? .literal(json) : .object(nodes)
        default: self = .literal(json)
        }
    }

    private var isLiteral: Bool { if case .literal = self { true } else { false } }

    var expressions: [QueryExpression] {
        switch self {
        case .literal: []
        case .expression(let expression): [expression]
        case .array(let nodes): nodes.flatMap(\.expressions)
        case .object(let members): members.flatMap(\.value.expressions)
        }
    }

    func evaluate(
        _ scope: inout QueryScope, _ location: @autoclosure () -> String, _ budget: inout EvaluationBudget
    ) throws(QueryFailure) -> JSONValue {
        switch self {
        case .literal(let value): return value
        case .expression(let expression):
            return try expression.evaluate(in: &scope, at: location(), budget: &budget)
        case .array(let nodes):
            var elements: [JSONValue] = []
            elements.reserveCapacity(nodes.count)
            for (index, node) in nodes.enumerated() {
                elements.append(try node.evaluate(&scope, "\(location())[\(index)]", &budget))
            }
            return .array(elements)
        case .object(let members):
            var object = JSONObject(minimumCapacity: members.count)
            for (name, value) in members {  // No name is there twice.
                object.append(name, try value.evaluate(&scope, "\(location())/\(name)", &budget))
            }
            return .object(object)
        }
    }
}
