package import DurableExecution
import GRDB

/// Lets many callers share commits: what arrives while one commit is on its way to the disk goes into the next.
///
/// Each caller gets its own result, after the commit, and its writes are taken back alone if it throws an error of a
/// service. Executions that were started in a commit are taken up by the engine at once.
package actor GroupCommit {
    /// What is done for a caller: a value, and the executions that it has started.
    package typealias Body<Value> = @Sendable (LakeTransaction) throws -> (Value, started: [ExecutionStart])

    private struct Entry: Sendable {
        let body: Body<any Sendable>
        let continuation: CheckedContinuation<any Sendable, any Error>
    }

    private let engine: Engine<LakeStore>
    private var waiting: [Entry] = []
    private var committing = false

    package init(engine: Engine<LakeStore>) {
        self.engine = engine
    }

    /// How many callers wait for the next commit.
    package var waitingCount: Int { waiting.count }

    /// Runs `body` in a transaction; what it gives is on disk when this returns.
    package func commit<Value: Sendable>(_ body: @escaping Body<Value>) async throws -> Value {
        let result = try await withCheckedThrowingContinuation { continuation in
            waiting.append(Entry(body: { try body($0) }, continuation: continuation))
            if !committing {
                committing = true
                Task { await commitAll() }
            }
        }
        guard let value = result as? Value else { preconditionFailure("the body gave a value of this type") }
        return value
    }

    private func commitAll() async {
        while !waiting.isEmpty {
            let entries = waiting
            waiting = []
            do {
                answer(entries, try await engine.start { try Self.carryOut(entries, in: $0) })
            } catch {
                answer(entries, entries.map { _ in .failure(error) })
            }
        }
        committing = false
    }

    private func answer(_ entries: [Entry], _ results: [Result<any Sendable, any Error>]) {
        for (entry, result) in zip(entries, results) { entry.continuation.resume(with: result) }
    }

    private static func carryOut(
        _ entries: [Entry], in transaction: LakeTransaction
    ) throws -> ([Result<any Sendable, any Error>], started: [ExecutionStart]) {
        var started: [ExecutionStart] = []
        let results = try entries.map { entry -> Result<any Sendable, any Error> in
            do {
                let (value, starts) = try transaction.isolating { try entry.body(transaction) }
                started += starts
                return .success(value)
            } catch let error as DatabaseError {
                // The store's own error: nothing of this commit is kept.
                throw error
            } catch {
                return .failure(error)
            }
        }
        return (results, started)
    }
}
