import BadInput
import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import Foundation
import StatesLanguage
import TestSupport
import Testing

/// Inputs that somebody has thought about.
struct HostileInputTests {
    private static func many(_ text: String, _ count: Int = 100_000) -> String { String(repeating: text, count: count) }

    /// Each is refused or read, and none ends the process or takes for ever: what is nested without end, what is long
    /// without end, and numbers at the edge of what there is.
    @Test(arguments: [
        (InputKind.json, many("[")), (.json, many("{\"a\":")), (.json, "[" + many("0,") + "0]"), (.json, many("9")),
        (.json, "\"" + many("\\u00e9") + "\""), (.json, "\"" + many("\u{301}") + "\""),
        (.path, "$" + many("..*")), (.path, "$" + many(".a")), (.path, "$[?(" + many("(")), (.path, "$[?(" + many("!")),
        (.path, "$" + many("[?(@")), (.path, "$[?(@.a" + many(" || @.a") + ")]"), (.path, "$[" + many("0,") + "0]"),
        (.path, "$[-9223372036854775808]"), (.path, "$[9223372036854775807:]"), (.path, "$..*..*..*..*..*..*..*..*"),
        (.path, "$..[?(@..* == $..*)]..[?(@..* == $..*)]"),
        (.intrinsic, many("States.Array(")), (.intrinsic, "States.Array(" + many("1,") + "1)"),
        (.intrinsic, "States.ArrayRange(0, 9223372036854775807, 1)"),
        (.intrinsic, "States.ArrayRange(-9223372036854775808, 9223372036854775807, 9223372036854775807)"),
        (.intrinsic, "States.ArrayPartition($.list, 9223372036854775807)"),
        (.intrinsic, "States.MathRandom(-9223372036854775808, 9223372036854775807)"),
        (.intrinsic, "States.MathAdd(9223372036854775807, 1)"), (.intrinsic, "States.MathAdd(1e300, 1)"),
        (.intrinsic, "States.Format('" + many("{}") + "')"), (.intrinsic, "States.StringToJson('" + many("[") + "')"),
        (.query, many("(")), (.query, many("[")), (.query, many("{'a':")), (.query, "1" + many(" + 1")),
        (.query, "'" + many("a") + "'"), (.query, "[" + many("$x,") + "1]"), (.query, "$x" + many(".a")),
        (.query, many("$f(")), (.query, "$states.input" + many("[0]")), (.query, "{" + many("'a': $n, ", 20_000) + "}"),
        (.query, many("$n ? 1 : ") + "2"), (.query, "($f := function($x){ $f($x) }; $f(1))"),
        (.query, "/" + many("(a*)*", 10_000) + "/"), (.query, "1e999"), (.query, many("9")),
        (.ddl, "CREATE DATABASE `" + many("a") + "`"), (.ddl, many("DROP ")),
        (.ddl, "CREATE DATABASE a WITH DBPROPERTIES (" + many("'a'='b',", 20_000)),
        (
            .machine,
            #"{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::a:b","End":true,"#
                + #""TimeoutSecondsPath":"$.number"}},"TimeoutSeconds":99999999}"#
        ),
    ])
    func `an input without measure is refused or read, and nothing ends by it`(kind: InputKind, text: String) {
        #expect(throws: Never.self, "\(text.prefix(60))") { try kind.check(Array(text.utf8)) }
    }

    @Test func `a search that would look at everything many times is given up`() throws {
        let nested = (0..<200).reduce(JSONValue.null) { value, _ in [value] }
        let path = try JSONPath(parsing: "$..*..*..*..*")
        var budget = EvaluationBudget()
        let error = #expect(throws: JSONPathError.self) {
            try path.evaluate(in: .init(input: nested) { [:] }, budget: &budget)
        }
        #expect(error?.reason.contains("1000000") == true)
    }

    @Test func `a template's braces are found scalar by scalar`() throws {
        let text = "a{}\u{301}b{}"
        let expression = try IntrinsicExpression(parsing: "States.Format($.t, 1, 2)")
        var (random, budget) = (SeededRandom(seed: 1), EvaluationBudget())
        let value = try expression.evaluate(
            in: .init(input: ["t": .string(text)]) { [:] }, random: &random, budget: &budget)
        #expect(value.stringValue?.isIdentical(to: "a1\u{301}b2") == true)
    }

    /// What an execution gives is kept as text, and has to be read again: so what nests too deep is no result.
    @Test func `data that nests too deep to be read again ends an execution, and is not kept`() throws {
        let deep = String(repeating: "[", count: 256) + String(repeating: "]", count: 256)
        let machine = try StateMachine([
            "StartAt": "A",
            "States": ["A": ["Type": "Pass", "Parameters": ["x.$": "States.StringToJson($.t)"], "End": true]],
        ])
        let reference = StateMachineReference(arn: "a:stateMachine:m", name: "m", roleARN: "r", definitionHash: "")
        for (text, isKept) in [(deep, false), (String(deep.dropFirst().dropLast()), true)] {
            let start = ExecutionStart(
                machine: reference, name: "e", input: ["t": .string(text)], startedAt: Timestamp(milliseconds: 0),
                seed: 1)
            var interpreter = Interpreter(start: start, machine: machine)
            _ = interpreter.begin()
            switch try #require(interpreter.outcome) {
            case .succeeded(let output):
                #expect(isKept)
                #expect(throws: Never.self) { try JSONValue(parsing: output.text) }
            case let outcome: #expect(!isKept && outcome.status == .failed)
            }
        }
    }

    @Test func `a task's time-out beyond all measure is an error of the execution`() throws {
        let machine = try StateMachine([
            "StartAt": "A",
            "States": [
                "A": [
                    "Type": "Task", "Resource": "arn:aws:states:::a:b", "TimeoutSecondsPath": "$.n", "End": true,
                ]
            ],
        ])
        let reference = StateMachineReference(arn: "a:stateMachine:m", name: "m", roleARN: "r", definitionHash: "")
        let start = ExecutionStart(
            machine: reference, name: "e", input: ["n": .integer(.max)], startedAt: Timestamp(milliseconds: 0), seed: 1)
        var interpreter = Interpreter(start: start, machine: machine)
        _ = interpreter.begin()
        guard case .failed(let error, _) = interpreter.outcome else {
            Issue.record("it went on")
            return
        }
        #expect(error == StatesError.runtime)
    }

    // MARK: Names in statements

    private static let pieces = [
        "a", "acme_room", "user", "`", "'", "''", "\\", "\"", ";", " ", "--", "/*", "\n", "\0", "../", "/", "$", "{}",
        "DROP DATABASE", " LOCATION 's3://other/'", "é", "ａ", "\u{301}", "_", "0", "Z", "%", "${Name}",
    ]

    /// Carries a request up to the statement that makes its database.
    private func statement(_ id: String, _ name: String, execution: String) throws -> String? {
        let (reference, machine) = try Self.machine.get()
        let input: JSONValue = ["requestId": .string(id), "account": "111122223333", "database": .string(name)]
        let start = ExecutionStart(
            machine: reference, name: execution, input: input, startedAt: Timestamp(milliseconds: 0), seed: 1)
        var interpreter = Interpreter(start: start, machine: machine)
        var actions = interpreter.begin()
        while case .runTask(let task)? = actions.first {
            let answer: Reply
            switch task.stateName {
            case "DescribeFirstExecution": answer = .error(TaskFailure("Sfn.ExecutionDoesNotExistException", ""))
            case "CheckDatabaseNameIsFree": answer = .error(TaskFailure("Glue.EntityNotFoundException", ""))
            case "CheckLocationIsUnregistered":
                answer = .error(TaskFailure("LakeFormation.EntityNotFoundException", ""))
            case "CheckLocationIsEmpty": answer = .result(["KeyCount": 0])
            case "ReadDataLakeSettings":
                answer = .result([
                    "DataLakeSettings": [
                        "DataLakeAdmins": [["DataLakePrincipalIdentifier": .string(reference.roleARN)]]
                    ]
                ])
            case "CreateDatabase": return task.parameters["QueryString"]?.stringValue
            default: return nil
            }
            actions = interpreter.answer(answer, at: Timestamp(milliseconds: 1))
        }
        return nil
    }

    private static let machine = Result { () throws -> (StateMachineReference, StateMachine) in
        let version = try TestLake.machine.get()
        return (version.reference, try StateMachine(parsing: version.definition))
    }

    @Test func `no name, requestId or execution name breaks out of the statement that it stands in`() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        var made = 0
        func text(_ good: String) -> String {
            if Bool.random(using: &random) { return good }
            return (0..<Int.random(in: 1...3, using: &random)).map { _ in
                Self.pieces.randomElement(using: &random) ?? ""
            }.joined()
        }
        for _ in 0..<2000 {
            let (id, name, execution) = (text(random.uuid()), text("acme_room"), text("name-1"))
            guard let statement = try statement(id, name, execution: execution) else { continue }
            made += 1
            guard case .createDatabase(let create) = try AthenaStatement(parsing: statement) else {
                Issue.record("seed \(seed): \(statement)")
                continue
            }
            #expect(create.name == name && !create.toleratesExisting, "seed \(seed)")
            #expect(create.location == "s3://mytiki-ocean/cleanroom/\(name)/", "seed \(seed)")
            #expect(create.properties.map(\.name).contains(MarkerProperty.requestID), "seed \(seed)")
            #expect(create.properties.first { $0.name == MarkerProperty.requestID }?.value == id, "seed \(seed)")
            #expect(create.properties.count == 5, "seed \(seed)")
        }
        #expect(made > 20)
    }
}
