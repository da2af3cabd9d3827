import AWSClient
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

            Exit codes: 0 made; 1 not made, everything undone; 2 not made, and something could not be cleaned up \
            (it is listed) or the data folder cannot be used; 64 the command line is wrong.

            Example:
              cleanroom create --account 111122223333 --database acme_room
            """)

    @Option(help: "The AWS account to share the room with: exactly 12 digits.")
    var account: String

    @Option(help: "The name of the room: lowercase snake_case, a letter first, at most 255 bytes.")
    var database: String

    @Option(help: "Identifies the request: a UUID (default: a new one).")
    var requestId: String?

    @Option(help: "How many seconds to wait for an answer to be delivered, once the outcome is decided.")
    var patience = 30

    @OptionGroup var deployment: DeploymentOptions
    @OptionGroup var options: FolderOptions

    func run() async throws {
        let printer = Printer(format: options.output.output)
        try await printer.run {
            // 1. Everything that is wrong with the command line, at once.
            let (request, deployment) = try await decode()
            // 2. The request, carried through.
            let outcome = try await carryOut(request, deployment, printer)
            // 3. What became of it.
            let document = Document.outcome(outcome, now: SystemClock().now())
            printer.result(document) { Self.text(outcome) }
            switch outcome.status {
            case .succeeded: return
            case .failed, nil: throw outcome.mayLeaveSomething ? Exit.leftovers : Exit.notMade
            }
        }
    }

    private func decode() async throws -> (CleanroomRequest, Deployment) {
        var problems: [RuleViolation] = []
        var (request, deployment): (CleanroomRequest?, Deployment?)
        do {
            request = try CleanroomRequest(
                requestID: requestId ?? UUID().uuidString.lowercased(), account: account, database: database)
        } catch {
            problems += error.problems
        }
        do {
            deployment = try await self.deployment.deployment()
        } catch let error as InvalidRequest {
            problems += error.problems
        }
        guard let request, let deployment else { throw InvalidRequest(problems: problems) }
        return (request, deployment)
    }

    private func carryOut(
        _ request: CleanroomRequest, _ deployment: Deployment, _ printer: Printer
    ) async throws -> RequestOutcome {
        let display = StepDisplay { printer.progress($0) }
        let observe: (@Sendable (HistoryEvent) -> Void)? =
            printer.format == .text ? { @Sendable in display.take($0) } : nil
        printer.progress("Making the cleanroom \(request.database) for account \(request.account)")
        let store = try LakeStore(folder: options.folder)
        guard deployment.apiEndpoint != nil else {
            return try await CleanroomService(store: store, deployment: deployment)
                .create(request, patience: .seconds(patience), observe: observe)
        }
        let sender = HTTPInvoke(credentials: Self.credentials())
        let result: Swift.Result<RequestOutcome, any Error>
        do {
            let service = try CleanroomService(
                store: store, deployment: deployment,
                handlers: LakeServices.handlers { await sender.perform($0) })
            result = .success(try await service.create(request, patience: .seconds(patience), observe: observe))
        } catch {
            result = .failure(error)
        }
        try await sender.shutDown()
        return try result.get()
    }

    /// The connection's API key, from the environment alone: a command line can be seen by others.
    private static func credentials() -> ConnectionCredentials? {
        let environment = ProcessInfo.processInfo.environment
        guard let value = environment["CLEANROOM_CONNECTION_API_KEY_VALUE"] else { return nil }
        let header = environment["CLEANROOM_CONNECTION_API_KEY_NAME"] ?? "Authorization"
        return ConnectionCredentials(header: header, value: Secret(value))
    }

    private static func text(_ outcome: RequestOutcome) -> String {
        let request = outcome.request
        var lines: [String] = []
        if outcome.isRepeat { lines.append("The request \(request.requestID) was made before; this is its outcome.") }
        if let error = outcome.error {
            lines.append("The cleanroom \(request.database) was not made. \(error.message): \(error.cause)")
            if !outcome.mayLeaveSomething { lines.append("Nothing of it is left behind.") }
        } else {
            lines.append(
                "The cleanroom \(request.database) stands at \(outcome.location), shared with account "
                    + "\(request.account).")
        }
        lines.append(outcome.answer.map(ExecutionsCommand.text) ?? "No answer could be told.")
        return lines.joined(separator: "\n")
    }
}
