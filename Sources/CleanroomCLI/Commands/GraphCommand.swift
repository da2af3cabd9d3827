import ArgumentParser
import CleanroomService
import CleanroomWorkflows
import DurableExecution
import EmbeddedLake
import Foundation
import StatesDiagram
import StatesLanguage

struct GraphCommand: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case svg
        case mermaid
        case dot
    }

    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Draws a state machine, or the way that a request took through it.",
        discussion: """
            Without a file or a request it draws the machine that makes cleanrooms. For a request it shows what became \
            of each state, how long it took and how often it was tried again.

            SVG is laid out here and needs no other program; mermaid and dot are laid out by those who read them.

            Example:
              cleanroom graph --overview --output machine.svg
              cleanroom graph --request 6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11 --output request.svg
              cleanroom graph my_machine.json --format mermaid
            """)

    @Argument(help: "A file with a definition in the Amazon States Language (default: our own machine).")
    var file: String?

    @Option(help: "Show what was done for the request with this requestId.")
    var request: String?

    @Option(help: "Draw the machine of this workflow: \(Workflows.all.map(\.name).joined(separator: ", ")).")
    var workflow = Workflows.all[0].name

    @Flag(help: "The machine that sees to executions which could not tell; with --request what it did for that one.")
    var recovery = false

    @Flag(help: "Draw what is done on the way to success, and each large part beside it as one box.")
    var overview = false

    @Option(help: "What to write: \(Format.allCases.map(\.rawValue).joined(separator: ", ")).")
    var format = Format.svg

    @Option(help: "The file to write to (default: standard output).")
    var output: String?

    @OptionGroup var options: DataFolderOptions

    func validate() throws {
        if file != nil, request != nil { throw ValidationError("a file or --request is drawn, not both") }
        if file != nil, recovery { throw ValidationError("--recovery goes with --request or our own machine") }
    }

    func run() async throws {
        let printer = Printer(format: .text)
        try await printer.run {
            let diagram = try await diagram(printer)
            let text =
                switch format {
                case .svg: diagram.svg
                case .mermaid: diagram.mermaid
                case .dot: diagram.dot
                }
            guard let output else {
                printer.plain(text)
                return
            }
            do {
                try Data(text.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
            } catch {
                throw ValidationError("\(output) cannot be written: \(error.localizedDescription)")
            }
        }
    }

    private func diagram(_ printer: Printer) async throws -> Diagram {
        if let request { return try await diagram(ofRequest: request, printer) }
        guard let file else {
            guard let chosen = Workflows.all.first(where: { $0.name == workflow }) else {
                throw ValidationError("--workflow \(workflow) is none of the workflows")
            }
            guard let machine = recovery ? chosen.recovery : chosen.machine else {
                throw ValidationError("the workflow \(workflow) has no recovery")
            }
            return try Diagram(try CompiledMachine(machine).definition, isOverview: overview)
        }
        let bytes: [UInt8]
        do {
            bytes = try InputFile.bytes(of: file)
        } catch {
            throw ValidationError("\(file) cannot be read: \(error)")
        }
        do {
            return try Diagram(try JSONValue(parsing: bytes), isOverview: overview)
        } catch let error as JSONSyntaxError {
            throw printer.fail(["\(file): \(error)"], code: "INVALID_DEFINITION", exit: Exit.notMade)
        } catch let error as DefinitionError {
            throw printer.fail(
                error.lines.map { "\(file): \($0)" }, code: "INVALID_DEFINITION", exit: Exit.notMade)
        }
    }

    private func diagram(ofRequest requestID: String, _ printer: Printer) async throws -> Diagram {
        var (store, record) = try options.execution(requestID, printer)
        if recovery {
            guard let recovery = try RequestReader(store: store).outcome(of: record).recovery else {
                throw printer.fail(
                    ["the execution \(requestID) needed no recovery"], code: "NOT_FOUND", exit: Exit.notMade)
            }
            record = recovery
        }
        let machine = try await store.definition(hash: record.start.machine.definitionHash)
        let run = Run(try store.history(of: record, HistoryWindow(.names)), of: record, now: SystemClock().now())
        return try Diagram(machine.source, run: run, isOverview: overview)
    }
}
