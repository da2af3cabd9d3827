import StatesLanguage

/// What a branch waits for that is in a Parallel or Map state: the branches inside it that run, what has come of those that
/// have ended, and the items of a Map whose turn is still to come.
struct Fork: Sendable {
    /// How often each retrier has had the state carried out again.
    let retries: [Int64]
    /// What the state takes of its input, for the selector of a Map.
    let taken: CompactValue
    /// The items of a Map; `nil` for a Parallel.
    var items: CompactValue?
    /// The branches that run, in the order in which they began.
    private(set) var running: [BranchID] = []
    /// The item whose turn is next.
    private var next = 0
    private let count: Int
    private var results: [CompactValue?]
    /// How large the results are together, with their commas.
    private var resultBytes = 2

    init(count: Int, retries: [Int64], taken: CompactValue, items: CompactValue? = nil) {
        (self.count, self.retries, self.taken, self.items) = (count, retries, taken, items)
        results = Array(repeating: nil, count: count)
    }

    /// Whether all branches have ended.
    var isDone: Bool { running.isEmpty && next == count }

    /// The index of the next branch, of which there is one now more; `nil` when none is left to begin.
    mutating func begin(_ id: @autoclosure () -> BranchID) -> Int? {
        if next == count { return nil }
        running.append(id())
        next += 1
        return next - 1
    }

    /// Keeps what has come of a branch. What is more together than a state may have is dropped: the state fails at the end.
    mutating func end(_ id: BranchID, index: Int, with output: CompactValue, bytes: Int) {
        running.removeAll { $0 == id }
        resultBytes = min(resultBytes + bytes + 1, 2 * EvaluationBudget.maximumValueBytes)
        if hasTooMuch { results = [] } else { results[index] = output }
    }

    /// How large the results are that are kept.
    var heldBytes: Int { hasTooMuch ? 0 : resultBytes }

    private var hasTooMuch: Bool { resultBytes - 1 > EvaluationBudget.maximumValueBytes }

    /// The results in the order of the branches; `nil` when they are more than a state may have.
    var result: JSONValue? {
        hasTooMuch ? nil : .array(results.map { $0?.value ?? .null })
    }

    /// Every value that is kept here.
    var kept: [CompactValue] { [taken] + (items.map { [$0] } ?? []) + results.compactMap { $0 } }

    /// Keeps the values as small as they can be.
    mutating func compact(_ compacted: (CompactValue) -> CompactValue) {
        items = items.map(compacted)
        for index in results.indices { results[index] = results[index].map(compacted) }
    }
}
