import StatesLanguage
import Testing

/// Expressions in JSONata as a machine is read: what AWS refuses then, in its words.
struct QueryReadingTests {
    private static func reading(_ states: String, top: String = #""QueryLanguage":"JSONata","#) -> DefinitionReading {
        DefinitionReading(parsing: #"{\#(top)"StartAt":"A","States":{\#(states)}}"#)
    }

    private static func pass(_ expression: String) -> String {
        #""A":{"Type":"Pass","Output":\#(JSONValue.string("{% \(expression) %}").text),"End":true}"#
    }

    @Test(arguments: [
        ("phone", "Reference to 'phone' at the top level is not supported."),
        ("$states.input.a + b.c", "Reference to 'b' at the top level is not supported."),
        ("$map($states.input.a, function($x){ b })", "Reference to 'b' at the top level is not supported."),
        ("$", "Reference to '$' at the top level is not supported."),
        ("$.a", "Reference to '$' at the top level is not supported."),
        ("$$", "Reference to '$$' is not supported."),
        ("$states.input[$$.a = 1]", "Reference to '$$' is not supported."),
        ("$states.errorOutput", "Field '$states.errorOutput' does not exist."),
        ("$states.result", "Field '$states.result' does not exist."),
        ("$states.inputs.a", "Field '$states.inputs' does not exist."),
    ]) func `what an expression cannot read is refused in the words of AWS`(expression: String, message: String) {
        let errors = Self.reading(Self.pass(expression)).errors
        #expect(errors.map(\.message) == [message])
        #expect(errors.first?.code.awsCode == "UNSUPPORTED_JSONATA_EXPRESSION")
        #expect(errors.first?.path.description == "/States/A/Output")
        #expect(errors.first?.hint?.contains("character") == true)
    }

    @Test(arguments: [
        "$states.input.a[b = 1].c", "$states.input.($.a + b)", "$states.input.a.{'x': $, 'y': b}",
        "$states", "$states.context.State.Name", "$unknown", "$unknown(1)", "$eval('1')",
        "$states.input ~> |a|{'b': c}|",
        "($x := 1; $x)", "function($y){ $y.z }($states.input)", "$states.input.list^(price)",
    ]) func `what an expression reads of something else is taken`(expression: String) {
        #expect(Self.reading(Self.pass(expression)).errors == [])
    }

    @Test(
        arguments: [
            ("1 +", 3), ("$sum(1", 6), ("a[1,2)", 4), ("'x", 2), ("/[^\"\\\\]/", nil), ("/a{b/", nil), ("1 ?: 2", nil),
            ("1 ?? 2", nil), ("", nil),
        ] as [(String, Int?)]) func `what cannot be parsed is refused with its place`(
            expression: String, position: Int?
        )
    {
        let errors = Self.reading(Self.pass(expression)).errors
        #expect(errors.map(\.code) == [.invalidJSONata])
        #expect(errors.first?.code.awsCode == "INVALID_JSONATA_EXPRESSION")
        if let position {
            #expect(errors.first?.hint == "see character \(position) of the expression", "\(errors)")
        }
    }

    @Test func `the result and the error output are there where AWS has them`() {
        let task = #""Type":"Task","Resource":"arn:aws:states:::aws-sdk:glue:getDatabase""#
        let errors = Self.reading(
            #"""
            "A":{\#(task),"Arguments":"{% $states.result %}","Output":"{% $states.result %}",
            "Assign":{"a":"{% $states.result %}","b":"{% $states.errorOutput %}"},
            "Catch":[{"ErrorEquals":["States.ALL"],"Output":"{% $states.errorOutput %}",
            "Assign":{"a":"{% $states.errorOutput %}","b":"{% $states.result %}"},"Next":"B"}],"Next":"B"},
            "B":{"Type":"Succeed"}
            """#
        ).errors
        #expect(
            Set(errors.map(\.path.description))
                == ["/States/A/Arguments", "/States/A/Assign/b", "/States/A/Catch[0]/Assign/b"])
    }

    @Test(arguments: [
        (#""Type":"Pass","Result":1,"End":true"#, "/States/A/Result"),
        (#""Type":"Pass","Parameters":{},"End":true"#, "/States/A/Parameters"),
        (#""Type":"Wait","SecondsPath":"$.a","Seconds":1,"End":true"#, "/States/A/SecondsPath"),
        (#""Type":"Wait","Seconds":"5","End":true"#, "/States/A/Seconds"),
        (#""Type":"Wait","Seconds":1.5,"End":true"#, "/States/A/Seconds"),
        (#""Type":"Wait","Timestamp":"x","End":true"#, "/States/A/Timestamp"),
        (#""Type":"Wait","End":true"#, "/States/A"),
        (#""Type":"Choice","Choices":[{"Condition":"true","Next":"A"}]"#, "/States/A/Choices[0]/Condition"),
        (#""Type":"Choice","Choices":[{"Next":"A"}]"#, "/States/A/Choices[0]"),
        (
            #""Type":"Choice","Choices":[{"Variable":"$.a","IsNull":true,"Condition":true,"Next":"A"}]"#,
            "/States/A/Choices[0]/Variable"
        ),
        (#""Type":"Pass","Assign":"{% {} %}","End":true"#, "/States/A/Assign"),
        (#""Type":"Pass","Assign":{"states":1},"End":true"#, "/States/A/Assign/states"),
        (#""Type":"Pass","Assign":{"a.$":"$.a"},"End":true"#, "/States/A/Assign/a.$"),
    ]) func `a field that a state in JSONata does not have, or not so, is refused`(state: String, path: String) {
        let errors = Self.reading("\"A\":{\(state)}").errors.filter { $0.code != .missingEndState }
        #expect(errors.contains { $0.path.description == path }, "\(errors)")
    }

    @Test func `a machine in JSONPath may have states in JSONata, and not the other way round`() {
        let states =
            #""A":{"Type":"Pass","QueryLanguage":"JSONata","Output":"{% 1 %}","Next":"B"},"B":{"Type":"Pass","Result":1,"End":true}"#
        #expect(Self.reading(states, top: "").errors == [])
        let errors = Self.reading(#""A":{"Type":"Pass","QueryLanguage":"JSONPath","End":true}"#).errors
        #expect(errors.map(\.path.description) == ["/States/A"])
    }

    @Test func `a branch does not assign a variable of what is around it`() {
        let states = #"""
            "A":{"Type":"Pass","Assign":{"x":1},"Next":"B"},"B":{"Type":"Parallel","End":true,"Branches":[
            {"StartAt":"P","States":{"P":{"Type":"Pass","Assign":{"x":2},"End":true}}}]}
            """#
        #expect(Self.reading(states).errors.map(\.path.description) == ["/States/B/Branches[0]/States/P/Assign"])
    }
}
