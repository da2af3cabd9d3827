import Foundation
import StatesLanguage
import TestSupport
import Testing

/// `cleanroom validate`, as a person or a script runs it.
struct ValidateTests {
    private let folder = TemporaryFolder()

    private func validate(_ definition: String, _ options: String...) throws -> ProgramResult {
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        let file = folder.path + "/machine.json"
        try Data(definition.utf8).write(to: URL(fileURLWithPath: file))
        return try run(Project.program("cleanroom"), ["validate", file] + options)
    }

    @Test func `an error ends it with 1, and is told with its place, rule, hint and code`() throws {
        let result = try validate(#"{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"Bb"},"B":{"Type":"Succeed"}}}"#)
        #expect(result.status == 1)
        #expect(
            result.output.contains(
                "error: /States/A/Next: Missing 'Next' target: Bb; did you mean `B`? [UNKNOWN_TARGET]"))
        #expect(result.output.contains("2 errors, 0 warnings"))
    }

    @Test func `a warning ends it with 1 only when it is strict`() throws {
        let text = #"{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"a":"$.b"},"End":true}}}"#
        let result = try validate(text)
        #expect(result.status == 0)
        #expect(result.output.contains("warning: /States/A/Parameters/a:"))
        #expect(try validate(text, "--strict").status == 1)
    }

    @Test func `what only the engine lacks is a note`() throws {
        let text =
            #"{"StartAt":"A","States":{"A":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"B","ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"States":{"B":{"Type":"Succeed"}}}}}}"#
        let result = try validate(text, "--strict")
        #expect(result.status == 0)
        let place = "/States/A/ItemProcessor/ProcessorConfig/Mode"
        let problem = "the processing mode DISTRIBUTED of a Map state is not supported"
        #expect(result.output.contains("note: \(place): \(problem)"))
    }

    @Test func `with json the result is one document`() throws {
        let result = try validate(#"{"StartAt":"A","States":{"A":{"Type":"Pass"}}}"#, "--output", "json")
        #expect(result.status == 1)
        let document = try JSONValue(parsing: result.output)
        #expect(document["result"] == "FAIL")
        let problem = document["problems"]?[0]
        #expect(problem?["code"] == "MISSING_FIELD")
        #expect(problem?["awsCode"] == "SCHEMA_VALIDATION_FAILED")
        #expect(problem?["path"] == "/States/A")
        #expect(problem?["severity"] == "ERROR")
    }

    @Test func `a file that is not there is told`() throws {
        let result = try run(Project.program("cleanroom"), ["validate", folder.path + "/nothing.json"])
        #expect(result.status == 64)
        #expect(result.errors.contains("cannot be read"))
    }
}
