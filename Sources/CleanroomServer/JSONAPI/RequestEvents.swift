import CleanroomService
import DurableExecution
import EmbeddedLake
import HTTPTypes
import ServiceLifecycle
import StatesLanguage

/// What happens to a request as server-sent events, from the first step or from one that a client has had last: `step`
/// for each step, `outcome` when it is decided, and `delivery` when the answer has then been taken, or refused for the
/// first time. The stream ends where nothing is left to be told.
///
/// The id of a step is the number of the history event that it comes of, behind the name of its execution and a `/` where
/// that is not the one that was asked; the id of the outcome has that of the step before it.
///
/// Source: <https://html.spec.whatwg.org/multipage/server-sent-events.html>
struct RequestEvents: Sendable {
    private static let outcomePrefix = "outcome-"
    private static let deliveryID = "delivery"
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

    /// Whether there is nothing more to tell to whoever has had the event of `lastID`.
    func isAllTold(of outcome: RequestOutcome) -> Bool {
        lastID == Self.deliveryID || lastID.hasPrefix(Self.outcomePrefix) && outcome.isFinal
    }

    /// 1. Follow what comes to pass from now on.
    /// 2. Tell what has come to pass until now.
    /// 3. Go on until all is told; a server that shuts down ends the stream before, and the client comes again with the
    ///    last id.
    func write(_ send: (String) async throws -> Void) async throws {
        // 1.
        let items = Self.withHeartbeat(host.events(ofRequest: requestID))
        // 2.
        var progress = Progress(asked: host.machine.reference.executionARN(name: requestID), lastID: lastID)
        if try await catchUp(&progress, send) { return }
        // 3.
        for await item in items.cancelOnGracefulShutdown() {
            switch item {
            case .heartbeat: try await send(": still running\n\n")
            case .event(let event):
                if let text = progress.take(event) { try await send(text) }
                let isRefused = event.kind == .taskFailed || event.kind == .taskTimedOut
                if event.mayDecide || isRefused, try await catchUp(&progress, send) { return }
            }
        }
    }

    /// Tells what is on disk and has not been told; `true` when nothing will come after it.
    private func catchUp(_ progress: inout Progress, _ send: (String) async throws -> Void) async throws -> Bool {
        guard let outcome = try host.outcome(of: requestID) else { return true }
        for event in try host.reader.history(of: outcome) {
            if let text = progress.take(event) { try await send(text) }
        }
        guard outcome.isDecided else { return false }
        let isSettled = outcome.isFinal || progress.hasFailedToTell
        let document = JSONValue.object(try host.reader.document(outcome, now: host.clock.now())).text
        if !progress.hasToldOutcome {
            progress.hasToldOutcome = true
            try await send("id: \(Self.outcomePrefix)\(progress.lastID)\nevent: outcome\ndata: \(document)\n\n")
        } else if isSettled {
            try await send("id: \(Self.deliveryID)\nevent: delivery\ndata: \(document)\n\n")
        }
        return isSettled
    }

    /// What has been told, so that nothing is told twice.
    private struct Progress {
        /// The execution whose events have plain ids.
        let asked: ExecutionARN
        /// The id of the step that was told last.
        private(set) var lastID: String
        var hasToldOutcome: Bool
        /// The client's last event, and the name of its execution.
        private let skipped: (name: String, id: Int64)
        private var taken: [ExecutionARN: Int64] = [:]
        private var steps: [ExecutionARN: RequestSteps] = [:]
        private(set) var hasFailedToTell = false

        init(asked: ExecutionARN, lastID: String) {
            self.asked = asked
            hasToldOutcome = lastID.hasPrefix(RequestEvents.outcomePrefix)
            let step = hasToldOutcome ? lastID.dropFirst(RequestEvents.outcomePrefix.count) : lastID[...]
            let parts = step.split(separator: "/")
            let id = parts.count > 2 ? nil : parts.last.flatMap { Int64($0) }
            skipped = (parts.count == 2 && id != nil ? String(parts[0]) : asked.name, id ?? 0)
            self.lastID = id == nil ? "" : String(step)
        }

        mutating func take(_ event: HistoryEvent) -> String? {
            if event.id <= taken[event.execution] ?? 0 { return nil }
            taken[event.execution] = event.id
            guard let step = steps[event.execution, default: RequestSteps()].take(event) else { return nil }
            if step.failure != nil, step.isDelivery { hasFailedToTell = true }
            let name = event.execution.name
            // What was asked comes before all that went on in its place.
            if name == skipped.name ? event.id <= skipped.id : event.execution == asked { return nil }
            lastID = event.execution == asked ? "\(event.id)" : "\(name)/\(event.id)"
            return "id: \(lastID)\nevent: step\ndata: \(step.json.text)\n\n"
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
