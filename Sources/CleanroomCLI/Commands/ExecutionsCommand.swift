import ArgumentParser
import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import StatesLanguage

struct ExecutionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "executions", abstract: "Shows what was done for requests, and stops executions.",
        discussion: """
            Example:
              cleanroom executions list
              cleanroom executions history 6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11
              cleanroom executions stop 6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11
            """,
        subcommands: [List.self, Show.self, History.self, StopExecution.self, RetryExecution.self])

    /// The status for people, with what keeps the execution from going on.
    static func status(_ record: ExecutionRecord) -> String {
        record.hold?.setAsideAt == nil || record.status != .running
            ? record.status.rawValue : "\(record.status.rawValue) (set aside)"
    }

    /// What became of the request that an execution was started for; `nil` for one that was started for something else.
    static func request(_ record: ExecutionRecord, in store: LakeStore, hasSteps: Bool) throws -> JSONObject? {
        guard record.isRequest else { return nil }
        let reader = RequestReader(store: store)
        return try reader.document(
            try reader.outcome(of: record), now: SystemClock().now(), hasSteps: hasSteps)
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
                let store = try options.existingStore()
                let listed = try store.executions(limit: limit).map { record in
                    (record: record, request: try ExecutionsCommand.request(record, in: store, hasSteps: false))
                }
                printer.result([
                    "executions": .array(listed.map { .object(Document.execution($0.record, $0.request)) })
                ]) {
                    if listed.isEmpty { return "There are no executions here yet." }
                    return listed.map { record, request in
                        "\(record.start.name)  \(ExecutionsCommand.status(record))  \(record.start.startedAt.text)"
                            + "  " + (request.map { RequestText.outcome(.object($0)) } ?? record.start.machine.name)
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

        @Argument(help: "The requestId, or the name or ARN of the execution.")
        var requestId: String

        @OptionGroup var options: FolderOptions

        /// How many characters of data are shown to people; JSON has all of them.
        private static let maximumLength = 2000

        private static func short(_ text: String) -> String {
            let scalars = text.unicodeScalars
            if scalars.count <= maximumLength { return VisibleText.text(text) }
            let rest = "… (\(text.utf8.count) bytes; --output json has all of them)"
            return VisibleText.text(String(scalars.prefix(maximumLength))) + rest
        }

        func run() async throws {
            let printer = Printer(format: options.output.output)
            try await printer.run {
                let (store, record) = try options.data.execution(requestId, printer)
                let request = try ExecutionsCommand.request(record, in: store, hasSteps: true)
                printer.result(Document.execution(record, request)) {
                    var lines = [
                        "\(record.start.name)  \(ExecutionsCommand.status(record))", "  arn      \(record.start.arn)",
                        "  input    \(Self.short(record.start.input.text))",
                        "  started  \(record.start.startedAt.text)",
                    ]
                    if let hold = record.hold, let time = hold.setAsideAt {
                        let reason =
                            hold.interruptions < ExecutionHold.limit
                            ? "since it cannot be read" : "after \(hold.interruptions) processes ended in it"
                        lines.append("  set aside \(time.text), \(reason)")
                    }
                    if let time = record.stoppedAt { lines.append("  stopped  \(time.text)") }
                    if let error = record.error { lines.append("  error    \(Self.short(error))") }
                    if let cause = record.cause { lines.append("  cause    \(Self.short(cause))") }
                    if let output = record.output { lines.append("  output   \(Self.short(output.text))") }
                    if let request {
                        if let recovery = request["recoveredBy"]?.stringValue { lines.append("  recovery \(recovery)") }
                        lines.append(RequestText.text(.object(request)))
                    }
                    return lines.joined(separator: "\n")
                }
            }
        }
    }

    struct History: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "history", abstract: "Shows the history of an execution, with the events of Step Functions.",
            discussion: """
                The history is derived from the journal. JSON has what went in and came out; where there are more events
                than --limit, or than 16 MiB of them, `next` is the number for --after.

                Example:
                  cleanroom executions history 6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11
                """)

        /// How many bytes of text are shown at once.
        private static let maximumBytes = 16_777_216

        @Argument(help: "The requestId, or the name or ARN of the execution.")
        var requestId: String

        @Option(help: "How many events to show at the most.")
        var limit: Int64 = 1000

        @Option(help: "Begin behind the event of this number.")
        var after: Int64 = 0

        @OptionGroup var options: FolderOptions

        func validate() throws {
            if !(1...25_000).contains(limit) { throw ValidationError("--limit \(limit) is not from 1 to 25000") }
            if !(0...25_000).contains(after) { throw ValidationError("--after \(after) is not from 0 to 25000") }
        }

        func run() async throws {
            let printer = Printer(format: options.output.output)
            try await printer.run {
                let (store, record) = try options.data.execution(requestId, printer)
                let detail = options.output.output == .json ? HistoryWindow.Detail.full : .names
                let ids = (after + 1)...(after + limit)
                let (events, count) = try store.page(
                    of: record, HistoryWindow(detail, ids: ids, maximumBytes: Self.maximumBytes))
                let next = events.last.flatMap { $0.id < count ? $0.id : nil }
                var document: JSONObject = ["events": .array(events.map(\.json))]
                if let next { document["next"] = .integer(next) }
                printer.result(document) {
                    let lines = events.map { event in
                        let number = "\(event.id)"
                        let padding = String(repeating: " ", count: max(0, 4 - number.count))
                        let detail =
                            event.details["name"]?.stringValue ?? event.details["error"]?.stringValue
                            ?? event.details["resource"]?.stringValue ?? ""
                        return "\(padding)\(number)  \(event.timestamp.text)  \(event.kind.name)  "
                            + VisibleText.text(detail)
                    }
                    let rest = next.map { ["There are more: --after \($0)"] } ?? []
                    return (lines + rest).joined(separator: "\n")
                }
            }
        }
    }
}
