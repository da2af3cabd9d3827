/// Reads an expression by the binding power of its operators (Pratt's method).
///
/// Source: <https://docs.jsonata.org/>, and for precedence the language's own test suite.
struct Parser {
    /// How deep parts may stand within one another, as they are written.
    static let maximumNesting = 100
    /// How many levels of parts there may be: of operators that follow one another, each stands within the next one.
    static let maximumHeight = 400

    private static let bindingPowers: [String: Int] = [
        ".": 75, "[": 80, "{": 70, "(": 80, "@": 80, "#": 80, "?": 20, "+": 50, "-": 50, "*": 60, "/": 60, "%": 60,
        "=": 40, "<": 40, ">": 40, "^": 40, ":=": 10, "!=": 40, "<=": 40, ">=": 40, "~>": 40, "and": 30,
        "or": 25, "in": 40, "&": 50,
    ]
    /// Symbols that begin nothing and stand between nothing, but are symbols.
    private static let delimiters: Set = [")", "]", "}", ",", ";", ":", "..", "|", "**"]

    private var lexer: Lexer
    private var token = Token(kind: .end, text: "(end)", position: 0)
    private var nesting = 0

    private init(_ text: String) { lexer = Lexer(text) }

    /// The whole of an expression.
    ///
    /// - Throws: an error S…, or an excess of depth.
    static func syntax(of text: String) throws(JSONataFailure) -> Syntax {
        var parser = Parser(text)
        try parser.advance()
        let syntax = try parser.expression(0)
        if parser.token.kind != .end { throw parser.unexpected(parser.token) }
        return syntax
    }

    // MARK: Tokens

    private mutating func advance(isAfterValue: Bool = false) throws(JSONataFailure) {
        token = try lexer.token(takesPattern: !isAfterValue)
        if token.kind == .symbol, Self.bindingPowers[token.text] == nil, !Self.delimiters.contains(token.text) {
            throw .error(JSONataError(.unknownOperator, position: token.position, token: token.text))
        }
    }

    private mutating func expect(_ symbol: String, isAfterValue: Bool = false) throws(JSONataFailure) {
        if !token.isSymbol(symbol) {
            let code: JSONataError.Code = token.kind == .end ? .expectedBeforeEnd : .expectedOther
            throw .error(JSONataError(code, position: token.position, token: token.text, value: symbol))
        }
        try advance(isAfterValue: isAfterValue)
    }

    private mutating func take(_ symbol: String) throws(JSONataFailure) -> Bool {
        if !token.isSymbol(symbol) { return false }
        try advance()
        return true
    }

    private func unexpected(_ token: Token) -> JSONataFailure {
        .error(JSONataError(.unexpectedToken, position: token.position, token: token.text))
    }

    private var bindingPower: Int { token.kind == .symbol ? Self.bindingPowers[token.text] ?? 0 : 0 }

    // MARK: Expressions

    private mutating func expression(_ minimum: Int) throws(JSONataFailure) -> Syntax {
        nesting += 1
        if nesting > Self.maximumNesting { throw .excess(.depth) }
        defer { nesting -= 1 }
        let first = token
        try advance(isAfterValue: true)
        var left = try beginning(with: first)
        while minimum < bindingPower {
            if left.height >= Self.maximumHeight { throw .excess(.depth) }
            let symbol = token
            try advance()
            left = try continuation(of: left, with: symbol)
        }
        if left.height > Self.maximumHeight { throw .excess(.depth) }
        return left
    }

    /// What begins with a token that has been taken.
    private mutating func beginning(with first: Token) throws(JSONataFailure) -> Syntax {
        func syntax(_ kind: Syntax.Kind) -> Syntax { Syntax(kind, position: first.position) }
        switch first.kind {
        case .name: return syntax(.name(first.text))
        case .variable: return syntax(.variable(first.text))
        case .string: return syntax(.string(first.text))
        case .number(let value): return syntax(.number(value))
        case .word: return syntax(.constant(first.text == "null" ? .null : .bool(first.text == "true")))
        case .pattern(let pattern): return syntax(.pattern(pattern))
        case .end: return syntax(.end)
        case .symbol: break
        }
        switch first.text {
        case "and", "or", "in": return syntax(.name(first.text))
        case "*": return syntax(.wildcard)
        case "**": return syntax(.descendants)
        case "%": return syntax(.parent)
        case "?": return syntax(.placeholder)
        case "-": return syntax(.negation(try expression(70)))
        case "(": return syntax(.block(try block()))
        case "[": return syntax(.array(try array()))
        case "{": return syntax(.object(try pairs()))
        case "|": return syntax(try transformation())
        default: throw .error(JSONataError(.notPrefix, position: first.position, token: first.text))
        }
    }

    /// What an operator makes of what stands on its left.
    private mutating func continuation(of left: Syntax, with symbol: Token) throws(JSONataFailure) -> Syntax {
        switch symbol.text {
        case "(": return try call(of: left, at: symbol.position)
        case "[": return try brackets(behind: left, at: symbol.position)
        case "{": return Syntax(.grouping(left, try pairs()), position: symbol.position)
        case "^": return Syntax(.order(left, try terms()), position: symbol.position)
        case "?": return Syntax(try conditional(left), position: symbol.position)
        case ".": return Syntax(.step(left, try expression(75)), position: symbol.position)
        case "~>": return Syntax(.application(left, try expression(40)), position: symbol.position)
        case "@", "#": return try binding(of: left, symbol)
        case ":=":
            guard case .variable(let name) = left.kind else {
                throw .error(JSONataError(.assignmentToOther, position: left.position, token: symbol.text))
            }
            return Syntax(.binding(name, try expression(9)), position: symbol.position)
        default:
            let right = try expression(Self.bindingPowers[symbol.text] ?? 0)
            guard let infix = Operator(rawValue: symbol.text) else { throw unexpected(symbol) }
            return Syntax(.infix(infix, left, right), position: symbol.position)
        }
    }

    private mutating func block() throws(JSONataFailure) -> [Syntax] {
        var parts: [Syntax] = []
        while !token.isSymbol(")") {
            parts.append(try expression(0))
            if try !take(";") { break }
        }
        try expect(")", isAfterValue: true)
        return parts
    }

    private mutating func array() throws(JSONataFailure) -> [Syntax] {
        var items: [Syntax] = []
        if !token.isSymbol("]") {
            repeat {
                var item = try expression(0)
                let position = token.position
                if try take("..") {
                    item = Syntax(.infix(.range, item, try expression(0)), position: position)
                }
                items.append(item)
            } while try take(",")
        }
        try expect("]", isAfterValue: true)
        return items
    }

    private mutating func pairs() throws(JSONataFailure) -> [(Syntax, Syntax)] {
        var pairs: [(Syntax, Syntax)] = []
        if !token.isSymbol("}") {
            repeat {
                let name = try expression(0)
                try expect(":")
                pairs.append((name, try expression(0)))
            } while try take(",")
        }
        try expect("}", isAfterValue: true)
        return pairs
    }

    private mutating func terms() throws(JSONataFailure) -> [(Syntax, isDescending: Bool)] {
        var terms: [(Syntax, isDescending: Bool)] = []
        try expect("(")
        repeat {
            let isDescending = try take(">")
            if !isDescending { _ = try take("<") }
            terms.append((try expression(0), isDescending))
        } while try take(",")
        try expect(")", isAfterValue: true)
        return terms
    }

    private mutating func transformation() throws(JSONataFailure) -> Syntax.Kind {
        let pattern = try expression(0)
        try expect("|")
        let update = try expression(0)
        let deletion = try take(",") ? try expression(0) : nil
        try expect("|", isAfterValue: true)
        return .transformation(pattern, update, deletion)
    }

    private mutating func conditional(_ condition: Syntax) throws(JSONataFailure) -> Syntax.Kind {
        let then = try expression(0)
        return .conditional(condition, then, try take(":") ? try expression(0) : nil)
    }

    private mutating func brackets(behind left: Syntax, at position: Int) throws(JSONataFailure) -> Syntax {
        if token.isSymbol("]") {
            var step = left
            while case .predicate(let inner, _) = step.kind { step = inner }
            step.keepsArray = true
            try advance(isAfterValue: true)
            return left
        }
        let predicate = try expression(0)
        try expect("]", isAfterValue: true)
        return Syntax(.predicate(left, predicate), position: position)
    }

    private mutating func binding(of left: Syntax, _ symbol: Token) throws(JSONataFailure) -> Syntax {
        let right = try expression(80)
        guard case .variable(let name) = right.kind else {
            throw .error(JSONataError(.bindingToOther, position: right.position, token: symbol.text))
        }
        return Syntax(symbol.text == "@" ? .focus(left, name) : .index(left, name), position: symbol.position)
    }

    private mutating func call(of left: Syntax, at position: Int) throws(JSONataFailure) -> Syntax {
        var arguments: [Syntax] = []
        var isPartial = false
        if !token.isSymbol(")") {
            repeat {
                if token.isSymbol("?") {
                    isPartial = true
                    arguments.append(Syntax(.placeholder, position: token.position))
                    try advance()
                } else {
                    arguments.append(try expression(0))
                }
            } while try take(",")
        }
        try expect(")", isAfterValue: true)
        if case .name(let name) = left.kind, name == "function" || name == "λ" {
            return Syntax(try lambda(arguments), position: position)
        }
        return Syntax(isPartial ? .partial(left, arguments) : .call(left, arguments), position: position)
    }

    private mutating func lambda(_ arguments: [Syntax]) throws(JSONataFailure) -> Syntax.Kind {
        var parameters: [String] = []
        for (number, argument) in arguments.enumerated() {
            guard case .variable(let name) = argument.kind else {
                throw .error(
                    JSONataError(
                        .parameterNotVariable, position: argument.position, token: argument.kind.text,
                        value: String(number + 1)))
            }
            parameters.append(name)
        }
        let signature = token.isSymbol("<") ? try self.signature() : nil
        try expect("{")
        let body = try expression(0)
        try expect("}", isAfterValue: true)
        return .lambda(parameters, signature, body)
    }

    private mutating func signature() throws(JSONataFailure) -> Signature {
        let position = token.position
        var text = "<"
        var depth = 1
        while depth > 0, !token.isSymbol("{"), token.kind != .end {
            try advance()
            if token.isSymbol(">") { depth -= 1 }
            if token.isSymbol("<") { depth += 1 }
            text += token.text
        }
        try expect(">")
        do {
            return try Signature(parsing: text)
        } catch {
            throw error.at(position)
        }
    }
}

extension Syntax.Kind {
    /// What stands there, for an error.
    fileprivate var text: String {
        switch self {
        case .name(let text), .string(let text): text
        case .number(let value): value.javaScriptText
        case .constant(.null): "null"
        case .constant(.bool(let value)): value ? "true" : "false"
        case .infix(let infix, _, _): infix.rawValue
        case .call, .partial, .block: "("
        case .array, .predicate: "["
        case .object, .grouping: "{"
        default: "(expression)"
        }
    }
}
