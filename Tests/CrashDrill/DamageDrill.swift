import CleanroomModel
import EmbeddedLake
import Foundation
import GRDB
import StatesLanguage
import TestSupport

/// Cuts the database and its write-ahead log short and writes nonsense over parts of them. The program then says that
/// the file is damaged, or works on what it does not touch of it; it never ends by a trap, and never takes a cut file
/// for an empty lake.
struct DamageDrill {
    private enum Damage: CustomStringConvertible {
        case cut(Int)
        case overwritten(Int, [UInt8])

        var description: String {
            switch self {
            case .cut(let size): "cut to \(size) bytes"
            case .overwritten(let offset, let bytes): "\(bytes.count) bytes overwritten at \(offset)"
            }
        }
    }

    private let lake = TemporaryFolder()
    private let names = ["a", "b", "c"]
    private var random: SeededRandom
    private var report = DrillReport()
    private var (cases, refused, unnoticed) = (0, 0, 0)

    static func run(_ bounds: DrillBounds) throws -> DrillReport {
        var drill = DamageDrill(random: SeededRandom(seed: bounds.seed))
        try drill.run(places: bounds.places)
        return drill.report
    }

    private init(random: SeededRandom) {
        self.random = random
    }

    private mutating func run(places: Int) throws {
        for name in names { _ = try Cleanroom.standard.create(try random.request(name), in: lake.path) }
        // Three rooms in the database itself, and two more in the write-ahead log alone.
        try DatabaseQueue(path: database).writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
        let size = try Data(contentsOf: URL(fileURLWithPath: database)).count
        for cut in [0, 1, 99, 100, 512, 4095, 4096, 8192, size / 2, size - 4096, size - 1] {
            try damage(database, .cut(cut), mayBeLost: false)
        }
        for _ in 0..<places {
            let bytes = (0..<[1, 4, 64, 512][.random(in: 0..<4, using: &random)]).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            // A third hits the header of the file, a third the beginning of a page, where its structure is.
            let page = Int.random(in: 0..<(size / 4096), using: &random) * 4096
            let offset = [
                Int.random(in: 0..<100, using: &random), page + Int.random(in: 0..<12, using: &random),
                Int.random(in: 0..<(size - 512), using: &random),
            ][.random(in: 0..<3, using: &random)]
            try damage(database, .overwritten(offset, bytes), mayBeLost: true)
        }
        try damageLog(places: places / 2)
        report.figures = [
            "\(cases) damaged files, \(refused) refused, \(unnoticed) worked on where they were whole"
        ]
    }

    private var database: String { lake.path + "/lake.sqlite" }

    /// Copies the lake while a connection keeps the log from being merged, so that there is one to damage.
    private mutating func damageLog(places: Int) throws {
        let keeper = try DatabasePool(path: database)
        _ = try keeper.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM execution") }
        for name in ["d", "e"] { _ = try Cleanroom.standard.create(try random.request(name), in: lake.path) }
        let size = try Data(contentsOf: URL(fileURLWithPath: database + "-wal")).count
        if size == 0 { throw TestFailure("there is no write-ahead log to damage") }
        for _ in 0..<places {
            let offset = Int.random(in: 0..<size, using: &random)
            let damage = random.chance(1, in: 2) ? Damage.cut(offset) : .overwritten(offset, [0xFF, 0x00, 0xAA])
            // What a log lacks at its end is, to SQLite, what was never committed: no program can tell the difference.
            try self.damage(database + "-wal", damage, mayBeLost: true)
        }
        try keeper.close()
    }

    private mutating func damage(_ file: String, _ damage: Damage, mayBeLost: Bool) throws {
        cases += 1
        let copy = TemporaryFolder()
        try FileManager.default.copyItem(atPath: lake.path, toPath: copy.path)
        let path = copy.path + file.dropFirst(lake.path.count)
        // The index of the log belongs to the processes that had it open.
        try? FileManager.default.removeItem(atPath: copy.path + "/lake.sqlite-shm")
        var data = try Data(contentsOf: URL(fileURLWithPath: path))
        switch damage {
        case .cut(let size): data = data.prefix(size)
        case .overwritten(let offset, let bytes):
            for (index, byte) in bytes.enumerated() where offset + index < data.count { data[offset + index] = byte }
        }
        try data.write(to: URL(fileURLWithPath: path))
        let place = "\(path.hasSuffix("-wal") ? "the log" : "the database") \(damage)"
        var isRefused = false
        let request = try random.request("new")
        for arguments in [
            ["list", "--data-dir", copy.path], ["show", "a", "--data-dir", copy.path],
            ["executions", "list", "--data-dir", copy.path], Cleanroom.standard.arguments(request, copy.path),
        ] {
            let (result, document) = try Cleanroom.standard.run(arguments)
            let code = document?["error"]?["code"]?.stringValue ?? ""
            if result.wasKilled || ![0, 1, 2].contains(result.status) || document == nil {
                report.violations.append("\(place): \(arguments[0]) ended with \(result.status): \(result.errors)")
            }
            // A changed number of the schema's version, say, is another clear reason not to go on.
            if result.status == 2, code.hasPrefix("LAKE_") { isRefused = true }
            if !mayBeLost, arguments[0] == "list", result.status == 0 {
                let listed = document?["cleanrooms"]?.arrayValue?.compactMap { $0["database"]?.stringValue } ?? []
                if listed != names { report.violations.append("\(place): only \(listed) are listed, without an error") }
            }
        }
        if isRefused { refused += 1 } else { unnoticed += 1 }
    }
}
