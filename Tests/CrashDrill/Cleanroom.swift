import CleanroomModel
import Foundation
import StatesLanguage
import TestSupport

/// The real program, at work on a folder.
struct Cleanroom {
    let program: URL
    /// What stands before the program's name on the command line, such as a limit or another clock.
    var wrapper: [String] = []

    /// The program as it was when the drill began: a copy, so that a build meanwhile is in nobody's way.
    static let standard = Cleanroom(program: copy)

    private static let copy: URL = {
        let copy = URL(fileURLWithPath: NSTemporaryDirectory() + "cleanroom-drill-\(UUID().uuidString)")
        do {
            try FileManager.default.copyItem(at: Project.program("cleanroom"), to: copy)
        } catch {
            fatalError("the program cannot be copied: \(error)")
        }
        return copy
    }()

    /// Removes the copy.
    static func cleanUp() {
        // One that was never made need not be removed.
        try? FileManager.default.removeItem(at: standard.program)
    }

    func arguments(_ request: CleanroomRequest, _ folder: String) -> [String] {
        [
            "create", "--account", request.account.text, "--database", request.database.text, "--request-id",
            request.requestID.text, "--data-dir", folder,
        ]
    }

    /// Runs it to its end with one document as its output.
    func run(_ arguments: [String]) throws -> (result: ProgramResult, document: JSONValue?) {
        let command = wrapper + [program.path] + arguments + ["--output", "json"]
        let result = try TestSupport.run(URL(fileURLWithPath: "/usr/bin/env"), command)
        // A process that was killed has not told anything.
        return (result, try? JSONValue(parsing: result.output))
    }

    func create(_ request: CleanroomRequest, in folder: String) throws -> (result: ProgramResult, document: JSONValue?)
    {
        try run(arguments(request, folder))
    }

    /// Starts it, to be killed or waited for.
    func start(_ request: CleanroomRequest, in folder: String) throws -> RunningCleanroom {
        try RunningCleanroom(request, command: wrapper + [program.path] + arguments(request, folder))
    }

    /// Starts a server on any port, to be killed or ended.
    func serve(_ folder: String) throws -> RunningProgram {
        try RunningProgram(command: wrapper + [program.path, "serve", "--port", "0", "--data-dir", folder])
    }
}

/// A process that makes a room.
final class RunningCleanroom: RunningProgram {
    let request: CleanroomRequest

    init(_ request: CleanroomRequest, command: [String]) throws {
        self.request = request
        try super.init(command: command)
    }
}

/// A process of the program.
class RunningProgram {
    private let process = Process()
    private let output = Pipe()
    private let started = ContinuousClock.now

    init(command: [String]) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("CLEANROOM_") }
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    var isRunning: Bool { process.isRunning }

    /// Waits until the process says that it has read its command line and turns to the folder.
    func waitUntilItBegins() throws {
        _ = try output.fileHandleForReading.read(upToCount: 1)
    }

    func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

    /// Has it end by itself.
    func end() { process.terminate() }

    /// Waits for its end; the status is `nil` when it was killed.
    func wait() throws -> Int32? {
        _ = try output.fileHandleForReading.readToEnd()
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : nil
    }

    /// How long it has been running.
    var age: Duration { ContinuousClock.now - started }
}
