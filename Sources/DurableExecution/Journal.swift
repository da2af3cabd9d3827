package import StatesLanguage

/// One event of an execution as the journal keeps it.
package struct JournalEntry: Hashable, Sendable {
    package let at: Timestamp
    package let event: ExecutionEvent

    package init(at: Timestamp, event: ExecutionEvent) {
        self.at = at
        self.event = event
    }
}

extension JournalEntry {
    /// The entry in the few bytes that a journal stores: `{"t":milliseconds, …}` with `r` for a result, `e` and `c`
    /// for an error and its cause, `s` for a stop, `x` for the end of time and `d` for a redrive; nothing else is a timer.
    package var json: JSONValue {
        var members: JSONObject = ["t": .integer(at.milliseconds)]
        switch event {
        case .taskSucceeded(let result): members["r"] = result
        case .taskFailed(let failure):
            members["e"] = .string(failure.error)
            members["c"] = .string(failure.cause)
        case .timerFired: break
        case .stopped(let error, let cause):
            members["s"] = .array([error.map { .string($0) } ?? .null, cause.map { .string($0) } ?? .null])
        case .timedOut: members["x"] = true
        case .redriven: members["d"] = true
        }
        return .object(members)
    }

    /// Reads what `json` gives; `nil` for anything else.
    package init?(json: JSONValue) {
        guard let milliseconds = json["t"]?.integerValue else { return nil }
        at = Timestamp(milliseconds: milliseconds)
        if let result = json["r"] {
            event = .taskSucceeded(result)
        } else if let error = json["e"]?.stringValue {
            event = .taskFailed(TaskFailure(error, json["c"]?.stringValue ?? ""))
        } else if let stop = json["s"] {
            event = .stopped(error: stop[0]?.stringValue, cause: stop[1]?.stringValue)
        } else if json["d"] == true {
            event = .redriven
        } else {
            event = json["x"] == true ? .timedOut : .timerFired
        }
    }
}

/// An execution that is to go on: how it began and what has happened to it since.
package struct JournalledExecution: Sendable {
    package let start: ExecutionStart
    package let entries: [JournalEntry]

    package init(start: ExecutionStart, entries: [JournalEntry]) {
        self.start = start
        self.entries = entries
    }

    /// The execution as it stands, with what it wants to have done next.
    package func replay(
        on machine: StateMachine, recordsHistory: Bool = false, historyHasData: Bool = true
    ) -> (interpreter: Interpreter, actions: [ExecutionAction]) {
        var interpreter = Interpreter(
            start: start, machine: machine, recordsHistory: recordsHistory, historyHasData: historyHasData)
        var actions = interpreter.begin()
        for entry in entries { actions = interpreter.apply(entry.event, at: entry.at) }
        return (interpreter, actions)
    }
}

/// What the engine does with its store inside one transaction. All of it is kept, or nothing.
package protocol JournalTransaction {
    /// Adds what happened to an execution, behind what is there.
    func append(_ entries: [JournalEntry], to execution: ExecutionARN) throws

    /// Marks an execution as ended.
    func finish(_ execution: ExecutionARN, with outcome: ExecutionOutcome, at: Timestamp) throws
}

/// Where executions, and what local tasks work on, are kept.
package protocol ExecutionStore<Transaction>: Sendable {
    associatedtype Transaction: JournalTransaction

    /// Runs `body` in one transaction that is on disk when this returns.
    func write<Value: Sendable>(_ body: @Sendable @escaping (Transaction) throws -> Value) async throws -> Value

    /// Runs bodies that have no execution in common in one transaction, as if one came after the other, in their order.
    /// A store may run them beside each other.
    func write<Value: Sendable>(each bodies: [@Sendable (Transaction) throws -> Value]) async throws -> [Value]

    /// The executions that have not ended, oldest first, less those that the caller has in hand; `limit` at most.
    func unfinished(except known: Set<ExecutionARN>, limit: Int) async throws -> [JournalledExecution]

    /// The execution of this name; `nil` when there is none or it has ended.
    func unfinished(_ arn: ExecutionARN) async throws -> JournalledExecution?

    /// The definition with this hash.
    func definition(hash: String) async throws -> StateMachine
}

extension ExecutionStore {
    package func write<Value: Sendable>(
        each bodies: [@Sendable (Transaction) throws -> Value]
    ) async throws -> [Value] {
        try await write { transaction in try bodies.map { try $0(transaction) } }
    }
}
