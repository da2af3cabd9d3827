import Dispatch
import Foundation
import Synchronization

/// The executions that are evaluated beside the turns: a few at a time, each for a slice, in the order in which they came.
struct Evaluator {
    /// Half of the processors are for those who ask.
    private static let threads = max(1, ProcessInfo.processInfo.activeProcessorCount / 2)
    /// Threads of its own: those of Swift's tasks are as many as there are processors, and must not be held up.
    private static let queue = DispatchQueue(label: "engine.evaluation", qos: .utility, attributes: .concurrent)

    /// One slice.
    final class Ticket: Sendable {
        private let cancelled = Atomic(false)

        var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

        func cancel() { cancelled.store(true, ordering: .relaxed) }
    }

    private var waiting: [ExecutionARN] = []
    /// What is in `waiting`.
    private var queued: Set<ExecutionARN> = []
    private var underway: [ExecutionARN: Ticket] = [:]
    private var count = 0

    mutating func add(_ execution: ExecutionARN) {
        if queued.insert(execution).inserted { waiting.append(execution) }
    }

    /// Has nothing come of an execution's evaluation any more.
    mutating func remove(_ execution: ExecutionARN) {
        underway.removeValue(forKey: execution)?.cancel()
    }

    mutating func removeAll() {
        (waiting, queued) = ([], [])
        for ticket in underway.values { ticket.cancel() }
        underway = [:]
    }

    /// The next execution to be evaluated, which may have ended meanwhile; `nil` when there is none, or no thread for it.
    mutating func next() -> (ExecutionARN, Ticket)? {
        guard count < Self.threads, !waiting.isEmpty else { return nil }
        let execution = waiting.removeFirst()
        queued.remove(execution)
        let ticket = Ticket()
        underway[execution] = ticket
        count += 1
        return (execution, ticket)
    }

    /// Ends a slice; `true` when something is to come of it.
    @discardableResult
    mutating func end(_ ticket: Ticket, of execution: ExecutionARN) -> Bool {
        count -= 1
        guard underway[execution] === ticket else { return false }
        underway[execution] = nil
        return true
    }

    static func evaluate(
        _ interpreter: Interpreter, _ ticket: Ticket, _ notes: (any EvaluationNotes)?
    ) async -> Evaluation {
        await withCheckedContinuation { continuation in
            queue.async {
                let note = notes?.begin(interpreter.start.arn)
                let evaluation = Evaluation(of: interpreter) { ticket.isCancelled }
                if let note { notes?.end(note) }
                continuation.resume(returning: evaluation)
            }
        }
    }
}
