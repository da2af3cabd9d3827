/// Takes an expression apart into tokens, one after another.
struct Lexer {
    private static let operators: Set<Unicode.Scalar> = [
        ".", "[", "]", "{", "}", "(", ")", ",", "@", "#", ";", ":", "?", "+", "-", "*", "/", "%", "|", "=", "<", ">",
        "^", "&", "!", "~",
    ]
    private static let pairs: Set = ["..", ":=", "!=", ">=", "<=", "**", "~>"]

    private let scalars: [Unicode.Scalar]
    private var position = 0

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    /// The next token.
    ///
    /// - Parameter takesPattern: whether a slash begins a regular expression here, and does not divide.
    /// - Throws: S0101 to S0106 and S0301 to S0303.
    mutating func token(takesPattern: Bool) throws(JSONataFailure) -> Token {
        try skipBlanks()
        guard let first = next else { return Token(kind: .end, text: "(end)", position: scalars.count) }
        if first == "/", takesPattern {
            position += 1
            return try pattern()
        }
        if position + 1 < scalars.count {
            let pair = text(position, position + 2)
            if Self.pairs.contains(pair) {
                position += 2
                return Token(kind: .symbol, text: pair, position: position)
            }
        }
        if Self.operators.contains(first) {
            position += 1
            return Token(kind: .symbol, text: String(first), position: position)
        }
        switch first {
        case "\"", "'":
            position += 1
            return try string(closing: first)
        case "0"..."9": return try number()
        case "`":
            position += 1
            guard let end = scalars[position...].firstIndex(of: "`") else {
                position = scalars.count
                throw error(.unterminatedName)
            }
            let name = text(position, end)
            position = end + 1
            return Token(kind: .name, text: name, position: position)
        default: return word()
        }
    }

    private mutating func skipBlanks() throws(JSONataFailure) {
        while let scalar = next {
            if Self.isBlank(scalar) {
                position += 1
            } else if scalar == "/", position + 1 < scalars.count, scalars[position + 1] == "*" {
                let start = position
                position += 2
                while position + 1 < scalars.count, scalars[position] != "*" || scalars[position + 1] != "/" {
                    position += 1
                }
                if position + 1 >= scalars.count {
                    throw .error(JSONataError(.unterminatedComment, position: start))
                }
                position += 2
            } else {
                return
            }
        }
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case " ", "\t", "\n", "\r", "\u{B}": true
        default: false
        }
    }

    private mutating func string(closing quote: Unicode.Scalar) throws(JSONataFailure) -> Token {
        var units: [UInt16] = []
        while let scalar = next {
            position += 1
            if scalar == quote {
                // Half of a surrogate pair is no character.
                guard let text = String(validating: units, as: UTF16.self) else { throw error(.badUnicodeEscape) }
                return Token(kind: .string, text: text, position: position)
            }
            if scalar != "\\" {
                units.append(contentsOf: UTF16.encode(scalar)!)
                continue
            }
            guard let escape = next else { break }
            switch escape {
            case "\"", "\\", "/": units.append(UInt16(escape.value))
            case "b": units.append(0x08)
            case "f": units.append(0x0C)
            case "n": units.append(0x0A)
            case "r": units.append(0x0D)
            case "t": units.append(0x09)
            case "u":
                let digits = text(position + 1, min(position + 5, scalars.count))
                guard digits.unicodeScalars.count == 4, digits.allSatisfy(\.isHexDigit),
                    let unit = UInt16(digits, radix: 16)
                else { throw error(.badUnicodeEscape) }
                units.append(unit)
                position += 4
            default: throw error(.unknownEscape, token: String(escape))
            }
            position += 1
        }
        throw error(.unterminatedText)
    }

    private mutating func number() throws(JSONataFailure) -> Token {
        let start = position
        func isDigit(_ index: Int) -> Bool { index < scalars.count && ("0"..."9").contains(scalars[index]) }
        if scalars[position] == "0" {
            position += 1
        } else {
            while isDigit(position) { position += 1 }
        }
        if next == ".", isDigit(position + 1) {
            position += 1
            while isDigit(position) { position += 1 }
        }
        if next == "e" || next == "E" {
            var end = position + 1
            if end < scalars.count, scalars[end] == "+" || scalars[end] == "-" { end += 1 }
            if isDigit(end) {
                while isDigit(end) { end += 1 }
                position = end
            }
        }
        let digits = text(start, position)
        guard let value = Double(digits), value.isFinite else {
            throw .error(JSONataError(.numberTooLarge, position: start, token: digits))
        }
        return Token(kind: .number(value), text: digits, position: position)
    }

    private mutating func word() -> Token {
        let start = position
        while let scalar = next, !Self.isBlank(scalar), !Self.operators.contains(scalar) { position += 1 }
        let word = text(start, position)
        if scalars[start] == "$" { return Token(kind: .variable, text: text(start + 1, position), position: position) }
        switch word {
        case "and", "or", "in": return Token(kind: .symbol, text: word, position: position)
        case "true", "false", "null": return Token(kind: .word, text: word, position: position)
        default: return Token(kind: .name, text: word, position: position)
        }
    }

    /// A regular expression: it ends at a slash that stands in no bracket. A bracket behind a backslash is none, which
    /// is how the reference counts, backslashes before backslashes included.
    private mutating func pattern() throws(JSONataFailure) -> Token {
        let start = position
        var depth = 0
        while let scalar = next {
            let isEscaped = position > 0 && scalars[position - 1] == "\\"
            switch scalar {
            case "/" where !isEscaped && depth == 0:
                let source = text(start, position)
                if source.isEmpty { throw error(.emptyPattern) }
                position += 1
                var flags: PatternFlags = []
                while next == "i" || next == "m" {
                    flags.insert(next == "i" ? .ignoresCase : .multiline)
                    position += 1
                }
                do {
                    let pattern = try RegularExpression(parsing: source, flags: flags)
                    return Token(kind: .pattern(pattern), text: source, position: position)
                } catch {
                    throw .error(
                        JSONataError(
                            .unsupportedPattern, position: start + error.offset, token: source, detail: error.reason))
                }
            case "(" where !isEscaped, "[" where !isEscaped, "{" where !isEscaped: depth += 1
            case ")" where !isEscaped, "]" where !isEscaped, "}" where !isEscaped: depth -= 1
            default: break
            }
            position += 1
        }
        throw error(.unterminatedPattern)
    }

    private func text(_ start: Int, _ end: Int) -> String {
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars[min(start, end)..<end])
        return text
    }

    private func error(_ code: JSONataError.Code, token: String? = nil) -> JSONataFailure {
        .error(JSONataError(code, position: position, token: token))
    }
}
