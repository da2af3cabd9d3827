package import StatesLanguage

/// One event of an execution as the journal keeps it.
package struct JournalEntry: Hashable, Sendable {
    package let at: Timestamp
    package let event: ExecutionEvent
    /// How many events the history had when this came in the middle of states that follow each other without waiting: a
    /// replay goes so far before it takes this in. `nil` when all branches waited for something; zero is directly
    /// behind what came before.
    package let atEvent: Int64?

    package init(at: Timestamp, event: ExecutionEvent, atEvent: Int64? = nil) {
        self.at = at
        self.event = event
        self.atEvent = atEvent
    }
}

extension JournalEntry {
    /// The entry in the few bytes that a journal stores: `{"t":milliseconds, …}` with `r` for a result, `e` and `c` for an
    /// error and its cause, `s` for a stop, `x` for the end of time and `d` for a redrive; nothing else is a timer, or
    /// without `i` how far the execution was evaluated. `i` is what a task or a timer answers, and `n` is `atEvent`.
    package var json: JSONValue {
        var members: JSONObject = ["t": .integer(at.milliseconds)]
        switch event {
        case .taskSucceeded(let id, let result):
            members["i"] = .integer(id)
            members["r"] = result
        case .taskFailed(let id, let failure):
            members["i"] = .integer(id)
            members["e"] = .string(failure.error)
            members["c"] = .string(failure.cause)
        case .timerFired(let id): members["i"] = .integer(id)
        case .stopped(let error, let cause):
            members["s"] = .array([error.map { .string($0) } ?? .null, cause.map { .string($0) } ?? .null])
        case .timedOut: members["x"] = true
        case .redriven: members["d"] = true
        case .progressed: break
        }
        if let atEvent { members["n"] = .integer(atEvent) }
        return .object(members)
    }

    /// Reads what `json` gives; `nil` for anything else.
    package init?(json: JSONValue) {
        guard let milliseconds = json["t"]?.integerValue else { return nil }
        at = Timestamp(milliseconds: milliseconds)
        atEvent = json["n"]?.integerValue
        if let id = json["i"]?.integerValue {
            if let result = json["r"] {
                event = .taskSucceeded(id: id, result)
            } else if let error = json["e"]?.stringValue {
                event = .taskFailed(id: id, TaskFailure(error, json["c"]?.stringValue ?? ""))
            } else {
                event = .timerFired(id: id)
            }
        } else if let stop = json["s"] {
            event = .stopped(error: stop[0]?.stringValue, cause: stop[1]?.stringValue)
        } else if json["d"] == true {
            event = .redriven
        } else if json["x"] == true {
            event = .timedOut
        } else if atEvent != nil {
            event = .progressed
        } else {
            return nil
        }
    }
}

/// An execution that is to go on: how it began and what has happened to it since.
package struct JournalledExecution: Sendable {
    package let start: ExecutionStart
    package let entries: [JournalEntry]
    /// How many processes in a row have ended while they evaluated it, before anything came of it.
    package let interruptions: Int

    package init(start: ExecutionStart, entries: [JournalEntry], interruptions: Int = 0) {
        self.start = start
        self.entries = entries
        self.interruptions = interruptions
    }
}

/// An execution that cannot go on, since its journal or its definition cannot be read.
package struct UnreadableExecution: Error {
    package let execution: ExecutionARN
    package let reason: any Error

    package init(execution: ExecutionARN, reason: any Error) {
        self.execution = execution
        self.reason = reason
    }
}

/// What the engine does with its store inside one transaction. All of it is kept, or nothing.
package protocol JournalTransaction {
    /// Adds what happened to an execution, behind what is there.
    func append(_ entries: [JournalEntry], to execution: ExecutionARN) throws

    /// Marks an execution as ended.
    ///
    /// - Parameter eventCount: how many events its history has; `nil` where that is not known.
    func finish(
        _ execution: ExecutionARN, with outcome: ExecutionOutcome, at: Timestamp, eventCount: Int64?) throws

    /// Forgets that processes have ended while they evaluated an execution, since it has come on.
    func forgetInterruptions(of execution: ExecutionARN) throws
}

extension JournalTransaction {
    package func forgetInterruptions(of execution: ExecutionARN) throws {}
}

/// Where executions, and what local tasks work on, are kept.
package protocol ExecutionStore<Transaction>: Sendable {
    associatedtype Transaction: JournalTransaction

    /// Runs `body` in one transaction that is on disk when this returns.
    func write<Value: Sendable>(_ body: @Sendable @escaping (Transaction) throws -> Value) async throws -> Value

    /// The executions that have not ended, oldest first, less those that the caller has in hand; `limit` at most, and fewer
    /// where they hold much. None only if there are none. One that cannot be read is among them as that.
    func unfinished(
        except known: Set<ExecutionARN>, limit: Int
    ) async throws -> [Result<JournalledExecution, UnreadableExecution>]

    /// The execution of this name; `nil` when there is none or it has ended.
    ///
    /// - Throws: `UnreadableExecution` among others.
    func unfinished(_ arn: ExecutionARN) async throws -> JournalledExecution?

    /// Gives an execution that cannot be read no more as unfinished, so that the others go on.
    ///
    /// - Throws: the reason, in a store that has no place to say so.
    func setAside(_ execution: UnreadableExecution, at time: Timestamp) async throws

    /// The definition with this hash.
    func definition(hash: String) async throws -> StateMachine

    /// The definition with this hash, if the store has read and kept it.
    func keptMachine(hash: String) -> StateMachine?

    /// Notes what is being evaluated where the next process finds it.
    var evaluations: (any EvaluationNotes)? { get }

    /// Whether an error passes when its cause does, such as a full disk; what is damaged stays so.
    func canRecover(from error: any Error) -> Bool

    /// Writes something to the disk, as a commit does.
    func checkWritable() async throws
}

/// What is being evaluated now, for whoever comes after a process that ended in the middle of it.
///
/// A note costs a write without waiting for the disk. It is made only for what was taken up from the store, until
/// something of it is in the journal that was not.
package protocol EvaluationNotes: Sendable {
    /// Notes that an execution is being evaluated, until `end` is called with what this gives.
    func begin(_ execution: ExecutionARN) -> Int
    func end(_ note: Int)
}

extension ExecutionStore {
    package func keptMachine(hash: String) -> StateMachine? { nil }
    package var evaluations: (any EvaluationNotes)? { nil }
    package func canRecover(from error: any Error) -> Bool { false }
    package func checkWritable() async throws {}
    package func setAside(_ execution: UnreadableExecution, at time: Timestamp) async throws { throw execution.reason }
}
