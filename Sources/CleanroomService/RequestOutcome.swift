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
    package let record: ExecutionRecord
    /// Whether the request had been made before.
    package let isRepeat: Bool

    private let bucket: String

    init(request: CleanroomRequest, record: ExecutionRecord, isRepeat: Bool, bucket: String) {
        self.bucket = bucket
        self.request = request
        self.record = record
        self.isRepeat = isRepeat
    }

    /// Where the room is or would have been.
    package var location: String { "s3://\(bucket)/cleanroom/\(request.database)/" }

    /// Whether the execution has ended: nothing about the outcome will change.
    package var isFinal: Bool { record.status != .running }

    /// Whether the room stands, once that is decided.
    package var status: Status? {
        if let answer = record.answer { return answer.path == Answer.Path.created ? .succeeded : .failed }
        switch record.status {
        case .running: return nil
        case .succeeded: return .succeeded
        case .failed, .timedOut, .aborted: return .failed
        }
    }

    /// The error as it is told; for an execution that could not tell, its own.
    package var error: (message: String, cause: String)? {
        guard status == .failed else { return nil }
        if let error = record.answer?.body["error"] {
            return (error["message"]?.stringValue ?? "", error["cause"]?.stringValue ?? "")
        }
        return (record.error ?? record.status.rawValue, record.cause ?? "")
    }

    /// Whether something may be left that could not be cleaned up.
    package var mayLeaveSomething: Bool {
        status == .failed && isFinal && record.error != ExecutionError.notCreated
            && (record.answer == nil || record.error == ExecutionError.leftovers)
    }
}
