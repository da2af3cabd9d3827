import ArgumentParser
import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import StatesLanguage

struct ExecutionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "executions", abstract: "Shows what was done for requests.",
        discussion: """
            Example:
              cleanroom executions list
              cleanroom executions history 6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11
            """,
        subcommands: [List.self, Show.self, History.self])

    static func text(_ answer: AnswerRecord) -> String {
        let status =
            switch answer.status {
            case .kept: "Answer kept"
            case .delivered: "Answer delivered"
            case .undelivered: "Answer not delivered yet"
            }
        return "\(status): POST \(answer.path) \(answer.body.text)"
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists executions, the newest first.",
            discussion: """
                Example:
                  cleanroom executions list --limit 10
                """)

        @Option(help: "How many to list at the most.")
        var limit = 100

        @OptionGroup var options: FolderOptions

        func validate() throws {
            if limit < 1 { throw ValidationError("--limit \(limit) is not a positive number") }
        }

        func run() async throws {
            let printer = Printer(format: options.output.output)
            try await printer.run {
                let records = try options.existingStore()?.executions(limit: limit) ?? []
                printer.result(["executions": .array(records.map { .object(Document.execution($0)) })]) {
                    records.isEmpty
                        ? "There are no executions here yet."
                        : records.map { record in
                            "\(record.start.name)  \(record.status.rawValue)  \(record.start.startedAt.text)  "
                                + (record.start.input["database"]?.stringValue ?? "")
                        }.joined(separator: "\n")
                }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Shows an execution with its answer.",
            discussion: """
                Example:
                  cleanroom executions show 6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11
                """)

        @Argument(help: "The requestId.")
        var requestId: String

        @OptionGroup var options: FolderOptions

        func run() async throws {
            let printer = Printer(format: options.output.output)
            try await printer.run {
                let (store, record) = try options.data.execution(requestId, printer)
                let recovery = try CleanroomService.recovery(of: record, in: store)
                printer.result(Document.execution(record, recovery: recovery)) {
                    var lines = [
                        "\(record.start.name)  \(record.status.rawValue)", "  arn      \(record.start.arn)",
                        "  input    \(record.start.input.text)", "  started  \(record.start.startedAt.text)",
                    ]
                    if let time = record.stoppedAt { lines.append("  stopped  \(time.text)") }
                    if let error = record.error { lines.append("  error    \(error): \(record.cause ?? "")") }
                    if let output = record.output { lines.append("  output   \(output.text)") }
                    if let recovery { lines.append("  recovery \(recovery.start.arn)") }
                    lines.append(
                        (recovery?.answer ?? record.answer).map(ExecutionsCommand.text) ?? "No answer has been told.")
                    return lines.joined(separator: "\n")
                }
            }
        }
    }

    struct History: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "history", abstract: "Shows the history of an execution, with the events of Step Functions.",
            discussion: """
                The history is derived from the journal.

                Example:
                  cleanroom executions history 6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11
                """)

        @Argument(help: "The requestId.")
        var requestId: String

        @OptionGroup var options: FolderOptions

        func run() async throws {
            let printer = Printer(format: options.output.output)
            try await printer.run {
                let (store, record) = try options.data.execution(requestId, printer)
                let events = try store.history(of: record)
                printer.result(["events": .array(events.map(\.json))]) {
                    events.map { event in
                        let number = "\(event.id)"
                        let padding = String(repeating: " ", count: max(0, 4 - number.count))
                        let detail =
                            event.details["name"]?.stringValue ?? event.details["error"]?.stringValue
                            ?? event.details["resource"]?.stringValue ?? ""
                        return "\(padding)\(number)  \(event.timestamp.text)  \(event.kind.name)  \(detail)"
                    }.joined(separator: "\n")
                }
            }
        }
    }
}
