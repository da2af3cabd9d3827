import DurableExecution
import StatesLanguage
import Testing

/// What the language does where one expects something else: each of these has been seen to be so.
struct QueryRuleTests {
    private static let input: JSONValue = [
        "list": [["n": 1], ["n": 2], ["n": 3]], "a": "x", "none": [], "nothing": .null,
    ]

    @Test(arguments: [
        // What is not there is equal to nothing, and different from nothing.
        ("$states.input.b != 'x'", "false"), ("$states.input.b = $states.input.b", "false"),
        ("$not($states.input.b = 'x')", "true"),
        // One element becomes the element itself.
        ("$states.input.list[n > 2].n", "3"), ("[$states.input.list[n > 2].n]", "[3]"),
        ("[$states.input.list[n > 3].n]", "[]"), ("$count($states.input.list[n > 3])", "0"),
        // A path goes through an array.
        ("$states.input.list.n", "[1,2,3]"), ("$type($states.input.list) = 'object'", "false"),
        // What stands in brackets is flattened, and null is a value.
        ("[$states.input.list.n, 4]", "[1,2,3,4]"), ("[$states.input.nothing, 1][0]", "null"),
        ("[$states.input.b, 1][0]", "1"), ("[$states.input.a, 1][0]", #""x""#),
        // A condition that is decided is not looked at further.
        ("$type($states.input.b) = 'string' and $contains(5, 'x')", "false"),
        // Numbers as AWS writes them.
        ("1.0", "1"), ("1e3", "1000"), ("0.1", "0.1"), ("-0", "0"), ("$string(1e20)", #""100000000000000000000""#),
        ("1/0", #""Infinity""#), ("[-1/0]", #"["-Infinity"]"#),
        ("$states.input", #"{"list":[{"n":1},{"n":2},{"n":3}],"a":"x","none":[],"nothing":null}"#),
        ("{'a': $states.input.b, 'c': 1}", #"{"c":1}"#),
    ]) func `an expression gives what it gives on AWS`(expression: String, expected: String) throws {
        #expect(try evaluated(expression, Self.input) == expected)
    }

    @Test(arguments: [
        "$not($states.input.b)", "$states.input.b > 1", "$contains($states.input.b, 'x')", "$sum($states.input.b)",
        "$states.input.none[0]", "$states.input.list[n > 3]", "$b", "$states.input.a.b.c",
    ]) func `what nothing comes of fails`(expression: String) throws {
        #expect(
            try evaluated(expression, Self.input)
                == "The JSONata expression '\(expression)' specified for the field 'Output' returned nothing (undefined)."
        )
    }

    @Test(arguments: [
        ("$contains(5, 'x')", "T0410"), ("'a' + 1", "T2001"), ("1 + 'a'", "T2002"), ("$nope(1)", "T1006"),
        ("$eval('1')", "T1006"), ("$error('no')", "D3137: no"), ("$states.input.a < 1", "T2009"),
    ]) func `what throws fails with its code`(expression: String, code: String) throws {
        let cause = try evaluated(expression, Self.input)
        let sentence =
            "The JSONata expression '\(expression)' specified for the field 'Output' threw an error during evaluation. "
        #expect(cause.hasPrefix(sentence + code), "\(cause)")
    }

    @Test func `a function is no value`() throws {
        #expect(
            try evaluated("$sum")
                == "The JSONata expression '$sum' specified for the field 'Output' returned an unsupported result type."
        )
    }

    @Test func `a variable hides the function of its name`() throws {
        #expect(try evaluated("$count", assigning: #""count":7"#) == "7")
        #expect(try evaluated("$count([1])", assigning: #""count":7"#).contains("T1006"))
    }

    @Test func `an expression begins and ends the text`() throws {
        let execution = try QueryExecution(
            #""A":{"Type":"Pass","Output":[" {% 1 %} ","{% 1 %}","a{% 1 %}b","{%2%}"],"End":true}"#)
        #expect(execution.output == [" {% 1 %} ", 1, "a{% 1 %}b", 2])
        for text in [" {% 1 %}", "{% 1 %} ", "{%}", "{% 1"] {
            #expect(throws: DefinitionError.self, "\(text)") {
                try QueryExecution(#""A":{"Type":"Pass","Output":"\#(text)","End":true}"#)
            }
        }
    }

    @Test(arguments: [
        (#"$partition([1,2,3,4,5], 2)"#, "[[1,2],[3,4],[5]]"), ("$partition([], 2)", "[]"),
        ("$range(0, 6, 2)", "[0,2,4,6]"), ("$range(5, 1, -2)", "[5,3,1]"), ("$range(1, 9, 9)", "1"),
        (#"$hash("input", "SHA-1")"#, #""140f86aae51ab9e1cda9b4254fe98a74eb54c1a1""#),
        ("$random(42)", "0.7275636800328681"), (#"$parse("{\"a\":[1.0]}").a"#, "[1]"),
        (#"$parse("[1, 2]")"#, "[1,2]"), ("$length($uuid())", "36"), ("$uuid() = $uuid()", "false"),
        ("$random() < 1", "true"), ("$random() = $random()", "false"), ("$millis()", "1750000000000"),
        ("$now()", #""2025-06-15T15:06:40.000Z""#),
    ]) func `the functions of AWS are there`(expression: String, expected: String) throws {
        #expect(try evaluated(expression) == expected)
    }

    @Test(arguments: ["$partition([1], 0)", "$range(1, 2, 0)", "$hash('a', 'x')", "$parse('{')"])
    func `a function of AWS that cannot be carried out fails`(expression: String) throws {
        #expect(try evaluated(expression).contains("threw an error during evaluation. "))
    }

    @Test func `two executions have other random numbers, and one has the same again`() throws {
        let states = #""A":{"Type":"Pass","Output":"{% [$uuid(), $random(), $shuffle([1..9])] %}","End":true}"#
        let one = try QueryExecution(states, seed: 1).output
        #expect(try QueryExecution(states, seed: 1).output == one)
        #expect(try QueryExecution(states, seed: 2).output != one)
    }

    @Test(arguments: ["input", "result", "errorOutput", "context"])
    func `a variable has members of its own, whatever they are called`(member: String) throws {
        #expect(
            try evaluated("$order.\(member)", ["id": 1], assigning: #""order":{"\#(member)":{"n":2}}"#) == #"{"n":2}"#)
        #expect(try evaluated("$order.\(member).n", ["n": 1], assigning: #""order":{"\#(member)":{"n":2}}"#) == "2")
    }

    @Test func `a text that an expression gives has as many bytes as AWS allows`() throws {
        let longest = String(repeating: "x", count: 262_142)
        #expect(try evaluated("$states.input & ''", .string(longest)) == "\"\(longest)\"")
        #expect(try !evaluated("$states.input & 'y'", .string(longest)).hasPrefix("\""))
    }
}
