import DurableExecution
import StatesLanguage
import TestSupport
import Testing

/// Expressions in JSONata that somebody has made to take all time or memory, in each field that takes one.
struct QueryHostilityTests {
    /// Each uses up what it is about soon: the others are tried in one field, since all fields have the same budget.
    static let quick = [
        "a recursion that goes deep": "($f := function($x){ 1 + $f($x + 1) }; $f(1))",
        "a text that doubles": "($f := function($s){ $f($s & $s) }; $f('x'))",
        "a text without measure": "$length($pad('', 1e12, 'x'))",
        "a range without measure": "$range(1, 1e15, 1)",
        "a value that is shared again and again":
            "($f := function($o, $n){ $n = 0 ? $o : $f({'l': $o, 'r': $o}, $n - 1) }; $string($f({}, 40)))",
        "brackets that do not end": "$parse($pad('', 100000, '['))",
    ]

    static let slow = [
        "a recursion that never ends": "($f := function($x){ $f($x + 1) }; $f(1))",
        "an array that doubles": "($f := function($a){ $f($append($a, $a)) }; $f([1]))",
        "a range as large as may be": "$count([1..9999999])",
        "parts of a range": "$partition([1..300000], 1)",
        "a map within a map": "$map([1..30000], function($i){ $map([1..30000], function($j){ $i * $j }) })",
        "a filter within a filter": "[1..30000][$count([1..30000][$ > 1]) > 1]",
        "a value that becomes deeper": "$reduce([1..30000], function($a, $i){ {'a': $a} })",
        "an array that becomes deeper": "$reduce([1..30000], function($a, $i){ [[$a]] })",
        "a pattern that is tried again and again":
            "$map([1..1000], function($i){ $contains($pad('', 5000, 'a'), /(a*)*(a*)*b/) })",
        "a comparison of everything": "$distinct($map([1..30000], function($i){ {'a': $i} }))",
        "a sort that never agrees": "$sort([1..100000], function($l, $r){ $random() > 0.5 })",
        "all that is in all": "[1..300].({'a': [1..300].{'b': [1..300]}}).**.**",
    ]

    private static let task = #""Type":"Task","Resource":"arn:aws:states:::aws-sdk:glue:getDatabase","End":true"#
    private static let inside = #""ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true"#

    /// The fields that take an expression, by the place that AWS names, each in a state; `@` is the expression.
    static let fields = [
        "Arguments/a": #"\#(task),"Arguments":{"a":@}"#,
        "TimeoutSeconds": #"\#(task),"TimeoutSeconds":@"#,
        "Output": #""Type":"Pass","Output":@,"End":true"#,
        "Assign/a": #""Type":"Pass","Assign":{"a":@},"End":true"#,
        "Choices[0]/Condition": #""Type":"Choice","Choices":[{"Condition":@,"Next":"B"}],"Default":"B""#,
        "Choices[0]/Output": #""Type":"Choice","Choices":[{"Condition":true,"Output":@,"Next":"B"}]"#,
        "Seconds": #""Type":"Wait","Seconds":@,"End":true"#,
        "Timestamp": #""Type":"Wait","Timestamp":@,"End":true"#,
        "Error": #""Type":"Fail","Error":@"#,
        "Cause": #""Type":"Fail","Cause":@"#,
        "Items": #""Type":"Map","Items":@,\#(inside)"#,
        "MaxConcurrency": #""Type":"Map","Items":[1],"MaxConcurrency":@,\#(inside)"#,
        "ToleratedFailureCount": #""Type":"Map","Items":[1],"ToleratedFailureCount":@,\#(inside)"#,
        "ItemSelector/a": #""Type":"Map","Items":[1],"ItemSelector":{"a":@},\#(inside)"#,
        "Branches":
            #""Type":"Parallel","Branches":[{"StartAt":"P","States":{"P":{"Type":"Pass","Output":@,"End":true}}}],"End":true"#,
    ]

    private static func execution(_ state: String, _ expression: String) throws -> QueryExecution {
        let text = JSONValue.string("{% \(expression) %}").text
        let end = state.contains("Choices") ? #","B":{"Type":"Pass","End":true}"# : ""
        return try QueryExecution(#""A":{\#(state.replacing("@", with: text))}\#(end)"#)
    }

    @Test(arguments: fields.keys.sorted(), quick.keys.sorted())
    func `what takes all time or memory ends the state in whichever field it stands`(
        field: String, name: String
    ) throws {
        let (state, expression) = (try #require(Self.fields[field]), try #require(Self.quick[name]))
        let execution = try Self.execution(state, expression)
        #expect(execution.error == StatesError.queryEvaluation, "\(String(describing: execution.interpreter.outcome))")
        let place = field == "Branches" ? "Output" : field
        #expect(execution.cause?.contains("for the field '\(place)' threw an error during evaluation") == true)
    }

    @Test(arguments: slow.keys.sorted())
    func `what takes all time or memory ends within the budget of a state`(name: String) throws {
        let expression = try #require(Self.slow[name])
        let start = ContinuousClock.now
        let execution = try Self.execution(try #require(Self.fields["Output"]), expression)
        #expect(execution.error == StatesError.queryEvaluation, "\(String(describing: execution.interpreter.outcome))")
        #expect(execution.cause?.contains("threw an error during evaluation: ") == true)
        // Nothing is exact in a debug build on a machine that others use too.
        #expect(ContinuousClock.now - start < .seconds(60))
    }

    @Test(arguments: ["/(a*)*(a*)*b/", "/((a|a)*)*b/", "/(a?){9}(a){9}b/", "/^(a+)+$b/", "/(.*)(.*)(.*)(.*)b/"])
    func `a pattern that others go back in for ever is decided where it is a condition`(pattern: String) throws {
        let state = try #require(Self.fields["Choices[0]/Condition"])
        let execution = try Self.execution(state, "$contains($pad('', 20000, 'a'), \(pattern))")
        #expect(execution.interpreter.outcome?.status == .succeeded, "\(execution.cause ?? "")")
    }

    @Test func `several expressions of a state share its budget`() throws {
        let part = "{% $count([1..100000][$ > 0]) %}"
        let parts = (0..<20).map { #""v\#($0)":"\#(part)""# }.joined(separator: ",")
        let execution = try QueryExecution(#""A":{"Type":"Pass","Assign":{\#(parts)},"End":true}"#)
        #expect(execution.error == StatesError.queryEvaluation)
        #expect(execution.cause?.contains("for the field 'Assign/v") == true)
    }

    @Test func `what a catcher says has the same budget, and ends the execution`() throws {
        for fields in [#""Output":@"#, #""Assign":{"a":@}"#] {
            var execution = try Self.execution(
                #""Type":"Task","Resource":"arn:aws:states:::aws-sdk:glue:getDatabase","End":true,"#
                    + #""Catch":[{"ErrorEquals":["States.ALL"],\#(fields),"Next":"A"}]"#,
                try #require(Self.quick["a text that doubles"]))
            execution.answer(.error(TaskFailure("E", "c")))
            #expect(execution.error == StatesError.queryEvaluation)
            #expect(execution.cause?.contains("'Catch[0]/") == true)
        }
    }

    @Test func `what a task gives is read within the budget`() throws {
        var execution = try Self.execution(
            #"\#(Self.task),"Output":@"#, "$map($states.result.l, function($i){ $states.result.l[$ > $i] })")
        execution.answer(.result(["l": .array((0..<5000).map { .integer($0) })]))
        #expect(execution.error == StatesError.queryEvaluation)
    }

    @Test(arguments: ["(", "[", "{'a':", "-", "$f(", "function($x){", "1 + (", "a.(", "$x ? ", "a["])
    func `an expression that nests without end is refused when it is read`(part: String) {
        let text = JSONValue.string("{% " + String(repeating: part, count: 20_000) + " %}").text
        let error = #expect(throws: DefinitionError.self) {
            try QueryExecution(#""A":{"Type":"Pass","Output":\#(text),"End":true}"#)
        }
        #expect(error?.problems.map(\.code) == [.invalidJSONata])
    }
}
