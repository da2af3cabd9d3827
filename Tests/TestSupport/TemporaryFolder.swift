package import Foundation

/// A folder that goes with its owner.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() {
        path = NSTemporaryDirectory() + "cleanroom-test-" + UUID().uuidString
    }

    deinit {
        // A folder that a test never made has nothing to remove.
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// Where the tests find what is not part of a target.
package enum Project {
    /// The root of the project.
    package static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// A file of the recorded behaviour of AWS, which stands beside the project where it is there at all.
    package static func conformance(_ name: String) -> URL? {
        let file = root.deletingLastPathComponent().appending(path: "shared/conformance/\(name)")
        return FileManager.default.fileExists(atPath: file.path) ? file : nil
    }

    /// Whether the recorded behaviour of AWS is there; tests that compare with it are skipped where it is not.
    package static let hasRecordings = conformance("exec.json") != nil

    /// Whether the program itself is built beside the tests: `make sanitize` leaves the faces out.
    package static let hasFaces = ProcessInfo.processInfo.environment["CLEANROOM_SANITIZE"] == nil

    /// A program of this package, built beside the tests.
    package static func program(_ name: String) -> URL {
        let arguments = ProcessInfo.processInfo.arguments
        let folder = URL(fileURLWithPath: arguments.first ?? "").resolvingSymlinksInPath().deletingLastPathComponent()
        return folder.appending(path: name)
    }
}

/// What a program printed, and how it ended.
package struct ProgramResult: Sendable {
    package let status: Int32
    package let wasKilled: Bool
    package let output: String
    package let errors: String
}

/// Runs a program to its end.
package func run(
    _ program: URL, _ arguments: [String], environment: [String: String] = [:]
) throws -> ProgramResult {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("CLEANROOM_") }
        .merging(environment) { $1 }
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let outputData = try output.fileHandleForReading.readToEnd() ?? Data()
    let errorData = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return ProgramResult(
        status: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal,
        output: String(decoding: outputData, as: UTF8.self), errors: String(decoding: errorData, as: UTF8.self))
}
