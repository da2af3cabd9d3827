package import CleanroomService
import EmbeddedLake
package import Logging
import ServiceLifecycle
import UnixSignals

/// Runs a host and its server until SIGTERM or SIGINT comes.
///
/// The server is told first: it takes nothing new, and what it has begun is answered. Then the host stops: the commit
/// that is on its way ends, and what has not ended goes on at the next start. All of it takes ten seconds at most.
package struct ServerLifecycle: Sendable {
    /// How long requests that have begun may take, before their connections are closed.
    private static let patience = Duration.seconds(8)

    private let group: ServiceGroup
    private let logger: Logger

    package init(host: CleanroomHost, server: CleanroomServer, logger: Logger) {
        self.logger = logger
        var configuration = ServiceGroupConfiguration(
            services: [FreedMemory(), HostService(host: host, logger: logger), server],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.patience
        configuration.maximumCancellationDuration = .seconds(1)
        group = ServiceGroup(configuration: configuration)
    }

    package func run() async throws {
        try await group.run()
        logger.notice("The server has stopped; what has not ended goes on at the next start.")
    }
}

/// A host as one of the services of a process.
private struct HostService: Service {
    let host: CleanroomHost
    let logger: Logger

    func run() async throws {
        let result: Result<Void, any Error>
        do {
            result = .success(
                try await cancelWhenGracefulShutdown {
                    try await host.run(onFolderGone: { logger.critical("\($0)", metadata: ["code": "\($0.code)"]) })
                })
        } catch is CancellationError {
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await host.shutDown()
        try result.get()
    }
}
