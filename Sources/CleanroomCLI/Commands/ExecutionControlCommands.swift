import ArgumentParser
import CleanroomService
import DurableExecution
import EmbeddedLake
import StatesLanguage

extension ExecutionsCommand {
    struct StopExecution: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "stop", abstract: "Stops an execution, with a server or without one.",
            discussion: """
                A server that runs the folder's executions is asked to do it; without one it is done here. Nothing is \
                undone by it, but for what the recovery of the next server does.

                Exit codes: 0 stopped; 1 there is no such execution, or it had ended before; 2 a server has not stopped \
                it yet, or the data folder cannot be used; 64 the command line is wrong.

                Example:
                  cleanroom executions stop 6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11 --cause "it never ends"
                """)

        @Argument(help: "The requestId, or the name or ARN of the execution.")
        var requestId: String

        @Option(help: "The error that the execution ends with.")
        var error: String?

        @Option(help: "Why it is stopped.")
        var cause: String?

        @Option(help: "How many seconds a server is waited for.")
        var wait = 30

        @OptionGroup var options: FolderOptions

        func validate() throws {
            if wait < 0 { throw ValidationError("--wait \(wait) is negative") }
        }

        func run() async throws {
            let printer = Printer(format: options.output.output)
            try await printer.run {
                let (store, record) = try options.data.execution(requestId, printer)
                let result = try await ExecutionControl(store: store)
                    .stop(record.start.arn, error: error, cause: cause, patience: .seconds(wait))
                if case .requested = result {
                    throw printer.fail(
                        [
                            "another process runs the executions of \(options.folder.path), has been asked to stop "
                                + "\(requestId), and has not done so within \(wait) seconds"
                        ], code: "NOT_STOPPED_YET", exit: Exit.leftovers)
                }
                let stopped = try store.execution(named: record.start.arn) ?? record
                if case .hasEnded = result {
                    throw printer.fail(
                        ["\(requestId) was not stopped, it had ended before: \(stopped.status.rawValue)"],
                        code: "NOT_RUNNING", exit: Exit.notMade)
                }
                printer.result(Document.execution(stopped)) {
                    if case .stoppedByOwner = result { return "\(requestId) was stopped by the process that runs it." }
                    return "\(requestId) was stopped."
                }
            }
        }
    }

    struct RetryExecution: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "retry", abstract: "Has an execution go on that was set aside.",
            discussion: """
                An execution is set aside when \(ExecutionHold.limit) processes in a row have ended while they evaluated \
                it. It goes on at once where a server runs, else with the next one.

                Example:
                  cleanroom executions retry 6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11
                """)

        @Argument(help: "The requestId, or the name or ARN of the execution.")
        var requestId: String

        @OptionGroup var options: FolderOptions

        func run() async throws {
            let printer = Printer(format: options.output.output)
            try await printer.run {
                let (store, record) = try options.data.execution(requestId, printer)
                guard try ExecutionControl(store: store).release(record.start.arn) else {
                    throw printer.fail(
                        ["\(requestId) is not set aside: \(record.status.rawValue)"], code: "NOT_SET_ASIDE",
                        exit: Exit.notMade)
                }
                let released = try store.execution(named: record.start.arn) ?? record
                printer.result(Document.execution(released)) { "\(requestId) goes on." }
            }
        }
    }
}
