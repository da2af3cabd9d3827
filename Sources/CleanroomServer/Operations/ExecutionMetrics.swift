import CoreMetrics
package import DurableExecution
package import Logging
import StatesLanguage
import Synchronization

/// Counts and times what executions do, and logs how they end.
///
/// Each step of the service's own machines has a series, and each of these machines. All machines of clients have one
/// together: what they are called is theirs, and as much as they like.
package final class ExecutionMetrics: Sendable {
    /// What stands for all machines of clients, and for all of their steps: no machine can be called so.
    static let clients = "(clients)"

    private let ownMachines: Set<String>
    private let metrics: PrometheusRegistry
    private let logger: Logger
    /// When each execution entered the task that it is in.
    private let entered = Mutex<[ExecutionARN: Int64]>([:])
    /// The timer of each step: finding one by its labels takes longer than what it measures.
    private let timers = Mutex<[String: Timer]>([:])
    private let counters = Mutex<[String: Counter]>([:])

    /// - Parameter ownMachines: the names of the service's own machines.
    package init(ownMachines: Set<String>, metrics: PrometheusRegistry, logger: Logger) {
        self.ownMachines = ownMachines
        self.metrics = metrics
        self.logger = logger
    }

    /// Takes in an event of an execution's history.
    package func take(_ event: HistoryEvent) {
        let time = event.timestamp.milliseconds
        switch event.kind {
        case .executionStarted: log("execution started", event)
        case .stateEntered("Task"): entered.withLock { $0[event.execution] = time }
        case .stateExited("Task"):
            guard let begin = entered.withLock({ $0.removeValue(forKey: event.execution) }) else { return }
            let isOwn = ownMachines.contains(Self.names(event.execution).machine)
            let step = isOwn ? event.details["name"]?.stringValue ?? "" : Self.clients
            timer(of: step).recordMilliseconds(time - begin)
        case .executionSucceeded, .executionFailed, .executionTimedOut, .executionAborted:
            entered.withLock { _ = $0.removeValue(forKey: event.execution) }
            let (machine, _) = Self.names(event.execution)
            counter(of: ownMachines.contains(machine) ? machine : Self.clients, event.kind.name).increment()
            log(event.kind.name, event)
        default: break
        }
    }

    private func timer(of step: String) -> Timer {
        timers.withLock { timers in
            if let timer = timers[step] { return timer }
            let timer = Timer(
                label: "cleanroom_step_duration_seconds", dimensions: [("step", step)], factory: metrics)
            timers[step] = timer
            return timer
        }
    }

    private func counter(of machine: String, _ outcome: String) -> Counter {
        counters.withLock { counters in
            if let counter = counters[machine + outcome] { return counter }
            let counter = Counter(
                label: "cleanroom_executions_total", dimensions: [("machine", machine), ("outcome", outcome)],
                factory: metrics)
            counters[machine + outcome] = counter
            return counter
        }
    }

    private func log(_ message: String, _ event: HistoryEvent) {
        let (machine, name) = Self.names(event.execution)
        var metadata: Logger.Metadata = ["requestId": "\(name)", "machine": "\(machine)"]
        if let error = event.details["error"]?.stringValue { metadata["error"] = "\(error)" }
        if let cause = event.details["cause"]?.stringValue { metadata["cause"] = "\(cause)" }
        logger.info("\(message)", metadata: metadata)
    }

    private static func names(_ arn: ExecutionARN) -> (machine: String, name: String) {
        let parts = arn.text.split(separator: ":", omittingEmptySubsequences: false)
        return (String(parts.dropLast().last ?? ""), String(parts.last ?? ""))
    }
}
