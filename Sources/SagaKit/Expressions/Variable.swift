package import StatesLanguage

/// A variable of a machine, with the type of what is assigned to it. A workflow declares its variables once, so a
/// misspelt one does not compile.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>
package struct Variable<Value: PayloadValue>: Sendable {
    package let name: String

    /// - Parameter name: none of a function of the language, which the variable would take the place of.
    package init(_ name: String) {
        precondition(!QueryNames.reserved.contains(name), "$\(name) is a function of JSONata, or AWS's own")
        self.name = name
    }

    /// What was assigned last.
    package var value: Expression<Value> { Expression(.variable(name)) }

    /// Gives the variable a value, when the state is left.
    package func assigned(_ value: Expression<Value>) -> VariableAssignment {
        VariableAssignment(name: name, value: Payload(value))
    }

    /// Gives the variable a value of literals and expressions.
    package func assigned(payload: Payload) -> VariableAssignment { VariableAssignment(name: name, value: payload) }
}

/// What a state assigns to a variable. All right sides see the variables as they were before the state.
package struct VariableAssignment: Sendable {
    let name: String
    let value: Payload

    init(name: String, value: Payload) {
        precondition(!QueryNames.reserved.contains(name), "$\(name) is a function of JSONata, or AWS's own")
        (self.name, self.value) = (name, value)
    }

    /// The field `Assign` of a state.
    package static func json(_ assignments: [VariableAssignment]) -> JSONValue {
        precondition(Set(assignments.map(\.name)).count == assignments.count, "a variable is assigned twice at once")
        return .object(JSONObject(assignments.map { ($0.name, $0.value.json) }))
    }
}

// MARK: - Parts of the data

/// Gives the variable of a part of the data these members and no others.
package func change(of part: Place, _ members: [PlacedValue]) -> VariableAssignment {
    assigned(part, Expression<JSONValue>.object(at: part, members))
}

/// Gives the variable of a part of the data a value.
package func assigned(_ part: Place, _ value: any AnyExpression) -> VariableAssignment {
    precondition(part.names.count == 1, "\(part.names) is no variable")
    return VariableAssignment(name: part.variable, value: Payload(of: value.syntax))
}

extension Payload {
    /// A variable each under its name.
    ///
    /// - Parameter changed: a variable that gets another value at the same time.
    package static func variables(_ places: [Place], changing changed: VariableAssignment? = nil) -> Payload {
        .object(
            places.map { place in
                if let changed, changed.name == place.variable { return (place.variable, changed.value) }
                return (place.variable, Payload(Expression<JSONValue?>.from(place).trusted(as: JSONValue.self)))
            })
    }
}
