import ArgumentParser
import Foundation
import StatesLanguage

struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Tells everything that is wrong with a definition in the Amazon States Language.",
        discussion: """
            Errors are what AWS refuses; warnings what it takes and is most likely wrong, such as a path to what cannot
            be there. What the embedded engine does not have (such as a distributed Map, or callbacks) is checked as
            well as can be, and told as a note. It ends with 1 where there is an error.

            Example:
              cleanroom validate out/state_machine.json
              cleanroom validate machine.asl.json --strict --output json
            """)

    @Argument(help: "The definition; - reads it from standard input.")
    var file: String

    @Flag(help: "Take warnings for errors.")
    var strict = false

    @Option(help: "A file with an input as executions get it; what it does not have is taken for missing.")
    var input: String?

    @Option(help: "A file with the names of what a deployment sets, as compile writes it; other ${…} are told.")
    var substitutions: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let printer = Printer(format: output.output)
        try await printer.run {
            let reading = DefinitionReading(parsing: try Self.text(of: file))
            let findings = (try advice()).findings(for: reading)
            let problems = reading.errors + findings.warnings
            let more = Untold(
                errors: reading.moreErrors, warnings: findings.more, unsupported: reading.moreUnsupported)
            let isRefused = !reading.errors.isEmpty || strict && !problems.isEmpty
            printer.result(document(problems, reading.unsupported, more, isRefused: isRefused)) {
                text(problems, reading.unsupported, more)
            }
            if isRefused { throw Exit.notMade }
        }
    }

    private func advice() throws -> Advice {
        var advice = Advice()
        if let input { advice.input = .example(try Self.json(of: input)) }
        if let substitutions {
            let names = try Self.json(of: substitutions)["substitutions"]?.objectValue?.names
            guard let names else {
                throw ValidationError("\(substitutions) has no object 'substitutions', as compile writes it")
            }
            advice.substitutions = Set(names)
        }
        return advice
    }

    /// How many problems there are of each kind beyond the hundred that are told.
    private struct Untold {
        let errors: Int
        let warnings: Int
        let unsupported: Int

        var isEmpty: Bool { errors + warnings + unsupported == 0 }
    }

    private func document(
        _ problems: [Problem], _ unsupported: [Problem], _ more: Untold, isRefused: Bool
    ) -> JSONObject {
        var document: JSONObject = [
            "file": .string(file), "result": isRefused ? "FAIL" : "OK",
            "problems": .array(problems.map(Self.document)),
            "unsupported": .array(unsupported.map(Self.document)),
        ]
        if !more.isEmpty {
            document["more"] = [
                "errors": .integer(Int64(more.errors)), "warnings": .integer(Int64(more.warnings)),
                "unsupported": .integer(Int64(more.unsupported)),
            ]
        }
        return document
    }

    private static func document(_ problem: Problem) -> JSONValue {
        var json: JSONObject = [
            "severity": .string(problem.severity.rawValue), "code": .string(problem.code.rawValue),
            "path": .string(problem.path.description), "message": .string(problem.message),
        ]
        if let hint = problem.hint { json["hint"] = .string(hint) }
        if let code = problem.code.awsCode { json["awsCode"] = .string(code) }
        return .object(json)
    }

    private func text(_ problems: [Problem], _ unsupported: [Problem], _ more: Untold) -> String {
        let errors = problems.count { $0.severity == .error }
        var lines =
            problems.map { "\($0.severity == .error ? "error" : "warning"): \(VisibleText.text("\($0)"))" }
            + unsupported.map { "note: \(VisibleText.text("\($0)"))" }
        for (kind, count) in [("error", more.errors), ("warning", more.warnings), ("note", more.unsupported)]
        where count > 0 {
            lines.append("\(kind): \(DefinitionError.text(ofMore: count))")
        }
        let sum = "\(file): \(errors + more.errors) errors, \(problems.count - errors + more.warnings) warnings"
        return (lines + [sum]).joined(separator: "\n")
    }

    private static func text(of file: String) throws -> String {
        do {
            let bytes = try InputFile.bytes(of: file == "-" ? "/dev/stdin" : file)
            return String(decoding: bytes, as: UTF8.self)
        } catch {
            throw ValidationError("\(file) cannot be read: \(error)")
        }
    }

    private static func json(of file: String) throws -> JSONValue {
        do {
            return try JSONValue(parsing: text(of: file))
        } catch let error as JSONSyntaxError {
            throw ValidationError("\(file) is not JSON: \(error)")
        }
    }
}
