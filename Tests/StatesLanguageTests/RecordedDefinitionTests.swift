import Foundation
import StatesLanguage
import TestSupport
import Testing

/// Definitions that AWS and public linters took or refused, read here.
@Suite(.enabled(if: Project.hasRecordings, "the recorded behaviour of AWS is not beside the project"))
struct RecordedDefinitionTests {
    private static func recordings(_ name: String) throws -> [JSONValue] {
        let file = try #require(Project.conformance(name))
        return try JSONValue(parsing: Array(Data(contentsOf: file))).arrayValue ?? []
    }

    /// What warnings may say of definitions that are right: it is true of them, since they were written to try one thing.
    private static let isTrue: Set<Problem.Code> = [.noCatch, .noTimeout, .noDefault]

    @Test func `no definition that AWS ran is refused or warned of without reason`() throws {
        var seen: Set<String> = []
        for recording in try Self.recordings("exec.json") {
            guard let text = recording["definition"]?.stringValue, seen.insert(text).inserted else { continue }
            let reading = DefinitionReading(parsing: text)
            #expect(reading.errors == [], "\(recording["id"]?.text ?? "")")
            for warning in Advice().warnings(for: reading) where !Self.isTrue.contains(warning.code) {
                let isExpected = Self.expectedWarnings.contains { text.contains($0.0) && warning.code == $0.1 }
                #expect(isExpected, "\(recording["id"]?.text ?? ""): \(warning)")
            }
        }
        print("Definitions that AWS ran: \(seen.count) read without an error")
    }

    @Test func `what is told of expressions is true of the executions that AWS recorded`() throws {
        let certain: Set<Problem.Code> = [.pathNotThere, .noCondition, .unexpectedType]
        var told = 0
        for recording in try Self.recordings("exec-jsonata.json") {
            guard let text = recording["definition"]?.stringValue else { continue }
            let reading = DefinitionReading(parsing: text)
            let input = try JSONValue(parsing: recording["input"]?.stringValue ?? "{}")
            let advice = Advice(input: .example(input))
            let warnings = advice.warnings(for: reading).filter { certain.contains($0.code) }
            if warnings.isEmpty { continue }
            told += 1
            let isTrue = recording["expected"]?.text.contains("States.QueryEvaluationError") == true
            #expect(isTrue, "\(recording["id"]?.text ?? ""): \(warnings)")
        }
        print("Executions that failed on AWS as was told before: \(told)")
    }

    /// What was recorded because it is wrong: by a piece of the definition.
    private static let expectedWarnings: [(String, Problem.Code)] = [
        ("BASE_REFERENCE_IN_PARAMETERS", .lostDollar), ("no.such.result.path", .pathNotThere),
        ("NoSuchCausePath", .pathNotThere), ("unsupported1", .lostDollar),
    ]

    @Test func `what AWS refused is refused under the same code at the same place`() throws {
        for recording in try Self.recordings("createerror.json") {
            let message =
                recording["expected"]?["message"]?.stringValue ?? recording["expected"]?["exception_value"]?.stringValue
                ?? ""
            guard
                let found = message.firstMatch(of: /Invalid State Machine Definition: '([A-Z_]+): (.*) at (\/[^ ]*)'/),
                let text = recording["request"]?["definition"]?.stringValue
            else { continue }
            let reading = DefinitionReading(parsing: text, isExpress: recording["request"]?["type"] == "EXPRESS")
            let problem = reading.errors.first
            #expect(reading.errors.count == 1, "\(reading.errors) \(recording["id"]?.text ?? "")")
            #expect(problem?.code.awsCode == String(found.output.1), "\(recording["id"]?.text ?? "")")
            #expect(problem?.path.description == String(found.output.3), "\(recording["id"]?.text ?? "")")
            // In a recording the partition is not told.
            if !text.contains("dynamodb:query") { #expect(problem?.message == String(found.output.2)) }
        }
        for recording in try Self.recordings("validate.json") {
            let text = recording["request"]?["definition"]?.stringValue ?? ""
            let reading = DefinitionReading(parsing: text, isExpress: recording["request"]?["type"] == "EXPRESS")
            let expected = recording["expected"]?["diagnostics"]?.arrayValue ?? []
            #expect(reading.errors.map { $0.code.awsCode } == expected.map { $0["code"]?.stringValue })
            if expected.first?["code"] == "SCHEMA_VALIDATION_FAILED" {
                #expect(reading.errors.map(\.path.description) == expected.map { $0["location"]?.stringValue })
                #expect(reading.errors.map(\.message) == expected.map { $0["message"]?.stringValue })
            }
        }
    }

    /// Where the linters and this reader differ, with the reason.
    private static let differences: [String: String] = [
        "asl-validator/valid-current-value-predicate.json":
            "a word without quotes in a filter, which AWS's paths do not know",
        "asl-validator/invalid-task-alias-function.json": "the name of a function is not looked into",
        "asl-validator/invalid-task-credentials-object.json": "the engine has no credentials, and does not read them",
        "asl-validator/invalid-cfn-definition-substitutions.json": "told as a warning: AWS takes it",
        "asl-validator/valid-assign.asl.json": "the name of a variable has no hyphen",
    ]

    /// Valid examples whose paths lead to nothing: the warning is true of them.
    private static let meaningless: Set = [
        "statelint/task-with-parameters.json", "statelint/parallel-with-parameters.json",
        "statelint/map-with-parameters.json", "statelint/map-with-itemprocessor.json",
        "statelint/map-with-itemspath-context-object.json", "statelint/parallel-with-resultselector.json",
        "statelint/pass-with-io-path-context-object.json", "asl-validator/valid-fail-paths.json",
        "asl-validator/valid-wait-jsonata.asl.json",
    ]

    @Test func `public linters and this reader agree, but for what is named`() throws {
        var different: [String] = []
        for recording in try Self.recordings("lint.json") {
            let id = recording["id"]?.stringValue ?? ""
            let text = recording["definition"]?.stringValue ?? recording["definition"]?.text ?? ""
            let reading = DefinitionReading(parsing: text)
            if reading.errors.isEmpty != recording["valid"]?.boolValue { different.append(id) }
            if recording["valid"] == true, Self.differences[id] == nil {
                let warnings = Advice().warnings(for: reading).filter { !Self.isTrue.contains($0.code) }
                #expect(warnings.isEmpty || Self.meaningless.contains(id), "\(id): \(warnings)")
            }
        }
        #expect(different.filter { Self.differences[$0] == nil } == [])
    }
}
