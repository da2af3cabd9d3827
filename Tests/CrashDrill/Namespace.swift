import Foundation
import TestSupport

/// A namespace of mounts of its own, in which small and read-only file systems come and go unseen by others.
///
/// Only root may make one, and not in every container. Without one the drills use what everybody may: a limit on the
/// size of files, and modes.
enum Namespace {
    private static let mark = "CRASH_DRILL_NAMESPACE"

    /// Whether file systems can be mounted here.
    static var canMount: Bool { ProcessInfo.processInfo.environment[mark] == "mounts" }

    /// Runs this program once more in a namespace if that can be had, and says whether it was.
    static func enter() throws -> Bool {
        if ProcessInfo.processInfo.environment[mark] != nil || geteuid() != 0 { return false }
        let probe = try run(
            URL(fileURLWithPath: "/usr/bin/env"), ["unshare", "-m", "sh", "-c", "mount -t tmpfs none /mnt"])
        if probe.status != 0 { return false }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["unshare", "-m"] + CommandLine.arguments
        process.arguments?[2] = URL(fileURLWithPath: CommandLine.arguments[0]).standardizedFileURL.path
        process.environment = ProcessInfo.processInfo.environment.merging([mark: "mounts"]) { $1 }
        try process.run()
        process.waitUntilExit()
        if process.terminationStatus != 0 { exit(process.terminationStatus) }
        return true
    }

    /// Runs `mount` or `umount`.
    static func mount(_ command: String...) throws {
        let result = try run(URL(fileURLWithPath: "/usr/bin/env"), command)
        if result.status != 0 { throw TestFailure("\(command.joined(separator: " ")): \(result.errors)") }
    }
}
