import DurableExecution
import StatesLanguage

/// The disk of a simulation: the journals as their text, how executions have ended, and the effects of local tasks.
final class BranchStore {
    struct Record {
        let start: ExecutionStart
        /// Which submission it is of.
        let number: Int
        /// The entries as a journal writes them.
        var journal: [String] = []
        var outcome: ExecutionOutcome?
        /// How many events its history has, by what the engine has said at its end.
        var eventCount: Int64?

        /// - Throws: `JSONSyntaxError` for what no journal writes.
        func journalled() throws -> JournalledExecution {
            JournalledExecution(
                start: start,
                entries: try journal.map { line in
                    guard let entry = JournalEntry(json: try JSONValue(parsing: line)) else {
                        preconditionFailure("no journal entry: \(line)")
                    }
                    return entry
                })
        }
    }

    /// What a transaction takes back that is not committed.
    struct Content {
        var records: [ExecutionARN: Record] = [:]
        /// How often the effect of each local task was carried out, by its token.
        var effects: [String: Int] = [:]
    }

    var content = Content()
    /// In the order in which they were started.
    private(set) var order: [ExecutionARN] = []
    var bug: BranchBug?
    /// Whether the process dies when a task is begun.
    var diesAtTask = false

    var unfinished: [Record] { order.compactMap { content.records[$0] }.filter { $0.outcome == nil } }

    func insert(_ start: ExecutionStart, number: Int) {
        content.records[start.arn] = Record(start: start, number: number)
        order.append(start.arn)
    }

    func redrive(_ execution: ExecutionARN, at time: Timestamp) {
        content.records[execution]?.outcome = nil
        content.records[execution]?.eventCount = nil
        content.records[execution]?.journal.append(JournalEntry(at: time, event: .redriven).json.text)
    }
}

/// The process dies in the midst of a transaction.
private struct BranchCrash: Error {}

/// A transaction of the engine, which the simulation takes back where a commit is lost.
struct BranchTransaction: JournalTransaction {
    let store: BranchStore

    func append(_ entries: [JournalEntry], to execution: ExecutionARN) {
        var entries = entries
        switch store.bug {
        case .forgetsWhere:
            entries = entries.map { $0.event == .progressed ? $0 : JournalEntry(at: $0.at, event: $0.event) }
        case .forgetsProgress: entries.removeAll { $0.event == .progressed }
        case .losesFailures:
            entries.removeAll { if case .taskFailed = $0.event { true } else { false } }
        default: break
        }
        store.content.records[execution]?.journal += entries.map(\.json.text)
    }

    func finish(_ execution: ExecutionARN, with outcome: ExecutionOutcome, at: Timestamp, eventCount: Int64?) {
        store.content.records[execution]?.outcome = outcome
        store.content.records[execution]?.eventCount = eventCount
    }
}

/// Begins the tasks of a schedule: a local one is done at once, a remote one by the simulation.
struct BranchHandler: TaskHandler {
    /// The tasks of all machines of the schedule, by execution and state.
    let tasks: [ExecutionARN: [String: BranchTask]]

    static func handlers(_ tasks: [ExecutionARN: [String: BranchTask]]) -> TaskHandlers<BranchTransaction> {
        let handler = BranchHandler(tasks: tasks)
        return TaskHandlers([BranchTask.local: handler, BranchTask.remote: handler])
    }

    func begin(_ request: TaskRequest, in transaction: BranchTransaction) throws -> TaskDisposition {
        let store = transaction.store
        if store.diesAtTask { throw BranchCrash() }
        guard request.resource == BranchTask.local, let task = tasks[request.execution.arn]?[request.stateName],
            let answer = task.answer(to: request)
        else { return .remote }
        if case .success = answer { store.content.effects[request.idempotencyToken, default: 0] += 1 }
        return .finished(answer)
    }
}
