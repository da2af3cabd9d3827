package import CoreMetrics
import Synchronization

/// Keeps what is measured, and gives it in the text format that Prometheus reads.
///
/// Timers and recorders are histograms. What is recorded stays for the life of the process.
///
/// Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>
package final class PrometheusRegistry: MetricsFactory {
    private struct Key: Hashable, Comparable {
        let name: String
        /// The labels as they are written, sorted.
        let labels: String

        static func < (left: Key, right: Key) -> Bool { (left.name, left.labels) < (right.name, right.labels) }
    }

    private enum Metric {
        case counter(PrometheusNumber)
        case gauge(PrometheusNumber)
        case histogram(PrometheusHistogram)
    }

    private let metrics = Mutex<[Key: Metric]>([:])

    package init() {}

    /// Everything that has been recorded, in the text format.
    package var text: String {
        let all = metrics.withLock { $0 }
        var lines: [String] = []
        var lastName = ""
        for (key, metric) in all.sorted(by: { $0.key < $1.key }) {
            if key.name != lastName { lines.append("# TYPE \(key.name) \(Self.type(of: metric))") }
            lastName = key.name
            switch metric {
            case .counter(let number), .gauge(let number):
                lines.append("\(key.name)\(Self.braces(key.labels)) \(PrometheusNumber.text(number.value))")
            case .histogram(let histogram): lines += histogram.lines(name: key.name, labels: key.labels)
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    static func braces(_ labels: String) -> String { labels.isEmpty ? "" : "{\(labels)}" }

    private static func type(of metric: Metric) -> String {
        switch metric {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }

    private static func key(_ label: String, _ dimensions: [(String, String)]) -> Key {
        let labels = dimensions.sorted { $0 < $1 }.map { name, value in
            let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            return "\(name)=\"\(escaped)\""
        }
        return Key(name: label, labels: labels.joined(separator: ","))
    }

    private func number(_ label: String, _ dimensions: [(String, String)], isCounter: Bool) -> PrometheusNumber {
        metrics.withLock { metrics in
            let key = Self.key(label, dimensions)
            switch metrics[key] {
            case .counter(let number), .gauge(let number): return number
            case .histogram: preconditionFailure("\(label) is a histogram already")
            case nil:
                let number = PrometheusNumber()
                metrics[key] = isCounter ? .counter(number) : .gauge(number)
                return number
            }
        }
    }

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> PrometheusHistogram {
        metrics.withLock { metrics in
            let key = Self.key(label, dimensions)
            switch metrics[key] {
            case .histogram(let histogram): return histogram
            case .counter, .gauge: preconditionFailure("\(label) is a number already")
            case nil:
                let histogram = PrometheusHistogram()
                metrics[key] = .histogram(histogram)
                return histogram
            }
        }
    }

    // MARK: MetricsFactory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        number(label, dimensions, isCounter: true)
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        number(label, dimensions, isCounter: true)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        number(label, dimensions, isCounter: false)
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        histogram(label, dimensions)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    // What was counted stays: a counter that goes back to zero would read as a restart.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}
