import Foundation
import StatesLanguage
import TestSupport
import Testing

@testable import StatesDiagram

struct FormatTests {
    private static func run(of chart: Chart) -> Run {
        var run = Run(summary: "request: FAILED after 3 s")
        for (index, node) in chart.nodes.enumerated() where !index.isMultiple(of: 3) {
            run.visits[node.name] = Run.Visit(
                status: Run.Status.allCases[index % Run.Status.allCases.count], count: 2, retries: 2,
                milliseconds: 61_000, error: "States.Timeout: <too & \"late\">")
        }
        return run
    }

    @Test func `the SVG is well formed, and says for whoever does not see it what it is`() throws {
        for definition in try Definitions.ours + [JSONValue(parsing: Definitions.nested)] + Definitions.recorded() {
            guard let chart = try? Chart(definition) else { continue }
            for run in [nil, Self.run(of: chart)] {
                let svg = try Diagram(definition, run: run).svg
                #expect(try WellFormedXML.isWellFormed(svg), "\(definition.text)")
                #expect(svg.contains(#"role="img" aria-labelledby="title desc""#))
                #expect(svg.contains("prefers-color-scheme:dark"))
            }
        }
    }

    @Test func `names with signs of every kind are escaped`() throws {
        let name = #"a<b>&\"c\"\u0001`{[|#;]}"#
        let machine = try Definitions.machine(
            #""\#(name)":{"Type":"Choice","Choices":[{"Variable":"$.x","StringEquals":"<\"&>","Next":"\#(name)"}]}"#,
            start: name)
        let diagram = try Diagram(machine)
        #expect(try WellFormedXML.isWellFormed(diagram.svg))
        #expect(diagram.svg.contains("a&lt;b&gt;&amp;&quot;c&quot;\u{FFFD}"))
        #expect(
            diagram.mermaid.contains(
                "n0{\"a#60;b#62;#38;#34;c#34;\u{FFFD}#96;#123;#91;#124;#35;;#93;#125;<br/>Choice\"}"))
        #expect(diagram.dot.contains(#"a<b>&amp;\"c\"\#u{FFFD}`{[|#;]}\nChoice"#))
    }

    @Test(arguments: ["\u{7F}", "\u{9B}", "\u{200F}", "\u{202E}", "\u{2066}", "\u{2028}"])
    func `what turns the letters of a name around is not in a picture`(sign: String) throws {
        let machine = try Definitions.machine(#""a\#(sign)b":{"Type":"Succeed"}"#, start: "a\(sign)b")
        let diagram = try Diagram(machine)
        for text in [diagram.svg, diagram.mermaid, diagram.dot] {
            #expect(!text.unicodeScalars.contains { String($0) == sign })
            #expect(text.contains("a\u{FFFD}b"))
        }
    }

    @Test func `a visit says what became of a state, how long it took and how often it was tried again`() throws {
        let definition = try Definitions.machine(
            #""A":{"Type":"Pass","Next":"B"},"B":{"Type":"Succeed"},"C":{"Type":"Fail"}"#)
        let run = Run(
            summary: "x", visits: ["A": .init(status: .caught, retries: 2, milliseconds: 1500)],
            way: ["A", "B"])
        let svg = try Diagram(definition, run: run).svg
        #expect(svg.contains(#"class="box caught""#))
        #expect(svg.contains("1.5 s · 2 retries"))
        #expect(svg.contains(#"class="box unreached""#))
    }

    @Test(
        arguments: [
            (0, "0 ms"), (999, "999 ms"), (1000, "1.0 s"), (59_950, "59.9 s"), (60_000, "1 min 0 s"),
            (3_600_000, "1 h 0 min"), (86_400_000, "24 h 0 min"),
        ] as [(Int64, String)])
    func `times are short`(milliseconds: Int64, text: String) {
        #expect(Run.duration(milliseconds) == text)
    }

    @Test(arguments: [
        (#"{"Variable":"$.a.b","StringEquals":""}"#, "a.b is empty"),
        (#"{"Variable":"$.a","NumericGreaterThanEquals":3}"#, "a ≥ 3"),
        (#"{"Variable":"$.a","TimestampLessThanPath":"$.b"}"#, "a < b"),
        (#"{"Variable":"$.a","BooleanEquals":false}"#, "not a"),
        (#"{"Variable":"$.a","StringMatches":"x*"}"#, "a like x*"),
        (#"{"Not":{"Variable":"$.a","StringEquals":"x"}}"#, "a ≠ x"),
        (#"{"Not":{"Variable":"$.a","IsPresent":true}}"#, "a is missing"),
        (#"{"And":[{"Variable":"$.a","IsPresent":true},{"Variable":"$.a","StringEquals":"x"}]}"#, "a = x"),
        (
            #"{"Or":[{"Variable":"$.a","IsNull":true},{"Variable":"$.b","IsPresent":false}]}"#,
            "a is null or b is missing"
        ),
        (#"{"Condition":"{% $a > 1 %}"}"#, "$a > 1"),
    ])
    func `conditions are told in short words`(rule: String, text: String) throws {
        #expect(ConditionWording.text(try JSONValue(parsing: rule)) == text)
    }

    @Test(arguments: [
        ("arn:aws:states:::aws-sdk:lakeformation:batchGrantPermissions", "Lake Formation: BatchGrantPermissions"),
        ("arn:${Partition}:states:::athena:startQueryExecution.sync", "Athena: StartQueryExecution, to its end"),
        ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", "SQS: SendMessage, called back"),
        ("arn:aws:lambda:us-east-1:111111111111:function:pack", "Lambda: pack"),
        ("arn:aws:states:us-east-1:111111111111:activity:review", "Activity: review"),
        ("arn:aws:states:::http:invoke", "HTTP: Invoke"), ("x", "x"), ("", "Task"),
    ])
    func `actions are told as Workflow Studio does`(resource: String, text: String) {
        #expect(ActionWording.text(["Type": "Task", "Resource": .string(resource)]) == text)
    }

    @Test func `a definition without states or start is refused with the place`() throws {
        for (text, place) in [("{}", "/States"), (#"{"States":{"A":{}}}"#, "/StartAt"), ("[]", "/States")] {
            let error = #expect(throws: DefinitionError.self) { try Diagram(JSONValue(parsing: text)) }
            #expect(error?.problems.first?.path.description == place)
        }
    }

    @Test func `Graphviz takes the dot format`() throws {
        let dot = URL(fileURLWithPath: "/usr/bin/dot")
        guard FileManager.default.isExecutableFile(atPath: dot.path) else {
            print("Graphviz is not installed: what it would say of the dot format was not asked.")
            return
        }
        let folder = TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        for definition in try Definitions.ours + [JSONValue(parsing: Definitions.nested)] {
            let file = folder.path + "/machine.dot"
            try Data(Diagram(definition, run: Self.run(of: Chart(definition))).dot.utf8)
                .write(to: URL(fileURLWithPath: file))
            let result = try TestSupport.run(dot, ["-Tplain", "-o", "/dev/null", file])
            #expect(result.status == 0)
            #expect(result.errors == "")
        }
    }
}
