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

    /// Adds an end of the machine at which it succeeds.
    ///
    /// - Parameter output: what the execution gives; nothing for `nil`.
    package mutating func addSuccess(_ name: String, _ end: Outline.End, comment: String? = nil, output: Place?) {
        var state: JSONObject = ["Type": "Succeed"]
        if let comment { state["Comment"] = .string(comment) }
        state["OutputPath"] = output.map { .string($0.path) } ?? .null
        add(name, state)
        outline.ends(name, end)
    }

    /// Adds an end of the machine at which it fails.
    package mutating func addFailure(_ name: String, _ end: Outline.End, _ error: String, cause: Argument) {
        let cause = cause.member("Cause", computed: "Path")
        add(name, ["Type": "Fail", "Error": .string(error), cause.name: cause.json])
        outline.ends(name, end)
    }
}

extension Graph {
    /// Adds a state that makes a part of the data anew, of these members and no others.
    package mutating func addPass<Whole: Part>(_ name: String, at part: Whole, _ members: Members<Whole>, next: String)
    {
        addPass(name, at: part.place, parameters: .object(at: part, members), next: next)
    }

    /// Adds a state that makes all data or a part of it anew, with values at these places and no others.
    package mutating func addPass(
        _ name: String, at part: Place, _ members: [(place: Place, value: Argument)], next: String
    ) {
        addPass(name, at: part, parameters: .object(at: part, members), next: next)
    }

    /// Adds a state that makes all data or a part of it anew.
    package mutating func addPass(_ name: String, at part: Place, parameters: Argument, next: String) {
        var state: JSONObject = ["Type": "Pass", "Parameters": parameters.json]
        if part != .root { state["ResultPath"] = .string(part.path) }
        state["Next"] = .string(next)
        add(name, state)
    }

    /// Adds a state that adds a sentence to what is left behind.
    package mutating func addLeftover(_ name: String, _ what: String, _ places: [Place], next: String) {
        let text = Argument.format("{}\(leftBehind)\(what).", [.left.text] + places.map(Argument.init))
        addPass(name, at: Place.left, [\.text: text], next: next)
    }

    /// Adds a choice; the rules are tried in their order.
    package mutating func addChoice(_ name: String, _ rules: [(condition: Condition, next: String)], default: String) {
        let choices = rules.map { rule in
            var choice = rule.condition.json
            choice["Next"] = .string(rule.next)
            return JSONValue.object(choice)
        }
        add(name, ["Type": "Choice", "Choices": .array(choices), "Default": .string(`default`)])
    }

    /// Adds a state that waits for as many seconds as are at a place.
    package mutating func addWait(_ name: String, seconds: Place, next: String) {
        add(name, ["Type": "Wait", "SecondsPath": .string(seconds.path), "Next": .string(next)])
    }
}
