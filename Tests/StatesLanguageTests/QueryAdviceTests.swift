import StatesLanguage
import Testing

/// What is told of states in JSONata that AWS takes and that are most likely wrong, and what is right beside it.
struct QueryAdviceTests {
    private static let task =
        #""Type":"Task","Resource":"arn:aws:states:::aws-sdk:glue:getDatabase","Arguments":{"Name":"n"},"TimeoutSeconds":9"#

    /// The task with another time-out.
    private static func patient(_ expression: String) -> String { task.replacing("9", with: "\"\(expression)\"") }

    private static func warnings(_ states: String, _ advice: Advice = Advice()) throws -> [Problem] {
        let reading = DefinitionReading(parsing: #"{"QueryLanguage":"JSONata","StartAt":"A","States":{\#(states)}}"#)
        try #require(reading.errors.isEmpty, "\(reading.errors)")
        let isAside: Set<Problem.Code> = [.noCatch, .noTimeout, .noDefault, .unequalToNothing, .choiceAssign]
        return advice.warnings(for: reading).filter { !isAside.contains($0.code) }
    }

    private static func choice(_ condition: String) -> String {
        #""A":{"Type":"Choice","Choices":[{"Condition":\#(JSONValue.string("{% \(condition) %}").text),"Next":"B"}],"Default":"B"},"#
            + #""B":{"Type":"Succeed"}"#
    }

    private static func pass(_ expression: String, assigning variables: String = "") -> String {
        #""A":{"Type":"Pass","Assign":{\#(variables)},"Next":"B"},"#
            + #""B":{"Type":"Pass","Output":\#(JSONValue.string("{% \(expression) %}").text),"End":true}"#
    }

    // MARK: Types

    @Test(
        arguments: [
            ("'x'", "a string", 3), ("1", "a number", 1), ("null", "null", 4), ("[true]", "an array", 1),
            ("{'a': true}", "an object", 1), ("{}", "an object", 1), ("$states.input.a + 1", "a number", 17),
            ("$states.input.a & ''", "a string", 17), ("-$states.input.a", "a number", 1),
            ("$string($states.input.a)", "a string", 7), ("$states.input.a ~> $length()", "a number", 26),
            ("$states.input.a ~> $uppercase", "a string", 29), ("$states.input.a ? 'x' : 'y'", "a string", 21),
            ("($x := true; $count([$x]))", "a number", 19), ("function($x){ true }", "a function", 9),
            ("$states.context.State.Name", "a string", 7), ("$now()", "a string", 4),
            ("$states.input.a ? 'x'", "a string", 21),
            ("$states.input.list{kind: $count(n)}", "an object", nil),
        ] as [(String, String, Int?)]) func `a condition that can never be a Boolean is told with its place`(
            condition: String, found: String, position: Int?
        ) throws
    {
        let warnings = try Self.warnings(Self.choice(condition))
        #expect(warnings.map(\.code) == [.noCondition], "\(warnings)")
        #expect(warnings.first?.path.description == "/States/A/Choices[0]/Condition")
        #expect(warnings.first?.message == "this is never true or false: it gives \(found)")
        if let position { #expect(warnings.first?.hint == "see character \(position) of the expression") }
    }

    @Test(arguments: [
        "true", "$states.input.a = 1", "$states.input.a", "$states.input.a ? 'x' : true", "$not($states.input.a)",
        "$states.input.a in ['x']", "$exists($states.input.a) and $states.input.a > 1", "$boolean($states.input.a)",
        "$contains($states.input.a, 'x')", "$map([true], function($x){ $x })", "[true][0]", "['x'][0] = 'x'",
        "($string := function($x){ true }; $string(1))", "($f := $boolean; $f(1))", "{'a': true}.a",
        "$states.input.list[0]", "$single([true])", "$eval", "$lookup({'a': true}, 'a')", "$append([], true)",
        "$states.input.a ~> function($x){ true }", "$parse('true')", "$reduce([true], function($a, $b){ $b })",
    ]) func `a condition that may be a Boolean is not warned of`(condition: String) throws {
        #expect(try Self.warnings(Self.choice(condition)).filter { $0.code == .noCondition } == [])
    }

    @Test func `a condition that is put together outside of expressions is none`() throws {
        let warnings = try Self.warnings(
            #""A":{"Type":"Choice","Choices":[{"Condition":["{% true %}"],"Next":"B"}],"Default":"B"},"B":{"Type":"Succeed"}"#
        )
        #expect(warnings.map(\.code) == [.noCondition] && warnings.first?.hint == nil)
    }

    @Test(arguments: [
        (#""Type":"Wait","Seconds":"{% 'x' %}","End":true"#, "Seconds", "a number", "a string"),
        (#""Type":"Wait","Timestamp":"{% $millis() %}","End":true"#, "Timestamp", "a string", "a number"),
        (#""Type":"Fail","Error":"{% {} %}""#, "Error", "a string", "an object"),
        (#""Type":"Fail","Cause":"{% 1 = 2 %}""#, "Cause", "a string", "true or false"),
        (
            #"\#(task.replacing("9", with: #""{% $string(9) %}""#)),"End":true"#, "TimeoutSeconds", "a number",
            "a string"
        ),
        (#""Type":"Map","Items":"{% 'x' %}",\#(processor),"End":true"#, "Items", "an array or an object", "a string"),
        (
            #""Type":"Map","MaxConcurrency":"{% [1] %}","Items":[],\#(processor),"End":true"#, "MaxConcurrency",
            "a number", "an array"
        ),
        (
            #""Type":"Map","ToleratedFailureCount":"{% null %}","Items":[],\#(processor),"End":true"#,
            "ToleratedFailureCount", "a number", "null"
        ),
    ]) func `what has another type than its field is told`(
        state: String, field: String, expected: String, found: String
    ) throws {
        let warnings = try Self.warnings("\"A\":{\(state)}")
        #expect(warnings.map(\.code) == [.unexpectedType], "\(warnings)")
        #expect(warnings.first?.path.description == "/States/A/\(field)")
        #expect(warnings.first?.message == "\(field) takes \(expected), and this gives \(found)")
        #expect(warnings.first?.hint?.hasPrefix("see character ") == true)
    }

    private static let processor = #""ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}"#

    @Test(arguments: [
        #""Type":"Wait","Seconds":"{% $states.input.n %}","End":true"#,
        #""Type":"Wait","Seconds":"{% $states.input.a ? 'x' : 1 %}","End":true"#,
        #""Type":"Wait","Timestamp":"{% $now() %}","End":true"#,
        #""Type":"Fail","Error":"{% 'E' & $states.input.n %}","Cause":"{% $string($states.input) %}""#,
        #""Type":"Map","Items":"{% $split('a,b', ',') %}",\#(processor),"End":true"#,
        #""Type":"Map","Items":"{% [1..3] %}","MaxConcurrency":"{% 1 + 1 %}",\#(processor),"End":true"#,
    ]) func `what may have the type of its field is not warned of`(state: String) throws {
        #expect(try Self.warnings("\"A\":{\(state)}") == [])
    }

    @Test func `the type of a variable and of a field is known where one state says it`() throws {
        let states = #"""
            "A":{"Type":"Pass","Assign":{"text":"x","flag":"{% $states.input.n = 1 %}"},"Output":{"n":5},"Next":"C"},
            "C":{"Type":"Choice","Choices":[{"Condition":"{% $text %}","Next":"W"},{"Condition":"{% $flag %}","Next":"W"},
            {"Condition":"{% $states.input.n %}","Next":"W"}],"Default":"W"},
            "W":{"Type":"Wait","Seconds":"{% $states.input.n %}","Next":"V"},
            "V":{"Type":"Wait","Seconds":"{% $text %}","End":true}
            """#
        let warnings = try Self.warnings(states)
        #expect(
            warnings.map { "\($0.path) \($0.code.rawValue)" } == [
                "/States/C/Choices[0]/Condition NO_CONDITION", "/States/C/Choices[2]/Condition NO_CONDITION",
                "/States/V/Seconds UNEXPECTED_RESULT_TYPE",
            ])
    }

    // MARK: What is never there

    @Test(arguments: [
        ("$x", "'$x' is not assigned here", 2), ("1 + $x.a", "'$x' is not assigned here", 6),
        ("[$x, 0][0]", "'$x' is not assigned here", 3), ("$exists($x) ? $x : 0", "'$x' is not assigned here", 10),
        ("$total.b", "'$total.b' is not assigned here", 8), ("$total.a.b", "'$total.a.b' is not assigned here", 10),
        ("$exists($total.b)", "'$total.b' is not assigned here", 16),
        ("$states.input.list[n = $x]", "'$x' is not assigned here", 25),
        ("$map([1], function($i){ $i + $x })", "'$x' is not assigned here", 31),
        ("$nope(1)", "there is no function '$nope'", 5), ("$eval('1')", "there is no function '$eval'", 5),
        ("$states.context.Execution.Nmae", "there is no '$states.context.Execution.Nmae' here", 30),
        ("$states.context.Machine.Id", "there is no '$states.context.Machine' here", 23),
    ]) func `what an expression reads and nothing gives is told with its place`(
        expression: String, message: String, position: Int
    ) throws {
        let warnings = try Self.warnings(Self.pass(expression, assigning: #""total":{"a":1}"#))
        #expect(warnings.map(\.code) == [.pathNotThere], "\(warnings)")
        #expect(warnings.first?.path.description == "/States/B/Output")
        #expect(warnings.first?.message == message)
        #expect(warnings.first?.hint?.hasSuffix("see character \(position) of the expression") == true)
    }

    @Test func `what was probably meant is told`() throws {
        for (expression, meant) in [("$totl", "$total"), ("$coutn([1])", "$count")] {
            let warnings = try Self.warnings(Self.pass(expression, assigning: #""total":1"#))
            #expect(warnings.first?.hint?.hasPrefix("did you mean `\(meant)`?; ") == true, "\(warnings)")
        }
    }

    @Test(arguments: [
        "$total.a", "$total.list.b", "$total.any.b.c", "$map([1], function($i){ $i + $total.a })",
        "($x := 1; $x)", "$states.input.a.b", "$states", "$states.context.Execution.Input.a",
        "$states.context.Map.Item.Value.a", "$states.input.list#$i.{'n': $i}", "$sum", "$string(1)",
        "$states.input.list@$e.{'n': $e.n}", "$type($total.any) = 'string'", "function($y){ $y.z }($total)",
        "$total.list.n",
    ]) func `what may be there is not warned of`(expression: String) throws {
        let variables = #""total":{"a":1,"list":[{"b":1}],"any":"{% $states.input.any %}"}"#
        #expect(try Self.warnings(Self.pass(expression, assigning: variables)) == [])
    }

    @Test func `a field is looked for in what the state before gives`() throws {
        let states = #"""
            "A":{"Type":"Pass","Output":{"x":1,"o":"{% {'p': $states.input.p, 'q': {'r': 'text'}} %}"},"Next":"B"},
            "B":{"Type":"Pass","Output":"{% [$states.input.y, $states.input.o.s, $states.input.o.p, $states.input.o.q.r.t] %}",
            "End":true}
            """#
        #expect(
            try Self.warnings(states).map(\.message) == [
                "there is no '$states.input.y' here", "there is no '$states.input.o.s' here",
                "there is no '$states.input.o.q.r.t' here",
            ])
    }

    @Test func `a field is looked for in the input that executions get`() throws {
        let states = #""A":{"Type":"Pass","Output":"{% $states.input.b %}","End":true}"#
        #expect(try Self.warnings(states, Advice(input: .members(["a"]))).map(\.code) == [.pathNotThere])
        #expect(try Self.warnings(states, Advice(input: .example(["b": 1]))) == [])
        #expect(try Self.warnings(states) == [])
    }

    @Test func `the result of a task and the error of a catcher are known`() throws {
        let states = #"""
            "A":{\#(Self.task),"Output":"{% $states.result.Databse.Name %}",
            "Assign":{"ok":"{% $states.result.Database.Name %}","bad":"{% $states.result.Database.Nmae %}"},
            "Catch":[{"ErrorEquals":["States.ALL"],"Output":"{% $states.errorOutput.Message %}",
            "Assign":{"failure":"{% $states.errorOutput.Error & $states.errorOutput.Cause %}"},"Next":"B"}],"Next":"B"},
            "B":{"Type":"Succeed"}
            """#
        #expect(
            try Self.warnings(states).map { "\($0.path): \($0.message)" } == [
                "/States/A/Assign/bad: there is no '$states.result.Database.Nmae' here",
                "/States/A/Output: there is no '$states.result.Databse' here",
                "/States/A/Catch[0]/Output: there is no '$states.errorOutput.Message' here",
            ])
    }

    // MARK: Ways

    private static func twoWays(_ expression: String) -> String {
        #"""
        "A":{"Type":"Choice","Choices":[{"Condition":"{% $states.input.n = 1 %}","Next":"X","Assign":{"x":1}}],
        "Default":"Y"},"X":{"Type":"Pass","Next":"B"},"Y":{"Type":"Pass","Next":"B"},
        "B":{"Type":"Pass","Output":\#(JSONValue.string("{% \(expression) %}").text),"End":true}
        """#
    }

    @Test(arguments: [
        "$x", "$x + 1", "$string($x)", "-$x", "$x > 1", "$x.a[0]", "($y := 1; $x)", "($x).a", "$sum($x)", "1 - $x * 2",
        "$uppercase($string($x))", "$x.{'a': b}", "$x^(a)",
    ]) func `a variable that is missing on some way is told where an expression cannot do without it`(
        expression: String
    ) throws {
        let warnings = try Self.warnings(Self.twoWays(expression))
        #expect(warnings.map(\.message) == ["'$x' is not assigned here on some way, by Y"], "\(warnings)")
        #expect(warnings.first?.hint?.hasPrefix("see character ") == true)
    }

    @Test(arguments: [
        "$exists($x)", "[$x, 0][0]", "[$x]", "{'a': $x}", "$x = 1", "$x != 1", "$x in [1]", "$exists($x) ? $x : 0",
        "$x ? $x : 0", "'a' & $x", "$count($x)", "$append([], $x)", "$exists($x) and $x > 1", "$states.input.l[n = $x]",
        "$merge([{'a': 1}, $x])", "($y := $x; 1)", "$map([1], function($i){ $x })", "$x{'a': b}", "[$x[0]]",
        "$type($x) = 'string'",
    ]) func `a variable that is missing on some way may be asked for`(expression: String) throws {
        #expect(try Self.warnings(Self.twoWays(expression)) == [])
    }

    @Test func `what a condition has asked for may be there behind it`() throws {
        for condition in ["$exists($x)", "$x = 1", "[$x, 0][0] > 0"] {
            let states = #"""
                "A":{"Type":"Choice","Choices":[{"Condition":"{% $states.input.n = 1 %}","Next":"B","Assign":{"x":1}}],
                "Default":"B"},
                "B":{"Type":"Choice","Choices":[{"Condition":"{% \#(condition) %}","Next":"C"}],"Default":"D"},
                "C":{"Type":"Pass","Output":"{% $x %}","Next":"D"},"D":{"Type":"Succeed"}
                """#
            #expect(try Self.warnings(states) == [])
        }
    }

    @Test func `what is missing is told once on a way`() throws {
        let states = #"""
            "A":{"Type":"Choice","Choices":[{"Condition":"{% $states.input.n = 1 %}","Next":"B","Assign":{"x":1}}],
            "Default":"B"},"B":{"Type":"Pass","Assign":{"y":"{% $x %}"},"Next":"C"},
            "C":{"Type":"Pass","Output":"{% $x + $y %}","End":true}
            """#
        #expect(try Self.warnings(states).map(\.path.description) == ["/States/B/Assign/y"])
    }

    @Test func `a loop that assigns what it reads is followed`() throws {
        let states = #"""
            "A":{"Type":"Pass","Assign":{"n":0},"Next":"L"},
            "L":{"Type":"Pass","Assign":{"n":"{% $n + 1 %}","seen":"{% [$seen, 0][0] %}"},"Next":"C"},
            "C":{"Type":"Choice","Choices":[{"Condition":"{% $n < 3 %}","Next":"L"}],"Default":"E"},
            "E":{"Type":"Succeed","Output":"{% $n & $seen %}"}
            """#
        #expect(try Self.warnings(states) == [])
    }

    @Test func `what a task assigns is not there where its error leads`() throws {
        let states = #"""
            "A":{\#(Self.task),"Assign":{"name":"{% $states.result.Database.Name %}"},
            "Catch":[{"ErrorEquals":["States.ALL"],"Next":"E"}],"Next":"B"},
            "B":{"Type":"Succeed","Output":"{% $name %}"},
            "E":{"Type":"Fail","Error":"{% $name %}","Cause":"{% [$name, ''][0] %}"}
            """#
        let warnings = try Self.warnings(states)
        #expect(warnings.map { "\($0.path): \($0.message)" } == ["/States/E/Error: '$name' is not assigned here"])
    }

    @Test func `branches read the variables around them, and keep their own`() throws {
        let states = #"""
            "A":{"Type":"Pass","Assign":{"x":1},"Next":"P"},
            "P":{"Type":"Parallel","Arguments":{"a":1},"Branches":[
            {"StartAt":"P1","States":{"P1":{"Type":"Pass","Assign":{"y":2},"Output":"{% $x + $states.input.a %}","Next":"P2"},
            "P2":{"Type":"Pass","Output":"{% $y + $states.input %}","End":true}}},
            {"StartAt":"Q1","States":{"Q1":{"Type":"Pass","Output":"{% $states.input.b %}","End":true}}}],"Next":"M"},
            "M":{"Type":"Map","Items":"{% $states.input %}","ItemSelector":{"v":"{% $states.context.Map.Item.Value %}"},
            "ItemProcessor":{"StartAt":"M1","States":{"M1":{"Type":"Pass","Output":"{% $states.input.v & $states.input.w %}",
            "End":true}}},"Next":"E"},
            "E":{"Type":"Succeed","Output":"{% $y %}"}
            """#
        #expect(
            try Self.warnings(states).map { "\($0.path): \($0.message)" } == [
                "/States/P/Branches[1]/States/Q1/Output: there is no '$states.input.b' here",
                "/States/M/ItemProcessor/States/M1/Output: there is no '$states.input.w' here",
                "/States/E/Output: '$y' is not assigned here",
            ])
    }

    @Test func `variables are known from one language to the other`() throws {
        let text = #"""
            {"StartAt":"A","States":{
            "A":{"Type":"Pass","Assign":{"x":{"a":1}},"Next":"B"},
            "B":{"Type":"Pass","QueryLanguage":"JSONata","Assign":{"y":"{% $x.a %}","z":"{% $x.b %}"},"Output":{"o":1},"Next":"C"},
            "C":{"Type":"Pass","Parameters":{"y.$":"$y","u.$":"$u","o.$":"$.o","p.$":"$.p"},"End":true}}}
            """#
        #expect(
            Advice().warnings(for: DefinitionReading(parsing: text)).map(\.path.description)
                == ["/States/B/Assign/z", "/States/C/Parameters/u.$", "/States/C/Parameters/p.$"])
    }

    @Test func `what a choice assigns may be there behind its rules`() throws {
        let states = #"""
            "A":{"Type":"Choice","Assign":{"x":1},"Choices":[{"Condition":"{% $states.input.n = 1 %}","Next":"B"}],
            "Default":"C"},"B":{"Type":"Succeed","Output":"{% $x %}"},"C":{"Type":"Succeed","Output":"{% $x %}"}
            """#
        #expect(try Self.warnings(states) == [])
    }

    // MARK: Choices

    @Test func `a rule that always holds needs no default, and nothing comes behind it`() throws {
        for condition in ["true", #""{% true %}""#] {
            let text = #"""
                {"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Choice","Choices":[
                {"Condition":"{% $states.input.n = 1 %}","Next":"B"},{"Condition":\#(condition),"Next":"B"}]},
                "B":{"Type":"Succeed"}}}
                """#
            #expect(Advice().warnings(for: DefinitionReading(parsing: text)) == [])
        }
        let states = #"""
            "A":{"Type":"Choice","Choices":[{"Condition":false,"Next":"B"},{"Condition":"{% true %}","Next":"B"},
            {"Condition":"{% $states.input.n = 1 %}","Next":"B"}],"Default":"B"},"B":{"Type":"Succeed"}
            """#
        let warnings = try Self.warnings(states)
        #expect(warnings.allSatisfy { $0.code == .neverTaken })
        #expect(
            warnings.map(\.path.description)
                == ["/States/A/Choices[0]/Next", "/States/A/Choices[2]/Next", "/States/A/Default"])
    }

    // MARK: Batches

    @Test func `a task may look at its failures itself`() throws {
        let batch =
            #""Type":"Task","Resource":"arn:aws:states:::aws-sdk:lakeformation:batchGrantPermissions","Arguments":{"Entries":[]}"#
        for (fields, isRead) in [
            (#""Assign":{"f":"{% $states.result.Failures ? $error('x') : 1 %}"}"#, true),
            (#""Output":"{% $states.result %}""#, true), (#""Output":"{% $count($states.result.Failures) %}""#, true),
            (#""Output":"done""#, false), (#""Comment":"nothing""#, false),
        ] {
            let warnings = try Self.warnings(#""A":{\#(batch),\#(fields),"End":true}"#)
            #expect(warnings.map(\.code) == (isRead ? [] : [.failuresNotRead]), "\(fields)")
        }
    }

    // MARK: Pitfalls

    private static func pitfalls(_ states: String) throws -> [Problem] {
        let reading = DefinitionReading(parsing: #"{"QueryLanguage":"JSONata","StartAt":"A","States":{\#(states)}}"#)
        try #require(reading.errors.isEmpty, "\(reading.errors)")
        let wanted: Set<Problem.Code> = [
            .unequalToNothing, .longNumber, .unportablePattern, .deepExpression, .shadowedFunction, .oldValue,
            .choiceAssign, .retriedExpression, .singleElement,
        ]
        return Advice().warnings(for: reading).filter { wanted.contains($0.code) }
    }

    private static func untag(_ keys: String) -> String {
        #""A":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:glue:untagResource","Arguments":{"ResourceArn":"n","#
            + #""TagsToRemove":\#(JSONValue.string("{% \(keys) %}").text)},"End":true}"#
    }

    @Test(arguments: [
        "[$states.input.a]", "($t := $states.input.a; [$t.name])", "$states.input.a = 1 ? ['a'] : ['b']",
        "$split('a', ',')", "$states.input.`my-list`", "$states.input.a.b",
    ]) func `an expression that keeps a list, or gives what stands at a place, is not warned of`(keys: String) throws {
        #expect(try Self.pitfalls(Self.untag(keys)) == [])
    }

    @Test(arguments: [
        "$keys($states.input.a)", "$states.input.a = 1 ? ['a'] : $keys($states.input.a)", "$states.input.a[b = 1]",
        "$states.input.a = 1 ? ['a']",
    ]) func `an expression that may lose its list is told`(keys: String) throws {
        #expect(try Self.pitfalls(Self.untag(keys)).map(\.code) == [.singleElement])
    }

    @Test(arguments: [
        "$count($states.input.a) != 0", "($n := $count($states.input.a); $n != 0)", "'a' != 'b'",
        "($states.input.a and $states.input.b) != true", "('x' in $states.input.a) != false",
        "$not($states.input.a = 1)", "1e15 = $states.input.a", "1000000000000000 = $states.input.a",
        "0.0000000000000001 = $states.input.a", "$count([1234567890..1234567891]) = 2",
        "$contains($string($states.input.a), /[$]/)",
    ]) func `what has no pitfall is not warned of`(condition: String) throws {
        #expect(try Self.pitfalls(Self.choice(condition)) == [])
    }

    @Test(
        arguments: [
            ("$states.input.a != 1", [.unequalToNothing]), ("($n := $states.input.a; $n != 0)", [.unequalToNothing]),
            ("($f := function($n){ $n != 0 }; $n := 1; $f($n))", [.unequalToNothing]),
            ("12345678901234567 = $states.input.a", [.longNumber]),
            ("0.1234567890123456 = $states.input.a", [.longNumber]),
            ("1234567890123456e-3 = $states.input.a", [.longNumber]),
            ("$contains($string($states.input.a), /^[0-9]{4}-[0-9]{2}$/)", [.unportablePattern]),
            ("$contains($string($states.input.a), /\\d{4}-\\d{2}/)", [.unportablePattern]),
        ] as [(String, [Problem.Code])]) func `a pitfall is told, each kind once a pattern`(
            condition: String, codes: [Problem.Code]
        ) throws
    {
        #expect(try Self.pitfalls(Self.choice(condition)).map(\.code) == codes)
    }

    @Test(
        arguments: [
            (#""Output":"{% $states.input %}","Retry":[{"ErrorEquals":["States.ALL"]}]"#, []),
            (#""Output":"{% {'ok': true} %}","Retry":[{"ErrorEquals":["States.ALL"]}]"#, []),
            (
                #""Output":"{% $states.result.Database.Name %}","Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":0}]"#,
                []
            ),
            (
                #""Output":"{% $states.result.Database.Name %}","Retry":[{"ErrorEquals":["States.QueryEvaluationError"],"MaxAttempts":0},{"ErrorEquals":["States.ALL"]}]"#,
                []
            ),
            (
                #""Output":"{% $states.result.Database.Name %}","Retry":[{"ErrorEquals":["States.ALL"]}]"#,
                [.retriedExpression]
            ),
            (
                #""Catch":[{"ErrorEquals":["States.ALL"],"Assign":{"x":1},"Output":"{% $x %}","Next":"B"}]"#,
                [.oldValue]
            ),
        ] as [(String, [Problem.Code])]) func `retriers and outputs are looked at wherever they stand`(
            fields: String, codes: [Problem.Code]
        ) throws
    {
        let states =
            #""S":{"Type":"Pass","Assign":{"x":0},"Next":"A"},"A":{\#(Self.task),\#(fields),"Next":"B"},"B":{"Type":"Succeed"}"#
        let reading = DefinitionReading(parsing: #"{"QueryLanguage":"JSONata","StartAt":"S","States":{\#(states)}}"#)
        try #require(reading.errors.isEmpty, "\(reading.errors)")
        let told: Set<Problem.Code> = [.oldValue, .retriedExpression]
        #expect(Advice().warnings(for: reading).map(\.code).filter(told.contains) == codes)
    }
}
