import ArgumentParser
import CleanroomService
import DurableExecution
import EmbeddedLake
import StatesLanguage

struct AnswersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answers", abstract: "Shows what the account service was told, and tells it again.",
        discussion: """
            An answer that is not taken is sent again for 24 hours. After that it is kept, and sent again when somebody \
            says so.

            Example:
              cleanroom answers list
              cleanroom answers redeliver --all
            """,
        subcommands: [List.self, Redeliver.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists answers: first those that have not been taken, then the newest.",
            discussion: """
                Example:
                  cleanroom answers list --limit 10
                """)

        @Option(help: "How many to list at the most.")
        var limit = 100

        @Flag(help: "List only those that have not been taken.")
        var undelivered = false

        @OptionGroup var options: FolderOptions

        func validate() throws {
            if limit < 1 { throw ValidationError("--limit \(limit) is not a positive number") }
        }

        func run() async throws {
            let printer = Printer(format: options.output.output)
            try await printer.run {
                let store = try options.existingStore()
                let records = try store.answered(limit: limit)
                let shown = try records.filter { !undelivered || $0.answer?.status == .undelivered }
                    .map { try AnswersCommand.document($0, in: store) }
                printer.result(["answers": .array(shown)]) {
                    if shown.isEmpty { return "No answers have been told here\(undelivered ? " that wait" : "") yet." }
                    return shown.map(RequestText.line).joined(separator: "\n")
                }
            }
        }
    }

    struct Redeliver: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "redeliver",
            abstract: "Sends an answer again that could not be delivered: the same one, to the same endpoint.",
            discussion: """
                The execution that tells it is started again where it failed, as RedriveExecution does on AWS; that can \
                be done within 14 days of its end.

                Exit codes: 0 all of them were taken; 1 one was not taken yet, cannot be sent again, or there is none; \
                2 the data folder cannot be used; 64 the command line is wrong.

                Example:
                  cleanroom answers redeliver 6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11
                """)

        @Argument(help: "The requestId.")
        var requestId: String?

        @Flag(help: "Send all that were given up.")
        var all = false

        @Option(help: "How many seconds to wait until they are taken. They are tried for 24 hours in any case.")
        var patience = 30

        @OptionGroup var deployment: DeploymentOptions
        @OptionGroup var options: FolderOptions

        func validate() throws {
            if (requestId == nil) != all { throw ValidationError("give either a requestId or --all") }
            if patience < 0 { throw ValidationError("--patience \(patience) is not a number of seconds") }
        }

        func run() async throws {
            let printer = Printer(format: options.output.output)
            try await printer.run {
                let delivery = try deployment.settings().delivery
                // 1. What is to be sent again.
                let store = try options.existingStore()
                let records: [ExecutionRecord]
                if let requestId {
                    let known = try store.answered(requestID: requestId, limit: 2)
                    records = known.filter { $0.answer?.status == .undelivered }
                    if known.isEmpty { throw notFound("no answer was told for \(requestId)", printer) }
                    if records.isEmpty { throw notFound("the answer for \(requestId) has been taken or kept", printer) }
                } else {
                    records = try store.givenUp()
                }
                // 2. Send it.
                if records.isEmpty {
                    return printer.result(["answers": []]) { "No answer has been given up." }
                }
                let results = try await delivery.run { handlers in
                    try await Redelivery(store: store, handlers: handlers)
                        .send(records, patience: .seconds(patience))
                }
                // 3. What became of it.
                let documents = try results.map { result in
                    var document = try AnswersCommand.document(result.record, in: store).objectValue ?? [:]
                    document["result"] = .string(result.status.rawValue)
                    if let reason = result.reason { document["reason"] = .string(reason) }
                    return JSONValue.object(document)
                }
                printer.result(["answers": .array(documents)]) {
                    documents.map { document in
                        RequestText.line(document) + (document["reason"]?.stringValue.map { ": \($0)" } ?? "")
                    }.joined(separator: "\n")
                }
                if !results.allSatisfy({ $0.status == .delivered }) { throw Exit.notMade }
            }
        }

        private func notFound(_ problem: String, _ printer: Printer) -> ExitCode {
            printer.fail(["\(problem) in \(options.folder.path)"], code: "NOT_FOUND", exit: Exit.notMade)
        }
    }

    /// What became of the request that an execution has told the answer of.
    fileprivate static func document(_ record: ExecutionRecord, in store: LakeStore) throws -> JSONValue {
        let reader = RequestReader(store: store)
        let outcome = try reader.outcome(of: try store.recovered(by: record) ?? record)
        return .object(try reader.document(outcome, now: SystemClock().now(), hasSteps: false))
    }
}
