/// What is known of the data that the expressions of a field can read.
struct QueryKnowledge {
    let input: Shape
    let variables: Shape
    let context: Shape
    /// What the task, or the machines inside the state, have given; `nil` where there is no such thing.
    var result: Shape?
    var errorOutput: Shape?

    init(_ known: KnownData, context: Shape) {
        (input, variables, self.context) = (known.input, known.variables, context)
    }

    /// What a reference looks for, and where.
    struct Search {
        let document: KnownData.Document
        let shape: Shape
        let names: ArraySlice<String>

        var segments: [JSONPath.Segment] { names.map { .member($0) } }
    }

    /// The document in which a reference looks; `nil` for what is no part of the data.
    func search(for reference: QueryReference) -> Search? {
        guard let name = reference.variable else { return nil }
        if name != QueryReference.states {
            return Search(document: .variables, shape: variables, names: ([name] + reference.members)[...])
        }
        let names = reference.members.dropFirst()
        switch reference.members.first {
        case "input": return Search(document: .input, shape: input, names: names)
        case "context": return Search(document: .other, shape: context, names: names)
        case "result": return result.map { Search(document: .other, shape: $0, names: names) }
        case "errorOutput": return errorOutput.map { Search(document: .other, shape: $0, names: names) }
        default: return nil
        }
    }
}
