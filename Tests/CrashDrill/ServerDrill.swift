import CleanroomModel
import CleanroomService
import EmbeddedLake
import Foundation
import StatesLanguage
import TestSupport

/// Kills servers with `SIGKILL` while they carry many executions on, and looks at what the last one makes of
/// them all.
struct ServerDrill {
    private static let executionsAtOnce = 400
    /// How long a debug build of a server works on some of them, in microseconds.
    private static let workingTime = 2_000_000.0

    private var random: SeededRandom
    private let folder = TemporaryFolder()
    private var requests: [CleanroomRequest] = []

    static func run(_ bounds: DrillBounds) throws -> DrillReport {
        var drill = ServerDrill(random: SeededRandom(seed: bounds.seed))
        return try drill.run(kills: max(3, bounds.kills / 10))
    }

    private init(random: SeededRandom) {
        self.random = random
    }

    /// 1. Start executions, whenever there are few.
    /// 2. Have a server carry them on, and kill it at some moment.
    /// 3. Let another finish everything, and end.
    /// 4. Look at what there is.
    private mutating func run(kills: Int) throws -> DrillReport {
        var report = DrillReport()
        var midway = 0
        for _ in 0..<kills {
            // 1.
            if requests.isEmpty { try startExecutions() }
            var before = try LakeStore.unfinished(in: folder.path)
            if before < Self.executionsAtOnce / 3 {
                try startExecutions()
                before += Self.executionsAtOnce
            }
            // 2.
            let server = try Cleanroom.standard.serve(folder.path)
            try server.waitUntilItBegins()
            usleep(UInt32(Double.random(in: 0...1, using: &random) * Self.workingTime))
            server.kill()
            if try server.wait() != nil { report.violations.append("a server ended by itself") }
            if try (1..<before).contains(LakeStore.unfinished(in: folder.path)) { midway += 1 }
        }
        // 3.
        let server = try Cleanroom.standard.serve(folder.path)
        let deadline = ContinuousClock.now + .seconds(120)
        while try LakeStore.unfinished(in: folder.path) > 0, ContinuousClock.now < deadline { usleep(20_000) }
        server.end()
        if let status = try server.wait(), status != 0 {
            report.violations.append("a server that was to end ended with \(status)")
        }
        // 4.
        report.violations += try LakeInvariants(folder: folder.path).violations(of: requests)
        report.figures = [
            "\(kills) servers killed, \(midway) of them in the midst of \(requests.count) executions"
        ]
        return report
    }

    /// Of five requests one is for a name that another one has.
    private mutating func startExecutions() throws {
        let store = try LakeStore(folder: DataFolder(path: folder.path))
        let machine = try TestLake.machine.get()
        for _ in 0..<Self.executionsAtOnce {
            let isRace = !requests.isEmpty && random.chance(1, in: 5)
            let name = isRace ? "room_\(Int.random(in: 0..<requests.count, using: &random))" : "room_\(requests.count)"
            let request = try random.request(name)
            requests.append(request)
            _ = try store.startExecution(
                of: machine, name: request.requestID.text, input: request.json,
                at: Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)), seed: random.next())
        }
    }
}
