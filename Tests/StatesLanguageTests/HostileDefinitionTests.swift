import StatesLanguage
import Testing

/// Definitions that somebody has made to be slow to read: a third of the largest that may be.
struct HostileDefinitionTests {
    private static let size = 300_000

    /// So many times a part, with `@` its number and `^` the next one.
    private static func many(_ part: String, _ size: Int = size) -> String {
        var text = ""
        var count = 0
        while text.utf8.count < size {
            let numbered = part.split(separator: "^", omittingEmptySubsequences: false).joined(
                separator: "\(count + 1)")
            text += count == 0 ? "" : ","
            text += numbered.split(separator: "@", omittingEmptySubsequences: false).joined(separator: "\(count)")
            count += 1
        }
        return text
    }

    private static func machine(_ states: String, more: String = "") -> String {
        #"{"StartAt":"s0","States":{"# + states + "}" + more + "}"
    }

    /// States that each lead to the one before: the last of them begins, and the first of all ends.
    private static func chain(_ part: String) -> String {
        let states = many(part)
        let last = states.matches(of: /"s[0-9]+":/).last.map { states[$0.range].dropLast() } ?? ""
        return
            #"{"StartAt":"first","States":{"first":{"Type":"Pass","Next":\#(last)},"s0":{"Type":"Succeed"},\#(states)}}"#
    }

    private static func nested(_ depth: Int, _ open: String, _ inner: String, _ close: String) -> String {
        String(repeating: open, count: depth) + inner + String(repeating: close, count: depth)
    }

    private static let n60 = String(repeating: "n", count: 60)

    static let definitions: [(name: String, text: String)] = [
        ("misspelt targets", machine(many(#""s@":{"Type":"Pass","Next":"z@"}"#))),
        ("misspelt long targets", machine(many(#""\#(n60)@":{"Type":"Pass","Next":"\#(n60)x^"}"#))),
        ("a repeated key", machine(many(#""s0":{"Type":"Succeed"}"#))),
        ("a repeated key in lines", machine(many("\n\"s0\":{\"Type\":\"Succeed\"}"))),
        ("unknown fields", machine(#""s0":{"Type":"Succeed","# + many(#""f@":1"#) + "}")),
        ("unknown fields of no type", machine(#""s0":{"# + many(#""f@":1"#) + "}")),
        ("a long name", machine("\"" + String(repeating: "é", count: size / 2) + #"":{"Type":"Succeed"}"#)),
        (
            "a name of marks",
            machine("\"e" + String(repeating: "\u{301}\u{327}", count: size / 4) + #"":{"Type":"Succeed"}"#)
        ),
        ("empty rules", machine(#""s0":{"Type":"Choice","Choices":["# + many("{}") + #"],"Default":"s0"}"#)),
        (
            "rules",
            machine(
                #""s0":{"Type":"Choice","Choices":["# + many(#"{"Variable":"$.a@","IsPresent":true,"Next":"s1"}"#)
                    + #"]},"s1":{"Type":"Succeed"}"#)
        ),
        (
            "states with rules that lead back",
            chain(
                #""s^":{"Type":"Choice","Choices":[{"Variable":"$.a@","StringEquals":"x","Next":"first"},"#
                    + #"{"Variable":"$.b","IsPresent":false,"Next":"s@"}],"Default":"s0"}"#)
        ),
        (
            "conditions within one another",
            machine(
                #""s0":{"Type":"Choice","Choices":["#
                    + many(
                        #"{"Next":"s1","#
                            + nested(
                                50, #""Or":[{"And":[{"#, #""Variable":"$.a@","IsPresent":true"#, "}]}]") + "}", size / 2
                    )
                    + #"],"Default":"s1"},"s1":{"Type":"Succeed"}"#)
        ),
        (
            "a chain of results",
            chain(#""s^":{"Type":"Pass","ResultPath":"$.r@","Result":{"x":1},"Next":"s@"}"#)
        ),
        (
            "batches that are not read",
            chain(
                #""s^":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:lakeformation:batchGrantPermissions","#
                    + #""Parameters":{"Entries":[]},"ResultPath":"$.r@","Catch":[{"ErrorEquals":["States.ALL"],"#
                    + #""Next":"s0"}],"Next":"w@"},"w@":{"Type":"Choice","Choices":[{"Variable":"$.x@","#
                    + #""IsPresent":true,"Next":"s@"}],"Default":"s0"}"#)
        ),
        (
            "dropped results",
            chain(
                #""s^":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:glue:getDatabase","#
                    + #""Parameters":{"Name.$":"$.Database.n@"},"ResultPath":null,"Next":"s@"}"#)
        ),
        (
            "unknown errors",
            machine(
                #""s0":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:glue:getDatabase","Parameters":{"Name":"x"},"#
                    + #""Retry":[{"ErrorEquals":["# + many(#""Glue.EntityNotFoundExceptio@""#) + #"]}],"End":true}"#)
        ),
        (
            "unknown functions",
            machine(
                #""s0":{"Type":"Pass","Parameters":{"# + many(#""a@.$":"States.ArrayUniqe($.a)""#) + #"},"End":true}"#)
        ),
        (
            "unknown services",
            machine(many(#""s@":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:gleu:x@","End":true}"#))
        ),
        ("a long path", machine(#""s0":{"Type":"Succeed","InputPath":"$["# + many("'a@'") + #"]"}"#)),
        (
            "a long intrinsic",
            machine(#""s0":{"Type":"Pass","Parameters":{"a.$":"States.Array("# + many("$.a@") + #")"},"End":true}"#)
        ),
        ("long substitutions", machine(#""s0":{"Type":"Pass","Comment":""# + many("${a}") + #"","End":true}"#)),
        (
            "arrays in arrays",
            machine(#""s0":{"Type":"Pass","Result":["# + many(nested(200, "[", "1", "]")) + #"],"End":true}"#)
        ),
        (
            "long names around many problems",
            machine(
                #""s0":{"Type":"Pass","Parameters":"#
                    + nested(
                        100, #"{""# + String(repeating: "n", count: 5000) + #"":"#,
                        "{" + many(#""a@.$":1"#, size / 2) + "}",
                        "}") + #","End":true}"#)
        ),
        (
            "machines within one another",
            machine(
                nested(
                    55, #""s0":{"Type":"Parallel","End":true,"Branches":[{"StartAt":"s0","States":{"#,
                    many(#""s@":{"Type":"Pass","Next":"s^"}"#, size / 2), "}}]}"))
        ),
        ("a wrong value", machine(#""s0":{"Type":"Wait","Seconds":["# + many("@") + #"],"End":true}"#)),
        ("states that nothing reaches", machine(many(#""s@":{"Type":"Succeed"}"#))),
        (
            "retriers",
            machine(
                #""s0":{"Type":"Task","Resource":"arn:aws:states:::a:b","Retry":["#
                    + many(#"{"ErrorEquals":["States.ALL"]}"#) + #"],"End":true}"#)
        ),
        (
            "states in JSONata",
            machine(
                many(#""s@":{"Type":"Pass","Output":"{% ((((((((( %}","End":true}"#),
                more: #","QueryLanguage":"JSONata""#)
        ),
        (
            "states that read variables of one another",
            chain(
                #""s^":{"Type":"Pass","QueryLanguage":"JSONata","Assign":{"v@":"{% $v^ + $w@ %}"},"#
                    + #""Output":"{% $v@ + $states.input.a@ %}","Next":"s@"}"#)
        ),
        (
            "rules in JSONata",
            machine(
                #""s0":{"Type":"Choice","QueryLanguage":"JSONata","Assign":{"a":1,"b":2},"Choices":["#
                    + many(#"{"Condition":"{% $v@ = 1 or $w & '' %}","Assign":{"v@":1},"Next":"s0"}"#)
                    + #"],"Default":"s1"},"s1":{"Type":"Succeed"}"#)
        ),
        (
            "an expression of many references",
            machine(
                #""s0":{"Type":"Pass","QueryLanguage":"JSONata","Output":"{% ["# + many("$v@")
                    + #"] %}","Next":"s1"},"s1":{"Type":"Succeed"}"#)
        ),
        (
            "an expression of many members",
            machine(
                #""s0":{"Type":"Pass","QueryLanguage":"JSONata","Output":"{% {"# + many("'m@': $states.input.m@")
                    + #"} %}","Next":"s1"},"s1":{"Type":"Pass","InputPath":"$.m1","End":true}"#)
        ),
        (
            "conditions that are none",
            machine(
                #""s0":{"Type":"Choice","QueryLanguage":"JSONata","Choices":["#
                    + many(#"{"Condition":"{% \#(nested(8, "$v ? (", "'x'", ") : 'y'")) %}","Next":"s0"}"#)
                    + #"],"Default":"s1"},"s1":{"Type":"Succeed"}"#)
        ),
        (
            "members within one another",
            machine(
                #""s0":{"Type":"Pass","QueryLanguage":"JSONata","Assign":"#
                    + nested(60, #"{"a":"#, "{" + many(#""m@":"{% $v@ %}""#) + "}", "}")
                    + #","Next":"s1"},"s1":{"Type":"Pass","QueryLanguage":"JSONata","Output":"{% $a"#
                    + String(repeating: ".a", count: 59) + #".b %}","End":true}"#)
        ),
        (
            "a large result in a loop",
            machine(
                #""s0":{"Type":"Pass","ResultPath":"$.r","Result":{"# + many(#""a@":{"b":1}"#) + #"},"Next":"s1"},"#
                    + #""s1":{"Type":"Choice","Choices":[{"Variable":"$.a","IsPresent":true,"Next":"s0"}],"Default":"s2"},"#
                    + #""s2":{"Type":"Succeed"}"#)
        ),
    ]

    @Test(arguments: definitions.indices)
    func `a hundred problems are told of a definition, and how many more there are`(index: Int) {
        let (name, text) = Self.definitions[index]
        let reading = DefinitionReading(parsing: text, purpose: .creation)
        let findings = Advice().findings(for: reading)
        for problems in [reading.errors, reading.unsupported, findings.warnings] {
            #expect(problems.count <= 100, "\(name)")
            for problem in problems { #expect(problem.description.unicodeScalars.count < 4000, "\(name)") }
        }
        #expect(reading.moreErrors == 0 || reading.errors.count == 100, "\(name)")
        #expect(findings.more == 0 || findings.warnings.count == 100, "\(name)")
    }

    @Test func `every problem is counted`() {
        for (text, count) in [
            (Self.machine(Self.many(#""s@":{"Type":"Pass","Next":"zz"}"#, 20_000)), 2),
            (Self.machine(Self.many(#""s0":{"Type":"Succeed"}"#, 20_000)), 1),
        ] {
            let names = text.split(separator: "Type").count - 1
            let reading = DefinitionReading(parsing: text)
            #expect(reading.errors.count == 100)
            // Of each state its target is missing, all but the first are not reached, and none ends; of a name, all but
            // the first one are repeated.
            #expect(reading.errors.count + reading.moreErrors == (count == 2 ? 2 * names : names - 1))
        }
    }

    @Test func `an error says how many more there are`() {
        let text = Self.machine(Self.many(#""s0":{"Type":"Succeed"}"#, 20_000))
        let names = text.split(separator: "Type").count - 1
        let error = #expect(throws: DefinitionError.self) { try StateMachine(parsing: text) }
        #expect(error?.problems.count == 100 && error?.more == names - 101)
        #expect(error?.description.hasSuffix("\(names - 101) more problems are not told") == true)
    }

    @Test func `what was meant is looked for as long as that takes no more than it is worth`() {
        var suggestion = Suggestion()
        #expect(suggestion.hint(for: "Creat", among: ["Create", "Drop"]) == "did you mean `Create`?")
        let names = (0..<100_000).map { Self.n60 + "\($0)" }
        for index in 0..<100 { _ = suggestion.hint(for: Self.n60 + "x\(index)", among: names) }
        #expect(suggestion.comparisons < Suggestion.maximumComparisons + 100 * 100)
        #expect(
            suggestion.hint(for: String(repeating: "a", count: 1000), among: [String(repeating: "a", count: 999)])
                == nil)
    }
}
