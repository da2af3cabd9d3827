import CleanroomServer
import CoreMetrics
import Logging
import StatesLanguage
import Synchronization
import Testing

@testable import DurableExecution

/// What a server tells of itself.
struct MeasurementTests {
    @Test func `numbers and histograms are written in Prometheus' text format`() {
        let registry = PrometheusRegistry()
        Counter(label: "calls_total", dimensions: [("b", "2"), ("a", "say \"hi\"\n")], factory: registry).increment(
            by: 3)
        Counter(label: "calls_total", dimensions: [("a", "say \"hi\"\n"), ("b", "2")], factory: registry).increment()
        Meter(label: "waiting", dimensions: [], factory: registry).set(7)
        let timer = Timer(label: "seconds", dimensions: [("step", "x")], factory: registry)
        timer.recordMilliseconds(2)
        timer.recordMilliseconds(700)
        timer.recordSeconds(60)
        let lines = registry.text.split(separator: "\n").map(String.init)
        #expect(lines.prefix(2) == ["# TYPE calls_total counter", #"calls_total{a="say \"hi\"\n",b="2"} 4"#])
        #expect(lines.contains("# TYPE seconds histogram"))
        #expect(lines.contains(#"seconds_bucket{step="x",le="0.001"} 0"#))
        #expect(lines.contains(#"seconds_bucket{step="x",le="0.0025"} 1"#))
        #expect(lines.contains(#"seconds_bucket{step="x",le="1"} 2"#))
        #expect(lines.contains(#"seconds_bucket{step="x",le="+Inf"} 3"#))
        #expect(lines.contains(#"seconds_count{step="x"} 3"#))
        #expect(lines.suffix(2) == ["# TYPE waiting gauge", "waiting 7"])
    }

    @Test func `however many machines and states clients have, they are one series`() throws {
        let registry = PrometheusRegistry()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let metrics = ExecutionMetrics(ownMachines: ["rooms"], metrics: registry, logger: logger)
        func run(_ machine: String, _ state: String, at number: Int64) {
            let arn = ExecutionARN("arn:aws:states:us-east-1:000000000000:execution:\(machine):e\(number)")
            let kinds: [HistoryEvent.Kind] = [
                .executionStarted, .stateEntered("Task"), .stateExited("Task"), .executionSucceeded,
            ]
            for kind in kinds {
                metrics.take(
                    HistoryEvent(
                        execution: arn, id: 1, previousID: 0, timestamp: Timestamp(milliseconds: number), kind: kind,
                        details: ["name": .string(state)]))
            }
        }
        run("rooms", "CreateDatabase", at: 0)
        let (own, lines) = (registry.text.utf8.count, registry.text.split(separator: "\n").count)
        for number in 1...2000 { run("m\(number % 20)", "State\(number)", at: Int64(number)) }
        let text = registry.text
        #expect(text.utf8.count < 2 * own + 1000)
        #expect(text.split(separator: "\n").count < 2 * lines)
        #expect(text.contains(#"cleanroom_step_duration_seconds_count{step="CreateDatabase"} 1"#))
        #expect(text.contains(#"cleanroom_step_duration_seconds_count{step="(clients)"} 2000"#))
        #expect(text.contains(#"cleanroom_executions_total{machine="(clients)",outcome="ExecutionSucceeded"} 2000"#))
        #expect(text.contains(#"cleanroom_executions_total{machine="rooms",outcome="ExecutionSucceeded"} 1"#))
    }

    @Test func `a log entry is one line of JSON with everything that is known`() throws {
        let lines = Mutex<[String]>([])
        var logger = Logger(label: "test") { label in
            JSONLogHandler(label: label, level: .info) { line in lines.withLock { $0.append(line) } }
        }
        logger[metadataKey: "requestId"] = "6f1c9dc2"
        logger.info("over\ntwo \"lines\"", metadata: ["status": "200"])
        logger.debug("not wanted")
        let written = lines.withLock { $0 }
        #expect(written.count == 1)
        let entry = try JSONValue(parsing: try #require(written.first))
        #expect(!written[0].contains("\n"))
        #expect(entry["message"] == "over\ntwo \"lines\"")
        #expect(entry["requestId"] == "6f1c9dc2")
        #expect(entry["status"] == "200")
        #expect(entry["level"] == "info")
    }
}
