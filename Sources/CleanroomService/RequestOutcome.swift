package import CleanroomModel
import DurableExecution
package import EmbeddedLake
import StatesLanguage

/// What became of a request, as far as it is known.
package struct RequestOutcome: Sendable {
    package enum Status: String, Sendable {
        case succeeded = "SUCCEEDED"
        case failed = "FAILED"
    }

    package let request: CleanroomRequest
    /// The execution of the request.
    package let record: ExecutionRecord
    /// The execution that saw to its outcome, where it could not do so itself: the last one, if they were several.
    package let recovery: ExecutionRecord?
    /// Whether the request had been made before.
    package let isRepeat: Bool
    /// Where the room is or would have been.
    package let location: String
    /// Whether no recovery will come for an outcome that was not told.
    private let isGivenUp: Bool

    init(
        request: CleanroomRequest, record: ExecutionRecord, recovery: ExecutionRecord?, isRepeat: Bool,
        bucket: String, isGivenUp: Bool = false
    ) {
        self.request = request
        self.record = record
        self.recovery = recovery
        self.isRepeat = isRepeat
        self.isGivenUp = isGivenUp
        location = "s3://\(bucket)/cleanroom/\(request.database)/"
    }

    /// What the account service is told.
    package var answer: AnswerRecord? { recovery?.answer ?? record.answer }

    /// Whether nothing about the outcome will change any more, but for an operator's doing.
    package var isFinal: Bool { last.status != .running && (!isLost || isGivenUp) }

    /// Whether what was to tell the outcome has ended without that: a recovery will tell it.
    package var isLost: Bool { last.isLost }

    /// The execution that tells the outcome, as far as it is known.
    private var last: ExecutionRecord { recovery ?? record }

    /// Whether the room stands, once that is decided.
    package var status: Status? {
        if let answer { return answer.path == Answer.Path.created ? .succeeded : .failed }
        return isFinal ? .failed : nil
    }

    /// The error as it is told; for an execution that could not tell, its own.
    package var error: (message: String, cause: String)? {
        guard status == .failed else { return nil }
        if let error = answer?.body["error"] {
            return (error["message"]?.stringValue ?? "", error["cause"]?.stringValue ?? "")
        }
        return (record.error ?? record.status.rawValue, record.cause ?? "")
    }

    /// Whether something may be left that could not be cleaned up.
    package var mayLeaveSomething: Bool {
        guard status == .failed else { return false }
        if last.error == ExecutionError.leftovers { return true }
        // An error whose delivery was given up has been undone like any other.
        return answer == nil
    }
}

extension ExecutionRecord {
    /// Whether it has ended and could not tell its outcome.
    var isLost: Bool {
        switch status {
        case .running, .succeeded: false
        case .failed, .timedOut, .aborted:
            // Those have told an error, or have given up telling.
            error != ExecutionError.notCreated && error != ExecutionError.leftovers
                && error?.hasPrefix("States.Http.") != true
        }
    }
}
