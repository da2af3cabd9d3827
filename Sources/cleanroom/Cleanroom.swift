import ArgumentParser
import CleanroomCLI
import Foundation

@main
enum Cleanroom {
    static func main() async {
        endAtOnceWhenTrapped()
        do {
            try CleanroomCommand.checkHelp(Array(CommandLine.arguments.dropFirst()))
        } catch {
            CleanroomCommand.exit(withError: error)
        }
        await CleanroomCommand.main()
    }

    /// Takes the signals of a crash away from Swift's runtime, which spends seconds on a backtrace before it lets the
    /// process end, unless `SWIFT_BACKTRACE` asks for one: what was acknowledged is on disk, and a supervisor starts the
    /// next process the sooner.
    private static func endAtOnceWhenTrapped() {
        if ProcessInfo.processInfo.environment["SWIFT_BACKTRACE"] != nil { return }
        for number in [SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP] { signal(number, SIG_DFL) }
    }
}
