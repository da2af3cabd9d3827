/// Which errors a task is tried again for, and how.
///
/// Source: <https://states-language.net/#errors>
package struct Retrier: Sendable {
    package let errorEquals: [String]
    package let intervalSeconds: Int64
    package let maxAttempts: Int64
    package let backoffRate: Double
    package let maxDelaySeconds: Int64?
    /// Whether the delay is a random part of the computed one (`"JitterStrategy": "FULL"`).
    package let hasJitter: Bool

    init(_ reader: FieldReader) {
        reader.allow("Comment")
        errorEquals = reader.errorNames()
        intervalSeconds = reader.integer("IntervalSeconds", in: 1...99_999_999) ?? 1
        maxAttempts = reader.integer("MaxAttempts", in: 0...99_999_999) ?? 3
        backoffRate = reader.number("BackoffRate", in: 1...Double.infinity) ?? 2
        maxDelaySeconds = reader.integer("MaxDelaySeconds", in: 1...31_622_399)
        hasJitter = reader.word("JitterStrategy", of: ["FULL", "NONE"]) == "FULL"
        reader.finish()
    }

    /// How many milliseconds to wait before attempt number `attempt` (the first retry is 1).
    package func delay(beforeAttempt attempt: Int64, random: inout SeededRandom) -> Int64 {
        var seconds = Double(intervalSeconds)
        let limit = Double(maxDelaySeconds ?? 31_622_400)
        for _ in 1..<max(1, attempt) where seconds < limit { seconds *= backoffRate }
        seconds = min(seconds, limit)
        return Int64(hasJitter ? .random(in: 0...seconds, using: &random) * 1000 : seconds * 1000)
    }
}

/// Which errors of a task lead to another state.
package struct Catcher: Sendable {
    package let errorEquals: [String]
    package let next: String
    package let resultPath: ResultPath
    /// What a state in JSONata gives in this case; `nil` is the error output.
    package let output: QueryTemplate?
    package let assignment: Assignment?
    /// Which catcher of its state it is.
    package let index: Int
    /// The work of leaving the state for where it leads.
    package let weight: StateWeight

    init(_ reader: FieldReader, index: Int, isJSONata: Bool) {
        reader.allow("Comment")
        self.index = index
        assignment = Assignment(reader, isJSONata ? .errorOutput : nil)
        errorEquals = reader.errorNames()
        next = reader.string("Next") ?? ""
        output = isJSONata ? reader.query("Output", in: .errorOutput) : nil
        resultPath = isJSONata ? .replace : reader.resultPath()
        var weight = StateWeight()
        weight.add(assignment)
        weight.add(output)
        self.weight = weight
        reader.finish()
    }
}

/// Error names that the language gives a meaning of their own.
package enum StatesError {
    package static let all = "States.ALL"
    package static let taskFailed = "States.TaskFailed"
    package static let timeout = "States.Timeout"
    package static let runtime = "States.Runtime"
    package static let dataLimitExceeded = "States.DataLimitExceeded"
    package static let intrinsicFailure = "States.IntrinsicFailure"
    package static let permissions = "States.Permissions"
    package static let queryEvaluation = "States.QueryEvaluationError"
    package static let noChoiceMatched = "States.NoChoiceMatched"

    /// Whether a retrier or catcher for `names` is for `error`.
    ///
    /// `States.ALL` stands for neither `States.Runtime` nor `States.DataLimitExceeded`, and `States.TaskFailed` for
    /// all of the others but `States.Timeout` and `States.QueryEvaluationError`. By its name the second is caught, and the
    /// first is not.
    ///
    /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>
    package static func matches(_ error: String, _ names: [String]) -> Bool {
        switch error {
        case runtime: false
        case dataLimitExceeded: names.contains(error)
        case timeout, queryEvaluation: names.contains { $0 == error || $0 == all }
        default: names.contains { $0 == error || $0 == all || $0 == taskFailed }
        }
    }
}
