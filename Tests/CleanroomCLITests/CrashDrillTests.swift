import Foundation
import TestSupport
import Testing

/// The drills of `make crash`, as far as they fit in here.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct CrashDrillTests {
    @Test(arguments: [
        ("kills", "kills=36"), ("servers", "kills=40"), ("branches", "kills=60"), ("full-disk", "places=8"),
        ("read-only", "places=1"), ("damage", "places=14"), ("clock", "places=8"),
    ])
    func `whatever happens to the processes and their files, requests end whole or with a clear error`(
        drill: String, bound: String
    ) throws {
        let result = try run(Project.program("crash-drill"), ["only=\(drill)", bound])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        let summary = result.output.split(separator: "\n").last ?? ""
        #expect(summary.hasPrefix("crash: seed "), "\(result.output)")
        print(summary)
    }
}
