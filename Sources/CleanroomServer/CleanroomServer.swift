package import CleanroomService
import EmbeddedLake
import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// The service over HTTP: AWS's protocols, the JSON API, and what supervisors ask.
package struct CleanroomServer: Service {
    let application: Application<RouterResponder<ServerContext>>
    private let settings: ServerSettings
    private let drain: Drain
    private let logger: Logger
    private let definitions = Gate(for: "definitions")
    private let histories = Gate(for: "histories", concurrency: LakeStore.slowReaders)
    /// For what is told of rooms and of the service's own executions: it does not wait for clients' histories.
    private let ownReads = Gate(
        for: "reads of rooms and requests", concurrency: LakeStore.slowReaders, maximumWaiting: 1000)

    /// - Parameters:
    ///   - onStart: told of the port once the server listens.
    /// - Throws: `ServerError.credentialsRequired`.
    package init(
        host: CleanroomHost, settings: ServerSettings, metrics: PrometheusRegistry, logger: Logger,
        onStart: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) throws(ServerError) {
        try settings.check()
        let drain = Drain()
        (self.settings, self.drain, self.logger) = (settings, drain, logger)
        let limit = RequestLimit(maximum: settings.maximumWaiting)
        let bodies = RequestBodies(limit: limit, memory: BodyMemory(maximum: settings.maximumBodyMemory))
        let answers = ResponseBodies(memory: BodyMemory(maximum: settings.maximumAnswerMemory))
        let connections = Connections(
            maximum: settings.maximumConnections, maximumOfPeer: settings.maximumPeerConnections, metrics: metrics)
        let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
        router.middlewares.add(RequestLog(metrics: metrics))
        router.middlewares.add(FramingCheck())
        router.middlewares.add(BrowserCheck(demandsLoopback: settings.isLoopback))
        let health = HealthRoutes(
            host: host, metrics: metrics, limit: limit, bodies: bodies.memory, answers: answers.memory,
            connections: connections, isDraining: { drain.hasBegun })
        health.addRoutes(to: router.group("health"))
        let bearer = BearerCheck(settings: settings)
        router.group("metrics").add(middleware: bearer).get { _, _ in try await health.measurements() }
        router.middlewares.add(FolderCheck(watch: host.store.folderWatch))
        router.middlewares.add(limit)
        JSONAPI.addRoutes(
            to: router.group("v1").add(middleware: bearer).add(middleware: answers), description: router.group(),
            host: host, bodies: bodies, reads: ownReads)
        router.middlewares.add(answers)
        AWSEndpoint(
            host: host, signatures: SignatureCheck(settings, clock: host.clock), bodies: bodies,
            definitions: definitions, histories: histories, ownReads: ownReads, caller: host.operatorARN
        ).addRoutes(to: router)

        let timeouts = settings.timeouts
        application = Application(
            responder: router.buildResponder(),
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [
                        ConnectionGuard(limit: .seconds(timeouts.transfer), connections: connections)
                    ],
                    idleTimeout: .seconds(timeouts.idle),
                    // The head of a request takes many times the memory when it is decoded.
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 16_384, maxHeaderListSize: 16_384, maxHeaderFieldCount: 100))),
            configuration: .init(
                address: .hostname(settings.host, port: settings.port), serverName: "cleanroom"),
            onServerRunning: { channel in await onStart(channel.localAddress?.port ?? settings.port) },
            logger: logger)
    }

    /// Serves until it is told to shut down: then no more connections are taken, and requests that have begun end.
    ///
    /// - Throws: `ServerError.cannotListen`.
    package func run() async throws {
        try await withGracefulShutdownHandler {
            do {
                try await withThreads { try await application.run() }
            } catch let error as IOError {
                throw ServerError.cannotListen(host: settings.host, port: settings.port, reason: "\(error)")
            }
        } onGracefulShutdown: {
            drain.begin()
            logger.notice("The server is told to stop: nothing new is taken, and what has begun is answered.")
        }
    }

    /// Has the threads for what takes long be there while `body` runs.
    func withThreads(_ body: () async throws -> Void) async throws {
        try await definitions.run { try await histories.run { try await ownReads.run(body) } }
    }

    private final class Drain: Sendable {
        private let flag = Atomic(false)

        var hasBegun: Bool { flag.load(ordering: .relaxed) }

        func begin() { flag.store(true, ordering: .relaxed) }
    }
}
