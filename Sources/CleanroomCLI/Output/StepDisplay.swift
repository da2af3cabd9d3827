import CleanroomService
import DurableExecution
import StatesLanguage
import Synchronization

/// Shows the tasks of an execution as they happen: what was done, in how much time, and what failed why.
final class StepDisplay: Sendable {
    private struct State {
        var startedAt: Timestamp?
        var task = ""
        var failure: (error: String, cause: String)?
        var steps = RequestSteps()
        var isUndoing = false
    }

    private let state = Mutex(State())
    private let show: @Sendable (String) -> Void

    init(show: @escaping @Sendable (String) -> Void) {
        self.show = show
    }

    /// Takes in the next event of the execution's history.
    func take(_ event: HistoryEvent) {
        let lines = state.withLock { state in Self.lines(for: event, &state) }
        lines.forEach(show)
    }

    private static func lines(for event: HistoryEvent, _ state: inout State) -> [String] {
        let name = event.details["name"]?.stringValue ?? ""
        _ = state.steps.take(event)
        switch event.kind {
        case .stateEntered("Task"):
            state.task = VisibleText.text(name)
            state.startedAt = event.timestamp
            state.failure = nil
            if state.steps.steps.last?.role == .compensation, !state.isUndoing {
                state.isUndoing = true
                return ["Undoing what was done:"]
            }
        case .taskFailed, .taskTimedOut:
            let failure = (event.details["error"]?.stringValue ?? "", event.details["cause"]?.stringValue ?? "")
            state.failure = (VisibleText.text(failure.0), VisibleText.text(failure.1))
        case .taskSucceeded:
            state.failure = nil
        case .taskScheduled:
            if let failure = state.failure { return ["  … \(state.task): again after \(failure.error)"] }
        case .stateExited("Task"):
            return [line(event.timestamp, state)]
        case .executionFailed where state.failure != nil:
            return [line(event.timestamp, state)]
        default: break
        }
        return []
    }

    private static func line(_ time: Timestamp, _ state: State) -> String {
        let duration = "\(time.milliseconds - (state.startedAt ?? time).milliseconds) ms"
        let task = state.task + String(repeating: " ", count: max(1, 42 - state.task.count))
        let line = "\(task)\(String(repeating: " ", count: max(0, 8 - duration.count)))\(duration)"
        guard let failure = state.failure else { return "  ✓ \(line)" }
        // That something is not there is what the checks hope for.
        if failure.error.hasSuffix("EntityNotFoundException") { return "  ✓ \(line)  not there" }
        return "  ✗ \(line)  \(failure.error): \(failure.cause)"
    }
}
