import StatesLanguage

/// What a branch does next without waiting for anything. Each carries one state, or a part of one, through.
enum Continuation: Sendable {
    /// Begin an iteration of a Map.
    case iterate
    /// Enter a state, with the data for it and how large they are at most.
    case enter(State, input: CompactValue, JSONExtent)
    /// Carry out the current state, which has been entered.
    case carryOut(retries: [Int64])
    /// Leave the current state with the result of its task, or of the branches inside it.
    case complete(TaskResource?, retries: [Int64], result: CompactValue, JSONExtent)
    /// Leave the current state for where its failure leads.
    case `catch`(Catcher, BranchFailure)
    /// Leave the current state, which has waited.
    case leave(output: CompactValue)
}

/// The error with which a state or a branch ends. A Fail state may say neither name nor cause.
struct BranchFailure: Hashable, Sendable {
    let error: String?
    let cause: String?

    init(_ error: String?, _ cause: String?) {
        (self.error, self.cause) = (error, cause)
    }

    init(_ failure: TaskFailure) {
        // A service that names no error says no cause either.
        self.init(failure.error.isEmpty ? nil : failure.error, failure == TaskFailure("", "") ? nil : failure.cause)
    }

    /// What a catcher is given.
    var output: JSONValue {
        ["Error": error.map { .string($0) } ?? .null, "Cause": cause.map { .string($0) } ?? .null]
    }
}
