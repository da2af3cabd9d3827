import StatesLanguage

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

    /// The field `Assign` of a state.
    static func json(_ assignments: [VariableAssignment]) -> JSONValue {
        .object(JSONObject(assignments.map { ($0.name, $0.value.json) }))
    }
}
