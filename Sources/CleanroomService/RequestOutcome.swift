package import CleanroomModel
import CleanroomWorkflows
import DurableExecution
package import EmbeddedLake
import SagaKit
package import StatesLanguage

/// What became of a request, as far as it is known. It is worked out here and nowhere else, and every face prints it as
/// `RequestReader.document`.
package struct RequestOutcome: Sendable {
    package enum Status: String, Sendable, CaseIterable {
        /// It is not decided yet.
        case running = "RUNNING"
        case succeeded = "SUCCEEDED"
        case failed = "FAILED"
    }

    /// The execution that decides it: the one that was asked, or the earlier one of the same request that it has joined.
    package let record: ExecutionRecord
    /// The execution that saw to its outcome, where it could not do so itself: the last one, if they were several.
    package let recovery: ExecutionRecord?
    /// How many executions have tried to see to it.
    let recoveryCount: Int64
    /// Whether the request had been made before.
    package let isRepeat: Bool

    /// What was asked for, as it was sent.
    private var input: JSONValue { record.start.input }

    /// The request, unless it breaks a rule: then no front door of ours has let it in.
    package var request: CleanroomRequest? { CleanroomRequest(json: input) }

    /// The requestId; the name of the execution where the input has none.
    package var requestID: String { input["requestId"]?.stringValue ?? record.start.name }
    package var account: String? { input["account"]?.stringValue }
    package var database: String? { input["database"]?.stringValue }

    /// The execution that tells the outcome, as far as it is known.
    package var last: ExecutionRecord { recovery ?? record }

    /// What the account service is told.
    package var answer: AnswerRecord? { recovery?.answer ?? record.answer }

    /// Whether nothing about the outcome will change any more, but for an operator's doing.
    package var isFinal: Bool {
        last.status != .running && (!isLost || recoveryCount >= Dispatch.limit)
    }

    /// Whether what was to tell the outcome has ended without that: a recovery will tell it.
    package var isLost: Bool { last.isLost }

    /// Whether the room stands, once that is decided.
    package var status: Status {
        if let answer { return answer.path == Answer.Path.created ? .succeeded : .failed }
        return isFinal ? .failed : .running
    }

    package var isDecided: Bool { status != .running }

    /// The error as it is told; for an execution that could not tell, its own.
    package var error: (message: String, cause: String)? {
        guard status == .failed else { return nil }
        if let error = answer?.body["error"] {
            return (error["message"]?.stringValue ?? "", error["cause"]?.stringValue ?? "")
        }
        return (last.error ?? last.status.rawValue, last.cause ?? "")
    }

    /// Whether something may be left that could not be cleaned up.
    package var mayLeaveSomething: Bool {
        guard let error else { return false }
        if answer != nil { return error.cause.contains(Answer.leftBehind) }
        // What was not told: it has changed nothing, or nobody knows.
        return last.error != ExecutionError.requestIDReused
    }

    /// Milliseconds from the start until nothing about it changes any more, or until now. Never negative: the clock may
    /// have been set back.
    package func duration(now: Timestamp) -> Int64 {
        max(0, ((isFinal ? last.stoppedAt : nil) ?? now).milliseconds - record.start.startedAt.milliseconds)
    }
}

extension ExecutionRecord {
    /// Whether it has ended and could not tell its outcome.
    var isLost: Bool {
        switch status {
        case .running, .succeeded: false
        case .failed, .timedOut, .aborted: !Workflow.createCleanroom.contract.isSettled(by: error)
        }
    }

    /// Whether it was started to make a room: it is of the service's own machines, and not to see to another execution.
    package var isRequest: Bool {
        isOwn && start.input["executionArn"] == nil && start.input["sweep"] == nil
    }
}

extension CleanroomRequest {
    /// The request as the input of an execution.
    package var json: JSONValue {
        ["requestId": .string(requestID.text), "account": .string(account.text), "database": .string(database.text)]
    }

    /// Reads the request out of the input of an execution; `nil` when it is none.
    fileprivate init?(json: JSONValue) {
        guard let requestID = json["requestId"]?.stringValue, let account = json["account"]?.stringValue,
            let database = json["database"]?.stringValue,
            let request = try? CleanroomRequest(requestID: requestID, account: account, database: database)
        else { return nil }
        self = request
    }
}
