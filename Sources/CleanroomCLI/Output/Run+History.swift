import DurableExecution
import EmbeddedLake
import StatesDiagram
import StatesLanguage

extension Run {
    /// What an execution did, from its history.
    ///
    /// - Parameter now: until when a state that goes on has lasted.
    init(_ history: [HistoryEvent], of record: ExecutionRecord, now: Timestamp) {
        var reading = Reading()
        for event in history { reading.take(event) }
        reading.close(as: .running, at: max(now, history.last?.timestamp ?? now))
        let end = record.stoppedAt ?? now
        let duration = max(0, end.milliseconds - record.start.startedAt.milliseconds)
        let outcome = record.status == .running ? "running for" : "\(record.status.rawValue) after"
        self.init(
            summary: "\(record.start.name): \(outcome) \(Self.duration(duration))"
                + (record.error.map { ", \($0)" } ?? ""),
            visits: reading.visits, way: reading.way)
    }

    private struct Reading {
        /// A state that was entered and not left yet.
        private struct Stay {
            let name: String
            let enteredAt: Timestamp
            var attempts = 0
            var failure: String?
        }

        var visits: [String: Visit] = [:]
        var way: [String] = []
        /// By the event with which each was entered, in their order.
        private var stays: [(entered: Int64, stay: Stay)] = []
        /// In which stay an event happened: branches go on beside each other, and an event names the one before it.
        private var stayOfEvent: [Int64: Int64] = [:]

        mutating func take(_ event: HistoryEvent) {
            let stay = stayOfEvent[event.previousID]
            stayOfEvent[event.id] = stay
            let name = event.details["name"]?.stringValue ?? ""
            switch event.kind {
            case .stateEntered: enter(name, by: event)
            case .taskScheduled: change(stay) { $0.attempts += 1 }
            case .taskSucceeded: change(stay) { $0.failure = nil }
            case .taskFailed, .taskTimedOut, .parallelStateFailed, .mapStateFailed, .evaluationFailed:
                let error = event.details["error"]?.stringValue ?? event.kind.name
                change(stay) { $0.failure = error + (event.details["cause"]?.stringValue.map { ": \($0)" } ?? "") }
            case .stateExited: leave(name, at: event.timestamp) { $0.failure == nil ? .succeeded : .caught }
            case .stateAborted: leave(name, at: event.timestamp) { _ in .cancelled }
            case .executionSucceeded: close(as: .succeeded, at: event.timestamp)
            case .executionFailed, .executionTimedOut: close(as: .failed, at: event.timestamp)
            case .executionAborted: close(as: .cancelled, at: event.timestamp)
            case .executionRedriven: resume(by: event)
            case .executionStarted, .taskStarted, .taskSubmitted, .parallelStateStarted, .parallelStateSucceeded,
                .mapStateStarted, .mapStateSucceeded, .mapIterationStarted, .mapIterationSucceeded,
                .mapIterationFailed, .mapIterationAborted:
                break
            }
        }

        private mutating func enter(_ name: String, by event: HistoryEvent) {
            way.append(name)
            begin(name, by: event)
            visits[name, default: Visit(status: .running, count: 0)].count += 1
        }

        /// The state that ended the execution goes on.
        private mutating func resume(by event: HistoryEvent) {
            if let name = way.last { begin(name, by: event) }
        }

        private mutating func begin(_ name: String, by event: HistoryEvent) {
            stays.append((event.id, Stay(name: name, enteredAt: event.timestamp)))
            stayOfEvent[event.id] = event.id
        }

        private mutating func change(_ entered: Int64?, _ body: (inout Stay) -> Void) {
            guard let index = stays.firstIndex(where: { $0.entered == entered }) else { return }
            body(&stays[index].stay)
        }

        /// Ends a stay in a state. In one of several iterations it does not matter which: their times are added up.
        private mutating func leave(_ name: String, at time: Timestamp, as status: (Stay) -> Status) {
            guard let index = stays.firstIndex(where: { $0.stay.name == name }) else { return }
            let (_, stay) = stays.remove(at: index)
            end(stay, as: status(stay), at: time)
        }

        /// Ends the stays in all states that were not left.
        mutating func close(as status: Status, at time: Timestamp) {
            for (_, stay) in stays { end(stay, as: status, at: time) }
            stays = []
        }

        private mutating func end(_ stay: Stay, as status: Status, at time: Timestamp) {
            visits[stay.name]?.status = status
            visits[stay.name]?.milliseconds += max(0, time.milliseconds - stay.enteredAt.milliseconds)
            visits[stay.name]?.retries += max(0, stay.attempts - 1)
            visits[stay.name]?.error = stay.failure
        }
    }
}
