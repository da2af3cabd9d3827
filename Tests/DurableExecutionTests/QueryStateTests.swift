import DurableExecution
import StatesLanguage
import TestSupport
import Testing

/// Each type of state in JSONata by itself.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>
struct QueryStateTests {
    private static let task = #""Type":"Task","Resource":"arn:aws:states:::aws-sdk:glue:getDatabase""#

    // MARK: Values

    @Test func `a state passes its input on, or gives what its output says`() throws {
        for (fields, expected) in [
            ("", #"{"n":1}"#),
            (#","Output":{"m":"{% $states.input.n + 1 %}","k":["{% 'x' %}"]}"#, #"{"m":2,"k":["x"]}"#),
            (#","Output":null"#, "null"), (#","Output":"{% $states.input.n %}""#, "1"),
        ] {
            for type in [#""Type":"Pass","End":true"#, #""Type":"Succeed""#] {
                #expect(try QueryExecution("\"A\":{\(type)\(fields)}", ["n": 1]).output?.text == expected)
            }
        }
    }

    @Test func `assignments and output see the variables as they were`() throws {
        let execution = try QueryExecution(
            #"""
            "A":{"Type":"Pass","Assign":{"x":1,"y":2},"Next":"B"},
            "B":{"Type":"Pass","Assign":{"x":"{% $y %}","y":"{% $x %}"},"Output":"{% $x * 10 + $y %}","Next":"C"},
            "C":{"Type":"Pass","Output":"{% [$states.input, $x, $y] %}","End":true}
            """#)
        #expect(execution.output == [12, 2, 1])
    }

    @Test func `variables go from one language to the other`() throws {
        let execution = try QueryExecution(
            #"""
            "A":{"Type":"Pass","Assign":{"x.$":"$.n"},"Next":"B"},
            "B":{"Type":"Pass","QueryLanguage":"JSONata","Assign":{"y":"{% $x + 1 %}"},"Next":"C"},
            "C":{"Type":"Pass","Parameters":{"y.$":"$y"},"End":true}
            """#, ["n": .double(1)], top: "")
        #expect(execution.output?.text == #"{"y":2}"#)
    }

    @Test func `the context object is there`() throws {
        let execution = try QueryExecution(
            #""A":{"Type":"Pass","Output":"{% $states.context.[Execution.Name, Execution.Input.n, State.Name] %}","End":true}"#,
            ["n": 7])
        #expect(execution.output == ["e", 7, "A"])
    }

    // MARK: Task

    @Test func `a task is given its arguments, and its result is there in what it gives and assigns`() throws {
        var execution = try QueryExecution(
            #"""
            "A":{\#(Self.task),"Arguments":{"Name":"{% $states.input.name %}"},"TimeoutSeconds":"{% $states.input.n %}",
            "Assign":{"r":"{% $states.result.a %}"},"Output":"{% $states.result.a + $states.input.n %}","Next":"B"},
            "B":{"Type":"Pass","Output":"{% [$states.input, $r] %}","End":true}
            """#, ["name": "db", "n": 5])
        #expect(execution.task?.parameters == ["Name": "db"])
        #expect(execution.task?.deadline == QueryExecution.begin.advanced(byMilliseconds: 5000))
        execution.answer(.result(["a": 2]))
        #expect(execution.output == [7, 2])
    }

    @Test func `a task without arguments is given its input, and gives its result`() throws {
        var execution = try QueryExecution(#""A":{\#(Self.task),"End":true}"#, ["Name": "x"])
        #expect(execution.task?.parameters == ["Name": "x"])
        execution.answer(.result([.double(1.5)]))
        #expect(execution.output == [.double(1.5)])
    }

    @Test func `a catcher gives and assigns what it makes of the error`() throws {
        for (fields, expected) in [
            ("", #"{"Error":"E","Cause":"c"}"#),
            (#""Output":"{% $states.errorOutput.Error & $states.input.n %}","#, #""E1""#),
        ] {
            var execution = try QueryExecution(
                #"""
                "A":{\#(Self.task),"Catch":[{"ErrorEquals":["X"],"Next":"A"},{"ErrorEquals":["States.TaskFailed"],\#(fields)
                "Assign":{"c":"{% $states.errorOutput.Cause %}"},"Next":"B"}],"End":true},
                "B":{"Type":"Pass","Output":{"in":"{% $states.input %}","c":"{% $c %}"},"End":true}
                """#, ["n": 1])
            execution.answer(.error(TaskFailure("E", "c")))
            #expect(execution.output?["in"]?.text == expected)
            #expect(execution.output?["c"] == "c")
        }
    }

    // MARK: Errors

    private static let catchers = [
        ("States.ALL", true), ("States.QueryEvaluationError", true), ("States.TaskFailed", false), ("X", false),
    ]

    @Test(arguments: catchers, [#""Arguments":{"a":"{% $x %}"}"#, #""Output":{"a":"{% $x %}"}"#])
    func `an expression of a task that fails is caught by name and by States.ALL`(
        catcher: (String, Bool), fields: String
    ) throws {
        var execution = try QueryExecution(
            #"""
            "A":{\#(Self.task),\#(fields),"Catch":[{"ErrorEquals":["\#(catcher.0)"],"Next":"B"}],"End":true},
            "B":{"Type":"Pass","Output":"{% $states.input.Error %}","End":true}
            """#)
        execution.answer(.result([:]))
        #expect(execution.output == (catcher.1 ? "States.QueryEvaluationError" : nil))
        #expect(execution.error == (catcher.1 ? nil : "States.QueryEvaluationError"))
        let event = execution.interpreter.takeHistory().first { $0.kind == .evaluationFailed }
        #expect(event?.details["state"] == "A")
        #expect(event?.details["error"] == "States.QueryEvaluationError")
        #expect(event?.details["location"] == .string(fields.contains("Output") ? "Output/a" : "Arguments/a"))
    }

    @Test func `an expression of a task that fails is tried again`() throws {
        var execution = try QueryExecution(
            #"""
            "A":{\#(Self.task),"Output":"{% $states.result.ready ? 'yes' : $error('not yet') %}",
            "Retry":[{"ErrorEquals":["States.QueryEvaluationError"],"MaxAttempts":2}],"End":true}
            """#)
        execution.answer(.result(["ready": false]))
        #expect(execution.wakingTime == QueryExecution.begin.advanced(byMilliseconds: 1000))
        execution.answer(.time)
        execution.answer(.result(["ready": true]))
        #expect(execution.output == "yes")
    }

    @Test func `an error in what a catcher says ends the execution`() throws {
        var execution = try QueryExecution(
            #""A":{\#(Self.task),"Catch":[{"ErrorEquals":["States.ALL"],"Output":["{% $x %}"],"Next":"A"}],"End":true}"#
        )
        execution.answer(.error(TaskFailure("E", "c")))
        #expect(execution.error == "States.QueryEvaluationError")
        #expect(execution.cause?.contains("'Catch[0]/Output[0]'") == true)
    }

    @Test(arguments: [
        (#""Type":"Pass","Output":"{% $x %}","End":true"#, "Output"),
        (#""Type":"Pass","Output":{"a":[1,"{% $x %}"]},"End":true"#, "Output/a[1]"),
        (#""Type":"Pass","Assign":{"v":{"w":"{% $x %}"}},"End":true"#, "Assign/v/w"),
        (#""Type":"Succeed","Output":"{% $x %}""#, "Output"),
        (#""Type":"Fail","Error":"{% $x %}""#, "Error"), (#""Type":"Fail","Cause":"{% $x %}""#, "Cause"),
        (#""Type":"Wait","Seconds":"{% $x %}","End":true"#, "Seconds"),
        (#""Type":"Wait","Timestamp":"{% $x %}","End":true"#, "Timestamp"),
        (
            #""Type":"Choice","Choices":[{"Condition":false,"Next":"B"},{"Condition":"{% $x %}","Next":"B"}]"#,
            "Choices[1]/Condition"
        ),
        (
            #""Type":"Choice","Choices":[{"Condition":true,"Next":"B","Output":{"v":"{% $x %}"}}]"#,
            "Choices[0]/Output/v"
        ),
        (
            #""Type":"Choice","Choices":[{"Condition":true,"Next":"B","Assign":{"v":"{% $x %}"}}]"#,
            "Choices[0]/Assign/v"
        ),
    ]) func `an error where nothing catches it ends the execution, and its field is named`(
        state: String, field: String
    ) throws {
        let execution = try QueryExecution(
            #""A":{\#(state)}\#(state.contains("Choices") ? #","B":{"Type":"Pass","End":true}"# : "")"#)
        #expect(execution.error == "States.QueryEvaluationError")
        let sentence = "The JSONata expression '$x' specified for the field '\(field)' returned nothing (undefined)."
        #expect(execution.cause == sentence)
        var interpreter = execution.interpreter
        let history = interpreter.takeHistory()
        #expect(history.map(\.kind.name).suffix(2) == ["EvaluationFailed", "ExecutionFailed"])
        let event = try #require(history.dropLast().last)
        #expect(event.details["location"] == .string(field))
        // The state was entered with event 2, and before that there is none.
        #expect(event.previousID == 0)
    }

    // MARK: Types

    @Test(arguments: [
        (#""Type":"Choice","Choices":[{"Condition":"{% 'x' %}","Next":"B"}]"#, "boolean", #"'string' for value: "x""#),
        (#""Type":"Wait","Seconds":"{% 'x' %}","End":true"#, "number", #"'string' for value: "x""#),
        (#""Type":"Wait","Timestamp":"{% 1 %}","End":true"#, "string", "'number' for value: 1"),
        (#""Type":"Fail","Error":"{% {} %}""#, "string", "'object' for value: {}"),
        (#""Type":"Fail","Cause":"{% true %}""#, "string", "'boolean' for value: true"),
        (#"\#(task),"TimeoutSeconds":"{% [1] %}","End":true"#, "number", "'array' for value: [1]"),
        (#""Type":"Map","Items":"{% 'x' %}",\#(processor),"End":true"#, "array", #"'string' for value: "x""#),
        (#""Type":"Map","MaxConcurrency":"{% 'x' %}",\#(processor),"End":true"#, "number", #"'string' for value: "x""#),
        (
            #""Type":"Map","ToleratedFailureCount":"{% null %}","Items":[],\#(processor),"End":true"#, "number",
            "'null' for value: null"
        ),
    ]) func `what has another type than its field is refused`(state: String, expected: String, found: String) throws {
        let execution = try QueryExecution(
            #""A":{\#(state)}\#(state.contains("Choices") ? #","B":{"Type":"Pass","End":true}"# : "")"#)
        #expect(execution.error == "States.QueryEvaluationError")
        #expect(
            execution.cause?.hasSuffix("returned an unexpected result type. Expected '\(expected)', but was \(found)")
                == true, "\(execution.cause ?? "")")
    }

    @Test(arguments: [
        (#""Type":"Wait","Seconds":"{% 1.5 %}","End":true"#, "Seconds"),
        (#""Type":"Wait","Seconds":"{% -1 %}","End":true"#, "Seconds"),
        (#""Type":"Wait","Timestamp":"{% 'x' %}","End":true"#, "Timestamp"),
        (#"\#(task),"TimeoutSeconds":"{% 0 %}","End":true"#, "TimeoutSeconds"),
        (#""Type":"Map","MaxConcurrency":"{% -1 %}","Items":[],\#(processor),"End":true"#, "MaxConcurrency"),
    ]) func `a number or a time that makes no sense is refused`(state: String, field: String) throws {
        let execution = try QueryExecution(#""A":{\#(state)}"#)
        #expect(execution.error == "States.QueryEvaluationError")
        var interpreter = execution.interpreter
        let event = interpreter.takeHistory().first { $0.kind == .evaluationFailed }
        #expect(event?.details["location"] == .string(field))
        #expect(event?.previousID == 2)
    }

    // MARK: Choice, Wait, Fail

    @Test func `a choice goes by its conditions, each with its own output and assignment`() throws {
        let states = #"""
            "A":{"Type":"Choice","Choices":[
            {"Condition":"{% $states.input.n > 10 %}","Next":"B","Output":"many","Assign":{"v":1}},
            {"Condition":"{% $states.input.n > 5 %}","Next":"B","Assign":{"v":2}}],
            "Default":"B","Output":"few","Assign":{"v":3}},
            "B":{"Type":"Pass","Output":"{% [$states.input, $v] %}","End":true}
            """#
        #expect(try QueryExecution(states, ["n": 11]).output == ["many", 1])
        #expect(try QueryExecution(states, ["n": 6]).output == [["n": 6], 2])
        #expect(try QueryExecution(states, ["n": 1]).output == ["few", 3])
    }

    @Test func `a choice of which no rule holds fails`() throws {
        let execution = try QueryExecution(
            #""A":{"Type":"Choice","Choices":[{"Condition":"{% false %}","Next":"B"}]},"B":{"Type":"Succeed"}"#)
        #expect(execution.error == "States.NoChoiceMatched")
    }

    @Test func `a wait lasts as long as its expression says, and gives its output then`() throws {
        for field in [#""Seconds":"{% 2 + 3 %}""#, #""Timestamp":"{% $fromMillis($millis() + 5000) %}""#] {
            var execution = try QueryExecution(
                #"""
                "A":{"Type":"Wait",\#(field),"Assign":{"t":"{% $millis() %}"},"Output":"{% $millis() %}","Next":"B"},
                "B":{"Type":"Pass","Output":"{% $states.input - $t %}","End":true}
                """#)
            let time = QueryExecution.begin.advanced(byMilliseconds: 5000)
            #expect(execution.wakingTime == time)
            execution.answer(.time, at: time)
            #expect(execution.output == 0)
        }
    }

    @Test func `a fail state says what its expressions give`() throws {
        let execution = try QueryExecution(
            #""A":{"Type":"Fail","Error":"{% 'E' & $states.input.n %}","Cause":"{% $string($states.input) %}"}"#,
            ["n": 1])
        #expect(execution.interpreter.outcome == .failed(error: "E1", cause: #"{"n":1}"#))
    }

    // MARK: Parallel, Map

    private static let processor =
        #""ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","Output":"{% $states.input %}","End":true}}}"#

    @Test func `branches are given the arguments, and hand over what they give`() throws {
        let execution = try QueryExecution(
            #"""
            "A":{"Type":"Parallel","Arguments":"{% $states.input.n %}","Branches":[
            {"StartAt":"P","States":{"P":{"Type":"Pass","Assign":{"x":5},"Output":"{% $states.input + 1 %}","End":true}}},
            {"StartAt":"Q","States":{"Q":{"Type":"Pass","Output":"{% $states.input + 2 %}","End":true}}}],
            "Output":"{% $sum($states.result) %}","Assign":{"first":"{% $states.result[0] %}"},"Next":"B"},
            "B":{"Type":"Pass","Output":"{% [$states.input, $first, $count($x)] %}","End":true}
            """#, ["n": 1])
        #expect(execution.output == [5, 2, 0])
    }

    @Test func `an iteration is given its element, or what the selector makes of it`() throws {
        let selector =
            #""ItemSelector":{"v":"{% $states.context.Map.Item.Value * $states.input.f %}","i":"{% $states.context.Map.Item.Index %}"},"#
        for (fields, expected) in [("", "[1,2]"), (selector, #"[{"v":10,"i":0},{"v":20,"i":1}]"#)] {
            let execution = try QueryExecution(
                #""A":{"Type":"Map","Items":"{% $states.input.list %}",\#(fields)\#(Self.processor),"End":true}"#,
                ["list": [1, 2], "f": 10])
            #expect(execution.output?.text == expected)
        }
    }

    @Test func `the items of a map are its input where it does not say otherwise`() throws {
        let states = #""A":{"Type":"Map",\#(Self.processor),"MaxConcurrency":"{% 1 %}","End":true}"#
        #expect(try QueryExecution(states, [1, "x"]).output == [1, "x"])
        #expect(try QueryExecution(states, 5).cause == "Map state input must be an array but was: 5")
    }

    @Test func `a map whose items fail is caught`() throws {
        let execution = try QueryExecution(
            #"""
            "A":{"Type":"Map","Items":"{% $x %}",\#(Self.processor),
            "Catch":[{"ErrorEquals":["States.QueryEvaluationError"],"Output":"caught","Next":"B"}],"End":true},
            "B":{"Type":"Pass","End":true}
            """#)
        #expect(execution.output == "caught")
    }

    // MARK: Bounds

    @Test func `what is assigned and what is given have a limit`() throws {
        let long = "{% $pad('', 262145, 'x') %}"
        for field in [
            #""Output":"\#(long)""#, #""Assign":{"a":"\#(long)"}"#, #""Assign":{"a":"\#(half)","b":"\#(half)"}"#,
        ] {
            let execution = try QueryExecution(#""A":{"Type":"Pass",\#(field),"End":true}"#)
            #expect(execution.error == "States.DataLimitExceeded", "\(field)")
        }
    }

    private let half = "{% $pad('', 140000, 'x') %}"

    @Test func `all variables together have a limit`() throws {
        let execution = try QueryExecution(
            #"""
            "A":{"Type":"Pass","Assign":{"text":"{% $pad('', 250000, 'x') %}","n":0},"Next":"B"},
            "B":{"Type":"Map","Items":"{% [1..50] %}","ItemProcessor":{"StartAt":"P","States":{
            "P":{"Type":"Pass","Assign":{"one":"{% $text %}"},"Next":"R"},
            "R":{"Type":"Pass","Assign":{"two":"{% $text %}"},"Next":"Q"},"Q":{"Type":"Wait","Seconds":1,"End":true}}},
            "End":true}
            """#)
        #expect(execution.error == "States.DataLimitExceeded")
    }

    @Test(arguments: [
        ("($f := function($x){ $f($x + 1) }; $f(1))", "Expression evaluation timeout: Check for infinite loop"),
        ("($f := function($x){ 1 + $f($x + 1) }; $f(1))", "Stack overflow error: Check for non-terminating"),
        ("$count([1..900000])", "Expression evaluation"),
        ("($f := function($s){ $f($s & $s) }; $f('x'))", "Expression evaluation memory limit exceeded"),
    ]) func `an expression that never ends, or takes all memory, fails`(expression: String, reason: String) throws {
        let cause = try evaluated(expression)
        #expect(cause.contains("threw an error during evaluation: \(reason)"), "\(cause.prefix(500))")
    }

    @Test func `a pattern that others go back in for ever is decided`() throws {
        #expect(try evaluated("$contains($pad('', 50000, 'a'), /(a*)*(a*)*b/)") == "false")
    }

    // MARK: Replay

    @Test func `an execution is the same wherever it is replayed`() throws {
        var execution = try QueryExecution(
            #"""
            "A":{"Type":"Pass","Assign":{"id":"{% $uuid() %}"},"Next":"B"},
            "B":{\#(Self.task),"Arguments":{"Id":"{% $id %}","R":"{% $random() %}"},"Output":"{% $states.result.a %}",
            "Retry":[{"ErrorEquals":["States.ALL"],"JitterStrategy":"FULL"}],"Next":"C"},
            "C":{"Type":"Wait","Seconds":"{% $states.input %}","Output":"{% $now() & $random() %}","Next":"D"},
            "D":{"Type":"Pass","Output":"{% [$states.input, $uuid(), $id] %}","End":true}
            """#)
        var time = QueryExecution.begin
        for answer in [Reply.result([:]), .time, .result(["a": 4]), .time] {
            time = execution.wakingTime ?? time.advanced(byMilliseconds: 10)
            execution.answer(answer, at: time)
        }
        #expect(execution.output?.arrayValue?.count == 3)
        let history = execution.interpreter.takeHistory()
        for count in 0...execution.entries.count {
            let entries = Array(execution.entries.prefix(count))
            var replayed = Interpreter(
                start: execution.start, machine: execution.machine, entries: entries, recording: HistoryWindow())
            _ = replayed.begin()
            for entry in execution.entries.dropFirst(count) { _ = replayed.apply(entry.event, at: entry.at) }
            #expect(replayed.outcome == execution.interpreter.outcome)
            #expect(replayed.takeHistory() == history)
        }
    }
}
