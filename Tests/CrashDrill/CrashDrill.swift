import Foundation
import StatesLanguage

/// Drills the real program on real files: `crash-drill [kills=N] [places=N] [seed=N] [only=NAME]`.
///
/// The last line of its output is a summary. It ends with 1 when an invariant was violated, and tells each violation
/// with the seed. The seed gives the same requests and delays again; what the system makes of them is its own.
@main
enum CrashDrill {
    static func main() throws {
        var values: [String: String] = [:]
        for argument in CommandLine.arguments.dropFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, ["kills", "places", "seed", "only"].contains(parts[0]) else {
                print("crash-drill: '\(argument)' is not kills=N, places=N, seed=N or only=NAME")
                exit(64)
            }
            values[parts[0]] = parts[1]
        }
        let bounds = DrillBounds(
            seed: values["seed"].flatMap { UInt64($0) } ?? .random(in: 0...999_999),
            kills: values["kills"].flatMap { Int($0) } ?? 300, places: values["places"].flatMap { Int($0) } ?? 40)
        let drills: [(name: String, run: (DrillBounds) throws -> DrillReport)] = [
            ("kills", KillDrill.run), ("servers", ServerDrill.run), ("branches", BranchDrill.run),
            ("full-disk", FullDiskDrill.run), ("read-only", ReadOnlyDrill.run), ("damage", DamageDrill.run),
            ("clock", ClockDrill.run),
        ]
        let chosen = drills.filter { values["only"] == nil || values["only"] == $0.name }
        if chosen.isEmpty {
            print("crash-drill: only= is one of \(drills.map(\.name).joined(separator: ", "))")
            exit(64)
        }
        if try Namespace.enter() { return }
        defer { Cleanroom.cleanUp() }
        let start = ContinuousClock.now
        let report = try chosen.reduce(DrillReport()) { $0 + (try $1.run(bounds)) }
        for violation in report.violations { print("VIOLATION (seed \(bounds.seed)): \(violation)") }
        let seconds = (ContinuousClock.now - start).components.seconds
        print(
            "crash: seed \(bounds.seed); \(report.figures.joined(separator: "; ")); "
                + "\(report.violations.count) violations in \(seconds) s")
        if !report.violations.isEmpty {
            Cleanroom.cleanUp()
            exit(1)
        }
    }
}
