import ArgumentParser
import StatesLanguage

/// The codes with which a command ends.
enum Exit {
    /// The room was not made; everything is undone and the error has been told.
    static let notMade = ExitCode(1)
    /// The room was not made, and something could not be cleaned up; or the lake cannot be used.
    static let leftovers = ExitCode(2)
    /// The command line is wrong.
    static let usage = ExitCode(64)

    /// What a command ends with for what became of a request; `nil` where the room stands.
    static func code(of request: JSONValue) -> ExitCode? {
        switch request["status"] {
        case "SUCCEEDED": nil
        case "FAILED" where request["outcome"]?["leftovers"] == false: notMade
        default: leftovers
        }
    }
}
