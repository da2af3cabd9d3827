/// Changes of an expression in JSONata, as a slip of the hand would make them: a comparison is turned, a clause dropped,
/// a constant or a name changed.
struct ExpressionMutants {
    private enum Kind {
        case text, pattern, number, name, sign
    }

    private struct Token {
        let kind: Kind
        let range: Range<String.Index>
        let text: Substring
        /// How many brackets are open around it.
        let depth: Int
    }

    private let text: String
    private var tokens: [Token] = []

    /// The texts that differ from an expression in one thing, with its brackets.
    static func texts(of expression: String) -> [String] {
        var mutants = ExpressionMutants(text: expression)
        mutants.read()
        var seen: Set = [expression]
        return mutants.changed().filter { seen.insert($0).inserted }
    }

    private init(text: String) { self.text = text }

    private static let turned = [
        "=": "!=", "!=": "=", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "and": "or", "or": "and", "true": "false",
        "false": "true", "$not": "",
    ]

    private func changed() -> [String] {
        tokens.indices.flatMap { index -> [String] in
            let token = tokens[index]
            let other: String? =
                switch token.kind {
                case .text: String(token.text.dropLast() + "x" + token.text.suffix(1))
                case .pattern: String(token.text.dropLast() + "x/")
                case .number: Int(token.text).map { "\($0 + 1)" }
                case .name where index > 0 && tokens[index - 1].text == ".": token.text + "e"
                default: Self.turned[String(token.text)]
                }
            let dropped = ["and", "or"].contains(token.text) ? [left(of: index), right(of: index)] : []
            return (other.map { [replacing(token.range, with: $0)] } ?? []) + dropped.map { replacing($0, with: "") }
        }
    }

    private func replacing(_ range: Range<String.Index>, with other: String) -> String {
        var changed = text
        changed.replaceSubrange(range, with: other)
        return changed
    }

    /// The clause before an operator, with the operator.
    private func left(of index: Int) -> Range<String.Index> {
        var first = index
        while first > 0, !ends(tokens[first - 1], around: index, isForward: false) { first -= 1 }
        return tokens[first].range.lowerBound..<tokens[index].range.upperBound
    }

    /// The clause behind an operator, with the operator.
    private func right(of index: Int) -> Range<String.Index> {
        var last = index
        while last + 1 < tokens.count, !ends(tokens[last + 1], around: index, isForward: true) { last += 1 }
        return tokens[index].range.lowerBound..<tokens[last].range.upperBound
    }

    private func ends(_ token: Token, around index: Int, isForward: Bool) -> Bool {
        if token.depth < tokens[index].depth { return true }
        if token.depth > tokens[index].depth { return false }
        return ["and", "or", "?", ":", ",", "{%", "%}"].contains(token.text)
    }

    // MARK: Reading

    private mutating func read() {
        var (position, depth) = (text.startIndex, 0)
        func isName(_ character: Character) -> Bool { character.isLetter || character.isNumber || character == "_" }
        func end(from start: String.Index, while holds: (Character) -> Bool) -> String.Index {
            text[start...].firstIndex { !holds($0) } ?? text.endIndex
        }
        while position < text.endIndex {
            let character = text[position]
            if character.isWhitespace {
                position = text.index(after: position)
                continue
            }
            let next = text.index(after: position)
            var (kind, stop) = (Kind.sign, next)
            switch character {
            case "'", "\"", "`": (kind, stop) = (character == "`" ? .name : .text, closing(of: character, from: next))
            case "/" where isPatternHere: (kind, stop) = (.pattern, closing(of: "/", from: next))
            case "0"..."9": (kind, stop) = (.number, end(from: position) { $0.isNumber })
            case "$": (kind, stop) = (.name, end(from: next, while: isName))
            case _ where isName(character): (kind, stop) = (.name, end(from: position, while: isName))
            default:
                let two = text[position...].prefix(2)
                if ["!=", "<=", ">=", ":=", "{%", "%}"].contains(two) { stop = two.endIndex }
            }
            let token = text[position..<stop]
            if [")", "]", "}"].contains(token) { depth -= 1 }
            tokens.append(Token(kind: kind, range: position..<stop, text: token, depth: depth))
            if ["(", "[", "{"].contains(token) { depth += 1 }
            position = stop
        }
    }

    /// Whether an operand may stand here, and so a pattern.
    private var isPatternHere: Bool { tokens.last.map { ["(", ",", "[", "?", ":"].contains($0.text) } ?? true }

    /// Behind the next such character that no backslash is before.
    private func closing(of character: Character, from start: String.Index) -> String.Index {
        var position = start
        while position < text.endIndex, text[position] != character {
            let step = text[position] == "\\" ? 2 : 1
            position = text.index(position, offsetBy: step, limitedBy: text.endIndex) ?? text.endIndex
        }
        return position < text.endIndex ? text.index(after: position) : position
    }
}
