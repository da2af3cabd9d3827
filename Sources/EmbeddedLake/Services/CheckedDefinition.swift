import DurableExecution
import StatesLanguage

/// A definition that a client gives, with what is wrong with it for this engine.
///
/// Checking one takes up to a second, so it is done before a transaction begins and not within it.
package struct CheckedDefinition: Sendable {
    /// How long what is said of a definition that is refused may be, in bytes.
    static let maximumMessageBytes = 16_384

    /// AWS's own bound for `maxResults`.
    private static let maximumDiagnostics = 100

    let text: String
    let isExpress: Bool
    /// The hash by which the definition is kept.
    let hash: String
    /// What AWS refuses, and what this engine does not have.
    private let problems: [Problem]
    private let more: Int
    /// What AWS warns of; found only when it is asked for.
    private let warnings: (told: [Problem], more: Int)

    init(
        _ text: String, isExpress: Bool, problems: [Problem], more: Int, warnings: (told: [Problem], more: Int)
    ) {
        (self.text, self.isExpress) = (text, isExpress)
        hash = StateMachineVersion.sha256(text)
        (self.problems, self.more, self.warnings) = (problems, more, warnings)
    }

    /// Refuses a definition with anything wrong.
    ///
    /// - Throws: `InvalidDefinitionException` naming a hundred problems at most, and how many more there are.
    func accept() throws(ServiceError) {
        if problems.isEmpty { return }
        var text = ""
        var told = 0
        for problem in problems {
            // What is refused here alone says so.
            let code = problem.code == .unsupportedFeature ? problem.code.rawValue : problem.code.awsCode ?? ""
            let line = "\(code): \(problem.message) at \(problem.path)"
            if text.utf8.count + line.utf8.count > Self.maximumMessageBytes - 200 { break }
            text += (told == 0 ? "" : ", ") + line
            told += 1
        }
        let untold = more + problems.count - told
        if untold > 0 { text += ", and " + DefinitionError.text(ofMore: untold) }
        throw ServiceError("InvalidDefinitionException", "Invalid State Machine Definition: '\(text)'")
    }

    /// The answer of `ValidateStateMachineDefinition`.
    ///
    /// Source:
    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html>
    func diagnostics(limit: Int) -> JSONValue {
        let limit = min(limit, Self.maximumDiagnostics)
        let all = problems + warnings.told
        return [
            "Result": problems.contains { $0.severity == .error } ? "FAIL" : "OK",
            "Truncated": .bool(all.count > limit || more + warnings.more > 0),
            "Diagnostics": .array(
                all.prefix(limit).map { problem in
                    [
                        "Severity": .string(problem.severity.rawValue), "Code": .string(problem.code.awsCode ?? ""),
                        "Message": .string(problem.message), "Location": .string(problem.path.description),
                    ]
                }),
        ]
    }
}
