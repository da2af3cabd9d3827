import ArgumentParser
import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import Foundation
import StatesLanguage

struct CreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Makes a cleanroom for an account, whole and verified, or undoes everything and says why.",
        discussion: """
            A request that was made before (the same --request-id) is answered with its first outcome.

            A server that runs the folder's executions, or is asked by --server, is waited for no longer than --patience: \
            then the outcome is not known yet, and the same --request-id asks for it again.

            Exit codes: 0 made; 1 not made, everything undone; 2 not made, and something could not be cleaned up \
            (it is listed), or it is not known yet, or the data folder cannot be used; 64 the command line is wrong.

            Example:
              cleanroom create --account 111122223333 --database acme_room
            """)

    @Option(help: "The AWS account to share the room with: exactly 12 digits.")
    var account: String

    @Option(help: "The name of the room: lowercase snake_case, a letter first, at most 255 bytes.")
    var database: String

    @Option(help: "Identifies the request: a UUID (default: a new one).")
    var requestId: String?

    @Option(
        help: "How many seconds to wait until the answer is delivered, and for a server until the outcome is decided.")
    var patience = 30

    @Option(
        help: """
            Ask a server (cleanroom serve) for the room, with the bearer token in CLEANROOM_TOKEN. Its own parameters \
            and data folder count then.
            """)
    var server: String?

    @OptionGroup var deployment: DeploymentOptions
    @OptionGroup var options: FolderOptions

    func validate() throws {
        if server != nil, !deployment.flags.isEmpty {
            let flags = deployment.flags.keys.sorted().joined(separator: ", ")
            throw ValidationError("with --server these are the server's own: \(flags)")
        }
    }

    func run() async throws {
        let printer = Printer(format: options.output.output)
        try await printer.run {
            if let server {
                let request = try CleanroomRequest(
                    requestID: requestId ?? UUID().uuidString.lowercased(), account: account, database: database)
                return try await RemoteService(url: server, printer: printer, patience: .seconds(patience))
                    .create(request)
            }
            // 1. Everything that is wrong with the command line, at once.
            let (request, settings) = try decode()
            // 2. The request, carried through.
            let document = try await carryOut(request, settings, printer)
            // 3. What became of it.
            printer.result(document) { RequestText.text(.object(document)) }
            if let exit = Exit.code(of: .object(document)) { throw exit }
        }
    }

    private func decode() throws(InvalidRequest) -> (CleanroomRequest, DeploymentSettings) {
        var problems: [RuleViolation] = []
        var (request, settings): (CleanroomRequest?, DeploymentSettings?)
        do {
            request = try CleanroomRequest(
                requestID: requestId ?? UUID().uuidString.lowercased(), account: account, database: database,
                ownAccount: LocalAccount.account)
        } catch {
            problems += error.problems
        }
        do {
            settings = try deployment.settings()
        } catch {
            problems += error.problems
        }
        guard let request, let settings else { throw InvalidRequest(problems: problems) }
        return (request, settings)
    }

    private func carryOut(
        _ request: CleanroomRequest, _ settings: DeploymentSettings, _ printer: Printer
    ) async throws -> JSONObject {
        let display = StepDisplay { printer.progress($0) }
        let observe: (@Sendable (HistoryEvent) -> Void)? =
            printer.format == .text ? { @Sendable in display.take($0) } : nil
        printer.progress(
            "Making the cleanroom \(request.database) for account \(request.account): request \(request.requestID)")
        let store = try LakeStore(folder: options.folder)
        let deployment = try settings.deployment(servedAs: try await store.servedDeployment())
        return try await settings.delivery.run { handlers in
            let service = try CleanroomService(store: store, deployment: deployment, handlers: handlers)
            let outcome = try await service.create(
                request, patience: .seconds(patience),
                waiting: {
                    printer.progress(
                        "Another process, probably a server, runs the executions of \(options.folder.path) and has not "
                            + "decided this one yet. Waiting for up to \(patience) seconds in all; after that ask again "
                            + "with --request-id \(request.requestID).")
                }, observe: observe)
            return try service.reader.document(outcome, now: SystemClock().now())
        }
    }
}
