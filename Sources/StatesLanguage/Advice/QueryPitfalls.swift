import JSONata

/// What AWS takes in a state in JSONata, and what then gives something else than it seems to say.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>, and the behaviour of JSONata
/// 2.0.6, which AWS runs.
struct QueryPitfalls {
    private let state: State
    private let json: JSONValue
    private let problems: ProblemCollector

    init(state: State, json: JSONValue, _ problems: ProblemCollector) {
        (self.state, self.json, self.problems) = (state, json, problems)
    }

    func check() {
        guard state.query != nil, case .object(let fields) = json else { return }
        for (name, value) in fields where !Self.inner.contains(name) {
            checkTexts(value, at: state.place.appending(name))
        }
        checkNames(json, at: state.place)
        checkRetry()
        checkOutput(of: json, at: state.place)
        if state.typeName == "Choice", json["Assign"] != nil {
            problems.add(
                .choiceAssign, at: state.place.appending("Assign"),
                "it is not known whether AWS assigns this for every rule, or only where none holds",
                hint: "assign it in each rule; let the last one be '{% true %}'")
        }
    }

    /// The fields in which other machines stand, whose states are looked at by themselves.
    private static let inner: Set = ["Branches", "ItemProcessor", "Iterator"]

    // MARK: Texts

    private func checkTexts(_ json: JSONValue, at place: ProblemPath) {
        switch json {
        case .string(let text) where QueryExpression.isExpression(text): checkExpression(text, at: place)
        case .array(let elements):
            for (index, element) in elements.enumerated() { checkTexts(element, at: place.appending(index)) }
        case .object(let members):
            for (name, value) in members { checkTexts(value, at: place.appending(name)) }
        default: break
        }
    }

    private func checkExpression(_ text: String, at place: ProblemPath) {
        // What cannot be read is told elsewhere.
        guard let expression = QueryExpression.parsed(text) else { return }
        for pitfall in expression.pitfalls {
            let hint = QueryProblem.position(pitfall.position)
            switch pitfall.kind {
            case .unequal:
                problems.add(
                    .unequalToNothing, at: place, "'a != b' is false where a or b is not there: write '$not(a = b)'",
                    hint: hint)
            case .longNumber:
                problems.add(
                    .longNumber, at: place, "a number of more than 15 digits is not kept as it is written", hint: hint)
            case .endAnchor:
                problems.add(
                    .unportablePattern, at: place,
                    "whether '$' matches before a last newline differs by engine: ask that no other character is in the text",
                    hint: hint)
            case .letterClass(let name):
                problems.add(
                    .unportablePattern, at: place, "which characters '\(name)' matches differs by engine: list them",
                    hint: hint)
            }
        }
        if expression.height > Self.maximumHeight {
            problems.add(
                .deepExpression, at: place,
                "the expression is nested \(expression.height) levels deep: AWS fails near 100, and each operator is one"
            )
        }
    }

    private static let maximumHeight = 50

    // MARK: Variables

    /// Looks at the names of the variables wherever the state assigns any.
    private func checkNames(_ json: JSONValue, at place: ProblemPath) {
        for (name, _) in json["Assign"]?.objectValue ?? [:] where QueryReference.isFunction(name) {
            problems.add(
                .shadowedFunction, at: place.appending("Assign").appending(name),
                "a variable '\(name)' hides the function '$\(name)' from here on")
        }
        for field in ["Choices", "Catch"] {
            for (index, rule) in (json[field]?.arrayValue ?? []).enumerated() {
                checkNames(rule, at: place.appending(field).appending(index))
            }
        }
    }

    /// An output sees the variables as they were before the state, or the rule or catcher that it is of, assigned any.
    private func checkOutput(of json: JSONValue, at place: ProblemPath) {
        if let assigned = json["Assign"]?.objectValue, let output = json["Output"] {
            checkReads(of: assigned, in: output, at: place.appending("Output"))
        }
        for field in ["Choices", "Catch"] {
            for (index, rule) in (json[field]?.arrayValue ?? []).enumerated() {
                checkOutput(of: rule, at: place.appending(field).appending(index))
            }
        }
    }

    private func checkReads(of assigned: JSONObject, in json: JSONValue, at place: ProblemPath) {
        switch json {
        case .string(let text):
            for reference in QueryExpression.parsed(text)?.references.map(QueryReference.init) ?? [] {
                guard let name = reference.variable, assigned[name] != nil else { continue }
                problems.add(
                    .oldValue, at: place, "'$\(name)' is here what it was before it is assigned beside it",
                    hint: QueryProblem.position(reference.position))
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                checkReads(of: assigned, in: element, at: place.appending(index))
            }
        case .object(let members):
            for (name, value) in members { checkReads(of: assigned, in: value, at: place.appending(name)) }
        default: break
        }
    }

    // MARK: Retriers

    /// Whether there is an expression in a template that reads more than the whole input or result.
    private func mayFail(_ template: JSONValue?) -> Bool {
        switch template {
        case .string(let text)?: QueryExpression.mayFail(text)
        case .array(let elements)?: elements.contains(where: mayFail)
        case .object(let members)?: members.contains { mayFail($1) }
        default: false
        }
    }

    /// A retrier for everything tries an expression again that cannot succeed.
    private func checkRetry() {
        guard state.typeName == "Task", [json["Output"], json["Assign"]].contains(where: mayFail) else { return }
        for (index, retrier) in (json["Retry"]?.arrayValue ?? []).enumerated() {
            let names = retrier["ErrorEquals"]?.arrayValue ?? []
            if names.contains(.string(StatesError.queryEvaluation)) { return }
            guard names.contains(.string(StatesError.all)) else { continue }
            if retrier["MaxAttempts"] == 0 { return }
            problems.add(
                .retriedExpression, at: state.place.appending("Retry").appending(index),
                "this calls the service again where an expression of the state fails, which fails again",
                hint: "put a retrier for '\(StatesError.queryEvaluation)' with MaxAttempts 0 before it")
        }
    }
}
