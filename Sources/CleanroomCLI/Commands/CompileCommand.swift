import ArgumentParser
import CleanroomService
import Foundation
import StatesLanguage

struct CompileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compile",
        abstract: "Assembles the composite JSON of the state machine and checks it.",
        discussion: """
            The file is the same to the byte on every run, with ${…} for what a deployment sets.

            Example:
              cleanroom compile --output out
            """)

    @Option(help: "The folder to write state_machine.json to.")
    var output = "out"

    func run() async throws {
        let printer = Printer(format: .text)
        try await printer.run {
            let machine = try CompiledMachine.createCleanroom()
            let folder = URL(fileURLWithPath: output)
            let file = folder.appendingPathComponent("state_machine.json")
            do {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                try Data(machine.text.utf8).write(to: file, options: .atomic)
            } catch {
                throw ValidationError("\(file.path) cannot be written: \(error.localizedDescription)")
            }
            printer.progress("\(file.path): \(machine.stateCount) states, \(machine.text.utf8.count) bytes")
            printer.progress("Set by a deployment: \(machine.substitutions.joined(separator: ", "))")
        }
    }
}
