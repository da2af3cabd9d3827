/// What arguments a function takes: `<s-nn?:s>` is a text, which the context may stand for, and one or two numbers.
///
/// Source: <https://docs.jsonata.org/programming#function-signatures>
struct Signature: Sendable {
    struct Parameter: Sendable {
        /// The letters of the types that are taken; `m` stands for an argument that is missing.
        var types: Set<Character>
        /// Whether anything else than an array is made the only element of one.
        var isArray = false
        /// The type of the elements of an array.
        var elements: Character?
        /// Whether the context stands for it where it is missing.
        var takesContext = false
        var isOptional = false
        var repeats = false
    }

    private(set) var parameters: [Parameter] = []
    /// The type of what the function gives, where that is one letter.
    private(set) var result: Character?

    /// Reads a signature with its angle brackets.
    ///
    /// - Throws: S0401 and S0402.
    init(parsing text: String) throws(JSONataFailure) {
        let letters = Array(text)
        var position = 1
        while position < letters.count, letters[position] != ":", position < letters.count - 1 {
            let letter = letters[position]
            switch letter {
            case "s", "n", "b", "l", "o": parameters.append(Parameter(types: [letter, "m"]))
            case "a": parameters.append(Parameter(types: ["a", "s", "n", "b", "l", "f", "o", "m"], isArray: true))
            case "f": parameters.append(Parameter(types: ["f"]))
            case "j": parameters.append(Parameter(types: ["a", "s", "n", "b", "l", "o", "m"]))
            case "x": parameters.append(Parameter(types: ["a", "s", "n", "b", "l", "f", "o", "m"]))
            case "-": change { $0.takesContext = true }
            case "?": change { $0.isOptional = true }
            case "+": change { $0.repeats = true }
            case "(":
                let end = Self.closing(letters, from: position, "(", ")")
                let choice = letters[(position + 1)..<end]
                if choice.contains("<") {
                    throw .error(JSONataError(.choiceOfSubtypes, value: String(choice)))
                }
                parameters.append(Parameter(types: Set(choice).union(["m"])))
                position = end
            case "<":
                let end = Self.closing(letters, from: position, "<", ">")
                guard let last = parameters.last, last.isArray || last.types == ["f"] else {
                    throw .error(JSONataError(.subtypeNotAllowed, value: String(letters[..<position].suffix(1))))
                }
                if last.isArray, position + 1 < end { change { $0.elements = letters[position + 1] } }
                position = end
            default: break
            }
            position += 1
        }
        if position + 3 == letters.count, letters[position] == ":" { result = letters[position + 1] }
    }

    private mutating func change(_ body: (inout Parameter) -> Void) {
        if !parameters.isEmpty { body(&parameters[parameters.count - 1]) }
    }

    private static func closing(
        _ letters: [Character], from start: Int, _ open: Character, _ close: Character
    ) -> Int {
        var depth = 0
        for position in start..<letters.count {
            if letters[position] == open { depth += 1 }
            if letters[position] == close { depth -= 1 }
            if depth == 0 { return position }
        }
        return letters.count - 1
    }
}
