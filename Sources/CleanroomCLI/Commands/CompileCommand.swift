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
            // Neither machine needs the other, and most of the time goes into checking them: the longest comes first.
            async let assembling = CompiledMachine.recoverCleanroom()
            let (create, recover) = (try CompiledMachine.createCleanroom(), try await assembling)
            let machines = [create, recover]
            async let recoverProblems = recover.languageProblems()
            async let createProblems = create.languageProblems()
            async let sagaProblems = machines.map { $0.sagaProblems() }
            async let writing = machines.map { Texts(of: $0) }
            let policy = CompiledMachine.policy(of: machines)
            let problems =
                await createProblems + recoverProblems + sagaProblems.joined()
                + CompiledMachine.problems(of: policy, for: machines)
            let texts = await writing
            if !problems.isEmpty { throw DefinitionError(problems: problems) }
            try makeFolder()
            for (machine, texts) in zip(machines, texts) {
                let file = try write(texts.definition, to: machine.fileName)
                printer.progress("\(file): \(machine.stateCount) states, \(texts.definition.utf8.count) bytes")
            }
            printer.progress("\(try write(policy.prettyText + "\n", to: "policy.json")): what their role needs")
            let names = try write(substitutions(of: zip(machines, texts)).prettyText + "\n", to: "substitutions.json")
            printer.progress("\(names): what a deployment sets in them")
            let table = zip(machines, texts).map { "## \($0.fileName)\n\n\($1.table)" }.joined(separator: "\n")
            printer.progress("\(try write("# States\n\n" + table, to: "states.md")): what each state does")
        }
    }

    /// What is written of a machine.
    private struct Texts: Sendable {
        let definition: String
        let table: String
        let substitutions: [String]

        init(of machine: CompiledMachine) {
            (definition, table, substitutions) = (machine.text, machine.table, machine.substitutions)
        }
    }

    /// Each name that a deployment sets, with the files in which it stands.
    private func substitutions(of machines: some Sequence<(CompiledMachine, Texts)>) -> JSONValue {
        let files = machines.reduce(into: [String: [String]]()) { files, machine in
            for name in machine.1.substitutions { files[name, default: []].append(machine.0.fileName) }
        }
        return Document.versioned([
            "substitutions": .object(
                JSONObject(files.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.strings($0.value)) }))
        ])
    }

    private func makeFolder() throws {
        do {
            try FileManager.default.createDirectory(
                at: URL(fileURLWithPath: output), withIntermediateDirectories: true)
        } catch {
            throw ValidationError("\(output) cannot be made: \(error.localizedDescription)")
        }
    }

    private func write(_ text: String, to name: String) throws -> String {
        let file = URL(fileURLWithPath: output).appendingPathComponent(name)
        do {
            try Data(text.utf8).write(to: file, options: .atomic)
        } catch {
            throw ValidationError("\(file.path) cannot be written: \(error.localizedDescription)")
        }
        return file.path
    }
}
