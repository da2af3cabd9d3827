import DurableExecution
package import StatesLanguage

/// The time of this machine, only that it goes by faster since a moment in the past: for every process the same.
package struct HurriedClock: EngineClock {
    /// When it shows the time of the machine.
    private let beginning: Timestamp
    /// How many times faster it is.
    private let factor: Int64

    package init(since beginning: Timestamp, factor: Int64) {
        (self.beginning, self.factor) = (beginning, factor)
    }

    package func now() -> Timestamp {
        let passed = SystemClock().now().milliseconds - beginning.milliseconds
        return beginning.advanced(byMilliseconds: passed * factor)
    }

    package func sleep(until deadline: Timestamp) async throws {
        let milliseconds = Double(deadline.milliseconds - now().milliseconds) / Double(factor)
        if milliseconds > 0 { try await Task.sleep(for: .microseconds(milliseconds * 1000)) }
    }
}
