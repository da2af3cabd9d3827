/// A Choice in JSONata: it goes where the first rule points whose condition is true.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html>
package struct QueryChoice: Sendable {
    package struct Rule: Sendable {
        /// An expression, or `true` or `false` as it stands.
        package let condition: QueryTemplate
        package let next: String
        package let output: QueryTemplate?
        package let assignment: Assignment?
    }

    package let rules: [Rule]
    package let defaultNext: String?

    init(_ reader: FieldReader) {
        rules = reader.elements("Choices", isRequired: true).map { rule in
            defer { rule.finish() }
            rule.allow("Comment")
            rule.offer(["Output", "Assign"])
            return Rule(
                condition: Self.condition(rule), next: rule.string("Next") ?? "", output: rule.query("Output"),
                assignment: Assignment(rule, .entering))
        }
        defaultNext = reader.string("Default", isRequired: false)
    }

    private static func condition(_ rule: FieldReader) -> QueryTemplate {
        guard let condition = rule.query("Condition") else {
            rule.miss("Condition")
            return QueryTemplate(literal: false)
        }
        if case .literal(let value) = condition.root, value.boolValue == nil, !rule.hasExpression("Condition") {
            rule.problems.add(
                .invalidField, at: rule.place.appending("Condition"),
                "a condition is true, false or an expression in {% %}, not \(value.quoted)")
        }
        return condition
    }

    /// The ways out of the state.
    func edges(at place: ProblemPath) -> [State.Edge] {
        ChoiceState.edges(rules.map(\.next), default: defaultNext, at: place)
    }
}
