import ArgumentParser
import EmbeddedLake
import StatesLanguage

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the cleanrooms.",
        discussion: """
            Example:
              cleanroom list --limit 20 --after acme_room
            """)

    @Option(help: "How many to list at the most.")
    var limit = 100

    @Option(help: "List those that come after this name.")
    var after = ""

    @OptionGroup var options: FolderOptions

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit \(limit) is not a positive number") }
    }

    func run() async throws {
        let printer = Printer(format: options.output.output)
        try await printer.run {
            let rooms = try options.existingStore().rooms(after: after, limit: limit)
            printer.result(["cleanrooms": .array(rooms.map { .object(Document.room($0)) })]) {
                rooms.isEmpty
                    ? "There are no cleanrooms here yet."
                    : rooms.map { "\($0.database)  \($0.createdAt.text)  \($0.location)" }.joined(separator: "\n")
            }
        }
    }
}

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows a cleanroom: where it is, and who may do what.",
        discussion: """
            Example:
              cleanroom show acme_room
            """)

    @Argument(help: "The name of the room.")
    var database: String

    @OptionGroup var options: FolderOptions

    func run() async throws {
        let printer = Printer(format: options.output.output)
        try await printer.run {
            guard let room = try options.existingStore().room(database) else {
                throw printer.fail(
                    ["there is no cleanroom \(database) in \(options.folder.path)"], code: "NOT_FOUND",
                    exit: Exit.notMade)
            }
            printer.result(Document.room(room)) { Self.text(room) }
        }
    }

    private static func text(_ room: RoomDescription) -> String {
        let grants = room.grants.map { grant in
            let permissions = grant.permissions.map { $0 + (grant.grantable.contains($0) ? " (may grant)" : "") }
            return "  \(grant.principal): \(permissions.joined(separator: ", ")) on \(grant.resource.kind) "
                + grant.resource.name
        }
        return """
            \(room.database)
              request     \(room.requestID)
              location    \(room.location)\(room.isRegistered ? ", registered" : ", not registered")
              created at  \(room.createdAt.text)
              tables      \(room.tableCount)
            \(grants.joined(separator: "\n"))
            """
    }
}
