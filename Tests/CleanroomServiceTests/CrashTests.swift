import CleanroomModel
import DurableExecution
import EmbeddedLake
import Foundation
import StatesLanguage
import TestSupport
import Testing

/// Real processes on a real database, killed with `SIGKILL` at each of their commits.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct CrashTests {
    private static let request = ["6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11", "111122223333", "acme_room"]

    /// How many processes run beside each other.
    private static let width = 2

    /// Kills a process at commit after commit, each in a lake of its own, until one has no such commit any more.
    ///
    /// - Parameter check: looks at the lake after the next process has finished the request.
    /// - Returns: how many commits there were.
    private func killAtEachCommit(
        _ moment: String, failing state: String = "", check: @escaping @Sendable (LakeStore) throws -> Void
    ) async throws -> Int {
        var commits = 0
        while true {
            let killed = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in commits + 1...commits + Self.width {
                    group.addTask { try kill(at: number, moment, failing: state, check) }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            commits += killed
            if killed < Self.width { return commits }
        }
    }

    /// Kills a process at a commit, has the request finished by the next one, and looks at what became of it.
    ///
    /// - Returns: whether the process has come to that commit.
    private func kill(
        at number: Int, _ moment: String, failing state: String, _ check: (LakeStore) throws -> Void
    ) throws -> Bool {
        let environment = ["PROBE_FAILS": state]
        let folder = TemporaryFolder()
        let received = folder.path + ".received"
        try Data().write(to: URL(fileURLWithPath: received))
        defer { try? FileManager.default.removeItem(atPath: received) }
        let probe = Project.program("crash-probe")
        let arguments = [folder.path] + Self.request
        let result = try run(probe, arguments + ["\(number)", moment, received], environment: environment)
        if !result.wasKilled {
            #expect(result.status == 0, "\(result.errors)")
            return false
        }
        let next = try run(probe, arguments + ["0", "before", received], environment: environment)
        #expect(next.status == 0, "\(next.errors)")
        let store = try LakeStore(folder: DataFolder(path: folder.path))
        try check(store)
        let answers = try String(contentsOfFile: received, encoding: .utf8).split(separator: "\n")
        #expect(!answers.isEmpty)
        #expect(Set(answers).count == 1, "one outcome is told, if need be more than once")
        let record = try #require(try store.execution(named: Self.request[0]))
        #expect(record.answer?.status == .delivered)
        #expect(record.answer?.body.text == answers.first.map(String.init))
        return true
    }

    @Test(arguments: ["before", "after"])
    func `a process killed at any commit leaves a request that the next one makes a whole room of`(
        moment: String
    ) async throws {
        let commits = try await killAtEachCommit(moment) { store in
            let room = try #require(try store.room("acme_room"))
            #expect(room.isRegistered)
            #expect(room.grants.count == 3)
            #expect(Set(room.grants.map(\.principal)) == ["111122223333"])
            #expect(try store.execution(named: Self.request[0])?.status == .succeeded)
        }
        #expect(commits > 15)
    }

    @Test(arguments: ["before", "after"])
    func `a process killed at any commit of undoing leaves nothing behind in the end`(
        moment: String
    ) async throws {
        let commits = try await killAtEachCommit(moment, failing: "VerifyDatabase") { store in
            #expect(try store.catalogRows().isEmpty)
            let record = try #require(try store.execution(named: Self.request[0]))
            #expect(record.error == ExecutionError.notCreated)
            #expect(record.answer?.body["error"]?["message"] == "NotVerified")
        }
        #expect(commits > 15)
    }
}
