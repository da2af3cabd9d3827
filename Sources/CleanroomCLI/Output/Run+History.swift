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
        var visits: [String: Visit] = [:]
        var way: [String] = []
        private var state: String?
        private var enteredAt = Timestamp(milliseconds: 0)
        private var attempts = 0
        private var failure: String?

        mutating func take(_ event: HistoryEvent) {
            switch event.kind {
            case .stateEntered: enter(event.details["name"]?.stringValue ?? "", at: event.timestamp)
            case .taskScheduled: attempts += 1
            case .taskSucceeded: failure = nil
            case .taskFailed, .taskTimedOut:
                let error = event.details["error"]?.stringValue ?? event.kind.name
                failure = error + (event.details["cause"]?.stringValue.map { ": \($0)" } ?? "")
            case .stateExited: close(as: failure == nil ? .succeeded : .caught, at: event.timestamp)
            case .executionSucceeded: close(as: .succeeded, at: event.timestamp)
            case .executionFailed, .executionTimedOut: close(as: .failed, at: event.timestamp)
            case .executionAborted: close(as: .cancelled, at: event.timestamp)
            case .executionRedriven: resume(at: event.timestamp)
            case .executionStarted, .taskStarted, .taskSubmitted: break
            }
        }

        private mutating func enter(_ name: String, at time: Timestamp) {
            way.append(name)
            (state, enteredAt, attempts, failure) = (name, time, 0, nil)
            visits[name, default: Visit(status: .running, count: 0)].count += 1
        }

        /// The state that ended the execution goes on.
        private mutating func resume(at time: Timestamp) {
            (state, enteredAt, attempts, failure) = (way.last, time, 0, nil)
        }

        /// Ends the state that was entered last.
        mutating func close(as status: Status, at time: Timestamp) {
            guard let state else { return }
            visits[state]?.status = status
            visits[state]?.milliseconds += max(0, time.milliseconds - enteredAt.milliseconds)
            visits[state]?.retries += max(0, attempts - 1)
            visits[state]?.error = failure
            self.state = nil
        }
    }
}
