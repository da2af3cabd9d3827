import ArgumentParser
import CleanroomService
import Foundation
import StatesLanguage

struct CompileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compile",
        abstract: "Assembles the composite JSON of the state machines and checks it.",
        discussion: """
            The files are the same to the byte on every run, with ${…} for what a deployment sets: the machine that
            makes cleanrooms, the one that recovers, and the IAM policy that their tasks need.

            Example:
              cleanroom compile --output out
            """)

    @Option(help: "The folder to write the files to.")
    var output = "out"

    func run() async throws {
        let printer = Printer(format: .text)
        try await printer.run {
            let machines = [try CompiledMachine.createCleanroom(), try CompiledMachine.recoverCleanroom()]
            for machine in machines {
                let text = machine.text
                let file = try write(text, to: machine.fileName)
                printer.progress("\(file): \(machine.stateCount) states, \(text.utf8.count) bytes")
                printer.progress("  set by a deployment: \(machine.substitutions.joined(separator: ", "))")
            }
            let policy = try write(CompiledMachine.policy(of: machines), to: "policy.json")
            printer.progress("\(policy): what their role needs")
        }
    }

    private func write(_ text: String, to name: String) throws -> String {
        let folder = URL(fileURLWithPath: output)
        let file = folder.appendingPathComponent(name)
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file, options: .atomic)
        } catch {
            throw ValidationError("\(file.path) cannot be written: \(error.localizedDescription)")
        }
        return file.path
    }
}
