import ArgumentParser
import EmbeddedLake
import StatesLanguage

struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Shows what stands in the tables of a lake, for whoever repairs it.",
        discussion: """
            Without a statement it lists the tables. A statement only reads, and its rows come as JSON, one a line; what
            is packed in the file is shown as it was, and the function unpacked() does the same within a statement. It
            works beside a server.

            Example:
              cleanroom inspect
              cleanroom inspect "SELECT * FROM catalog_room WHERE room = 'acme_room'"
              cleanroom inspect "SELECT id, name, status FROM execution ORDER BY id DESC LIMIT 10"
              cleanroom inspect "SELECT entries FROM journal WHERE execution = 1"
            """)

    @Argument(help: "A statement of SQLite that only reads.")
    var statement: String?

    @OptionGroup var options: FolderOptions

    func run() async throws {
        let printer = Printer(format: options.output.output)
        try await printer.run {
            let store = try options.existingStore()
            guard let statement else {
                let tables = try store.tables()
                return printer.result([
                    "tables": .array(tables.map { ["name": .string($0.name), "rows": .integer($0.rows)] })
                ]) { tables.map { "\($0.name)  \($0.rows)" }.joined(separator: "\n") }
            }
            do {
                let rows = try store.inspect(statement).map(JSONValue.object)
                printer.result(["rows": .array(rows)]) { rows.map(\.text).joined(separator: "\n") }
            } catch let refusal as LakeStore.StatementRefused {
                throw ValidationError("the statement cannot be carried out: \(refusal.reason)")
            }
        }
    }
}
