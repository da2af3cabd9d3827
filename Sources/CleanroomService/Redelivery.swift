package import DurableExecution
package import EmbeddedLake

/// Sends answers again whose delivery was given up: a redrive of the execution that tells them, as on AWS.
package struct Redelivery: Sendable {
    /// What became of an answer that was to be sent again.
    package struct Result: Sendable {
        package enum Status: String, Sendable {
            case delivered = "DELIVERED"
            /// It has not been taken. While its execution runs it is tried again for 24 hours, by whoever runs the
            /// folder's executions; an execution that has ended has given up for the reason that is given.
            case undelivered = "UNDELIVERED"
            /// It cannot be sent again, for the reason that is given.
            case refused = "REFUSED"
        }

        /// The execution that tells it.
        package let record: ExecutionRecord
        package let status: Status
        package let reason: String?
    }

    private let store: LakeStore
    private let handlers: TaskHandlers<LakeTransaction>
    private let clock: any EngineClock

    /// - Parameter handlers: carry out the tasks, and deliver.
    package init(store: LakeStore, handlers: TaskHandlers<LakeTransaction>, clock: any EngineClock = SystemClock()) {
        self.store = store
        self.handlers = handlers
        self.clock = clock
    }

    /// Sends answers again, and waits until they are taken, but no longer than `patience`.
    ///
    /// An answer that is still being tried is waited for; its execution is not touched.
    package func send(_ records: [ExecutionRecord], patience: Duration) async throws -> [Result] {
        var refusals: [ExecutionARN: String] = [:]
        for record in records where record.status != .running {
            do {
                _ = try store.redrive(record.start.arn, at: clock.now())
            } catch let refusal as Redrive.Refusal {
                refusals[record.start.arn] = refusal.description
            }
        }
        try await wait(for: records.map(\.start.arn).filter { refusals[$0] == nil }, patience: patience)
        return try records.map { before in
            let arn = before.start.arn
            let record = try store.execution(named: arn) ?? before
            if let reason = refusals[arn] { return Result(record: record, status: .refused, reason: reason) }
            if record.answer?.status == .delivered { return Result(record: record, status: .delivered, reason: nil) }
            return Result(record: record, status: .undelivered, reason: record.status == .running ? nil : record.cause)
        }
    }

    /// Runs the executions here if no other process does, and else waits for that one.
    private func wait(for executions: [ExecutionARN], patience: Duration) async throws {
        let deadline = ContinuousClock.now + patience
        func isDone() throws -> Bool {
            try executions.allSatisfy { try store.execution(named: $0)?.status != .running }
                || ContinuousClock.now >= deadline
        }
        try await FolderEngine.carryOn(
            store, clock: clock, { Engine(store: store, handlers: handlers, clock: clock) },
            until: { _ in try isDone() ? () : nil })
    }
}
