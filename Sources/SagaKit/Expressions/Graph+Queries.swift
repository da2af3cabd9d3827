import StatesLanguage

/// A rule of a Choice in JSONata.
package struct QueryRule: Sendable {
    let condition: Expression<Bool>
    let next: String
    let comment: String?
    let assigned: [VariableAssignment]
    let output: Payload?

    /// - Parameters:
    ///   - condition: true or false for any data, since nothing catches an error of a Choice.
    ///   - comment: says in words what a long condition says.
    ///   - output: what goes on; nothing for what came in.
    package init(
        if condition: Expression<Bool>, comment: String? = nil, assigning assigned: [VariableAssignment] = [],
        output: Payload? = nil, next: String
    ) {
        (self.condition, self.comment, self.next) = (condition, comment, next)
        (self.assigned, self.output) = (assigned, output)
    }

    /// The last rule, where none before it holds. It is one of the rules and not the `Default`, whose `Assign` would be
    /// that of the state.
    package static func otherwise(
        assigning assigned: [VariableAssignment] = [], output: Payload? = nil, next: String
    ) -> QueryRule {
        QueryRule(if: true, assigning: assigned, output: output, next: next)
    }

    var json: JSONValue {
        var json: JSONObject = [:]
        if let comment { json["Comment"] = .string(comment) }
        json["Condition"] = .string(condition.text)
        if !assigned.isEmpty { json["Assign"] = VariableAssignment.json(assigned) }
        if let output { json["Output"] = output.json }
        json["Next"] = .string(next)
        return .object(json)
    }
}

extension Graph {
    /// Adds a Choice in JSONata; the rules are tried in their order, and the last one always holds.
    package mutating func addQueryChoice(_ name: String, comment: String? = nil, _ rules: [QueryRule]) {
        precondition(rules.last?.condition.syntax == .literal(.bool(true)), "the last rule of \(name) always holds")
        var state: JSONObject = ["Type": "Choice", "QueryLanguage": "JSONata"]
        if let comment { state["Comment"] = .string(comment) }
        state["Choices"] = .array(rules.map(\.json))
        add(name, state)
    }

    /// Adds a Pass in JSONata: it assigns, or gives something else than it gets.
    package mutating func addQueryPass(
        _ name: String, comment: String? = nil, assigning assigned: [VariableAssignment] = [], output: Payload? = nil,
        next: String
    ) {
        var state: JSONObject = ["Type": "Pass", "QueryLanguage": "JSONata"]
        if let comment { state["Comment"] = .string(comment) }
        if !assigned.isEmpty { state["Assign"] = VariableAssignment.json(assigned) }
        if let output { state["Output"] = output.json }
        state["Next"] = .string(next)
        add(name, state)
    }
}
