/// What is known of the data with which a state is entered: its input, and the variables that are assigned.
struct KnownData: Hashable, Sendable {
    var input: Shape
    /// An object of the variables.
    var variables: Shape

    /// Where a state looks for something.
    enum Document {
        case input
        case variables
        /// What is not handed over from state to state: the context object, a result, an error.
        case other
    }

    /// Something that an expression has looked for, and that may not be there.
    struct Question {
        let document: Document
        let segments: [JSONPath.Segment]
        /// Whether the expression fails where it is not there.
        let isRequired: Bool
    }

    /// Nothing is known.
    static let unknown = KnownData(input: .unknown, variables: .unknown)
    /// The variables where a machine begins: there are none.
    static let noVariables = Shape.object(Shape.Members(), others: .none)

    /// What is known on two ways; `nil` if nothing becomes other than it is here.
    func joining(_ other: KnownData, _ budget: AdviceBudget) -> KnownData? {
        let (input, variables) = (input.joining(other.input, budget), variables.joining(other.variables, budget))
        if input == nil, variables == nil { return nil }
        return KnownData(input: input ?? self.input, variables: variables ?? self.variables)
    }

    /// The document in which a path looks, and where in it; `nil` for the context object.
    func document(of path: JSONPath) -> (shape: Shape, segments: [JSONPath.Segment])? {
        switch path.root {
        case .input: (input, path.segments)
        case .context: nil
        case .variable(let name): (variables, [.member(name)] + path.segments)
        }
    }

    /// The same with something else known of the document in which a path looks.
    func replacing(_ shape: Shape, of path: JSONPath) -> KnownData {
        var known = self
        if path.isInVariable { known.variables = shape } else { known.input = shape }
        return known
    }

    /// The same behind an assignment.
    func assigning(_ values: Shape) -> KnownData {
        guard case .object(let members, _) = values else { return self }
        var known = self
        for (name, shape) in members.known {
            known.variables = known.variables.inserting(shape, at: [.member(name)])
        }
        return known
    }

    /// The same behind expressions that have looked for something: whether it is there nobody knows any more.
    func forgetting(_ questions: [Question], _ budget: AdviceBudget) -> KnownData {
        var known = self
        for question in questions {
            // Each of them may become a member that the shape has not had.
            if !budget.take(1 + known.input.memberCount + known.variables.memberCount) { return known }
            switch question.document {
            case .input: known.input = known.input.forgetting(question.segments[...])
            case .variables: known.variables = known.variables.forgetting(question.segments[...])
            case .other: break
            }
        }
        return known
    }
}
