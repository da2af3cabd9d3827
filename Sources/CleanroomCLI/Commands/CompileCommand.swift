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
            makes cleanrooms, the one that recovers, the IAM policy that their tasks need, the list of what a
            deployment sets, and a table of all states. Nothing is written when there is any problem or warning.

            Example:
              cleanroom compile --output out
            """)

    @Option(help: "The folder to write the files to.")
    var output = "out"

    func run() async throws {
        let printer = Printer(format: .text)
        try await printer.run {
            let machines = [try CompiledMachine.createCleanroom(), try CompiledMachine.recoverCleanroom()]
            let policy = CompiledMachine.policy(of: machines)
            let problems =
                machines.flatMap { $0.problems() } + CompiledMachine.problems(of: policy, for: machines)
            if !problems.isEmpty { throw DefinitionError(problems: problems) }
            for machine in machines {
                let text = machine.text
                let file = try write(text, to: machine.fileName)
                printer.progress("\(file): \(machine.stateCount) states, \(text.utf8.count) bytes")
            }
            printer.progress("\(try write(policy.prettyText + "\n", to: "policy.json")): what their role needs")
            let names = try write(substitutions(of: machines).prettyText + "\n", to: "substitutions.json")
            printer.progress("\(names): what a deployment sets in them")
            let table = machines.map { "## \($0.fileName)\n\n\($0.table)" }.joined(separator: "\n")
            printer.progress("\(try write("# States\n\n" + table, to: "states.md")): what each state does")
        }
    }

    /// Each name that a deployment sets, with the files in which it stands.
    private func substitutions(of machines: [CompiledMachine]) -> JSONValue {
        let names = Set(machines.flatMap(\.substitutions)).sorted()
        let files = names.map { name in
            (name, JSONValue.strings(machines.filter { $0.substitutions.contains(name) }.map(\.fileName)))
        }
        return Document.versioned(["substitutions": .object(JSONObject(files))])
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
