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
            // Neither machine needs the other, and most of the time goes into checking them.
            async let create = Checked(CompiledMachine.createCleanroom())
            async let recover = Checked(CompiledMachine.recoverCleanroom())
            let checked = try await [create, recover]
            let machines = checked.map(\.machine)
            let policy = CompiledMachine.policy(of: machines)
            let problems = checked.flatMap(\.problems) + CompiledMachine.problems(of: policy, for: machines)
            if !problems.isEmpty { throw DefinitionError(problems: problems) }
            for (machine, text) in checked.map({ ($0.machine, $0.text) }) {
                let file = try write(text, to: machine.fileName)
                printer.progress("\(file): \(machine.stateCount) states, \(text.utf8.count) bytes")
            }
            printer.progress("\(try write(policy.prettyText + "\n", to: "policy.json")): what their role needs")
            let names = try write(substitutions(of: checked).prettyText + "\n", to: "substitutions.json")
            printer.progress("\(names): what a deployment sets in them")
            let table = checked.map { "## \($0.machine.fileName)\n\n\($0.table)" }.joined(separator: "\n")
            printer.progress("\(try write("# States\n\n" + table, to: "states.md")): what each state does")
        }
    }

    /// A machine with all that takes time about it.
    private struct Checked: Sendable {
        let machine: CompiledMachine
        let problems: [Problem]
        let text: String
        let table: String
        let substitutions: [String]

        init(_ machine: CompiledMachine) {
            self.machine = machine
            problems = machine.problems()
            (text, table, substitutions) = (machine.text, machine.table, machine.substitutions)
        }
    }

    /// Each name that a deployment sets, with the files in which it stands.
    private func substitutions(of machines: [Checked]) -> JSONValue {
        let files = Set(machines.flatMap(\.substitutions)).sorted().map { name in
            (name, JSONValue.strings(machines.filter { $0.substitutions.contains(name) }.map(\.machine.fileName)))
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
