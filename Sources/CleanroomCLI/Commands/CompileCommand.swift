import ArgumentParser
import CleanroomService
import Foundation
import StatesLanguage
import SystemPackage

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
            let workflows = try await CompiledWorkflow.all()
            let machines = workflows.flatMap(\.machines)
            // Most of the time goes into checking them.
            async let languageProblems = problemsOfLanguage(in: machines)
            async let sagaProblems = machines.map { $0.sagaProblems() }
            async let writing = machines.map { Texts(of: $0) }
            let policy = CompiledMachine.policy(of: machines)
            let unlike = workflows.flatMap { $0.unlikeProblems() }
            let problems = await languageProblems + sagaProblems.joined() + unlike
            let texts = await writing
            if !problems.isEmpty { throw DefinitionError(problems: problems) }
            try makeFolder()
            let table = zip(machines, texts).map { "## \($0.fileName)\n\n\($1.table)" }.joined(separator: "\n")
            let files =
                zip(machines, texts).map { machine, texts in
                    let size = "\(machine.stateCount) states, \(texts.definition.utf8.count) bytes"
                    return File(name: machine.fileName, text: texts.definition, note: size)
                } + [
                    File(name: "policy.json", text: policy.prettyText + "\n", note: "what their role needs"),
                    File(
                        name: "substitutions.json",
                        text: substitutions(of: zip(machines, texts)).prettyText + "\n",
                        note: "what a deployment sets in them"),
                    File(name: "states.md", text: "# States\n\n" + table, note: "what each state does"),
                ]
            // Each waits for the disk, and none for another.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for file in files { group.addTask { try write(file) } }
                try await group.waitForAll()
            }
            for file in files { printer.progress("\(place(of: file)): \(file.note)") }
            // To give the machines back piece by piece would take a twentieth of the whole.
            Self.exit()
        }
    }

    /// What is wrong with each as a state machine, all of them at the same time.
    private func problemsOfLanguage(in machines: [CompiledMachine]) async -> [Problem] {
        await withTaskGroup(of: (Int, [Problem]).self) { group in
            for (number, machine) in machines.enumerated() {
                group.addTask { (number, machine.languageProblems()) }
            }
            let all = await group.reduce(into: []) { $0.append($1) }
            return all.sorted { $0.0 < $1.0 }.flatMap(\.1)
        }
    }

    /// A file that is written, and what is said of it.
    private struct File: Sendable {
        let name: String
        let text: String
        let note: String
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

    private func place(of file: File) -> FilePath { FilePath(output).appending(file.name) }

    /// Writes a file that is seen whole or not at all.
    private func write(_ file: File) throws {
        let place = place(of: file)
        let new = FilePath(output).appending(".\(file.name).\(getpid())")
        do {
            let descriptor = try FileDescriptor.open(
                new, .writeOnly, options: [.create, .truncate],
                permissions: [.ownerReadWrite, .groupReadWrite, .otherReadWrite])
            try descriptor.closeAfter { _ = try descriptor.writeAll(file.text.utf8) }
            if rename(new.string, place.string) != 0 { throw Errno(rawValue: errno) }
        } catch {
            unlink(new.string)
            throw ValidationError("\(place) cannot be written: \(error)")
        }
    }
}
