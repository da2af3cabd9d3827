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
            let workflows = try CompiledWorkflow.all()
            let machines = workflows.flatMap(\.machines)
            let problems = machines.flatMap { $0.problems() } + workflows.flatMap { $0.unlikeProblems() }
            if !problems.isEmpty { throw DefinitionError(problems: problems) }
            try makeFolder()
            let table = machines.map { "## \($0.fileName)\n\n\($0.table)" }.joined(separator: "\n")
            let files =
                machines.map { machine in
                    let text = machine.text
                    let size = "\(machine.stateCount) states, \(text.utf8.count) bytes"
                    return File(name: machine.fileName, text: text, note: size)
                } + [
                    File(
                        name: "policy.json", text: CompiledMachine.policy(of: machines).prettyText + "\n",
                        note: "what their role needs"),
                    File(
                        name: "substitutions.json", text: substitutions(of: machines).prettyText + "\n",
                        note: "what a deployment sets in them"),
                    File(name: "states.md", text: "# States\n\n" + table, note: "what each state does"),
                ]
            for file in files {
                try write(file)
                printer.progress("\(place(of: file)): \(file.note)")
            }
        }
    }

    /// A file that is written, and what is said of it.
    private struct File {
        let name: String
        let text: String
        let note: String
    }

    /// Each name that a deployment sets, with the files in which it stands.
    private func substitutions(of machines: [CompiledMachine]) -> JSONValue {
        let files = machines.reduce(into: [String: [String]]()) { files, machine in
            for name in machine.substitutions { files[name, default: []].append(machine.fileName) }
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
