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
        let printer = Printer(format: options.output.output)
        try await printer.run {
            let flags = deployment.flags.merging(["host": host, "port": port].compactMapValues { $0 }) { $1 }
            let settings = try ServeSettings(try await SettingSources(flags: flags, file: deployment.config))
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

    /// 1. Open the lake and take up what was left. 2. Serve until a signal comes.
    private func serve(_ settings: ServeSettings, _ printer: Printer) async throws {
        let logger = Logger(label: "cleanroom") { label in
            JSONLogHandler(label: label, level: settings.logLevel) { line in
                FileHandle.standardError.write(Data((line + "\n").utf8))
            }
        }
        let metrics = PrometheusRegistry()
        // 1.
        let store = try LakeStore(folder: options.folder, observe: { CommitMetrics.record($0, metrics) })
        let executions = ExecutionMetrics(metrics: metrics, logger: logger)
        try await settings.delivery.run { handlers in
            let host = try await CleanroomHost(
                store: store, deployment: settings.deployment, handlers: handlers,
                observe: { executions.take($0) })
            let server = try CleanroomServer(
                host: host, settings: settings.server, metrics: metrics, logger: logger
            ) { port in
                printer.progress(Self.block(settings, host: host, port: port, folder: options.folder.path))
            }
            // 2.
            try await ServerLifecycle(host: host, server: server, logger: logger).run()
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
