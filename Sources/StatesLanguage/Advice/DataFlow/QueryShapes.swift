import JSONata

/// What is known of the value of an expression, by what is known of the data that it reads.
struct QueryShapes {
    private let references: [QueryReference]
    /// What is known of the data; `nil` where nothing is.
    private let known: QueryKnowledge?
    /// The variables that there may be, which hide functions of their names.
    private let assigned: Set<String>
    private let budget: AdviceBudget

    init(
        of expression: QueryExpression, _ budget: AdviceBudget, known: QueryKnowledge? = nil,
        assigned: Set<String> = []
    ) {
        (references, self.known, self.assigned, self.budget) = (expression.references, known, assigned, budget)
    }

    func shape(of result: JSONataResult) -> Shape { shape(result.kind, at: result.position) }

    private func shape(_ kind: JSONataResult.Kind, at position: Int) -> Shape {
        if !budget.take(1) { return .unknown }
        switch kind {
        case .unknown, .function: return .unknown
        case .null: return .literal(.null)
        case .boolean(let value): return .literal(.bool(value))
        case .string(let text): return .literal(.string(text))
        case .anyBoolean: return .flag
        case .anyString: return .text
        case .number: return .number
        case .array: return .array
        case .object(nil): return .object(Shape.Members(), others: .unknown)
        case .object(let members?):
            let known = members.map { name, value in
                (name, Shape.Member(presence: value.mayBeNothing ? .optional : .always, shape: shape(of: value)))
            }
            return .object(Shape.Members(known), others: .none)
        case .either(let one, let other):
            let shape = shape(of: one)
            return shape.joining(self.shape(of: other), budget) ?? (budget.isSpent ? .unknown : shape)
        case .reference: return reference(at: position).map(value) ?? .unknown
        case .call(let name):
            // A function that the expression has itself is no reference.
            guard reference(at: position) != nil, !assigned.contains(name),
                let kind = JSONataLibrary.stepFunctions.result(of: name)
            else { return .unknown }
            return shape(kind, at: position)
        }
    }

    private func reference(at position: Int) -> QueryReference? {
        budget.take(references.count / 16)
        return references.first { $0.position == position }
    }

    private func value(of reference: QueryReference) -> Shape {
        guard let search = known?.search(for: reference), budget.take(search.shape.memberCount(along: search.segments)),
            case .found(let shape) = search.shape.find(search.segments, goesThroughArrays: true)
        else { return .unknown }
        return shape
    }
}
