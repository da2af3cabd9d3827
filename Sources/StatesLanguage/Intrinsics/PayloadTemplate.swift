/// A document in which the members whose name ends in `.$` are computed: `Parameters` and `ResultSelector`.
///
/// Source: <https://states-language.net/#payload-template>
package struct PayloadTemplate: Sendable {
    let root: TemplateNode
    /// Whether a path in it begins in the context object, which is costly to make.
    package let usesContext: Bool

    /// Reads a template; `problem` is told of each computed member that cannot be read, with its place.
    init(_ json: JSONValue, at place: ProblemPath, problem: (Problem) -> Void) {
        self.init(TemplateNode(json, at: place, problem: problem))
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
        in scope: JSONPath.Scope, random: inout SeededRandom, field: String = ""
    ) throws(PayloadFailure) -> JSONValue {
        try root.evaluate(in: scope, random: &random, field: field)
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

    init(_ json: JSONValue, at place: ProblemPath, problem: (Problem) -> Void) {
        switch json {
        case .array(let elements):
            let templates = elements.enumerated().map { Self($1, at: place.appending($0), problem: problem) }
            self = templates.allSatisfy(\.isLiteral) ? .literal(json) : .array(templates)
        case .object(let members):
            let parsed = members.map { Self.member($0, $1, at: place.appending($0), problem: problem) }
            for name in members.names where name.hasSuffix(".$") && members[String(name.dropLast(2))] != nil {
                problem(
                    Problem(
                        .conflictingFields, at: place.appending(name),
                        "'\(name)' and '\(name.dropLast(2))' are the same member"))
            }
            let isLiteral = parsed.allSatisfy(\.template.isLiteral) && !members.names.contains { $0.hasSuffix(".$") }
            self = isLiteral ? .literal(json) : .object(parsed)
        default:
            self = .literal(json)
        }
    }

    private static func member(
        _ name: String, _ json: JSONValue, at place: ProblemPath, problem: (Problem) -> Void
    ) -> Member {
        guard name.hasSuffix(".$") else { return Member(name: name, template: Self(json, at: place, problem: problem)) }
        let plain = String(name.dropLast(2))
        guard case .string(let text) = json else {
            problem(
                Problem(.invalidPath, at: place, "the value of '\(name)' is a path or an intrinsic, not \(json.kind)"))
            return Member(name: plain, template: .literal(json))
        }
        do {
            let expression = try Self.expression(text)
            if expression.paths.contains(where: \.isInVariable) {
                problem(Problem(.unsupportedFeature, at: place, "variables are not supported"))
            }
            return Member(name: plain, template: expression)
        } catch {
            let code: Problem.Code = text.hasPrefix("$") ? .invalidPath : .invalidIntrinsic
            problem(
                Problem(
                    error.isUnsupported ? .unsupportedFeature : code, at: place, error.description, hint: error.hint))
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
}

extension TemplateNode {
    func evaluate(
        in scope: JSONPath.Scope, random: inout SeededRandom, field: String
    ) throws(PayloadFailure) -> JSONValue {
        switch self {
        case .literal(let value):
            return value
        case .path(let path):
            do {
                return try path.evaluate(in: scope)
            } catch {
                let document = path.root == .input ? scope.input : scope.context()
                throw PayloadFailure(
                    description: "The JSONPath '\(path.text)' specified for the field '\(field)' could not be found "
                        + "in the input '\(document.text)'")
            }
        case .intrinsic(let expression):
            do {
                return try expression.evaluate(in: scope, random: &random)
            } catch {
                throw PayloadFailure(description: error.description)
            }
        case .array(let templates):
            var elements: [JSONValue] = []
            elements.reserveCapacity(templates.count)
            for template in templates {
                elements.append(try template.evaluate(in: scope, random: &random, field: field))
            }
            return .array(elements)
        case .object(let members):
            var object = JSONObject(minimumCapacity: members.count)
            for member in members {  // No name is there twice.
                object.append(
                    member.name, try member.template.evaluate(in: scope, random: &random, field: member.field))
            }
            return .object(object)
        }
    }
}
