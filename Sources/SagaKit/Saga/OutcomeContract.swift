/// What callers of a saga know of its outcomes: where they are delivered, and by which names they are told apart.
package struct OutcomeContract: Sendable {
    /// What is delivered where.
    package struct Message: Sendable {
        /// The URL, with `${…}`.
        package let url: String
        /// What its arrival means.
        package let comment: String

        package init(to url: String, comment: String) { (self.url, self.comment) = (url, comment) }
    }

    /// The names of the errors with which an execution fails that has not done what it was asked for.
    package struct Errors: Sendable {
        /// Nothing is left, and the error has been delivered.
        package let undone: String
        /// The error has been delivered, and something is left.
        package let leftovers: String
        /// The requestId is another request's, and nothing has been delivered.
        package let requestIDReused: String
        /// What the first execution has delivered could not be found out, and nothing has been delivered.
        package let notAnswered: String

        package init(undone: String, leftovers: String, requestIDReused: String, notAnswered: String) {
            (self.undone, self.leftovers) = (undone, leftovers)
            (self.requestIDReused, self.notAnswered) = (requestIDReused, notAnswered)
        }
    }

    /// The names of the ends of an execution that has delivered its outcome.
    package struct Ends: Sendable {
        package let success: String
        /// Nothing is left.
        package let undone: String

        package init(success: String, undone: String) { (self.success, self.undone) = (success, undone) }
    }

    package let success: Message
    package let error: Message
    /// The connection of EventBridge with the credentials, as `name/id`.
    package let connection: String
    package let errors: Errors
    package let ends: Ends
    /// With this the cause of an error begins to name what is left.
    package let leftBehind: String

    /// - Parameters:
    ///   - connection: the connection of EventBridge with the credentials, as `name/id`.
    ///   - leftBehind: with this the cause of an error begins to name what is left.
    package init(
        success: Message, error: Message, connection: String, errors: Errors, ends: Ends, leftBehind: String
    ) {
        (self.success, self.error, self.connection) = (success, error, connection)
        (self.errors, self.ends, self.leftBehind) = (errors, ends, leftBehind)
    }

    /// The errors of executions that have delivered their outcome, or have none to deliver.
    private var settled: [String] { [errors.undone, errors.leftovers, errors.requestIDReused] }

    /// With this begin the errors of executions that have given up delivering. A redrive sends the same again, which an
    /// operator decides: a recovery would not do better.
    private static let givenUp = "States.Http."

    /// Whether an execution that has failed with this error is left alone: it needs no recovery.
    package func isSettled(by error: String?) -> Bool {
        error.map { settled.contains($0) || $0.hasPrefix(Self.givenUp) } ?? false
    }

    /// Whether an execution is left alone: it has delivered its outcome or will, or is settled.
    ///
    /// - Parameters:
    ///   - status: what Step Functions says of the execution.
    ///   - error: the error with which it failed; empty for none.
    package func needsNoRecovery(_ status: Expression<String>, _ error: Expression<String>) -> Expression<Bool> {
        .any([
            status.isIn(.texts(["RUNNING", "PENDING_REDRIVE", "SUCCEEDED"])), error.isIn(.texts(settled)),
            Self.hasGivenUp(error),
        ])
    }

    /// Whether it is the error of an execution that has given up delivering.
    static func hasGivenUp(_ error: Expression<String>) -> Expression<Bool> {
        error.contains(ExpressionPattern("^" + givenUp.replacing(".", with: "[.]")))
    }
}
