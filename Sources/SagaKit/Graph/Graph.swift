package import StatesLanguage

/// The states of a machine while it is put together, in the order in which they are added.
package struct Graph: Sendable {
    private(set) var states = JSONObject()
    /// What the states are for.
    package var outline = Outline()
    /// With this the cause of an error begins to name what is left.
    package let leftBehind: String

    /// - Parameter leftBehind: with this the cause of an error begins to name what is left.
    package init(leftBehind: String) { self.leftBehind = leftBehind }

    /// Adds a state; two of one name are a mistake in the workflow that no input can cause.
    package mutating func add(_ name: String, _ state: JSONObject) {
        precondition(states[name] == nil, "two states are called \(name)")
        states[name] = .object(state)
        outline.add(name)
    }

    /// Adds a choice; the rules are tried in their order, and the last one always holds.
    package mutating func addChoice(_ name: String, comment: String? = nil, _ rules: [Rule]) {
        precondition(rules.last?.condition.syntax == .literal(.bool(true)), "the last rule of \(name) always holds")
        var state: JSONObject = ["Type": "Choice"]
        if let comment { state["Comment"] = .string(comment) }
        state["Choices"] = .array(rules.map(\.json))
        add(name, state)
    }

    /// Adds a state that waits.
    ///
    /// - Parameter seconds: a number from 0 on for any data, since nothing catches an error of a Wait.
    package mutating func addWait(_ name: String, seconds: Expression<Int64>, _ way: Way) {
        var state: JSONObject = ["Type": "Wait", "Seconds": .string(seconds.text)]
        way.apply(to: &state)
        add(name, state)
    }

    /// Adds a state that only assigns, or gives something else than it gets.
    package mutating func addPass(_ name: String, comment: String? = nil, _ way: Way) {
        var state: JSONObject = ["Type": "Pass"]
        if let comment { state["Comment"] = .string(comment) }
        way.apply(to: &state)
        add(name, state)
    }

    /// Adds an end of the machine at which it succeeds.
    ///
    /// - Parameter output: what the execution gives; what it gets for `nil`.
    package mutating func addSuccess(_ name: String, _ end: Outline.End, comment: String? = nil, output: Payload? = nil)
    {
        var state: JSONObject = ["Type": "Succeed"]
        if let comment { state["Comment"] = .string(comment) }
        if let output { state["Output"] = output.json }
        add(name, state)
        outline.ends(name, end)
    }

    /// Adds an end of the machine at which it fails.
    package mutating func addFailure(_ name: String, _ end: Outline.End, _ error: String, cause: Payload) {
        add(name, ["Type": "Fail", "Error": .string(error), "Cause": cause.json])
        outline.ends(name, end)
    }
}

/// A rule of a choice.
package struct Rule: Sendable {
    let condition: Expression<Bool>
    let way: Way
    let comment: String?

    /// - Parameters:
    ///   - condition: true or false for any data, since nothing catches an error of a Choice.
    ///   - comment: says in words what a long condition says.
    package init(if condition: Expression<Bool>, comment: String? = nil, _ way: Way) {
        (self.condition, self.way, self.comment) = (condition, way, comment ?? way.comment)
    }

    /// The last rule, where none before it holds. It is one of the rules and not the `Default`, whose `Assign` would be
    /// that of the state.
    package static func otherwise(_ way: Way) -> Rule { Rule(if: true, way) }

    var json: JSONValue {
        var json: JSONObject = [:]
        if let comment { json["Comment"] = .string(comment) }
        json["Condition"] = .string(condition.text)
        way.apply(to: &json)
        return .object(json)
    }
}
