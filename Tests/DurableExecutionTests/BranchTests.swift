import DurableExecution
import StatesLanguage
import TestSupport
import Testing

/// Parallel and Map states: what goes in and comes out, and their history.
///
/// Source: the orders of events that LocalStack's tests have recorded from AWS.
struct BranchTests {
    private func run(
        _ states: String, _ input: JSONValue = [:]
    ) throws -> (outcome: ExecutionOutcome?, events: [HistoryEvent], interpreter: Interpreter) {
        let machine = try StateMachine(parsing: #"{"StartAt":"A","States":{\#(states)}}"#)
        var interpreter = Interpreter(start: .test(input), machine: machine, recording: HistoryWindow())
        _ = interpreter.begin()
        while let awaited = interpreter.awaited.first, interpreter.awaited.count == 1 {
            guard case .timer = awaited else { break }
            _ = interpreter.answer(.time, at: interpreter.now.advanced(byMilliseconds: 60_000))
        }
        return (interpreter.outcome, interpreter.takeHistory(), interpreter)
    }

    private func output(_ states: String, _ input: JSONValue = [:]) throws -> JSONValue? {
        if case .succeeded(let output) = try run(states, input).outcome { output } else { nil }
    }

    private static let one = #""ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Pass","End":true}}}"#

    @Test(arguments: [
        (#""Type":"Map""#, "[1,2]", "[1,2]"), (#""Type":"Map","ItemsPath":"$.a""#, #"{"a":[]}"#, "[]"),
        (
            #""Type":"Map","InputPath":"$.a","ItemsPath":"$.b","ItemSelector":{"v.$":"$$.Map.Item.Value","i.$":"$$.Map.Item.Index","c.$":"$.c"}"#,
            #"{"a":{"b":["x","y"],"c":3}}"#, #"[{"v":"x","i":0,"c":3},{"v":"y","i":1,"c":3}]"#
        ),
        (#""Type":"Map","Parameters":{"v.$":"$$.Map.Item.Value"}"#, "[5]", #"[{"v":5}]"#),
        (
            #""Type":"Map","ItemsPath":"$.a","ResultSelector":{"n.$":"States.ArrayLength($)"},"ResultPath":"$.r""#,
            #"{"a":[7,8]}"#, #"{"a":[7,8],"r":{"n":2}}"#
        ),
        (
            #""Type":"Map","ItemsPath":"$.a","ResultPath":null,"MaxConcurrencyPath":"$.m","OutputPath":"$.m""#,
            #"{"a":[7,8],"m":"1"}"#, #""1""#
        ),
        (#""Type":"Map","ItemsPath":"$.a","ToleratedFailureCountPath":"$.a[0]""#, #"{"a":[7]}"#, "[7]"),
    ])
    func `a Map gives what comes of each item, in their order`(fields: String, input: String, expected: String) throws {
        let states = #""A":{\#(fields),\#(Self.one),"End":true}"#
        #expect(try output(states, JSONValue(parsing: input)) == JSONValue(parsing: expected))
    }

    @Test func `the branches of a Parallel are given the same, and each its place among the results`() throws {
        let states = #"""
            "A":{"Type":"Parallel","Parameters":{"x.$":"$.a"},"ResultPath":"$.r","End":true,"Branches":[
              {"StartAt":"B","States":{"B":{"Type":"Pass","Next":"C"},"C":{"Type":"Pass","OutputPath":"$.x","End":true}}},
              {"StartAt":"D","States":{"D":{"Type":"Succeed"}}}]}
            """#
        #expect(try output(states, ["a": 1]) == ["a": 1, "r": [1, ["x": 1]]])
    }

    /// The events from the state on: number, predecessor and type.
    private func trace(_ events: [HistoryEvent]) -> [String] {
        events.dropFirst().map { "\($0.id)<\($0.previousID) \($0.kind.name)" }
    }

    @Test func `a Map is tried again as a whole, and its failure is caught`() throws {
        let states = #"""
            "A":{"Type":"Map","End":true,"Retry":[{"ErrorEquals":["E"],"MaxAttempts":1}],
              "Catch":[{"ErrorEquals":["E"],"Next":"C"}],
              "ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Fail","Error":"E","Cause":"why"}}}},
            "C":{"Type":"Succeed"}
            """#
        let (outcome, events, _) = try run(states, [1])
        #expect(
            trace(events) == [
                "2<0 MapStateEntered", "3<2 MapStateStarted", "4<3 MapIterationStarted", "5<4 FailStateEntered",
                "6<5 MapIterationFailed", "7<5 MapStateStarted", "8<7 MapIterationStarted", "9<8 FailStateEntered",
                "10<9 MapIterationFailed", "11<9 MapStateFailed", "12<11 MapStateExited", "13<12 SucceedStateEntered",
                "14<13 SucceedStateExited", "15<14 ExecutionSucceeded",
            ])
        #expect(outcome == .succeeded(output: ["Error": "E", "Cause": "why"]))
    }

    @Test func `siblings of what has failed are aborted, and what was outstanding for them is cancelled`() throws {
        let task = #"{"Type":"Task","Resource":"arn:aws:states:::a:b","End":true}"#
        let states = #"""
            "A":{"Type":"Parallel","End":true,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"C"}],"Branches":[
              {"StartAt":"B","States":{"B":\#(task)}},{"StartAt":"D","States":{"D":\#(task)}},
              {"StartAt":"E","States":{"E":{"Type":"Wait","Seconds":9,"End":true}}}]},"C":{"Type":"Succeed"}
            """#
        let machine = try StateMachine(parsing: #"{"StartAt":"A","States":{\#(states)}}"#)
        var interpreter = Interpreter(start: .test([:]), machine: machine, recording: HistoryWindow())
        let begun = interpreter.begin()
        #expect(begun.count == 3 && interpreter.awaited.count == 3)
        guard case .runTask(let request)? = begun.first else { throw TestFailure("it runs a task") }
        _ = interpreter.takeHistory()
        let actions = interpreter.apply(
            .taskFailed(id: request.id, TaskFailure("E", "why")), at: interpreter.now)
        // Of an execution that has ended nothing else is told.
        #expect(actions == [.finish(.succeeded(output: ["Error": "E", "Cause": "why"]))])
        let events = interpreter.takeHistory()
        #expect(
            events.map(\.kind.name) == [
                "TaskFailed", "TaskStateAborted", "TaskStateAborted", "WaitStateAborted", "ParallelStateFailed",
                "ParallelStateExited", "SucceedStateEntered", "SucceedStateExited", "ExecutionSucceeded",
            ])
        let failed = try #require(events.first?.id)
        #expect(events[1].previousID == failed && events[4].previousID == failed)
        #expect(events[5].previousID == events[4].id)
        #expect(events[1].json["taskStateAbortedEventDetails"] == nil)
    }

    @Test func `a sibling is aborted that has its answer and has not been left with it`() throws {
        let task = #"{"Type":"Task","Resource":"arn:aws:states:::a:b","End":true}"#
        let states = #"""
            "A":{"Type":"Parallel","End":true,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"C"}],"Branches":[
              {"StartAt":"B","States":{"B":\#(task)}},{"StartAt":"D","States":{"D":\#(task)}}]},"C":{"Type":"Succeed"}
            """#
        let machine = try StateMachine(parsing: #"{"StartAt":"A","States":{\#(states)}}"#)
        var interpreter = Interpreter(start: .test([:]), machine: machine, recording: HistoryWindow())
        _ = interpreter.begin()
        // With its budget spent it takes the answer in, and does not go on with it.
        interpreter.budget = 0
        _ = interpreter.apply(.taskSucceeded(id: 1, [:]), at: interpreter.now)
        #expect(interpreter.isPaused)
        _ = interpreter.takeHistory()
        interpreter.budget = .max
        _ = interpreter.apply(.taskFailed(id: 2, TaskFailure("E", "")), at: interpreter.now)
        let kinds = interpreter.takeHistory().map(\.kind)
        #expect(kinds.count { $0 == .stateAborted("Task") } == 2)
        #expect(interpreter.outcome?.status == .succeeded)
    }

    @Test func `an error of the machine itself goes through every state around it`() throws {
        let states = #"""
            "A":{"Type":"Map","End":true,"Retry":[{"ErrorEquals":["States.ALL"]}],
              "Catch":[{"ErrorEquals":["States.ALL"],"Next":"C"}],
              "ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Pass","InputPath":"$.none","End":true}}}},
            "C":{"Type":"Succeed"}
            """#
        guard case .failed(let error, _) = try run(states, [1]).outcome else { throw TestFailure("it fails") }
        #expect(error == StatesError.runtime)
    }

    @Test(arguments: [
        (#""ItemsPath":"$.a""#, "Reference path '$.a' must point to array."),
        (
            #""ItemsPath":"$.l","MaxConcurrencyPath":"$.a""#,
            #"The MaxConcurrencyPath field refers to value "x" which is not a valid integer: $.a"#
        ),
        (
            #""ItemsPath":"$.l","MaxConcurrencyPath":"$.m""#,
            "Expected non-negative integer for MaxConcurrency, got '-1' instead."
        ),
    ])
    func `a Map says what is wrong with its data`(fields: String, cause: String) throws {
        let states = #""A":{"Type":"Map",\#(fields),\#(Self.one),"End":true}"#
        guard case .failed(let error, let found) = try run(states, ["a": "x", "l": [1], "m": -1]).outcome else {
            throw TestFailure("it fails")
        }
        #expect(error == StatesError.runtime && found?.hasSuffix(cause) == true, "\(found ?? "")")
    }

    @Test func `iterations run as many at a time as a Map says, and forty at most`() throws {
        for (field, expected) in [("", 40), (#""MaxConcurrency":3,"#, 3), (#""MaxConcurrency":100,"#, 40)] {
            let states = #"""
                "A":{"Type":"Map",\#(field)"End":true,"ItemProcessor":{"StartAt":"B","States":{
                  "B":{"Type":"Task","Resource":"arn:aws:states:::a:b","End":true}}}}
                """#
            let interpreter = try run(states, .array((0..<50).map { .integer($0) })).interpreter
            #expect(interpreter.awaited.count == expected)
        }
    }

    // MARK: Variables

    @Test func `a branch sees what is around it, and what it assigns itself is lost with it`() throws {
        let states = #"""
            "A":{"Type":"Pass","Assign":{"x":1,"o":{"a":[5,6]}},"Next":"M"},
            "M":{"Type":"Map","ItemsPath":"$.l","Next":"P","Assign":{"result.$":"$"},"ItemProcessor":{"StartAt":"B","States":{
              "B":{"Type":"Pass","Assign":{"y.$":"$"},"Next":"C"},
              "C":{"Type":"Pass","Parameters":{"s.$":"States.MathAdd($x, $y)","o.$":"$o.a[1]"},"End":true}}}},
            "P":{"Type":"Pass","Parameters":{"r.$":"$result"},"Next":"Q"},
            "Q":{"Type":"Choice","Choices":[{"Variable":"$y","IsPresent":true,"Next":"F"}],"Default":"S"},
            "S":{"Type":"Succeed"},"F":{"Type":"Fail"}
            """#
        #expect(try output(states, ["l": [1, 2]]) == ["r": [["s": 2, "o": 6], ["s": 3, "o": 6]]])
    }

    @Test func `all right sides are computed before any variable is assigned`() throws {
        let states = #"""
            "A":{"Type":"Pass","Assign":{"x":1,"y":2},"Next":"B"},
            "B":{"Type":"Pass","Assign":{"x.$":"$y","y.$":"$x"},"OutputPath":"$x","Next":"C"},
            "C":{"Type":"Pass","Parameters":{"x.$":"$x","y.$":"$y","old.$":"$"},"End":true}
            """#
        #expect(try output(states) == ["x": 2, "y": 1, "old": 1])
    }

    @Test(arguments: [
        #""A":{"Type":"Pass","InputPath":"$none","End":true}"#,
        #""A":{"Type":"Pass","Parameters":{"a.$":"$none.b"},"End":true}"#,
        #""A":{"Type":"Pass","Assign":{"none.$":"$none"},"End":true}"#,
        #""A":{"Type":"Pass","Parameters":{"a.$":"States.Format('{}', $none)"},"End":true}"#,
        #""A":{"Type":"Choice","Choices":[{"Variable":"$none","NumericEquals":1,"Next":"B"}]},"B":{"Type":"Succeed"}"#,
    ])
    func `a variable that was not assigned is an error of the machine`(states: String) throws {
        guard case .failed(let error, _) = try run(states).outcome else { throw TestFailure("it fails") }
        #expect(error == StatesError.runtime)
    }

    @Test func `what one state assigns, and all variables together, are bounded`() throws {
        let text = String(repeating: "x", count: 200_000)
        let two = #""A":{"Type":"Pass","Assign":{"a.$":"$.t","b.$":"$.t"},"End":true}"#
        guard case .failed(let error, _) = try run(two, ["t": .string(text)]).outcome else {
            throw TestFailure("it fails")
        }
        #expect(error == StatesError.dataLimitExceeded)
        let many = (0..<60).map { number -> String in
            let name = number == 0 ? "A" : "S\(number)"
            let next = number == 59 ? "\"End\":true" : "\"Next\":\"S\(number + 1)\""
            return "\"\(name)\":{\"Type\":\"Pass\",\"Assign\":{\"v\(number).$\":\"$.t\"},\(next)}"
        }.joined(separator: ",")
        let (outcome, events, interpreter) = try run(many, ["t": .string(text)])
        guard case .failed(let all, _) = outcome else { throw TestFailure("it fails") }
        #expect(all == StatesError.dataLimitExceeded)
        #expect(events.count(where: { $0.kind == .stateExited("Pass") }) == 52)
        let keepsTrees = interpreter.keepsTrees
        #expect(!keepsTrees || interpreter.keptBytes <= 2 * Variables.maximumBytes)
    }
}
