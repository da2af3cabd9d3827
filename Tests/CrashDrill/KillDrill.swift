import CleanroomModel
import EmbeddedLake
import Foundation
import GRDB
import StatesLanguage
import TestSupport

/// Kills processes with `SIGKILL` at random moments, several at work on one folder, and looks at what the ones that come
/// after make of it.
///
/// Each lake has, before anything else, a room, a stranger's database, a location that is registered and one where an
/// object lies. The requests are for new names, for one name at once, and for those that are taken; each comes once or
/// several times, also at the same time.
struct KillDrill {
    private static let killsPerLake = 12
    private static let processes = 3

    private var random: SeededRandom
    private let folder = TemporaryFolder()
    private var stood: [CleanroomRequest] = []
    private var requests: [CleanroomRequest] = []
    /// What the processes that lived have said of their requests: 0 is a room, 1 an error.
    private var told: [String: Set<Int32>] = [:]
    private var violations: [String] = []
    private var (kills, midway) = (0, 0)

    static func run(_ bounds: DrillBounds) throws -> DrillReport {
        var random = SeededRandom(seed: bounds.seed)
        var report = DrillReport()
        var (kills, midway, lakes, made, refused) = (0, 0, 0, 0, 0)
        while kills < bounds.kills {
            var drill = KillDrill(random: SeededRandom(seed: random.next()))
            try drill.run(kills: min(killsPerLake, bounds.kills - kills))
            report.violations += drill.violations.map { "lake \(lakes): \($0)" }
            lakes += 1
            kills += drill.kills
            midway += drill.midway
            made += drill.told.values.count { $0 == [0] }
            refused += drill.told.values.count { $0 == [1] }
        }
        report.figures = [
            "\(kills) kills, \(midway) of them with requests underway, in \(lakes) lakes: \(made) rooms made and "
                + "\(refused) refused"
        ]
        return report
    }

    private init(random: SeededRandom) {
        self.random = random
    }

    /// 1. Lay out the lake and the requests.
    /// 2. Start processes, and kill one or all of them at some moment, until enough were killed.
    /// 3. Let everything be finished.
    /// 4. Look at what there is, and ask once more.
    private mutating func run(kills wanted: Int) throws {
        // 1.
        try layOut()
        let before = try LakeRows(folder: folder.path)
        try plan()
        // 2.
        var running: [RunningCleanroom] = []
        while kills < wanted {
            while running.count < Self.processes {
                let request = requests[.random(in: requests.indices, using: &random)]
                running.append(try Cleanroom.standard.start(request, in: folder.path))
            }
            let victim = running[.random(in: running.indices, using: &random)]
            try victim.waitUntilItBegins()
            // Most of a process's time goes by before its first commit: later moments are the interesting ones.
            let part = Double.random(in: 0...1, using: &random).squareRoot()
            usleep(UInt32(part * Self.workingTime))
            let victims = random.chance(1, in: 4) ? running : [victim]
            victims.forEach { $0.kill() }
            var isMidway = false
            for process in victims {
                if try finish(process) == nil { kills += 1 }
                running.removeAll { $0 === process }
            }
            isMidway = try LakeStore.unfinished(in: folder.path) > 0
            if isMidway { midway += victims.count }
            for process in running where !process.isRunning { _ = try finish(process) }
            running.removeAll { !$0.isRunning }
        }
        // 3.
        for process in running { _ = try finish(process) }
        for request in requests { _ = try finish(try Cleanroom.standard.start(request, in: folder.path)) }
        // 4.
        violations += try LakeInvariants(folder: folder.path, before: before).violations(of: requests)
        try compareWithWhatWasTold()
        try askAgain()
    }

    /// How long a process works after it has begun, in microseconds, on an idle machine and some more.
    private static let workingTime = 120_000.0

    private mutating func layOut() throws {
        stood = [try random.request("stood")]
        for request in stood { _ = try Cleanroom.standard.create(request, in: folder.path) }
        let bucket = try Deployment().bucket
        try DatabaseQueue.lake(in: folder.path).write { db in
            try db.execute(
                sql: """
                    INSERT INTO catalog_room VALUES ('stranger', CAST('{"stranger": {
                        "Database": {"LocationUri": "s3://elsewhere/", "Parameters": {},
                            "CreateTableDefaultPermissions": [], "CreateTime": 0},
                        "Permissions": {"DATABASE": {"999999999999": ["DESCRIBE", ""]}}}}' AS BLOB));
                    """)
            try db.execute(
                sql: """
                    INSERT INTO catalog_room VALUES ('registered', CAST(json_object(?, json('{"Location": {
                        "RoleArn": "arn:aws:iam::000000000000:role/theirs", "HybridAccessEnabled": false,
                        "LastModified": 0}}')) AS BLOB))
                    """,
                arguments: ["arn:aws:s3:::\(bucket)/cleanroom/registered/"])
        }
        let filled = "\(folder.path)/warehouse/\(bucket)/cleanroom/filled"
        try FileManager.default.createDirectory(
            atPath: filled, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try Data("x".utf8).write(to: URL(fileURLWithPath: filled + "/" + LakeInvariants.strangersObject))
    }

    private mutating func plan() throws {
        for index in 0..<4 { requests.append(try random.request("new_\(index)")) }
        for account in ["111122223333", "444455556666", "777788889999"] {
            requests.append(try random.request("raced_for", account: account))
        }
        for name in ["stood", "stranger", "registered", "filled"] {
            requests.append(try random.request(name, account: "444455556666"))
        }
        requests.shuffle(using: &random)
    }

    /// Waits for a process and takes in what it says; `nil` when it was killed.
    private mutating func finish(_ process: RunningCleanroom) throws -> Int32? {
        guard let status = try process.wait() else { return nil }
        if status == 0 || status == 1 {
            told[process.request.requestID.text, default: []].insert(status)
        } else {
            violations.append("a process for \(process.request.database) ended with \(status)")
        }
        return status
    }

    private mutating func compareWithWhatWasTold() throws {
        let store = try LakeStore(folder: DataFolder(path: folder.path))
        for request in requests {
            let isMade = try store.execution(named: request.requestID.text)?.answer?.path == Answer.Path.created
            let said = told[request.requestID.text] ?? []
            if said != [isMade ? 0 : 1] {
                violations.append("\(request.database): processes ended with \(said.sorted()), made: \(isMade)")
            }
        }
    }

    /// A repeat gets the first outcome, to the letter, and changes nothing.
    private mutating func askAgain() throws {
        let before = try LakeRows(folder: folder.path)
        for request in requests.shuffled(using: &random).prefix(2) + stood {
            let store = try LakeStore(folder: DataFolder(path: folder.path))
            let first = try store.execution(named: request.requestID.text)?.answer
            let (result, document) = try Cleanroom.standard.create(request, in: folder.path)
            if document?["delivery"]?["body"] != first?.body || first == nil {
                violations.append("\(request.database): a repeat was told \(document?.text ?? result.errors)")
            }
        }
        if try LakeRows(folder: folder.path) != before { violations.append("a repeat changed the catalog") }
    }
}
