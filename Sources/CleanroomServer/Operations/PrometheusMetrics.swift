import CoreMetrics
import Synchronization

/// A number that goes up, or up and down.
final class PrometheusNumber: CounterHandler, FloatingPointCounterHandler, MeterHandler {
    private let number = Mutex(0.0)

    var value: Double { number.withLock { $0 } }

    func increment(by amount: Int64) { increment(by: Double(amount)) }
    func increment(by amount: Double) { number.withLock { $0 += amount } }
    func decrement(by amount: Double) { number.withLock { $0 -= amount } }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { number.withLock { $0 = value } }
    func reset() { set(0.0) }

    /// A number as the text format has it: whole ones without a fraction.
    static func text(_ value: Double) -> String {
        Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }
}

/// How often what was recorded was at most this large.
final class PrometheusHistogram: RecorderHandler, TimerHandler {
    private struct State {
        var counts: [Int]
        var sum = 0.0
        var count = 0
    }

    /// In seconds: from a commit that nobody notices to an answer that nobody waits for.
    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    private let state = Mutex(State(counts: Array(repeating: 0, count: PrometheusHistogram.bounds.count)))

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        state.withLock { state in
            if let index = Self.bounds.firstIndex(where: { value <= $0 }) { state.counts[index] += 1 }
            state.sum += value
            state.count += 1
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }
    func preferDisplayUnit(_ unit: TimeUnit) {}

    func lines(name: String, labels: String) -> [String] {
        let state = state.withLock { $0 }
        var lines: [String] = []
        var sum = 0
        let prefix = labels.isEmpty ? "" : labels + ","
        for (bound, count) in zip(Self.bounds, state.counts) {
            sum += count
            lines.append("\(name)_bucket{\(prefix)le=\"\(PrometheusNumber.text(bound))\"} \(sum)")
        }
        lines.append("\(name)_bucket{\(prefix)le=\"+Inf\"} \(state.count)")
        lines.append("\(name)_sum\(PrometheusRegistry.braces(labels)) \(PrometheusNumber.text(state.sum))")
        lines.append("\(name)_count\(PrometheusRegistry.braces(labels)) \(state.count)")
        return lines
    }
}
