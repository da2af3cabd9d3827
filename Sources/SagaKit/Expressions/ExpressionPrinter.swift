import StatesLanguage

/// Writes an expression as somebody would who reads it in the AWS console: no brackets that are not needed, and line
/// breaks where it is long.
struct ExpressionPrinter {
    /// How long a line may be.
    private static let width = 100
    private static let indentation = 2
    /// The precedence of `? :`, and of what needs no brackets anywhere.
    private static let (conditional, primary) = (20, 100)

    /// The text of an expression, without the brackets `{% … %}`.
    static func text(of syntax: ExpressionSyntax) -> String { ExpressionPrinter().lines(syntax, at: 0) }

    private func lines(_ syntax: ExpressionSyntax, at indent: Int) -> String {
        let flat = flat(syntax)
        if indent + flat.count <= Self.width { return flat }
        let inner = indent + Self.indentation
        let margin = "\n" + String(repeating: " ", count: inner)
        switch syntax {
        case .chain(let joining, let parts):
            return parts.map { bracketed($0, above: joining.precedence, isRight: $0 != parts[0], at: inner) }
                .joined(separator: "\(margin)\(joining.rawValue) ")
        case .conditional(let condition, let value, let other):
            // One condition after the other stands at the same margin.
            let isChained = if case .conditional = other { true } else { false }
            return bracketed(condition, above: Self.conditional, isRight: true, at: inner) + margin + "? "
                + lines(value, at: inner) + margin + ": " + lines(other, at: isChained ? indent : inner)
        case .call(let name, let arguments) where arguments.count == 1 && arguments[0].isList:
            return "$\(name)(" + lines(arguments[0], at: indent) + ")"
        case .call(let name, let arguments):
            return "$\(name)(" + listed(arguments.map { lines($0, at: inner) }, margin, indent) + ")"
        case .array(let elements):
            return "[" + listed(elements.map { lines($0, at: inner) }, margin, indent) + "]"
        case .object(let members):
            return "{"
                + listed(members.map { "\(self.flat($0.name)): \(lines($0.value, at: inner))" }, margin, indent) + "}"
        case .function(let parameters, let body):
            return head(parameters) + "{" + margin + lines(body, at: inner) + "\n"
                + String(repeating: " ", count: indent) + "}"
        case .block(let named, let result):
            let parts = named.map { "$\($0.name) := " + lines($0.value, at: inner) } + [lines(result, at: inner)]
            return "(" + margin + parts.joined(separator: ";" + margin) + "\n" + String(repeating: " ", count: indent)
                + ")"
        case .member(let value, let name): return bracketed(value, at: indent) + "." + self.name(name)
        case .element(let value, let index): return bracketed(value, at: indent) + "[\(index)]"
        case .literal, .variable, .pattern: return flat
        }
    }

    private func listed(_ parts: [String], _ margin: String, _ indent: Int) -> String {
        margin + parts.joined(separator: "," + margin) + "\n" + String(repeating: " ", count: indent)
    }

    /// The text in one line.
    private func flat(_ syntax: ExpressionSyntax) -> String {
        switch syntax {
        case .literal(let value): literal(value)
        case .variable(let name): "$" + name
        case .member(let value, let name): flatBracketed(value, above: Self.primary - 1) + "." + self.name(name)
        case .element(let value, let index): flatBracketed(value, above: Self.primary - 1) + "[\(index)]"
        case .call(let name, let arguments): "$\(name)(\(arguments.map(flat).joined(separator: ", ")))"
        case .chain(let joining, let parts):
            parts.enumerated().map { flatBracketed($1, above: joining.precedence, isRight: $0 > 0) }
                .joined(separator: " \(joining.rawValue) ")
        case .conditional(let condition, let value, let other):
            flatBracketed(condition, above: Self.conditional, isRight: true) + " ? " + flat(value) + " : " + flat(other)
        case .array(let elements): "[" + elements.map(flat).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { flat($0.name) + ": " + flat($0.value) }.joined(separator: ", ") + "}"
        case .pattern(let pattern): "/\(pattern)/"
        case .function(let parameters, let body): head(parameters) + "{ " + flat(body) + " }"
        case .block(let named, let result):
            "(" + named.map { "$\($0.name) := \(flat($0.value)); " }.joined() + flat(result) + ")"
        }
    }

    private func head(_ parameters: [String]) -> String {
        "function(" + parameters.map { "$" + $0 }.joined(separator: ", ") + ") "
    }

    private func precedence(of syntax: ExpressionSyntax) -> Int {
        switch syntax {
        case .chain(let joining, _): joining.precedence
        case .conditional, .function: Self.conditional
        default: Self.primary
        }
    }

    /// - Parameter isRight: whether an operand of the same precedence needs brackets as well.
    private func flatBracketed(_ syntax: ExpressionSyntax, above outer: Int, isRight: Bool = false) -> String {
        let precedence = precedence(of: syntax)
        return precedence < outer || isRight && precedence == outer ? "(" + flat(syntax) + ")" : flat(syntax)
    }

    private func bracketed(
        _ syntax: ExpressionSyntax, above outer: Int = primary - 1, isRight: Bool = false, at indent: Int
    ) -> String {
        let precedence = precedence(of: syntax)
        let isBracketed = precedence < outer || isRight && precedence == outer
        return isBracketed ? "(" + lines(syntax, at: indent) + ")" : lines(syntax, at: indent)
    }

    // MARK: Tokens

    /// A name behind a dot; what is none by itself is quoted.
    private func name(_ name: String) -> String {
        let isPlain = name.utf8.allSatisfy { $0 == UInt8(ascii: "_") || Self.isAlphanumeric($0) }
        let isWord = ["and", "or", "in", "true", "false", "null", "function"].contains(name)
        let begins = name.utf8.first.map { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
        return isPlain && begins && !isWord ? name : "`\(name)`"
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }

    /// A literal. JSONata has no escape for a single quote, so a text with one is in double quotes.
    private func literal(_ value: JSONValue) -> String {
        guard case .string(let text) = value else { return value.text }
        let json = value.text
        if text.contains("'") { return json }
        return "'" + json.dropFirst().dropLast().replacing("\\\"", with: "\"") + "'"
    }
}
