import JSONata

/// Why a state in JSONata could not be carried out: `States.QueryEvaluationError` with AWS's cause.
package struct QueryFailure: Error, Hashable, Sendable {
    /// The field that was evaluated, as AWS writes it: `Output/list[0]`; `nil` where it is none.
    package let location: String?
    /// The cause without what AWS says of the state before it.
    package let cause: String
    /// Whether it is of the evaluation, and not of what has come of it.
    package let isOfEvaluation: Bool

    /// An expression has given something that its field cannot take.
    package init(_ cause: String, at location: String?, isOfEvaluation: Bool = false) {
        (self.cause, self.location, self.isOfEvaluation) = (cause, location, isOfEvaluation)
    }

    private init(_ expression: QueryExpression, _ location: String, _ reason: String) {
        self.init(
            "The JSONata expression '\(expression.text)' specified for the field '\(location)' \(reason)", at: location,
            isOfEvaluation: true)
    }

    static func undefined(_ expression: QueryExpression, _ location: String) -> QueryFailure {
        QueryFailure(expression, location, "returned nothing (undefined).")
    }

    static func unsupported(_ expression: QueryExpression, _ location: String) -> QueryFailure {
        QueryFailure(expression, location, "returned an unsupported result type.")
    }

    static func unexpected(
        _ expression: QueryExpression, _ location: String, _ value: JSONValue, expected: QueryKind
    ) -> QueryFailure {
        QueryFailure(
            expression, location,
            "returned an unexpected result type. Expected '\(expected.rawValue)', but was "
                + "'\(QueryKind(of: value).rawValue)' for value: \(value.text(upTo: MessageText.maximumCauseLength))")
    }

    static func thrown(_ expression: QueryExpression, _ location: String, _ failure: JSONataFailure) -> QueryFailure {
        let reason =
            switch failure {
            case .error(let error): ". \(error)"
            case .excess(.steps): ": Expression evaluation timeout: Check for infinite loop"
            case .excess(.bytes): ": Expression evaluation memory limit exceeded: Check for excessive memory usage"
            case .excess(.depth):
                ": Stack overflow error: Check for non-terminating recursive function. Consider rewriting as "
                    + "tail-recursive."
            }
        return QueryFailure(expression, location, "threw an error during evaluation\(reason)")
    }
}

/// The types of JSONata's values, by the names that AWS has for them.
package enum QueryKind: String, Sendable {
    case null, boolean, number, string, array, object

    package init(of value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool: self = .boolean
        case .integer, .double: self = .number
        case .string: self = .string
        case .array: self = .array
        case .object: self = .object
        }
    }
}
