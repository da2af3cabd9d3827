package import StatesLanguage

/// A machine that was put together, and what it is meant to be.
package struct Assembled: Sendable {
    package let definition: JSONValue
    package let outline: Outline

    /// The same with another definition.
    package func with(_ definition: JSONValue) -> Assembled { Assembled(definition: definition, outline: outline) }
}

extension Graph {
    /// The machine of these states. Its limit of a week is far beyond what delivering an answer may take.
    package func machine(comment: String, startAt: String) -> Assembled {
        Assembled(
            definition: [
                "Comment": .string(comment), "QueryLanguage": "JSONata", "StartAt": .string(startAt),
                "TimeoutSeconds": 604_800, "States": .object(states),
            ], outline: outline)
    }
}
