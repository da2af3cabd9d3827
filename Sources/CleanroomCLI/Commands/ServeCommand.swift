import ArgumentParser
import CleanroomModel
import CleanroomServer
import CleanroomService
import DurableExecution
import EmbeddedLake
import Foundation
import Logging
import StatesLanguage

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves the lake of a folder to AWS's clients and to web clients, until it is stopped.",
        discussion: """
            AWS's clients reach Step Functions, Athena, Glue, Lake Formation and STS under one endpoint URL. What was \
            not finished when the last server ended goes on.

            Credentials come from the environment (CLEANROOM_ACCESS_KEYS, CLEANROOM_TOKEN_HASHES) or from the config \
            file (accessKeys, tokenHashes). Without any, only this machine is served.

            Example:
              cleanroom serve --port 8787
              aws stepfunctions list-state-machines --endpoint-url http://127.0.0.1:8787
            """)

    @Option(help: "The address to listen on (CLEANROOM_HOST; default 127.0.0.1).")
    var host: String?

    @Option(help: "The port to listen on, 0 for any that is free (CLEANROOM_PORT; default 8787).")
    var port: String?

    @Flag(help: "Show each setting and where it comes from, and serve nothing.")
    var printConfig = false

    @OptionGroup var deployment: DeploymentOptions
    @OptionGroup var options: FolderOptions

    func run() async throws {
        FreedMemory.limitHeaps()
        // Nobody may be reading what a server prints, and it has to end all the same.
        let printer = Printer(format: options.output.output, patience: .seconds(1))
        try await printer.run {
            let flags = deployment.flags.merging(["host": host, "port": port].compactMapValues { $0 }) { $1 }
            let settings = try ServeSettings(try SettingSources(flags: flags, file: deployment.config))
            if printConfig { return show(settings, printer) }
            try settings.server.check()
            try await serve(settings, printer)
        }
    }

    private func show(_ settings: ServeSettings, _ printer: Printer) {
        let lines = settings.lines + [.init(key: "dataDir", value: options.folder.path, source: options.folderSource)]
        let document = JSONObject(
            lines.map { ($0.key, ["value": .string($0.value), "source": .string($0.source)] as JSONValue) })
        printer.result(["settings": .object(document)]) {
            let (keys, values) = (lines.map(\.key.count).max() ?? 0, lines.map(\.value.count).max() ?? 0)
            return lines.map { line in
                line.key.padding(toLength: keys + 2, withPad: " ", startingAt: 0)
                    + line.value.padding(toLength: values + 2, withPad: " ", startingAt: 0) + line.source
            }.joined(separator: "\n")
        }
    }

    /// 1. Open the lake. 2. Listen, take up what was left, and serve until a signal comes.
    private func serve(_ settings: ServeSettings, _ printer: Printer) async throws {
        // A reader that has gone is an error of the one write, and not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        let metrics = PrometheusRegistry()
        let log = LogWriter(descriptor: STDERR_FILENO, metrics: metrics, report: JSONLogHandler.report)
        defer { log.flush(within: .seconds(1)) }
        let logger = Logger(label: "cleanroom") { label in
            JSONLogHandler(label: label, level: settings.logLevel) { log.write($0) }
        }
        // 1.
        let store = try LakeStore(
            folder: options.folder, limits: settings.limits, observe: { CommitMetrics.record($0, metrics) })
        let executions = ExecutionMetrics(
            ownMachines: CompiledMachine.names(for: settings.deployment), metrics: metrics, logger: logger)
        try await settings.delivery.run { handlers in
            let host = try await CleanroomHost(
                store: store, deployment: settings.deployment, handlers: handlers,
                report: { Self.log($0, logger) }, observe: { executions.take($0) })
            let server = try CleanroomServer(
                host: host, settings: Self.withinOpenFiles(settings.server, logger), metrics: metrics, logger: logger
            ) { port in
                printer.progress(Self.block(settings, host: host, port: port, folder: options.folder.path))
            }
            // 2.
            try await ServerLifecycle(host: host, server: server, logger: logger).run()
        }
    }

    /// The settings with no more connections than the system lets the process have files.
    private static func withinOpenFiles(_ settings: ServerSettings, _ logger: Logger) -> ServerSettings {
        let allowed = OpenFiles.allow(settings.maximumConnections + OpenFiles.reserve)
        if allowed >= settings.maximumConnections + OpenFiles.reserve { return settings }
        var settings = settings
        settings.maximumConnections = max(1, allowed - OpenFiles.reserve)
        logger.warning(
            "the system allows \(allowed) open files, and so maximumConnections is \(settings.maximumConnections)")
        return settings
    }

    /// Tells the log what an operator is to know of the host.
    private static func log(_ report: CleanroomHost.Report, _ logger: Logger) {
        switch report {
        case .state(.starting): break
        case .state(.running): logger.notice("The engine runs.")
        case .state(.waitingForStore(let error)):
            logger.error("The engine waits until it can write again; nothing that was acknowledged is lost: \(error)")
        case .state(.ended(let error)):
            // That the folder is gone has a line of its own.
            if !(error is CancellationError), (error as? LakeError)?.isFolderGone != true {
                logger.critical("The engine has ended: \(error)")
            }
        case .setAside(let execution):
            logger.error(
                """
                An execution is set aside, since \(ExecutionHold.limit) processes in a row have ended while they \
                evaluated it. 'cleanroom executions retry' or 'stop' decides what becomes of it.
                """, metadata: ["execution": "\(execution)"])
        case .unreadable(let execution, let reason):
            logger.error(
                """
                An execution is set aside, since it cannot be read: \(reason). 'cleanroom executions retry' or 'stop' \
                decides what becomes of it.
                """, metadata: ["execution": "\(execution)"])
        case .stopping(let execution):
            logger.notice("An execution is stopped from the command line.", metadata: ["execution": "\(execution)"])
        }
    }

    /// Where everything is.
    private static func block(_ settings: ServeSettings, host: CleanroomHost, port: Int, folder: String) -> String {
        let name = settings.server.host.contains(":") ? "[\(settings.server.host)]" : settings.server.host
        let url = "http://\(name):\(port)"
        let access =
            settings.server.hasCredentials
            ? "\(settings.server.accessKeys.count) access keys (Signature Version 4), "
                + "\(settings.server.tokenHashes.count) bearer tokens"
            : "everybody on this machine"
        let answers =
            settings.deployment.apiEndpoint.map { "POST http\(settings.deployment.isPlainEndpoint ? "" : "s")://\($0)" }
            ?? "kept in the data folder"
        return """
            Cleanroom serves at \(url)
              AWS clients  --endpoint-url \(url) --region us-east-1
                           Step Functions, Athena, Glue, Lake Formation, STS
              JSON API     \(url)/v1, described at \(url)/docs
              health       \(url)/health/live, \(url)/health/ready, \(url)/metrics
              machine      \(host.machine.reference.arn)
              answers      \(answers)
              access       \(access)
              data         \(folder)
            Ctrl-C stops it; what has been taken goes on at the next start.
            """
    }
}
