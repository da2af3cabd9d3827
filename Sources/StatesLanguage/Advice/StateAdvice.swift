import JSONata

/// What can be seen of a state alone.
struct StateAdvice {
    private let state: State
    private let json: JSONValue
    private let problems: ProblemCollector

    init(state: State, json: JSONValue, _ problems: ProblemCollector) {
        (self.state, self.json, self.problems) = (state, json, problems)
    }

    func check() {
        if state.typeName == "Task" { checkTask() }
        if state.typeName == "Choice", json["Default"] == nil, !hasRuleForAll {
            problems.add(
                .noDefault, at: state.place, "an input that fits no rule ends the execution: there is no Default")
        }
        for field in TypedQuery.all(of: state) {
            let budget = AdviceBudget()
            field.mismatch { QueryShapes(of: $0, budget) }?.tell(problems)
        }
        QueryPitfalls(state: state, json: json, problems).check()
        if state.isOpaque || state.query != nil { return }
        for field in ["Parameters", "ResultSelector", "ItemSelector", "Result"] {
            if let template = json[field] {
                checkDollars(template, at: state.place.appending(field), isStatic: field == "Result")
            }
        }
    }

    /// Whether a rule of a choice holds for every input, as one whose condition is `true`.
    private var hasRuleForAll: Bool {
        guard case .queryChoice(let choice) = state.kind else { return false }
        return choice.rules.contains { rule in
            switch rule.condition.root {
            case .literal(let value): value == true
            case .expression(let expression): if case .boolean(true) = expression.result.kind { true } else { false }
            case .array, .object: false
            }
        }
    }

    // MARK: Tasks

    private static let knownServices = ServiceModelText.services.keys.sorted()

    private func checkTask() {
        if json["Catch"] == nil {
            problems.add(.noCatch, at: state.place, "an error of this task ends the execution: there is no Catch")
        }
        if json["TimeoutSeconds"] == nil, json["TimeoutSecondsPath"] == nil {
            problems.add(.noTimeout, at: state.place, "this task may run for years: there is no TimeoutSeconds")
        }
        let place = state.place.appending("Resource")
        let integration = json["Resource"]?.stringValue.flatMap { ServiceIntegration($0) }
        if let integration, let actions = integration.siblings {
            if !actions.contains(Substring(integration.action)) {
                problems.add(
                    .unknownAction, at: place,
                    "the service \(integration.service) has no action \(integration.action.quoted)",
                    hint: problems.hint(for: integration.action, among: actions.lazy.map(String.init)))
            }
        } else if let integration, integration.isSDK {
            if let hint = problems.hint(for: integration.service, among: Self.knownServices) {
                problems.add(
                    .unknownAction, at: place, "the service \(integration.service.quoted) is not known", hint: hint)
            }
        }
        checkErrors(of: integration)
        if case .task(let task) = state.kind, let input = integration?.input {
            // Where there are none its input is its parameters, and nobody knows that.
            let field = state.query == nil ? "Parameters" : "Arguments"
            guard task.parameters != nil || task.arguments != nil, let parameters = json[field] else { return }
            checkParameters(parameters, input, at: state.place.appending(field))
            if integration?.isHTTP == true {
                HTTPTask.advise(parameters, at: state.place.appending(field), problems)
            }
        }
    }

    private func checkErrors(of integration: ServiceIntegration?) {
        for field in ["Retry", "Catch"] {
            for (index, handler) in (json[field]?.arrayValue ?? []).enumerated() {
                for (position, name) in (handler["ErrorEquals"]?.arrayValue ?? []).enumerated() {
                    guard let name = name.stringValue else { continue }
                    guard let others = ServiceErrors.missed(by: name, of: integration) else { continue }
                    let place = state.place.appending(field).appending(index).appending("ErrorEquals")
                    problems.add(
                        .unknownError, at: place.appending(position), "this task gives no error '\(name.quoted)'",
                        hint: problems.hint(for: name, among: others))
                }
            }
        }
    }

    private func checkParameters(_ json: JSONValue, _ shape: ServiceShape, at place: ProblemPath) {
        if isComputed(json) {
            if case .list = shape, let text = json.stringValue, let expression = QueryExpression.parsed(text),
                !expression.keepsList
            {
                problems.add(
                    .singleElement, at: place,
                    "the parameter is a list, and an expression that finds one element or none may give no list",
                    hint: "write '[…]' around it")
            }
            return
        }
        switch (shape, json) {
        case (.anything, _): break
        case (.structure(let members), .object(let object)):
            var found: Set<String> = []
            for (name, value) in object {
                let isComputed = state.query == nil && name.hasSuffix(".$")
                let plain = isComputed ? String(name.dropLast(2)) : name
                guard let member = members.first(where: { $0.name == plain }) else {
                    problems.add(
                        .unknownParameter, at: place.appending(name), "there is no parameter '\(plain.quoted)' here",
                        hint: problems.hint(for: plain, among: members.map(\.name)))
                    continue
                }
                found.insert(plain)
                if !isComputed { checkParameters(value, member.shape, at: place.appending(name)) }
            }
            for member in members where member.isRequired && !found.contains(member.name) {
                problems.add(.missingParameter, at: place, "the parameter '\(member.name)' is required")
            }
        case (.list(let element), .array(let elements)):
            for (index, value) in elements.enumerated() {
                checkParameters(value, element, at: place.appending(index))
            }
        case (.map(let element), .object(let object)):
            for (name, value) in object where state.query != nil || !name.hasSuffix(".$") {
                checkParameters(value, element, at: place.appending(name))
            }
        case (.oneOf(let words), .string(let text)):
            if !words.contains(text), !text.contains("${") {
                problems.add(
                    .invalidParameter, at: place, "one of \(words.joined(separator: ", ")) is expected here",
                    hint: problems.hint(for: text, among: words))
            }
        case (.text, .string), (.number, .integer), (.number, .double), (.flag, .bool): break
        case (.number, .string(let text)) where text.contains("${"): break
        case (.flag, .string(let text)) where text.contains("${"): break
        default:
            problems.add(.invalidParameter, at: place, "\(shape.kind) is expected here, not \(json.kind)")
        }
    }

    /// Whether a value is an expression in JSONata.
    private func isComputed(_ json: JSONValue) -> Bool {
        state.query != nil && json.stringValue.map(QueryExpression.isExpression) ?? false
    }

    // MARK: Templates

    /// Finds what looks computed and is not.
    private func checkDollars(_ json: JSONValue, at place: ProblemPath, isStatic: Bool) {
        switch json {
        case .string(let text) where Self.looksComputed(text):
            let message =
                isStatic
                ? "what a Result holds is passed on as it stands, and is not computed"
                : "this looks like a path or an intrinsic, and is passed on as it stands"
            problems.add(
                .lostDollar, at: place, message,
                hint: isStatic ? "use Parameters" : "end the name in `.$`")
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                checkDollars(element, at: place.appending(index), isStatic: isStatic)
            }
        case .object(let members):
            for (name, value) in members where isStatic || !name.hasSuffix(".$") {
                checkDollars(value, at: place.appending(name), isStatic: isStatic)
            }
        default: break
        }
    }

    private static func looksComputed(_ text: String) -> Bool {
        if text.hasPrefix("States.") {
            return IntrinsicFunction.allCases.contains { text.hasPrefix($0.rawValue + "(") }
        }
        guard text.hasPrefix("$."), text != "$." else { return text.hasPrefix("$$.") || text.hasPrefix("$[") }
        return text.unicodeScalars.dropFirst(2).first.map { !("0"..."9").contains($0) } ?? false
    }
}

extension ServiceShape {
    /// What kind of value this is, in the words of an error message.
    var kind: String {
        switch self {
        case .anything: "anything"
        case .text, .oneOf: "a text"
        case .number: "a number"
        case .flag: "true or false"
        case .list: "an array"
        case .map, .structure: "an object"
        }
    }
}
