/// What a state, a rule of a Choice or a catcher assigns: a template whose members are variables.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>
package struct Assignment: Sendable {
    /// How the values are computed: in the language of the state.
    package enum Values: Sendable {
        case payload(PayloadTemplate)
        case query(QueryTemplate)
    }

    /// The values; all of them are computed before any is assigned.
    package let values: Values
    /// The values in JSONPath; `nil` in a state in JSONata.
    var payload: PayloadTemplate? { if case .payload(let template) = values { template } else { nil } }
    /// The names of the variables, in their order.
    package let names: [String]
    /// Where the definition assigns them.
    package let place: ProblemPath

    private static let maximumNameLength = 80
    /// The name behind which the language keeps a state's own data.
    private static let reserved = QueryReference.states

    /// - Parameter surroundings: what the expressions can read, in a state in JSONata; `nil` in one in JSONPath.
    init?(_ reader: FieldReader, _ surroundings: QueryExpression.Surroundings? = nil) {
        guard let json = reader.any("Assign") else { return nil }
        place = reader.place.appending("Assign")
        guard let members = json.objectValue else {
            reader.problems.add(.invalidField, at: place, "an object is expected here, not \(json.quoted)")
            return nil
        }
        values =
            if let surroundings {
                .query(QueryTemplate(json, in: surroundings, at: place, reader.problems))
            } else {
                .payload(PayloadTemplate(json, at: place, reader.problems))
            }
        names = Self.names(of: members, at: place, reader.problems, isComputed: surroundings == nil)
    }

    /// The values of a state in JSONata; `nil` for one in JSONPath.
    ///
    /// - Parameter location: the field around the assignment, as AWS writes it, with `/` behind it.
    package func evaluate(
        _ location: String, _ scope: inout QueryScope, _ budget: inout EvaluationBudget
    ) throws(QueryFailure) -> JSONValue? {
        guard case .query(let template) = values else { return nil }
        return try template.evaluate(in: &scope, at: location + "Assign", budget: &budget)
    }

    private static func names(
        of members: JSONObject, at place: ProblemPath, _ problems: ProblemCollector, isComputed: Bool
    ) -> [String] {
        members.names.map { member in
            let name = isComputed && member.hasSuffix(".$") ? String(member.dropLast(2)) : member
            if let rule = broken(by: name) {
                problems.add(.invalidField, at: place.appending(member), "'\(name.quoted)' is no variable: \(rule)")
            }
            return name
        }
    }

    /// The rule that a name breaks; `nil` for the name of a variable.
    private static func broken(by name: String) -> String? {
        let scalars = name.unicodeScalars
        if scalars.isEmpty || scalars.count > maximumNameLength {
            return "a name has 1 to \(maximumNameLength) characters"
        }
        if name == reserved { return "the name is the language's own" }
        let isName = scalars.first?.properties.isIDStart == true && scalars.dropFirst().allSatisfy(\.isVariableScalar)
        return isName ? nil : "a name begins with a letter, and has letters, digits and '_' only"
    }
}

extension Unicode.Scalar {
    /// Whether the scalar may stand in the name of a variable, behind its first.
    var isVariableScalar: Bool { self == "_" || properties.isIDContinue }
}
