import CleanroomModel
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

    /// Adds an end of the machine at which it succeeds.
    ///
    /// - Parameter output: what the execution gives; nothing for `nil`.
    mutating func addSuccess(_ name: String, _ end: Outline.End, comment: String? = nil, output: Place?) {
        var state: JSONObject = ["Type": "Succeed"]
        if let comment { state["Comment"] = .string(comment) }
        state["OutputPath"] = output.map { .string($0.path) } ?? .null
        add(name, state)
        outline.ends(name, end)
    }

    /// Adds an end of the machine at which it fails.
    mutating func addFailure(_ name: String, _ end: Outline.End, _ error: String, cause: Argument) {
        let cause = cause.member("Cause", computed: "Path")
        add(name, ["Type": "Fail", "Error": .string(error), cause.name: cause.json])
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

/// Members of a part of the data, with the values that they get.
typealias Members<Whole: Part> = KeyValuePairs<KeyPath<Whole, Place>, Argument> where Whole.Leaf == Place

/// Where the result of a task goes.
enum Result: Sendable {
    case discard
    /// The whole result at a place, or what a selector takes of it.
    case place(Place, selecting: Argument?)

    /// The whole result as a part of the data.
    static func at<Whole: Part>(_ part: Whole) -> Result { .place(part.place, selecting: nil) }

    /// Members of the result (`Argument.reply`) as those of a part of the data.
    static func at<Whole: Part>(_ part: Whole, _ members: Members<Whole>) -> Result {
        .place(part.place, selecting: .object(at: part, members))
    }

    fileprivate func apply(to state: inout JSONObject) {
        switch self {
        case .discard:
            state["ResultPath"] = .null
        case .place(let place, let selector):
            if let selector { state["ResultSelector"] = selector.json }
            state["ResultPath"] = .string(place.path)
        }
    }
}

extension Argument {
    fileprivate static func object<Whole: Part>(at part: Whole, _ members: Members<Whole>) -> Argument {
        object(at: part.place, members.map { (part[keyPath: $0], $1) })
    }
}

extension Block {
    /// A call of a service. Its throttling and passing faults are retried; what else goes wrong leads to `failed`.
    ///
    /// - Parameter catching: errors that lead elsewhere, without leaving a trace in the data.
    /// - Parameter alsoFailing: errors that lead to `failed` as well, although `States.ALL` does not have them.
    /// - Parameter awaited: the error of what may not be seen yet, after which it is looked for again.
    /// - Parameter dropsFailure: whether nothing is kept of what leads to `failed`.
    /// - Parameter expected: errors that say something here, so that the call is not made again after them.
    /// - Parameter isLooped: whether the machine itself comes back to the state after a failure, so that no retrier does.
    static func task(
        _ name: String, _ call: ServiceCall, result: Result = .discard,
        catching: [(error: String, next: String?)] = [], alsoFailing terminal: [String] = [],
        lookingAgainFor awaited: String? = nil, isLooped: Bool = false, dropsFailure: Bool = false,
        notRetrying expected: [String] = []
    ) -> Block {
        Block(entrance: name) { graph, exits in
            var state: JSONObject = ["Type": "Task", "Resource": .string(call.action.resource)]
            state["Parameters"] = call.parameters.json
            state["TimeoutSeconds"] = .integer(call.action.timeoutSeconds)
            result.apply(to: &state)
            let retries =
                call.action.retries.compactMap { $0.without(expected) } + (awaited.map { [.lookAgain(for: $0)] } ?? [])
            for error in expected { graph.outline.expects(name, error) }
            if isLooped { graph.outline.loops(name) } else { state["Retry"] = .array(retries.map(\.json)) }
            if let awaited { graph.outline.waits(name, for: [awaited]) }
            var catchers: [JSONValue] = catching.map { catcher in
                [
                    "ErrorEquals": [.string(catcher.error)], "ResultPath": .null,
                    "Next": .string(catcher.next ?? exits.next),
                ]
            }
            catchers += (terminal + [StatesError.all]).map { error in
                [
                    "ErrorEquals": [.string(error)],
                    "ResultPath": dropsFailure ? .null : .string(Place.failure.place.path),
                    "Next": .string(exits.failed),
                ]
            }
            state["Catch"] = .array(catchers)
            state["Next"] = .string(exits.next)
            graph.add(name, state)
        }
    }

    /// Puts values at places in a part of the data.
    static func pass(_ name: String, at part: Place, _ members: [(place: Place, value: Argument)]) -> Block {
        Block(entrance: name) { graph, exits in
            graph.addPass(name, at: part, members, next: exits.next)
        }
    }
}

extension Graph {
    /// Adds a state that makes a part of the data anew, of these members and no others.
    mutating func addPass<Whole: Part>(_ name: String, at part: Whole, _ members: Members<Whole>, next: String) {
        addPass(name, at: part.place, .object(at: part, members), next: next)
    }

    /// Adds a state that makes all data or a part of it anew, with values at these places and no others.
    mutating func addPass(
        _ name: String, at part: Place, _ members: [(place: Place, value: Argument)], next: String
    ) {
        addPass(name, at: part, .object(at: part, members), next: next)
    }

    private mutating func addPass(_ name: String, at part: Place, _ parameters: Argument, next: String) {
        var state: JSONObject = ["Type": "Pass", "Parameters": parameters.json]
        if part != .root { state["ResultPath"] = .string(part.path) }
        state["Next"] = .string(next)
        add(name, state)
    }

    /// Adds a state that adds a sentence to what is left behind.
    mutating func addLeftover(_ name: String, _ what: String, _ places: [Place], next: String) {
        let text = Argument.format("{}\(Answer.leftBehind)\(what).", [.left.text] + places.map(Argument.init))
        addPass(name, at: Place.left, [\.text: text], next: next)
    }

    /// Adds a state that says in `$.error` why a request is refused.
    ///
    /// - Parameter text: a text of `States.Format` with what is at a place.
    mutating func addRefusal(_ name: String, _ message: ErrorMessage, _ text: String, _ place: Place, next: String) {
        addPass(
            name, at: Place.error,
            [\.message: .text(message.rawValue), \.cause: .format(text, Argument(place))], next: next)
    }

    mutating func addChoice(_ name: String, _ rules: [(condition: Condition, next: String)], default: String) {
        let choices = rules.map { rule in
            var choice = rule.condition.json
            choice["Next"] = .string(rule.next)
            return JSONValue.object(choice)
        }
        add(name, ["Type": "Choice", "Choices": .array(choices), "Default": .string(`default`)])
    }

    mutating func addWait(_ name: String, seconds: Place, next: String) {
        add(name, ["Type": "Wait", "SecondsPath": .string(seconds.path), "Next": .string(next)])
    }
}

/// A condition of a choice.
indirect enum Condition: Sendable {
    case present(Place)
    case string(Place)
    case equals(Place, String)
    case equalsPlace(Place, Place)
    case matches(Place, String)
    case atLeast(Place, String)
    case atLeastPlace(Place, Place)
    case isNumber(Place)
    case isTrue(Place)
    case number(Place, ChoiceCondition.Ordering, Int64)
    case and([Condition])
    case or([Condition])
    case not(Condition)

    /// There and a text.
    static func isText(_ place: Place) -> Condition { .and([.present(place), .string(place)]) }

    var json: JSONObject {
        switch self {
        case .present(let place): test(place, "IsPresent", true)
        case .string(let place): test(place, "IsString", true)
        case .equals(let place, let text): test(place, "StringEquals", .string(text))
        case .equalsPlace(let place, let other): test(place, "StringEqualsPath", .string(other.path))
        case .matches(let place, let pattern): test(place, "StringMatches", .string(pattern))
        case .atLeast(let place, let text): test(place, "StringGreaterThanEquals", .string(text))
        case .atLeastPlace(let place, let other):
            test(place, "StringGreaterThanEqualsPath", .string(other.path))
        case .isNumber(let place): test(place, "IsNumeric", true)
        case .isTrue(let place): test(place, "BooleanEquals", true)
        case .number(let place, let ordering, let number):
            test(place, "Numeric\(ordering.rawValue)", .integer(number))
        case .and(let conditions): ["And": .array(conditions.map { .object($0.json) })]
        case .or(let conditions): ["Or": .array(conditions.map { .object($0.json) })]
        case .not(let condition): ["Not": .object(condition.json)]
        }
    }

    private func test(_ place: Place, _ comparison: String, _ value: JSONValue) -> JSONObject {
        ["Variable": .string(place.path), comparison: value]
    }
}
