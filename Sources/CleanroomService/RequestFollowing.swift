package import DurableExecution
import EmbeddedLake
import StatesLanguage

extension CleanroomHost {
    /// The events of a request's execution, and of the recovery that may come after it, from now on. The stream does not
    /// end by itself: whoever follows looks at the outcome after an event that may decide it.
    package func events(ofRequest requestID: String) -> AsyncStream<HistoryEvent> {
        let execution = machine.reference.executionARN(name: requestID)
        let recovery = recovery.reference.executionARN(name: CleanroomService.recoveryName(of: execution))
        let sources = [events(of: execution), events(of: recovery)]
        let (stream, continuation) = AsyncStream<HistoryEvent>.makeStream()
        let tasks = sources.map { source in
            Task { for await event in source { continuation.yield(event) } }
        }
        continuation.onTermination = { _ in tasks.forEach { $0.cancel() } }
        return stream
    }

    /// What has come to pass in a request: the events of its execution that those who follow it are told of, then those
    /// of its recovery, without what went in and came out.
    package func history(of outcome: RequestOutcome) throws -> [HistoryEvent] {
        try store.history(of: outcome.record, HistoryWindow(.followed))
            + (outcome.recovery.map { try store.history(of: $0, HistoryWindow(.followed)) } ?? [])
    }

    /// What became of a request, when that is decided or `patience` is over; `nil` when it was never made.
    package func outcome(of requestID: String, decidedWithin patience: Duration) async throws -> RequestOutcome? {
        // Followed first and looked at then, so that nothing falls in between.
        let events = events(ofRequest: requestID)
        guard let now = try outcome(of: requestID) else { return nil }
        if now.status != nil || patience <= .zero { return now }
        let decided = try await withThrowingTaskGroup { group in
            group.addTask { () -> RequestOutcome? in
                for await event in events where event.mayDecide {
                    if let outcome = try self.outcome(of: requestID), outcome.status != nil { return outcome }
                }
                return nil
            }
            group.addTask { () -> RequestOutcome? in
                do {
                    try await Task.sleep(for: patience)
                } catch {
                    // The other one is there first, or the server shuts down: what is known now is told.
                }
                return nil
            }
            let first = try await group.next()
            group.cancelAll()
            return first ?? nil
        }
        return try decided ?? outcome(of: requestID)
    }
}

extension HistoryEvent {
    /// Whether the outcome of a request may be decided with this event: when an execution ends, and when it begins to
    /// tell.
    package var mayDecide: Bool {
        kind.endsExecution || kind == .taskScheduled && details["resourceType"] == "http"
    }
}
