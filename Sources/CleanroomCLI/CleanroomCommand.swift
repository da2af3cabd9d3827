package import ArgumentParser
import CleanroomModel
import StatesLanguage

/// The command line of the service.
package struct CleanroomCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "cleanroom",
        abstract: "Provisions data cleanrooms: a database of its own for each customer, shared with nobody else.",
        discussion: """
            Without an AWS account everything happens in a folder of this machine (--data-dir).

            Example:
              cleanroom create --account 111122223333 --database acme_room
              cleanroom show acme_room
            """,
        version: "cleanroom \(ServiceVersion.current)",
        subcommands: [
            CreateCommand.self, ListCommand.self, ShowCommand.self, ExecutionsCommand.self, AnswersCommand.self,
            ServeCommand.self, InspectCommand.self, CompileCommand.self, ValidateCommand.self, GraphCommand.self,
        ])

    package init() {}

    /// Refuses `help` of what is no command, which ArgumentParser takes for help of the command above it.
    package static func checkHelp(_ arguments: [String]) throws(ValidationError) {
        guard arguments.first == "help" else { return }
        var command: any ParsableCommand.Type = CleanroomCommand.self
        for name in arguments.dropFirst() where !name.hasPrefix("-") && name != "help" {
            let commands = command.configuration.subcommands
            guard let next = commands.first(where: { $0.configuration.commandName == name }) else {
                var suggestion = Suggestion()
                let hint = suggestion.hint(for: name, among: commands.compactMap { $0.configuration.commandName })
                throw ValidationError("There is no command '\(name)'" + (hint.map { "; \($0)" } ?? "."))
            }
            command = next
        }
    }
}
