package import DurableExecution
import EmbeddedLake
import StatesLanguage

extension CleanroomHost {
    /// The events of a request from now on: of its execution, of the earlier one that it may join, and of the recoveries
    /// that may come after either. The stream does not end by itself: whoever follows looks at the outcome after an event
    /// that may decide it.
    package func events(ofRequest requestID: String) -> AsyncStream<HistoryEvent> {
        let asked = machine.reference.executionARN(name: requestID)
        let (stream, continuation) = AsyncStream<HistoryEvent>.makeStream()
        // These are followed when this returns, so that nothing falls in between.
        let first = [asked, recovery(of: asked)].compactMap(\.self).map { (arn: $0, events: events(of: $0)) }
        let following = Task {
            await withTaskGroup(of: HistoryEvent?.self) { group in
                var followed: Set<ExecutionARN> = []
                func follow(_ arn: ExecutionARN, _ events: AsyncStream<HistoryEvent>) {
                    followed.insert(arn)
                    group.addTask {
                        var last: HistoryEvent?
                        for await event in events {
                            continuation.yield(event)
                            last = event
                        }
                        return last
                    }
                }
                for (arn, events) in first { follow(arn, events) }
                // One has ended: what goes on in its place is followed from now on.
                for await end in group {
                    guard let end else { continue }
                    let found: RequestOutcome?
                    do {
                        found = try outcome(of: requestID)
                    } catch {
                        // Whoever follows looks itself, and meets the same.
                        return continuation.finish()
                    }
                    guard let outcome = found else { continue }
                    let next = [outcome.last.start.arn, recovery(of: outcome.last.start.arn)].compactMap(\.self)
                    for arn in next where !followed.contains(arn) { follow(arn, events(of: arn)) }
                    // What has come to pass before that is looked at once more.
                    continuation.yield(end)
                }
            }
        }
        continuation.onTermination = { _ in following.cancel() }
        return stream
    }

    private func recovery(of execution: ExecutionARN) -> ExecutionARN? {
        let workflow = workflows.first { $0.machine.reference.arn == execution.machine }
        return workflow?.recovery?.reference.executionARN(name: RequestReader.recoveryName(of: execution))
    }

    /// What became of a request, when that is decided or `patience` is over; `nil` when it was never made.
    package func outcome(of requestID: String, decidedWithin patience: Duration) async throws -> RequestOutcome? {
        // Followed first and looked at then, so that nothing falls in between.
        let events = events(ofRequest: requestID)
        guard let now = try outcome(of: requestID) else { return nil }
        if now.isDecided || patience <= .zero { return now }
        let decided = try await withThrowingTaskGroup { group in
            group.addTask { () -> RequestOutcome? in
                for await event in events where event.mayDecide {
                    if let outcome = try self.outcome(of: requestID), outcome.isDecided { return outcome }
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
        kind.endsExecution || isDelivery
    }
}
