import CleanroomService
import CoreMetrics
import DurableExecution
import EmbeddedLake
import HTTPTypes
import Hummingbird

/// What a supervisor asks: is the process there, does it take requests, and how is it doing.
struct HealthRoutes {
    let host: CleanroomHost
    let metrics: PrometheusRegistry
    let limit: RequestLimit
    let bodies: BodyMemory
    let answers: BodyMemory
    let connections: Connections
    let isDraining: @Sendable () -> Bool

    func addRoutes(to router: RouterGroup<ServerContext>) {
        router.get("live") { _, _ in Self.text("live\n") }
        router.get("ready") { _, _ in
            if isDraining() { return Self.text("shutting down\n", .serviceUnavailable) }
            do throws(LakeError) {
                try host.store.folderWatch.check()
            } catch {
                return Self.text("\(error)\n", .serviceUnavailable)
            }
            switch await host.state {
            case .starting: return Self.text("starting\n", .serviceUnavailable)
            case .waitingForStore: return Self.text("waiting for the disk\n", .serviceUnavailable)
            case .ended: return Self.text("shutting down\n", .serviceUnavailable)
            case .running: break
            }
            // Reading proves that the store is there.
            _ = try await host.store.readCatalog { _ in true }
            return Self.text("ready\n")
        }
    }

    /// The measurements, with those that are taken when somebody asks.
    func measurements() async throws -> Response {
        Meter(label: "cleanroom_answers_waiting", dimensions: [], factory: metrics)
            .set(try host.store.undeliveredAnswerCount())
        Meter(label: "cleanroom_executions_running", dimensions: [], factory: metrics)
            .set(try host.store.runningExecutionCount())
        Meter(label: "cleanroom_executions_set_aside", dimensions: [], factory: metrics)
            .set(try host.store.setAsideExecutionCount())
        Meter(label: "cleanroom_execution_limit_refusals", dimensions: [], factory: metrics)
            .set(host.store.executionLimitRefusals)
        let state = await host.state
        for name in EngineState.names {
            Meter(label: "cleanroom_engine_state", dimensions: [("state", name)], factory: metrics)
                .set(name == state.name ? 1 : 0)
        }
        Meter(label: "cleanroom_requests_waiting", dimensions: [], factory: metrics).set(limit.waiting)
        Meter(label: "cleanroom_body_bytes", dimensions: [], factory: metrics).set(bodies.bytes)
        Meter(label: "cleanroom_answer_bytes", dimensions: [], factory: metrics).set(answers.bytes)
        Meter(label: "cleanroom_connections", dimensions: [], factory: metrics).set(connections.count)
        return Self.text(metrics.text, type: "text/plain; version=0.0.4; charset=utf-8")
    }

    private static func text(
        _ text: String, _ status: HTTPResponse.Status = .ok, type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
