import StatesLanguage
import Testing

struct StateMachineTests {
    private static func machine(_ states: String, start: String = "A") -> String {
        #"{"StartAt":"\#(start)","States":{\#(states)}}"#
    }

    private static let task = #""Type":"Task","Resource":"arn:aws:states:::aws-sdk:glue:getDatabase""#

    @Test(arguments: [
        (machine(#""A":{"Type":"Pass","Next":"B"}"#), "UNKNOWN_TARGET", "/States/A/Next"),
        (machine(#""A":{"Type":"Pass","End":true}"#, start: "B"), "UNKNOWN_TARGET", "/StartAt"),
        (machine(#""A":{"Type":"Pass","End":true},"B":{"Type":"Succeed"}"#), "UNREACHABLE_STATE", "/States/B"),
        (machine(#""A":{"Type":"Pass"}"#), "MISSING_FIELD", "/States/A"),
        (machine(#""A":{"Type":"Pass","Next":"A","End":true}"#), "CONFLICTING_FIELDS", "/States/A"),
        (machine(#""A":{"Type":"Pass","End":true,"Nxt":"A"}"#), "UNKNOWN_FIELD", "/States/A/Nxt"),
        (machine(#""A":{"Type":"Puss","End":true}"#), "INVALID_FIELD", "/States/A/Type"),
        (machine(#""A":{"Type":"Map","End":true}"#), "MISSING_FIELD", "/States/A"),
        (machine(#""A":{"Type":"Parallel","End":true}"#), "MISSING_FIELD", "/States/A"),
        (machine(#""A":{"Type":"Pass","End":true,"Assign":[]}"#), "INVALID_FIELD", "/States/A/Assign"),
        (machine(#""A":{"Type":"Pass","End":true,"Assign":{"1a":1}}"#), "INVALID_FIELD", "/States/A/Assign/1a"),
        (machine(#""A":{"Type":"Pass","End":true,"Assign":{"a-b.$":"$"}}"#), "INVALID_FIELD", "/States/A/Assign/a-b.$"),
        (machine(#""A":{"Type":"Pass","End":true,"Assign":{"states":1}}"#), "INVALID_FIELD", "/States/A/Assign/states"),
        (machine(#""A":{"Type":"Pass","End":true,"Assign":{"a.$":"b"}}"#), "INVALID_INTRINSIC", "/States/A/Assign/a.$"),
        (
            machine(
                #""A":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Pass","Assign":{"x":1},"End":true}}},"Assign":{"x":1}}"#
            ), "INVALID_FIELD", "/States/A/ItemProcessor/States/B/Assign"
        ),
        (
            machine(#""A":{\#(task),"End":true,"HeartbeatSeconds":5}"#), "UNSUPPORTED_FEATURE",
            "/States/A/HeartbeatSeconds"
        ),
        (machine(#""A":{"Type":"Pass","End":true,"ResultPath":"$.a[*]"}"#), "INVALID_PATH", "/States/A/ResultPath"),
        (
            machine(#""A":{"Type":"Pass","End":true,"Parameters":{"a.$":"b"}}"#), "INVALID_INTRINSIC",
            "/States/A/Parameters/a.$"
        ),
        (
            machine(#""A":{"Type":"Pass","End":true,"Parameters":{"a":[{"b.$":"$["}]}}"#), "INVALID_PATH",
            "/States/A/Parameters/a[0]/b.$"
        ),
        (
            machine(#""A":{\#(task),"End":true,"Retry":[{"ErrorEquals":["States.ALL","x"]}]}"#), "INVALID_FIELD",
            "/States/A/Retry[0]/ErrorEquals"
        ),
        (
            machine(#""A":{\#(task),"End":true,"Retry":[{"ErrorEquals":["x"],"JitterStrategy":"SOME"}]}"#),
            "INVALID_FIELD", "/States/A/Retry[0]/JitterStrategy"
        ),
        (
            machine(#""A":{\#(task),"End":true,"Retry":[{"ErrorEquals":["x"],"BackoffRate":0.5}]}"#), "INVALID_FIELD",
            "/States/A/Retry[0]/BackoffRate"
        ),
        (machine(#""A":{"Type":"Choice","Choices":[]}"#), "MISSING_FIELD", "/States/A/Choices"),
        (
            machine(#""A":{"Type":"Choice","Choices":[{"Variable":"$.a","StringEquals":1,"Next":"A"}]}"#),
            "INVALID_FIELD", "/States/A/Choices[0]/StringEquals"
        ),
        (
            machine(#""A":{"Type":"Choice","Choices":[{"Variable":"$.a","Next":"A"}]}"#), "MISSING_FIELD",
            "/States/A/Choices[0]"
        ),
        (machine(#""A":{"Type":"Wait","End":true}"#), "MISSING_FIELD", "/States/A"),
        (machine(#""A":{"Type":"Wait","End":true,"Timestamp":"tomorrow"}"#), "INVALID_FIELD", "/States/A/Timestamp"),
        (#"{"States":{}}"#, "MISSING_FIELD", "/"), (#"{"StartAt":"A","StartAt":"B"}"#, "DUPLICATE_NAME", "/StartAt"),
    ])
    func `a definition with a mistake is refused, with its code and place`(text: String, code: String, path: String) {
        let error = #expect(throws: DefinitionError.self) { try StateMachine(parsing: text) }
        let found = error?.problems.map { "\($0.code.rawValue) \($0.path)" } ?? []
        #expect(found.contains("\(code) \(path)"), "\(found)")
    }

    @Test func `every mistake is told at once`() {
        let text = Self.machine(#""A":{"Type":"Pass","Nxt":"B","InputPath":"x"},"B":{"Type":"Fail","Code":1}"#)
        let error = #expect(throws: DefinitionError.self) { try StateMachine(parsing: text) }
        #expect(error?.problems.count == 5)
    }

    @Test(arguments: [
        ("a*", "abc", true), ("a*", "ba", false), ("*.log", "x.log", true), ("a*b*c", "axxbyyc", true),
        ("a*b*c", "acb", false), (#"a\*"#, "a*", true), (#"a\*"#, "ab", false), ("*", "", true), ("", "a", false),
        ("aa*aa", "aaa", false),
    ])
    func `a pattern matches as AWS matches it`(pattern: String, text: String, isMatch: Bool) throws {
        let condition: JSONValue = ["Variable": "$.v", "StringMatches": .string(pattern), "Next": "Yes"]
        let machine = try StateMachine([
            "StartAt": "A",
            "States": [
                "A": ["Type": "Choice", "Choices": [condition], "Default": "No"], "Yes": ["Type": "Succeed"],
                "No": ["Type": "Succeed"],
            ],
        ])
        guard case .choice(let choice) = machine.state("A")?.kind else { return }
        var budget = EvaluationBudget()
        let next = try choice.next(in: .init(input: ["v": .string(text)]) { [:] }, budget: &budget)
        #expect((next == "Yes") == isMatch)
    }

    @Test func `substitutions are replaced in texts, and one without a value is told with its place`() throws {
        let definition: JSONValue = ["a": ["x-${Name}-${Name}", 1], "b": "$.c", "d": "${Other}"]
        #expect(Substitutions.names(in: definition) == ["Name", "Other"])
        let all = Substitutions(["Name": "n", "Other": "\"quoted\""])
        #expect(try all.apply(to: definition).text == #"{"a":["x-n-n",1],"b":"$.c","d":"\"quoted\""}"#)
        let error = #expect(throws: DefinitionError.self) { try Substitutions(["Name": "n"]).apply(to: definition) }
        #expect(error?.problems.map(\.path.description) == ["/d"])
    }

    @Test func `a delay doubles up to its cap, and is a random part of that with full jitter`() throws {
        let text = Self.machine(
            #""A":{\#(Self.task),"End":true,"Retry":[{"ErrorEquals":["x"],"IntervalSeconds":2,"MaxDelaySeconds":9},{"ErrorEquals":["y"],"IntervalSeconds":2,"MaxDelaySeconds":9,"JitterStrategy":"FULL"}]}"#
        )
        guard case .task(let task) = try StateMachine(parsing: text).state("A")?.kind else { return }
        var random = SeededRandom(seed: 3)
        #expect((1...4).map { task.retriers[0].delay(beforeAttempt: $0, random: &random) } == [2000, 4000, 8000, 9000])
        for attempt in 1...50 {
            #expect((0...9000).contains(task.retriers[1].delay(beforeAttempt: Int64(attempt), random: &random)))
        }
    }

    @Test(
        arguments: [
            ("2016-03-14T01:59:00Z", 1_457_920_740_000), ("1970-01-01T00:00:00.001Z", 1),
            ("2016-03-14T01:59:00+02:00", 1_457_913_540_000), ("1969-12-31T23:59:59Z", -1000),
            ("2000-02-29T12:00:00.5Z", 951_825_600_500),
        ] as [(String, Int64)])
    func `a time of RFC 3339 is read`(text: String, milliseconds: Int64) throws {
        let timestamp = try #require(Timestamp(parsing: text))
        #expect(timestamp.milliseconds == milliseconds)
        #expect(Timestamp(parsing: timestamp.text) == timestamp)
    }

    @Test(arguments: ["2016-03-14", "2016-03-14T01:59Z", "2016-03-14t01:59:00Z", "2016-13-14T01:59:00Z", "x", ""])
    func `what is not a time of RFC 3339 is none`(text: String) {
        #expect(Timestamp(parsing: text) == nil)
    }
}
