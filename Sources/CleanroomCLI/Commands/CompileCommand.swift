import ArgumentParser
import CleanroomService
import Foundation
import StatesLanguage

struct CompileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compile",
        abstract: "Assembles the composite JSON of the state machines and checks it.",
        discussion: """
            The files are the same to the byte on every run, with ${…} for what a deployment sets.

            Example:
              cleanroom compile --output out
            """)

    @Option(help: "The folder to write state_machine.json and recover_state_machine.json to.")
    var output = "out"

    func run() async throws {
        let printer = Printer(format: .text)
        try await printer.run {
            let folder = URL(fileURLWithPath: output)
            for machine in [try CompiledMachine.createCleanroom(), try CompiledMachine.recoverCleanroom()] {
                let file = folder.appendingPathComponent(machine.fileName)
                do {
                    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                    try Data(machine.text.utf8).write(to: file, options: .atomic)
                } catch {
                    throw ValidationError("\(file.path) cannot be written: \(error.localizedDescription)")
                }
                printer.progress("\(file.path): \(machine.stateCount) states, \(machine.text.utf8.count) bytes")
                printer.progress("  set by a deployment: \(machine.substitutions.joined(separator: ", "))")
            }
        }
    }
}
