import DurableExecution
import StatesLanguage
import TestSupport
import Testing

/// Each type of state by itself, as the language is described: no recording is needed for these.
///
/// Source: <https://states-language.net/spec.html>
struct StateTypeTests {
    private static let begin = Timestamp(milliseconds: 1_750_000_000_000)

    private func later(_ milliseconds: Int64) -> Timestamp { Self.begin.advanced(byMilliseconds: milliseconds) }

    /// An execution of a machine of these states, the first of which is `A`.
    private struct Execution {
        var interpreter: Interpreter
        var actions: [ExecutionAction]

        init(_ states: String, _ input: JSONValue = [:], seed: UInt64 = 1) throws {
            let machine = try StateMachine(parsing: #"{"StartAt":"A","States":{\#(states)}}"#)
            let reference = StateMachineReference(
                arn: "arn:aws:states:us-east-1:111111111111:stateMachine:m", name: "m", roleARN: "role",
                definitionHash: "")
            interpreter = Interpreter(
                start: ExecutionStart(
                    machine: reference, name: "e", input: input, startedAt: StateTypeTests.begin, seed: seed),
                machine: machine, recording: HistoryWindow())
            actions = interpreter.begin()
        }

        mutating func answer(_ answer: Reply, at time: Timestamp) {
            actions = interpreter.answer(answer, at: time)
        }

        var output: JSONValue? { if case .succeeded(let output) = interpreter.outcome { output } else { nil } }

        var task: TaskRequest? { if case .runTask(let request) = actions.first { request } else { nil } }

        var wakingTime: Timestamp? { if case .wait(let time, _) = actions.first { time } else { nil } }
    }

    private func output(_ states: String, _ input: JSONValue = [:]) throws -> JSONValue? {
        try Execution(states, input).output
    }

    // MARK: Pass, Succeed, Fail

    @Test(arguments: [
        (#""Type":"Pass""#, #"{"a":{"b":1},"c":2}"#),
        (#""Type":"Pass","InputPath":"$.a""#, #"{"b":1}"#),
        (#""Type":"Pass","InputPath":null"#, "{}"),
        (#""Type":"Pass","Result":{"d":3}"#, #"{"d":3}"#),
        (#""Type":"Pass","Result":3,"ResultPath":"$.a.d""#, #"{"a":{"b":1,"d":3},"c":2}"#),
        (#""Type":"Pass","Result":3,"ResultPath":null"#, #"{"a":{"b":1},"c":2}"#),
        (#""Type":"Pass","Parameters":{"d.$":"$.a.b","e":"$.a.b"}"#, #"{"d":1,"e":"$.a.b"}"#),
        (
            #""Type":"Pass","InputPath":"$.a","Parameters":{"d.$":"$.b"},"ResultPath":"$.e""#,
            #"{"a":{"b":1},"c":2,"e":{"d":1}}"#
        ),
        (#""Type":"Pass","OutputPath":"$.a.b""#, "1"),
        (#""Type":"Pass","Result":5,"ResultPath":"$.a","OutputPath":"$.a""#, "5"),
        (#""Type":"Succeed""#, #"{"a":{"b":1},"c":2}"#),
        (#""Type":"Succeed","InputPath":"$.a","OutputPath":"$.b""#, "1"),
    ])
    func `a state passes on what its paths say`(state: String, expected: String) throws {
        let end = state.contains("Pass") ? #","End":true"# : ""
        #expect(try output(#""A":{\#(state)\#(end)}"#, ["a": ["b": 1], "c": 2]) == JSONValue(parsing: expected))
    }

    @Test(
        arguments: [
            (#""Error":"E","Cause":"c""#, "E", "c"), (#""Cause":"c""#, nil, "c"), (#""Error":"E""#, "E", nil),
            (#""ErrorPath":"$.error","CausePath":"States.Format('{}!', $.cause)""#, "MyError", "because!"),
        ] as [(String, String?, String?)])
    func `a Fail ends the execution with its error and cause`(fields: String, error: String?, cause: String?) throws {
        let execution = try Execution(#""A":{"Type":"Fail",\#(fields)}"#, ["error": "MyError", "cause": "because"])
        #expect(execution.interpreter.outcome == .failed(error: error, cause: cause))
    }

    // MARK: Choice

    private static let data: JSONValue = [
        "text": "b", "number": 2, "truth": true, "time": "2026-01-02T03:04:05Z", "none": .null, "same": "b", "two": 2,
        "later": "2026-01-02T03:04:06+00:00", "star": "a*b",
    ]

    @Test(arguments: [
        (#""Variable":"$.text","StringEquals":"b""#, true), (#""Variable":"$.text","StringEquals":"B""#, false),
        (#""Variable":"$.text","StringLessThan":"c""#, true), (#""Variable":"$.text","StringLessThan":"b""#, false),
        (#""Variable":"$.text","StringLessThanEquals":"b""#, true),
        (#""Variable":"$.text","StringLessThanEquals":"a""#, false),
        (#""Variable":"$.text","StringGreaterThan":"a""#, true),
        (#""Variable":"$.text","StringGreaterThan":"b""#, false),
        (#""Variable":"$.text","StringGreaterThanEquals":"b""#, true),
        (#""Variable":"$.text","StringGreaterThanEquals":"c""#, false),
        (#""Variable":"$.text","StringEqualsPath":"$.same""#, true),
        (#""Variable":"$.text","StringEqualsPath":"$.star""#, false),
        (#""Variable":"$.star","StringMatches":"a*""#, true), (#""Variable":"$.star","StringMatches":"a\\*b""#, true),
        (#""Variable":"$.text","StringMatches":"a*""#, false), (#""Variable":"$.text","StringMatches":"\\*""#, false),
        (#""Variable":"$.number","NumericEquals":2.0"#, true), (#""Variable":"$.number","NumericEquals":3"#, false),
        (#""Variable":"$.number","NumericLessThan":3"#, true), (#""Variable":"$.number","NumericLessThan":2"#, false),
        (#""Variable":"$.number","NumericLessThanEquals":2"#, true),
        (#""Variable":"$.number","NumericLessThanEquals":1"#, false),
        (#""Variable":"$.number","NumericGreaterThan":1"#, true),
        (#""Variable":"$.number","NumericGreaterThan":2"#, false),
        (#""Variable":"$.number","NumericGreaterThanEquals":2"#, true),
        (#""Variable":"$.number","NumericGreaterThanEquals":3"#, false),
        (#""Variable":"$.number","NumericEqualsPath":"$.two""#, true),
        (#""Variable":"$.truth","BooleanEquals":true"#, true), (#""Variable":"$.truth","BooleanEquals":false"#, false),
        (#""Variable":"$.time","TimestampEquals":"2026-01-02T04:04:05+01:00""#, true),
        (#""Variable":"$.time","TimestampEquals":"2026-01-02T03:04:06Z""#, false),
        (#""Variable":"$.time","TimestampLessThanPath":"$.later""#, true),
        (#""Variable":"$.later","TimestampLessThanPath":"$.time""#, false),
        (#""Variable":"$.time","TimestampLessThanEquals":"2026-01-02T03:04:05Z""#, true),
        (#""Variable":"$.time","TimestampLessThanEquals":"2026-01-02T03:04:04Z""#, false),
        (#""Variable":"$.time","TimestampGreaterThan":"2026-01-02T03:04:04Z""#, true),
        (#""Variable":"$.time","TimestampGreaterThan":"2026-01-02T03:04:05Z""#, false),
        (#""Variable":"$.time","TimestampGreaterThanEquals":"2026-01-02T03:04:05Z""#, true),
        (#""Variable":"$.time","TimestampGreaterThanEquals":"2026-01-02T03:04:06Z""#, false),
        (#""Variable":"$.none","IsNull":true"#, true), (#""Variable":"$.text","IsNull":true"#, false),
        (#""Variable":"$.gone","IsPresent":true"#, false), (#""Variable":"$.none","IsPresent":true"#, true),
        (#""Variable":"$.gone","IsPresent":false"#, true),
        (#""Variable":"$.number","IsNumeric":true"#, true), (#""Variable":"$.text","IsNumeric":true"#, false),
        (#""Variable":"$.text","IsString":true"#, true), (#""Variable":"$.number","IsString":true"#, false),
        (#""Variable":"$.truth","IsBoolean":true"#, true), (#""Variable":"$.text","IsBoolean":true"#, false),
        (#""Variable":"$.time","IsTimestamp":true"#, true), (#""Variable":"$.text","IsTimestamp":true"#, false),
        // Of another type it is none of these.
        (#""Variable":"$.number","StringEquals":"2""#, false), (#""Variable":"$.text","NumericEquals":2"#, false),
        (#""Not":{"Variable":"$.number","NumericEquals":3}"#, true),
        (#""And":[{"Variable":"$.number","NumericEquals":2},{"Variable":"$.text","StringEquals":"b"}]"#, true),
        (#""And":[{"Variable":"$.number","NumericEquals":2},{"Variable":"$.text","StringEquals":"c"}]"#, false),
        (#""Or":[{"Variable":"$.number","NumericEquals":3},{"Variable":"$.text","StringEquals":"b"}]"#, true),
        (#""Or":[{"Variable":"$.number","NumericEquals":3},{"Variable":"$.text","StringEquals":"c"}]"#, false),
    ])
    func `a rule of a Choice holds for what it says`(rule: String, holds: Bool) throws {
        let states = #"""
            "A":{"Type":"Choice","Choices":[{\#(rule),"Next":"Yes"}],"Default":"No"},
            "Yes":{"Type":"Pass","Result":true,"End":true},"No":{"Type":"Pass","Result":false,"End":true}
            """#
        #expect(try output(states, Self.data) == .bool(holds))
    }

    /// What is whole and what has a fraction are compared by their values.
    @Test(arguments: ["-1", "0", "1.5", "2", "2.0", "2.5"])
    func `numbers are compared by their values, however they are written`(left: String) throws {
        for right in ["-1", "0", "1.5", "2", "2.0", "2.5"] {
            let (one, other) = (Double(left) ?? 0, Double(right) ?? 0)
            for (name, holds) in [
                ("Equals", one == other), ("LessThan", one < other), ("LessThanEquals", one <= other),
                ("GreaterThan", one > other), ("GreaterThanEquals", one >= other),
            ] {
                let states = #"""
                    "A":{"Type":"Choice","Choices":[{"Variable":"$.n","Numeric\#(name)":\#(right),"Next":"Yes"}],"Default":"No"},
                    "Yes":{"Type":"Pass","Result":true,"End":true},"No":{"Type":"Pass","Result":false,"End":true}
                    """#
                let input = try JSONValue(parsing: #"{"n":\#(left)}"#)
                #expect(try output(states, input) == .bool(holds), "\(left) \(name) \(right)")
            }
        }
    }

    @Test func `the first rule that holds counts, and with none and no default the execution fails`() throws {
        let states = #"""
            "A":{"Type":"Choice","Choices":[{"Variable":"$.n","NumericLessThan":1,"Next":"Less"},
              {"Variable":"$.n","NumericLessThan":5,"Next":"Few"},{"Variable":"$.n","NumericLessThan":7,"Next":"Less"}]},
            "Less":{"Type":"Pass","Result":"less","End":true},"Few":{"Type":"Pass","Result":"few","End":true}
            """#
        #expect(try output(states, ["n": 0]) == "less")
        #expect(try output(states, ["n": 3]) == "few")
        #expect(try output(states, ["n": 6]) == "less")
        let execution = try Execution(states, ["n": 9])
        guard case .failed(let error, _) = execution.interpreter.outcome else { throw NotFailed() }
        #expect(error == "States.NoChoiceMatched")
    }

    private struct NotFailed: Error {}

    // MARK: Wait

    @Test(
        arguments: [
            (#""Seconds":5"#, 5000), (#""SecondsPath":"$.seconds""#, 7000),
            (#""Timestamp":"2025-06-15T15:06:43Z""#, 3000), (#""TimestampPath":"$.time""#, 9000),
            // What has passed is not waited for.
            (#""Timestamp":"2020-01-01T00:00:00Z""#, nil),
        ] as [(String, Int64?)])
    func `a Wait ends at its time`(field: String, milliseconds: Int64?) throws {
        var execution = try Execution(
            #""A":{"Type":"Wait",\#(field),"End":true}"#, ["seconds": 7, "time": "2025-06-15T15:06:49Z"])
        if let milliseconds {
            #expect(execution.wakingTime == later(milliseconds))
            execution.answer(.time, at: later(milliseconds))
        } else if execution.output == nil {
            #expect(try #require(execution.wakingTime) <= Self.begin)
            execution.answer(.time, at: Self.begin)
        }
        #expect(execution.output?["seconds"] == 7)
    }

    /// Source: the longest delay is as many seconds as a number of 32 bits has, as AWS refuses `Wait state delay is too long.`
    @Test(arguments: [0, 1, 2_147_483_647, 2_147_483_648, Int64.max])
    func `a Wait lasts as long as a number of 32 bits says, and no time at all is one`(seconds: Int64) throws {
        let time = later(min(seconds, 1 << 33) * 1000)
        let data: JSONValue = ["s": .integer(seconds), "t": .string(time.text)]
        for field in [#""SecondsPath":"$.s""#, #""TimestampPath":"$.t""#] {
            let execution = try Execution(#""A":{"Type":"Wait",\#(field),"End":true}"#, data)
            if seconds <= 2_147_483_647 {
                #expect(execution.wakingTime == time, "\(field)")
            } else {
                guard case .failed(_, let cause) = execution.interpreter.outcome else { throw NotFailed() }
                #expect(cause?.contains("Wait state delay is too long.") == true)
            }
        }
    }

    @Test func `a Wait of less than no time fails`() throws {
        let execution = try Execution(#""A":{"Type":"Wait","SecondsPath":"$.s","End":true}"#, ["s": -1])
        guard case .failed(_, let cause) = execution.interpreter.outcome else { throw NotFailed() }
        #expect(cause?.contains("negative value") == true)
    }

    // MARK: Task

    private static func task(_ fields: String) -> String {
        let catching = [
            "Caught": #"{"Type":"Pass","End":true}"#, "Other": #"{"Type":"Pass","Result":"other","End":true}"#,
        ].filter { fields.contains("\"\($0.key)\"") }
        return #""A":{"Type":"Task","Resource":"arn:aws:states:::http:invoke",\#(fields)"Next":"Done"},"#
            + #""Done":{"Type":"Succeed"}"# + catching.map { ",\"\($0.key)\":\($0.value)" }.joined()
    }

    @Test(arguments: [
        ("", #"{"r":{"s":4}}"#), (#""ResultPath":"$.result","#, #"{"a":1,"result":{"r":{"s":4}}}"#),
        (#""ResultPath":null,"#, #"{"a":1}"#), (#""ResultSelector":{"t.$":"$.r.s"},"#, #"{"t":4}"#),
        (#""ResultSelector":{"t.$":"$.r.s"},"ResultPath":"$.b","OutputPath":"$.b","#, #"{"t":4}"#),
    ])
    func `what comes of a task goes where its paths say`(fields: String, expected: String) throws {
        var execution = try Execution(Self.task(fields), ["a": 1])
        #expect(execution.task?.parameters == ["a": 1])
        execution.answer(.result(["r": ["s": 4]]), at: later(10))
        let output = try JSONValue(parsing: expected)
        #expect(execution.output == output)
    }

    @Test func `an error is caught by the first catcher that names it, and what was there stays beside it`() throws {
        let catchers = #"""
            "Catch":[{"ErrorEquals":["Mine","Yours"],"ResultPath":"$.failure","Next":"Caught"},
              {"ErrorEquals":["States.ALL"],"Next":"Other"}],
            """#
        var execution = try Execution(Self.task(catchers), ["a": 1])
        execution.answer(.error(TaskFailure("Yours", "why")), at: later(10))
        #expect(execution.output == ["a": 1, "failure": ["Error": "Yours", "Cause": "why"]])
        var other = try Execution(Self.task(catchers), ["a": 1])
        other.answer(.error(TaskFailure("Theirs", "why")), at: later(10))
        #expect(other.output == "other")
        var uncaught = try Execution(Self.task(#""Catch":[{"ErrorEquals":["Mine"],"Next":"Other"}],"#), ["a": 1])
        uncaught.answer(.error(TaskFailure("Theirs", "why")), at: later(10))
        #expect(uncaught.interpreter.outcome == .failed(error: "Theirs", cause: "why"))
    }

    /// Fails a task again and again, and gives after how many milliseconds each new attempt was made.
    private func delays(of retrier: String, seed: UInt64 = 1) throws -> [Int64] {
        var execution = try Execution(
            Self.task(#""Retry":[{"ErrorEquals":["Mine"],\#(retrier)"MaxAttempts":5}],"#), seed: seed)
        var (delays, now) = ([Int64](), Self.begin)
        while execution.interpreter.outcome == nil, delays.count < 20 {
            execution.answer(.error(TaskFailure("Mine", "")), at: now)
            guard let time = execution.wakingTime else { break }
            delays.append(time.milliseconds - now.milliseconds)
            now = time
            execution.answer(.time, at: now)
            #expect(execution.task != nil)
        }
        return delays
    }

    @Test func `a task is tried again after delays that double from a second on, unless it is said otherwise`() throws {
        #expect(try delays(of: "") == [1000, 2000, 4000, 8000, 16_000])
        #expect(try delays(of: #""IntervalSeconds":3,"BackoffRate":1.5,"#) == [3000, 4500, 6750, 10_125, 15_187])
        #expect(try delays(of: #""IntervalSeconds":3,"MaxDelaySeconds":5,"#) == [3000, 5000, 5000, 5000, 5000])
        #expect(try delays(of: #""IntervalSeconds":2,"BackoffRate":1,"#) == [2000, 2000, 2000, 2000, 2000])
    }

    @Test func `with full jitter each delay is a random part of that`() throws {
        let all = try (1...20).map { try delays(of: #""JitterStrategy":"FULL","#, seed: $0) }
        for delays in all {
            for (delay, most) in zip(delays, [1000, 2000, 4000, 8000, 16_000]) { #expect(delay <= most) }
        }
        #expect(Set(all).count == 20)
    }

    @Test func `without a number a task is tried three times more, and with zero not at all`() throws {
        for (field, attempts) in [("", 4), (#","MaxAttempts":0"#, 1), (#","MaxAttempts":1"#, 2)] {
            var execution = try Execution(Self.task(#""Retry":[{"ErrorEquals":["Mine"]\#(field)}],"#))
            var count = 0
            while execution.interpreter.outcome == nil, count < 10 {
                if execution.task != nil { count += 1 }
                let answer: Reply = execution.task == nil ? .time : .error(TaskFailure("Mine", ""))
                execution.answer(answer, at: later(Int64(count) * 100_000))
            }
            #expect(count == attempts, "\(field)")
        }
    }

    @Test func `each retrier counts its own attempts, and only for the errors that it names`() throws {
        var execution = try Execution(
            Self.task(
                #""Retry":[{"ErrorEquals":["Mine"],"MaxAttempts":1},{"ErrorEquals":["Yours"],"MaxAttempts":1}],"#))
        for error in ["Mine", "Yours"] {
            execution.answer(.error(TaskFailure(error, "")), at: later(1))
            #expect(execution.wakingTime != nil)
            execution.answer(.time, at: later(10_000))
        }
        execution.answer(.error(TaskFailure("Mine", "again")), at: later(20_000))
        #expect(execution.interpreter.outcome == .failed(error: "Mine", cause: "again"))
    }

    @Test(arguments: [#""TimeoutSeconds":10,"#, #""TimeoutSecondsPath":"$.limit","#])
    func `a task has as much time as it says`(field: String) throws {
        var execution = try Execution(
            Self.task(field + #""Catch":[{"ErrorEquals":["States.Timeout"],"Next":"Other"}],"#), ["limit": 10])
        #expect(execution.task?.deadline == later(10_000))
        execution.answer(.error(TaskFailure(StatesError.timeout, "")), at: later(10_000))
        #expect(execution.output == "other")
    }
}
