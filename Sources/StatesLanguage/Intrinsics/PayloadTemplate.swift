/// A document in which the members whose name ends in `.$` are computed: `Parameters` and `ResultSelector`.
///
/// Source: <https://states-language.net/#payload-template>
package struct PayloadTemplate: Sendable {
    let root: TemplateNode
    /// Whether a path in it begins in the context object, which is costly to make.
    package let usesContext: Bool

    /// Reads a template; each computed member that cannot be read is a problem.
    init(_ json: JSONValue, at place: ProblemPath, _ problems: ProblemCollector) {
        self.init(TemplateNode(json, at: place, problems))
    }

    /// Reads a path or an intrinsic.
    static func expression(_ text: String) throws(ExpressionSyntaxError) -> PayloadTemplate {
        PayloadTemplate(try TemplateNode.expression(text))
    }

    /// All paths in the template.
    var paths: [JSONPath] { root.paths }

    private init(_ root: TemplateNode) {
        self.root = root
        usesContext = root.usesContext
    }

    /// The document with every computed member evaluated in `scope`.
    package func evaluate(
        in scope: JSONPath.Scope, random: inout SeededRandom, budget: inout EvaluationBudget, field: String = ""
    ) throws(PayloadFailure) -> JSONValue {
        try root.evaluate(in: scope, random: &random, budget: &budget, field: field)
    }
}

/// A part of a template.
indirect enum TemplateNode: Sendable {
    case literal(JSONValue)
    case path(JSONPath)
    case intrinsic(IntrinsicExpression)
    case array([TemplateNode])
    case object([Member])

    struct Member: Sendable {
        /// The name without `.$`.
        let name: String
        let template: TemplateNode
        /// The name as it was written, for error messages.
        let field: String

        init(name: String, template: TemplateNode) {
            (self.name, self.template, field) = (name, template, name + ".$")
        }
    }

    init(_ json: JSONValue, at place: ProblemPath, _ problems: ProblemCollector) {
        switch json {
        case .array(let elements):
            let templates = elements.enumerated().map { Self($1, at: place.appending($0), problems) }
            self = templates.allSatisfy(\.isLiteral) ? .literal(json) : .array(templates)
        case .object(let members):
            let parsed = members.map { Self.member($0, $1, at: place.appending($0), problems) }
            for name in members.names where name.hasSuffix(".$") && members[String(name.dropLast(2))] != nil {
                problems.add(
                    .conflictingFields, at: place.appending(name),
                    "'\(name.quoted)' and '\(String(name.dropLast(2)).quoted)' are the same member")
            }
            let isLiteral = parsed.allSatisfy(\.template.isLiteral) && !members.names.contains { $0.hasSuffix(".$") }
            self = isLiteral ? .literal(json) : .object(parsed)
        default:
            self = .literal(json)
        }
    }

    private static func member(
        _ name: String, _ json: JSONValue, at place: ProblemPath, _ problems: ProblemCollector
    ) -> Member {
        guard name.hasSuffix(".$") else { return Member(name: name, template: Self(json, at: place, problems)) }
        let plain = String(name.dropLast(2))
        guard case .string(let text) = json else {
            problems.add(
                .invalidPath, at: place, "the value of '\(name.quoted)' is a path or an intrinsic, not \(json.kind)")
            return Member(name: plain, template: .literal(json))
        }
        do {
            return Member(name: plain, template: try Self.expression(text))
        } catch {
            let code: Problem.Code = text.hasPrefix("$") ? .invalidPath : .invalidIntrinsic
            if error.isUnsupported {
                problems.add(.unsupportedFeature, at: place, error.description)
            } else {
                problems.add(
                    code, at: place,
                    "The value for the field '\(name.quoted)' must be a valid JSONPath or a valid intrinsic function call",
                    hint: error.hint(problems) ?? error.description)
            }
            return Member(name: plain, template: .literal(json))
        }
    }

    static func expression(_ text: String) throws(ExpressionSyntaxError) -> TemplateNode {
        text.hasPrefix("$") ? .path(try JSONPath(parsing: text)) : .intrinsic(try IntrinsicExpression(parsing: text))
    }

    /// All paths in the template.
    var paths: [JSONPath] {
        switch self {
        case .literal: []
        case .path(let path): [path]
        case .intrinsic(let expression): expression.paths
        case .array(let templates): templates.flatMap(\.paths)
        case .object(let members): members.flatMap(\.template.paths)
        }
    }

    private var isLiteral: Bool { if case .literal = self { true } else { false } }

    var usesContext: Bool {
        switch self {
        case .literal: false
        case .path(let path): path.root == .context
        case .intrinsic(let expression): expression.paths.contains { $0.root == .context }
        case .array(let templates): templates.contains(where: \.usesContext)
        case .object(let members): members.contains(where: \.template.usesContext)
        }
    }
}

/// A computed member that found nothing or whose function failed.
package struct PayloadFailure: Error, Equatable, CustomStringConvertible {
    package let description: String
    /// Whether a function failed, and not a path.
    package var isOfFunction = false
}

extension TemplateNode {
    func evaluate(
        in scope: JSONPath.Scope, random: inout SeededRandom, budget: inout EvaluationBudget, field: String
    ) throws(PayloadFailure) -> JSONValue {
        switch self {
        case .literal(let value):
            return value
        case .path(let path):
            let value: JSONValue
            do {
                value = try path.evaluate(in: scope, budget: &budget)
            } catch {
                throw Self.failure(path, field, scope, budget)
            }
            return try Self.copy(value, &budget)
        case .intrinsic(let expression):
            let value: JSONValue
            do {
                value = try expression.evaluate(in: scope, random: &random, budget: &budget)
            } catch {
                throw PayloadFailure(description: error.description, isOfFunction: error.isOfFunction)
            }
            return try Self.copy(value, &budget)
        case .array(let templates):
            var elements: [JSONValue] = []
            elements.reserveCapacity(templates.count)
            for template in templates {
                elements.append(
                    try template.evaluate(in: scope, random: &random, budget: &budget, field: field))
            }
            return .array(elements)
        case .object(let members):
            var object = JSONObject(minimumCapacity: members.count)
            for member in members {  // No name is there twice.
                object.append(
                    member.name,
                    try member.template.evaluate(in: scope, random: &random, budget: &budget, field: member.field))
            }
            return .object(object)
        }
    }

    /// What is put into the document: however often a value is put there, it is written out as often.
    private static func copy(
        _ value: JSONValue, _ budget: inout EvaluationBudget
    ) throws(PayloadFailure) -> JSONValue {
        if budget.take(steps: 1), budget.take(copyOf: value) { return value }
        throw PayloadFailure(description: budget.excess.map { "\($0)" } ?? "")
    }

    private static func failure(
        _ path: JSONPath, _ field: String, _ scope: JSONPath.Scope, _ budget: EvaluationBudget
    ) -> PayloadFailure {
        if let excess = budget.excess { return PayloadFailure(description: "\(excess)") }
        guard let document = path.document(in: scope) else {
            return PayloadFailure(
                description: "The JSONPath '\(path.text.quoted)' specified for the field '\(field.quoted)' begins in a "
                    + "variable that was not assigned")
        }
        // Cut to what a cause may have, with room for what is said before it and around it.
        let text = document.text(upTo: MessageText.maximumCauseLength - 2000)
        return PayloadFailure(
            description: "The JSONPath '\(path.text.quoted)' specified for the field '\(field.quoted)' could not be "
                + "found in the input '\(text)'")
    }
}
