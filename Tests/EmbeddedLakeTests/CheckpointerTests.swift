import DurableExecution
import EmbeddedLake
import Foundation
import GRDB
import StatesLanguage
import TestSupport
import Testing

/// The log of a lake is taken over beside those who write, begins anew, and is gone when the lake is closed.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct CheckpointerTests {
    private let folder = TemporaryFolder()
    private var log: URL { URL(fileURLWithPath: folder.path + "/lake.sqlite-wal") }

    /// How often the log has begun anew, which SQLite counts in its header.
    ///
    /// Source: <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>
    private func beginnings() throws -> Int {
        let file = try FileHandle(forReadingFrom: log)
        defer { try? file.close() }
        return try (file.read(upToCount: 16) ?? Data()).suffix(4).reduce(0) { $0 << 8 | Int($1) }
    }

    private func start(_ number: Int, bytes: Int, in store: LakeStore) throws {
        _ = try store.startExecution(
            of: TestLake.machine.get(), name: "\(number)", input: ["x": .string(String(repeating: "x", count: bytes))],
            at: SystemClock().now(), seed: 1)
    }

    @Test func `a long log begins anew while commits go on, and nothing is lost`() async throws {
        var started = 0
        do {
            let store = try LakeStore(folder: DataFolder(path: folder.path))
            let before = try beginnings()
            // 64 pages each, 20,000 together.
            while started < 320 {
                try start(started, bytes: 250_000, in: store)
                started += 1
            }
            let deadline = ContinuousClock.now + .seconds(60)
            while try beginnings() == before, ContinuousClock.now < deadline {
                try start(started, bytes: 1, in: store)
                started += 1
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(try beginnings() > before)
        }
        #expect(!FileManager.default.fileExists(atPath: log.path))
        let found = try await DatabaseQueue.lake(in: folder.path).read { db in
            (
                try String.fetchAll(db, sql: "PRAGMA integrity_check"),
                try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM execution")
            )
        }
        #expect(found.0 == ["ok"])
        #expect(found.1 == started)
    }
}
