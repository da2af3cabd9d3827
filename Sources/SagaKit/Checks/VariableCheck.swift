import StatesLanguage

/// Holds the variables of a machine against each other: one that is assigned under a name that no expression reads is
/// another one misspelt, and where that is read nothing, or what an earlier round has left, stands in its place.
struct VariableCheck {
    private let source: JSONValue
    private let scope: MachineScope

    init(_ source: JSONValue, _ scope: MachineScope) {
        (self.source, self.scope) = (source, scope)
    }

    func problems() -> [Problem] {
        let states = scope.inOrder.compactMap { state in source.value(at: state.place).map { (state.place, $0) } }
        let read = states.reduce(into: Set<Substring>()) { names, state in Self.collectNames(in: state.1, into: &names)
        }
        return states.flatMap { place, state in
            Self.assignments(in: state, at: place).filter { !read.contains($0.name) }.map { name, place in
                Problem(.unreadResult, at: place, "nothing reads the variable '\(name)'")
            }
        }
    }

    /// The names that a state assigns, each with its place.
    private static func assignments(in json: JSONValue, at place: ProblemPath) -> [(
        name: Substring, place: ProblemPath
    )] {
        var found: [(Substring, ProblemPath)] = []
        for (name, _) in json["Assign"]?.objectValue ?? [:] {
            found.append(
                (name.hasSuffix(".$") ? name.dropLast(2) : name[...], place.appending("Assign").appending(name)))
        }
        for list in ["Choices", "Catch"] {
            for (index, element) in (json[list]?.arrayValue ?? []).enumerated() {
                found += assignments(in: element, at: place.appending(list).appending(index))
            }
        }
        return found
    }

    /// The names behind a `$` in all texts.
    private static func collectNames(in json: JSONValue, into names: inout Set<Substring>) {
        switch json {
        case .string(let text):
            for part in text.split(separator: "$").dropFirst(text.hasPrefix("$") ? 0 : 1) {
                names.insert(part.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
            }
        case .array(let elements): for element in elements { collectNames(in: element, into: &names) }
        case .object(let members): for (_, value) in members { collectNames(in: value, into: &names) }
        case .null, .bool, .integer, .double: break
        }
    }
}
