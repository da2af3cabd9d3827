import StatesLanguage
import Testing

/// What one state may cost: its steps, its bytes, and what is said of it.
struct EvaluationBudgetTests {
    private static let large = JSONValue.string(String(repeating: "x", count: 200_000))

    private func evaluate(
        _ parameters: JSONValue, _ input: JSONValue
    ) throws -> (value: JSONValue?, failure: String?, budget: EvaluationBudget) {
        let machine = try StateMachine([
            "StartAt": "A", "States": ["A": ["Type": "Pass", "Parameters": parameters, "End": true]],
        ])
        guard case .pass(let pass)? = machine.state("A")?.kind, let template = pass.parameters else {
            throw JSONPathFailure()
        }
        var (random, budget) = (SeededRandom(seed: 1), EvaluationBudget())
        do {
            let value = try template.evaluate(in: .init(input: input) { [:] }, random: &random, budget: &budget)
            return (value, nil, budget)
        } catch {
            return (nil, error.description, budget)
        }
    }

    private struct JSONPathFailure: Error {}

    private static func nested(_ function: String, _ depth: Int, of argument: String) -> String {
        String(repeating: "\(function)(", count: depth) + argument + String(repeating: ")", count: depth)
    }

    private static let hostile: [(String, JSONValue)] = {
        let many = String(repeating: "{}", count: 40_000)
        let arguments = String(repeating: ",$.t", count: 40_000)
        let copies = JSONObject((0..<20_000).map { ("m\($0).$", "$") })
        return [
            (
                "a template that is filled in 40,000 times", ["x.$": .string("States.Format('\(many)'\(arguments))")]
            ),
            ("a template out of the data", ["x.$": "States.Format($.braces,$.t)"]),
            (
                "backslashes that double sixty times", ["x.$": .string(nested("States.JsonToString", 60, of: "$.q"))]
            ),
            ("20,000 copies", .object(copies)),
            (
                "20,000 copies in an array",
                ["x.$": .string("States.Array($.t\(String(repeating: ",$", count: 20_000)))")]
            ),
            ("arrays of arrays", ["x.$": .string(nested("States.Array", 60, of: "$,$,$,$"))]),
            (
                "merged with itself",
                [
                    "x.$": .string(
                        "States.Array("
                            + (0..<20).map { _ in "States.JsonMerge($.object,$.object,false)" }
                            .joined(separator: ",") + ")")
                ]
            ),
            (
                "ranges without number",
                [
                    "x.$": .string(
                        "States.Array(" + (0..<20_000).map { _ in "States.ArrayRange(1,1000,1)" }.joined(separator: ",")
                            + ")")
                ]
            ),
            ("a text in a hundred thousand parts", ["x.$": "States.StringSplit($.commas,',')"]),
            ("everything below everything", ["x.$": "$..*"]),
            ("partitions", ["x.$": "States.ArrayPartition($.list,1)"]),
        ]
    }()

    private static let input: JSONValue = [
        "t": large, "q": "\"", "braces": .string(String(repeating: "{}", count: 100_000)),
        "commas": .string(String(repeating: "a,", count: 100_000)),
        "list": .array((0..<100_000).map { .integer($0 % 10) }), "object": ["a": large],
    ]

    @Test(arguments: hostile.indices)
    func `no value in a state becomes larger than its data may be`(index: Int) throws {
        let (name, parameters) = Self.hostile[index]
        let (value, failure, budget) = try evaluate(parameters, Self.input)
        #expect(value == nil, "\(name)")
        #expect(budget.bytes <= EvaluationBudget.maximumBytes, "\(name)")
        #expect(budget.steps <= EvaluationBudget.maximumSteps, "\(name)")
        #expect((failure?.utf8.count ?? 0) < 1000, "\(name): \(failure?.prefix(200) ?? "")")
    }

    @Test func `what a function makes is taken from the bytes, and what it reads is not`() throws {
        let text = JSONValue.string(String(repeating: "x", count: 100_000))
        let read = JSONObject((0..<50).map { ("m\($0).$", "States.ArrayLength($.list)") })
        #expect(try evaluate(.object(read), ["list": [text, text]]).budget.bytes < 1000)
        let made = try evaluate(["x.$": "States.Format('{}!', $.t)"], ["t": text])
        #expect(made.value?["x"]?.stringValue?.utf8.count == 100_001)
        #expect(made.budget.bytes == 200_004)
    }

    @Test func `fifty searches in one state share its steps`() throws {
        let list = JSONValue.array((0..<40_000).map { .integer($0) })
        let template = JSONObject((0..<50).map { ("m\($0).$", "$.d..x") })
        let (value, failure, budget) = try evaluate(.object(template), ["d": list])
        #expect(value == nil && budget.excess == .steps)
        #expect(budget.steps > EvaluationBudget.maximumSteps - 40_001)
        #expect(failure?.contains("\(EvaluationBudget.maximumSteps) steps") == true)
        #expect(try evaluate(["x.$": "$.d..x"], ["d": list]).value == ["x": []])
    }

    @Test(arguments: [
        (["Variable": "$.d..x", "IsPresent": false] as JSONValue),
        ["Or": [["Variable": "$.t", "StringMatches": "*a*b*c"], ["Variable": "$.t", "StringEqualsPath": "$.u"]]],
        ["Not": ["Variable": "$.t", "IsTimestamp": false]],
        ["And": [["Variable": "$.d[?(@ == $.d)]", "IsPresent": true], ["Variable": "$.t", "IsNumeric": true]]],
    ])
    func `thousands of rules share the steps of one state`(condition: JSONValue) throws {
        let rule = (condition.objectValue ?? [:]).merging(["Next": "B"])
        let machine = try StateMachine([
            "StartAt": "A",
            "States": [
                "A": [
                    "Type": "Choice", "Choices": .array(.init(repeating: .object(rule), count: 5000)), "Default": "B",
                ],
                "B": ["Type": "Succeed"],
            ],
        ])
        guard case .choice(let choice)? = machine.state("A")?.kind else { throw JSONPathFailure() }
        let text = String(repeating: "a", count: 60_000)
        let input: JSONValue = [
            "d": .array((0..<1000).map { .integer($0) }), "t": .string(text + "x"), "u": .string(text + "y"),
        ]
        var budget = EvaluationBudget()
        #expect(throws: ChoiceFailure.self) { try choice.next(in: .init(input: input) { [:] }, budget: &budget) }
        #expect(budget.excess == .steps)
        #expect(budget.steps <= EvaluationBudget.maximumSteps)
    }

    @Test(arguments: [
        ("", "*", true), ("abc", "a*c", true), ("abc", "a*d", false), ("aab", "*ab", true), ("aaab", "*aab*", true),
        ("ababac", "*abac", true), ("ab", "ab*b", false), ("a*b", #"a\*b"#, true), ("axb", #"a\*b"#, false),
        ("xaabaabaaay", "x*aabaaa*y", true), ("abcabc", "*bca*c", true), ("é", "*\u{e9}*", true), ("abc", "abc", true),
    ])
    func `a pattern is found in one walk along the text`(text: String, pattern: String, isFound: Bool) throws {
        let machine = try StateMachine([
            "StartAt": "A",
            "States": [
                "A": [
                    "Type": "Choice", "Choices": [["Variable": "$", "StringMatches": .string(pattern), "Next": "B"]],
                    "Default": "C",
                ], "B": ["Type": "Succeed"], "C": ["Type": "Succeed"],
            ],
        ])
        guard case .choice(let choice)? = machine.state("A")?.kind else { throw JSONPathFailure() }
        var budget = EvaluationBudget()
        let next = try choice.next(in: .init(input: .string(text)) { [:] }, budget: &budget)
        #expect(next == (isFound ? "B" : "C"))
    }

    /// `*a…ab` in a text of `a` takes as many comparisons as both have pairs of letters where each place is tried.
    @Test func `a pattern that nearly fits everywhere takes no longer than another`() throws {
        let pattern = String(repeating: "a", count: 100_000) + "b"
        let machine = try StateMachine([
            "StartAt": "A",
            "States": [
                "A": [
                    "Type": "Choice",
                    "Choices": [["Variable": "$", "StringMatches": .string("*\(pattern)*"), "Next": "B"]],
                    "Default": "B",
                ], "B": ["Type": "Succeed"],
            ],
        ])
        guard case .choice(let choice)? = machine.state("A")?.kind else { throw JSONPathFailure() }
        let input = JSONValue.string(String(repeating: "a", count: 200_000))
        var budget = EvaluationBudget()
        #expect(try choice.next(in: .init(input: input) { [:] }, budget: &budget) == "B")
        #expect(budget.steps < 20_000)
    }

    @Test func `what a pattern takes to be looked for is charged by its pieces, and by the text`() throws {
        let pieces = String(repeating: "a*", count: 50_000)
        let machine = try StateMachine([
            "StartAt": "A",
            "States": [
                "A": [
                    "Type": "Choice",
                    "Choices": [["Variable": "$", "StringMatches": .string("*\(pieces)"), "Next": "B"]],
                    "Default": "C",
                ], "B": ["Type": "Succeed"], "C": ["Type": "Succeed"],
            ],
        ])
        guard case .choice(let choice)? = machine.state("A")?.kind else { throw JSONPathFailure() }
        for (count, next) in [(50_000, "B"), (49_999, "C")] {
            var budget = EvaluationBudget()
            let input = JSONValue.string(String(repeating: "a", count: count))
            #expect(try choice.next(in: .init(input: input) { [:] }, budget: &budget) == next)
            #expect(budget.steps >= 50_000)
        }
    }

    @Test func `a message quotes as much of a document as a cause may have`() throws {
        let (_, failure, _) = try evaluate(["x.$": "$.nothing"], ["t": Self.large])
        let text = try #require(failure)
        #expect(text.unicodeScalars.count <= MessageText.maximumCauseLength)
        #expect(
            text.hasPrefix("The JSONPath '$.nothing' specified for the field 'x.$' could not be found in the input "))
        #expect(text.utf8.count > 20_000)
        let small = try evaluate(["x.$": "$.nothing"], ["a": 1]).failure
        #expect(small?.hasSuffix(#"could not be found in the input '{"a":1}'"#) == true)
    }

    @Test(arguments: [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("éééé", 4, "éééé"), ("ééééé", 4, "ééé…"), ("", 1, "")])
    func `a text is shortened by characters`(text: String, limit: Int, shortened: String) {
        #expect(text.shortened(to: limit) == shortened)
    }

    @Test func `the beginning of a value is written and no more`() {
        let value: JSONValue = ["a": [1, 2, 3], "b": Self.large]
        #expect(value.text(upTo: 20) == #"{"a":[1,2,3],"b":"x…"#)
        #expect(value.text(upTo: 1_000_000) == value.text)
    }
}
