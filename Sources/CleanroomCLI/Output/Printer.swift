import ArgumentParser
import CleanroomModel
import CleanroomServer
import EmbeddedLake
import Foundation
import StatesLanguage

/// Writes results to standard output and problems to standard error.
struct Printer: Sendable {
    let format: OutputOptions.Format
    /// How long what is printed waits for its reader; `nil` for as long as it takes.
    var patience: Duration?

    /// Prints a result: the document, or its text for people.
    func result(_ document: JSONObject, text: () -> String) {
        switch format {
        case .json: write(VisibleText.json(Document.versioned(document).prettyText) + "\n", to: .standardOutput)
        case .text: write(VisibleText.text(text(), keepingLines: true) + "\n", to: .standardOutput)
        }
    }

    /// Prints a text as it is.
    func plain(_ text: String) { write(text, to: .standardOutput) }

    /// Prints something on the way, which only people read.
    func progress(_ line: String) {
        if format == .text { write(VisibleText.text(line, keepingLines: true) + "\n", to: .standardOutput) }
    }

    /// Prints what is wrong and ends the command: with `json` the problem is the document.
    func fail(_ problems: [String], code: String, exit: ExitCode) -> ExitCode {
        if format == .json {
            let document: JSONObject = ["error": ["code": .string(code), "problems": .strings(problems)]]
            write(VisibleText.json(Document.versioned(document).prettyText) + "\n", to: .standardOutput)
        }
        write(
            problems.map { "Error: \(VisibleText.text($0, keepingLines: true))\n" }.joined(), to: .standardError)
        return exit
    }

    /// Runs a command and turns what it throws into a message and an exit code.
    func run(_ command: () async throws -> Void) async throws {
        do {
            try await command()
        } catch let error as InvalidRequest {
            throw fail(error.problems.map(\.description), code: "INVALID_REQUEST", exit: Exit.usage)
        } catch let error as LakeError {
            let isUsage = if case .requestIDReused = error { true } else { false }
            throw fail([error.description], code: error.code, exit: isUsage ? Exit.usage : Exit.leftovers)
        } catch let error as ServerError {
            throw fail([error.description], code: error.code, exit: Exit.usage)
        } catch let error as DefinitionError {
            throw fail(error.lines, code: "INVALID_DEFINITION", exit: Exit.leftovers)
        }
    }

    private func write(_ text: String, to file: FileHandle) {
        if let patience {
            let writer = LogWriter(descriptor: file.fileDescriptor)
            writer.write(String(text.hasSuffix("\n") ? text.dropLast() : text[...]))
            writer.flush(within: patience)
            return
        }
        do {
            try file.write(contentsOf: Data(text.utf8))
        } catch {
            // The reader has gone (a closed pipe): there is nobody left to tell.
        }
    }
}
