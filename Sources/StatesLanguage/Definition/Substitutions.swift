/// What a deployment sets in a definition: the values for `${Name}`, as AWS SAM's `DefinitionSubstitutions` has it.
///
/// Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html>
package struct Substitutions: Sendable {
    private let values: [String: String]

    package init(_ values: [String: String]) {
        self.values = values
    }

    /// The definition with every `${Name}` in its texts replaced.
    ///
    /// - Throws: `DefinitionError` naming each `${Name}` without a value, with its place.
    package func apply(to definition: JSONValue) throws(DefinitionError) -> JSONValue {
        var problems: [Problem] = []
        let result = apply(to: definition, at: .root, &problems)
        if !problems.isEmpty { throw DefinitionError(problems: problems) }
        return result
    }

    /// The names of all `${Name}` in `definition`.
    package static func names(in definition: JSONValue) -> Set<String> {
        var names: Set<String> = []
        collectNames(in: definition, &names)
        return names
    }

    private static func collectNames(in definition: JSONValue, _ names: inout Set<String>) {
        switch definition {
        case .string(let text): for case let name? in pieces(of: text).map(\.name) { names.insert(name) }
        case .array(let elements): for element in elements { collectNames(in: element, &names) }
        case .object(let members): for (_, value) in members { collectNames(in: value, &names) }
        default: break
        }
    }

    /// A text with a word in place of every `${Name}`, to see what the rest of it looks like.
    static func filled(_ text: String) -> String { pieces(of: text).map { $0.name == nil ? $0.text : "x" }.joined() }

    /// Whether a `${` in a text has no end.
    static func isOpen(_ text: String) -> Bool {
        pieces(of: text).contains { $0.name == nil && $0.text.contains("${") }
    }

    private func apply(to json: JSONValue, at place: ProblemPath, _ problems: inout [Problem]) -> JSONValue {
        switch json {
        case .string(let text):
            return .string(
                Self.pieces(of: text).map { piece in
                    guard let name = piece.name else { return piece.text }
                    if let value = values[name] { return value }
                    problems.append(Problem(.undefinedSubstitution, at: place, "'${\(name)}' has no value"))
                    return ""
                }.joined())
        case .array(let elements):
            return .array(elements.enumerated().map { apply(to: $1, at: place.appending($0), &problems) })
        case .object(let members):
            return .object(JSONObject(members.map { ($0, apply(to: $1, at: place.appending($0), &problems)) }))
        default:
            return json
        }
    }

    private struct Piece {
        let text: String
        /// The name when the piece is `${Name}`.
        let name: String?
    }

    private static func pieces(of text: String) -> [Piece] {
        var pieces: [Piece] = []
        // Bytes are quick to look at, and all that counts here is ASCII.
        let bytes = text.utf8
        var (rest, position) = (bytes.startIndex, bytes.startIndex)
        while let dollar = bytes[position...].firstIndex(of: UInt8(ascii: "$")) {
            position = bytes.index(after: dollar)
            guard position < bytes.endIndex, bytes[position] == UInt8(ascii: "{") else { continue }
            let name = bytes.index(after: position)
            guard let end = bytes[name...].firstIndex(of: UInt8(ascii: "}")) else { break }
            pieces.append(Piece(text: String(text[rest..<dollar]), name: nil))
            pieces.append(Piece(text: "", name: String(text[name..<end])))
            (rest, position) = (bytes.index(after: end), bytes.index(after: end))
        }
        return pieces + [Piece(text: pieces.isEmpty ? text : String(text[rest...]), name: nil)]
    }
}
