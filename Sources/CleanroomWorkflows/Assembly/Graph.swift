import StatesLanguage

/// The states of a machine while it is put together, in the order in which they are added.
struct Graph {
    private(set) var states = JSONObject()
    /// What the states are for.
    var outline = Outline()

    /// Adds a state; two of one name are a mistake in the workflow that no input can cause.
    mutating func add(_ name: String, _ state: JSONObject) {
        precondition(states[name] == nil, "two states are called \(name)")
        states[name] = .object(state)
        outline.add(name)
    }

    /// Adds a block as a part of the saga.
    mutating func build(_ block: Block, as role: Outline.Role, _ exits: Exits) {
        outline.begin(role, block.entrance)
        block.build(&self, exits)
        outline.finish()
    }

    /// Adds an end of the machine.
    mutating func addEnd(_ name: String, _ end: Outline.End, _ state: JSONObject) {
        add(name, state)
        outline.ends(name, end)
    }
}

/// Where a part of a machine goes on.
struct Exits: Sendable {
    /// The state after it.
    let next: String
    /// The state for a task's error that the part does not deal with itself; it finds the error in `$.failure`.
    let failed: String
}

/// A part of a machine with one entrance. It is built when it is known where to go on, so that no state inside it is
/// pointed to by name from outside.
struct Block: Sendable {
    let entrance: String
    private let body: @Sendable (inout Graph, Exits) -> Void

    init(entrance: String, build body: @escaping @Sendable (inout Graph, Exits) -> Void) {
        self.entrance = entrance
        self.body = body
    }

    /// Adds the states of the block.
    func build(_ graph: inout Graph, _ exits: Exits) {
        graph.outline.open(entrance)
        body(&graph, exits)
        graph.outline.close()
    }

    /// The blocks one after the other.
    static func sequence(_ blocks: [Block]) -> Block {
        precondition(!blocks.isEmpty, "a sequence has a first block")
        return Block(entrance: blocks[0].entrance) { graph, exits in
            for (position, block) in blocks.enumerated() {
                let next = position + 1 < blocks.count ? blocks[position + 1].entrance : exits.next
                block.build(&graph, Exits(next: next, failed: exits.failed))
            }
        }
    }
}

/// The place where the result of a task goes.
enum Result: Sendable {
    case discard
    /// The whole result at a path, or what a selector takes of it.
    case at(String, selecting: JSONValue? = nil)

    fileprivate func apply(to state: inout JSONObject) {
        switch self {
        case .discard:
            state["ResultPath"] = .null
        case .at(let path, let selector):
            if let selector { state["ResultSelector"] = selector }
            state["ResultPath"] = .string(path)
        }
    }
}

extension Block {
    /// A call of a service. Its throttling and passing faults are retried; what else goes wrong leads to `failed`.
    ///
    /// - Parameter catching: errors that lead elsewhere, without leaving a trace in the data.
    /// - Parameter awaited: the error of what may not be seen yet, after which it is looked for again.
    static func task(
        _ name: String, _ action: ServiceAction, _ parameters: JSONValue, result: Result = .discard,
        catching: [(error: String, next: String?)] = [], lookingAgainFor awaited: String? = nil
    ) -> Block {
        Block(entrance: name) { graph, exits in
            var state: JSONObject = ["Type": "Task", "Resource": .string(action.resource)]
            state["Parameters"] = parameters
            state["TimeoutSeconds"] = .integer(action.timeoutSeconds)
            result.apply(to: &state)
            let retries = action.retries + (awaited.map { [.lookAgain(for: $0)] } ?? [])
            state["Retry"] = .array(retries.map(\.json))
            if let awaited { graph.outline.waits(name, for: [awaited]) }
            var catchers: [JSONValue] = catching.map { catcher in
                [
                    "ErrorEquals": [.string(catcher.error)], "ResultPath": .null,
                    "Next": .string(catcher.next ?? exits.next),
                ]
            }
            catchers.append(["ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": .string(exits.failed)])
            state["Catch"] = .array(catchers)
            state["Next"] = .string(exits.next)
            graph.add(name, state)
        }
    }

    /// Computes a value and puts it at a path.
    static func pass(_ name: String, at path: String, _ parameters: JSONValue) -> Block {
        Block(entrance: name) { graph, exits in
            graph.addPass(name, at: path, parameters, next: exits.next)
        }
    }
}

extension Graph {
    mutating func addPass(_ name: String, at path: String, _ parameters: JSONValue, next: String) {
        var state: JSONObject = ["Type": "Pass", "Parameters": parameters]
        if path != "$" { state["ResultPath"] = .string(path) }
        state["Next"] = .string(next)
        add(name, state)
    }

    mutating func addChoice(_ name: String, _ rules: [(condition: Condition, next: String)], default: String) {
        let choices = rules.map { rule in
            var choice = rule.condition.json
            choice["Next"] = .string(rule.next)
            return JSONValue.object(choice)
        }
        add(name, ["Type": "Choice", "Choices": .array(choices), "Default": .string(`default`)])
    }

    mutating func addWait(_ name: String, secondsPath: String, next: String) {
        add(name, ["Type": "Wait", "SecondsPath": .string(secondsPath), "Next": .string(next)])
    }
}

/// A condition of a choice.
indirect enum Condition: Sendable {
    case present(String)
    case string(String)
    case equals(String, String)
    case equalsPath(String, String)
    case matches(String, String)
    case atLeast(String, String)
    case isTrue(String)
    case number(String, ChoiceCondition.Ordering, Int64)
    case and([Condition])
    case or([Condition])
    case not(Condition)

    /// There and a text.
    static func isText(_ path: String) -> Condition { .and([.present(path), .string(path)]) }

    var json: JSONObject {
        switch self {
        case .present(let path): ["Variable": .string(path), "IsPresent": true]
        case .string(let path): ["Variable": .string(path), "IsString": true]
        case .equals(let path, let text): ["Variable": .string(path), "StringEquals": .string(text)]
        case .equalsPath(let path, let other): ["Variable": .string(path), "StringEqualsPath": .string(other)]
        case .matches(let path, let pattern): ["Variable": .string(path), "StringMatches": .string(pattern)]
        case .atLeast(let path, let text): ["Variable": .string(path), "StringGreaterThanEquals": .string(text)]
        case .isTrue(let path): ["Variable": .string(path), "BooleanEquals": true]
        case .number(let path, let ordering, let number):
            ["Variable": .string(path), "Numeric\(ordering.rawValue)": .integer(number)]
        case .and(let conditions): ["And": .array(conditions.map { .object($0.json) })]
        case .or(let conditions): ["Or": .array(conditions.map { .object($0.json) })]
        case .not(let condition): ["Not": .object(condition.json)]
        }
    }
}
