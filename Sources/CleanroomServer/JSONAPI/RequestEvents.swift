import CleanroomService
import DurableExecution
import EmbeddedLake
import HTTPTypes
import ServiceLifecycle
import StatesLanguage

/// The steps of a request as server-sent events, from the first one or from one that a client has had last, to the
/// outcome.
///
/// The id of an event is the number of the history event that it comes of, behind `r` for one of a recovery.
///
/// Source: <https://html.spec.whatwg.org/multipage/server-sent-events.html>
struct RequestEvents: Sendable {
    static let outcomeID = "outcome"
    /// How long nothing is sent, before a comment keeps the connection alive.
    private static let heartbeat = Duration.seconds(15)

    let host: CleanroomHost
    let requestID: String
    /// The id of the event that the client has had last; anything that is none begins at the first.
    let lastID: String

    private enum Item: Sendable {
        case event(HistoryEvent)
        case heartbeat
    }

    /// 1. Follow what comes to pass from now on.
    /// 2. Tell what has come to pass until now.
    /// 3. Go on until the outcome is told, or could not be told at the first attempt; a server that shuts down ends the
    ///    stream before, and the client comes again with the last id.
    func write(_ send: (String) async throws -> Void) async throws {
        // 1.
        let items = Self.withHeartbeat(host.events(ofRequest: requestID))
        // 2.
        guard let outcome = try host.outcome(of: requestID) else { return }
        let execution = outcome.record.start.arn
        var progress = Progress(execution: execution, lastID: lastID)
        for event in try host.history(of: outcome) {
            if let text = progress.take(event) { try await send(text) }
        }
        if try await finish(&progress, send) { return }
        // 3.
        for await item in items.cancelOnGracefulShutdown() {
            switch item {
            case .heartbeat:
                // A recovery of a recovery is followed by nobody.
                if try await finish(&progress, send) { return }
                try await send(": still running\n\n")
            case .event(let event):
                if let text = progress.take(event) { try await send(text) }
                let isRefused = event.kind == .taskFailed || event.kind == .taskTimedOut
                if event.kind.endsExecution || isRefused, try await finish(&progress, send) { return }
            }
        }
    }

    /// Tells the outcome if there is nothing to wait for, and before it what is on disk and has not come by yet.
    private func finish(_ progress: inout Progress, _ send: (String) async throws -> Void) async throws -> Bool {
        guard let outcome = try host.outcome(of: requestID), outcome.status != nil else { return false }
        if !outcome.isFinal, !progress.hasFailedToTell { return false }
        let events = try host.history(of: outcome)
        for event in events {
            if let text = progress.take(event) { try await send(text) }
        }
        let document = APIDocument.request(outcome, events: events, now: host.clock.now())
        try await send("id: \(Self.outcomeID)\nevent: outcome\ndata: \(document.text)\n\n")
        return true
    }

    /// What has been told, so that nothing is told twice.
    private struct Progress {
        let execution: ExecutionARN
        /// The client's last event.
        private let skipped: (isRecovery: Bool, id: Int64)
        private var taken: [ExecutionARN: Int64] = [:]
        private var steps: [ExecutionARN: RequestSteps] = [:]
        private(set) var hasFailedToTell = false

        init(execution: ExecutionARN, lastID: String) {
            self.execution = execution
            let isRecovery = lastID.hasPrefix("r")
            skipped = (isRecovery, Int64(lastID.drop { $0 == "r" }) ?? 0)
        }

        mutating func take(_ event: HistoryEvent) -> String? {
            if event.id <= taken[event.execution] ?? 0 { return nil }
            taken[event.execution] = event.id
            guard let step = steps[event.execution, default: RequestSteps()].take(event) else { return nil }
            if step.failure != nil, step.name.hasPrefix("Tell") { hasFailedToTell = true }
            let isRecovery = event.execution != execution
            if skipped.isRecovery && !isRecovery || skipped.isRecovery == isRecovery && event.id <= skipped.id {
                return nil
            }
            return "id: \(isRecovery ? "r" : "")\(event.id)\nevent: step\ndata: \(APIDocument.step(step).text)\n\n"
        }
    }

    private static func withHeartbeat(_ events: AsyncStream<HistoryEvent>) -> AsyncStream<Item> {
        let (stream, continuation) = AsyncStream<Item>.makeStream()
        let forwarding = Task { for await event in events { continuation.yield(.event(event)) } }
        let beating = Task {
            while !Task.isCancelled {
                do { try await Task.sleep(for: heartbeat) } catch { return }
                continuation.yield(.heartbeat)
            }
        }
        continuation.onTermination = { _ in
            forwarding.cancel()
            beating.cancel()
        }
        return stream
    }
}

extension HTTPField.Name {
    static let lastEventID = Self("Last-Event-ID")!
}
