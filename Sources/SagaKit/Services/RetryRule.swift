package import StatesLanguage

/// Which errors of a task it is tried again for.
package struct RetryRule: Sendable {
    /// As Step Functions names them.
    package let errors: [String]
    package let attempts: Int64
    /// Whether it waits for what is not seen yet, and so must not be cut short at random.
    package let isWaiting: Bool

    package init(_ errors: [String], attempts: Int64) {
        (self.errors, self.attempts, isWaiting) = (errors, attempts, false)
    }

    /// The rule for the other errors; `nil` where there are none.
    package func without(_ expected: [String]) -> RetryRule? {
        let others = errors.filter { !expected.contains($0) }
        return others.isEmpty ? nil : RetryRule(others, attempts: attempts)
    }

    private init(waitingFor error: String) {
        (errors, attempts, isWaiting) = ([error], 3, true)
    }

    /// Looks again for what is not there, since a read may lag behind a write: for seven seconds, without jitter, which
    /// could make all of them next to nothing.
    package static func lookAgain(for error: String) -> RetryRule { RetryRule(waitingFor: error) }

    /// The retrier.
    package var json: JSONValue {
        var json: JSONObject = [
            "ErrorEquals": .strings(errors), "IntervalSeconds": 1, "MaxAttempts": .integer(attempts), "BackoffRate": 2,
        ]
        if !isWaiting {
            json["MaxDelaySeconds"] = 20
            json["JitterStrategy"] = "FULL"
        }
        return .object(json)
    }
}
