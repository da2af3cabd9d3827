import DurableExecution
import StatesLanguage

extension InputKind {
    /// An expression in JSONata is refused with a place in it, or gives the same wherever it is evaluated; and what is
    /// said of it before is true of what it gives.
    func checkQuery(_ text: String) throws {
        let definition = Self.definition(text)
        let reading = DefinitionReading(definition)
        let warnings = Advice().warnings(for: reading)
        for problem in reading.errors + warnings { try checkPlace(problem, in: text) }
        let machine = try reading.machine()
        for input in Self.inputs {
            let start = ExecutionStart(
                machine: Self.reference, name: "e", input: input, startedAt: Timestamp(milliseconds: 0), seed: 1)
            let one = Self.outcome(of: start, machine)
            try require(one == Self.outcome(of: start, machine), "evaluated again it gives something else")
            if case .succeeded(let output) = one {
                try require(again(output.text) == output, "its value cannot be read again: \(output.text)")
            }
            for warning in warnings { try checkTruth(of: warning, one) }
        }
    }

    /// The expression as the output of a state, and that as a condition.
    private static func definition(_ text: String) -> JSONValue {
        [
            "QueryLanguage": "JSONata", "StartAt": "A",
            "States": [
                "A": [
                    "Type": "Pass", "Assign": ["n": 1, "list": [1, ["a": 2]], "object": ["a": ["b": "x"]]], "Next": "B",
                ],
                "B": ["Type": "Pass", "Output": .string("{% \(text) %}"), "Next": "C"],
                "C": [
                    "Type": "Choice", "Choices": [["Condition": "{% $states.input %}", "Next": "Yes"]], "Default": "No",
                ],
                "Yes": ["Type": "Succeed", "Output": "yes"],
                "No": ["Type": "Succeed", "Output": "no"],
            ],
        ]
    }

    private static func outcome(of start: ExecutionStart, _ machine: StateMachine) -> ExecutionOutcome? {
        var interpreter = Interpreter(start: start, machine: machine)
        _ = interpreter.begin()
        return interpreter.outcome
    }

    /// A place that is told is one of the expression, or directly behind it.
    private func checkPlace(_ problem: Problem, in text: String) throws {
        guard let found = problem.hint?.firstMatch(of: /see character (-?[0-9]+) of/), let place = Int(found.output.1)
        else { return }
        let count = max(text.unicodeScalars.count, "$states.input".count)
        try require((0...count + 1).contains(place), "character \(place) is none of it: \(problem)")
    }

    /// What is told for certain is so.
    private func checkTruth(of warning: Problem, _ outcome: ExecutionOutcome?) throws {
        switch (warning.code, warning.path.description) {
        case (.noCondition, _):
            try require(outcome?.status == .failed, "it is a condition after all")
        case (.neverTaken, "/States/C/Choices[0]/Next"):
            try require(outcome != .succeeded(output: "yes"), "the rule holds after all")
        case (.neverTaken, "/States/C/Default"):
            try require(outcome != .succeeded(output: "no"), "no rule holds after all")
        default: break
        }
    }
}
