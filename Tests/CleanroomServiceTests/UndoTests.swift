import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import Foundation
import GRDB
import StatesLanguage
import TestSupport
import Testing

/// Every step made to fail, before its effect and after it.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct UndoTests {
    /// The tasks of the way to a room, in their order.
    static let steps = [
        "CheckDatabaseNameIsFree", "ReadDataLakeSettings", "CheckLocationIsUnregistered", "CheckLocationIsEmpty",
        "CreateDatabase", "ReadBackDatabase",
        "CheckLocationIsStillUnregistered", "ReadMarkerBeforeUpdate", "ClearTableDefaultPermissions", "ReadEarlierTags",
        "TagMember",
        "ReadMarkerBeforeRevokeIAMAllowedPrincipals", "RevokeIAMAllowedPrincipals", "RegisterLocation",
        "ReadRegistration", "ReadMarkerBeforeGrantToAccount",
        "GrantToAccount", "RevokeCreatorPermissions", "VerifyDatabase", "VerifyRegistration", "VerifyMembers",
        "VerifyTables", "VerifyObjects",
        "ListPermissions", "VerifyAdministrator",
    ]

    static let behaviors: [LakeBehavior] = {
        var keepsGrants = LakeBehavior()
        keepsGrants.dropsGrantsWithDatabase = false
        var losesProperties = LakeBehavior()
        losesProperties.keepsDatabaseProperties = false
        var losesComment = LakeBehavior()
        losesComment.keepsDatabaseComment = false
        return [LakeBehavior(), keepsGrants, losesProperties, losesComment]
    }()

    @Test func `these are all the tasks before the answer`() async throws {
        let lake = try TestLake()
        let outcome = try await lake.create(TestLake.request())
        // Permissions are listed on the location, the database and its tables.
        let tasks = Self.steps.flatMap { Array(repeating: $0, count: $0 == "ListPermissions" ? 3 : 1) }
        #expect(try lake.tasks(of: outcome) == tasks + ["NotifySuccess"])
    }

    @Test(arguments: steps, [Faults.Moment.before, .after])
    func `a step that fails leaves the lake as it was, and the first error is told`(
        step: String, moment: Faults.Moment
    ) async throws {
        for behavior in Self.behaviors {
            let lake = try TestLake(behavior: behavior, faults: Faults(.init(step, moment)))
            _ = try await lake.create(TestLake.request("neighbour"), ignoringFaults: true)
            let before = try lake.store.catalogRows()
            let outcome = try await lake.create(TestLake.request())
            #expect(outcome.status == .failed)
            #expect(try lake.store.catalogRows() == before, "\(behavior)")
            #expect(outcome.record.error == ExecutionError.notCreated)
            #expect(outcome.record.answer?.path == "/api/latest/ocean/error")
            let error = try #require(outcome.error)
            #expect(ErrorMessage(rawValue: error.message) != nil)
            #expect(error.cause.contains("Test.Fault: made to fail"))
            let folder = lake.folder.path + "/warehouse/mytiki-ocean/cleanroom/acme_room"
            #expect(!FileManager.default.fileExists(atPath: folder))
        }
    }

    @Test(arguments: ["RegrantDrop", "RevokeFromAccount", "FindRegistration", "DeregisterLocation", "DropDatabase"])
    func `where undoing fails too the first error stays, the rest is undone, and what is left is named`(
        part: String
    ) async throws {
        // A statement that fails has ended; any other error of it leads to stopping it.
        let failure = TaskFailure(part == "DropDatabase" ? StatesError.taskFailed : "Test.Stuck", "no way")
        let faults = Faults(.init("VerifyDatabase", .before), .init(part, .before, failure))
        let lake = try TestLake(faults: faults)
        let outcome = try await lake.create(TestLake.request())
        let error = try #require(outcome.error)
        #expect(error.message == ErrorMessage.notVerified.rawValue)
        #expect(error.cause.contains("Test.Fault: made to fail"))
        let rows = try lake.store.catalogRows()
        // Where something stays besides the database, both marks by which it is found stay.
        let isKept = part != "RegrantDrop" && part != "DropDatabase"
        #expect(rows.contains { $0.hasPrefix("database") })
        #expect(rows.contains { $0.hasPrefix("location") } == isKept)
        #expect(
            rows.contains { $0.hasPrefix("permission") && $0.contains(TestLake.account) }
                == (part == "RevokeFromAccount"))
        #expect(error.cause.contains("Left behind: "))
        #expect(error.cause.contains("no way"))
        #expect(error.cause.contains("Kept for that: ") == isKept)
        #expect(outcome.record.error == ExecutionError.leftovers)
        #expect(outcome.mayLeaveSomething)
    }

    @Test(arguments: [false, true])
    func `what the role cannot revoke on a name without a database is named where it is listed`(
        keepsGrants: Bool
    ) async throws {
        var behavior = LakeBehavior()
        behavior.dropsGrantsWithDatabase = !keepsGrants
        let faults = Faults(.init("VerifyDatabase", .before), .init("RevokeRemainingPermissions", .before))
        let outcome = try await TestLake(behavior: behavior, faults: faults).create(TestLake.request())
        #expect(outcome.error?.cause.contains("grants of the maker on acme_room, which is gone") == keepsGrants)
        #expect(outcome.record.error == (keepsGrants ? ExecutionError.leftovers : ExecutionError.notCreated))
    }

    @Test func `a database that bears no marker is never dropped`() async throws {
        var behavior = LakeBehavior()
        behavior.keepsDatabaseComment = false
        behavior.keepsDatabaseProperties = false
        let lake = try TestLake(behavior: behavior)
        let outcome = try await lake.create(TestLake.request())
        #expect(outcome.status == .failed)
        #expect(outcome.record.error == ExecutionError.leftovers)
        #expect(outcome.error?.cause.contains("does not bear the marker") == true)
        #expect(try lake.store.catalogRows().contains { $0.hasPrefix("database") })
        #expect(!(try lake.tasks(of: outcome)).contains("DropDatabase"))
    }

    @Test(arguments: [
        ("CheckDatabaseNameIsFree", "Glue.GlueException"), ("CreateDatabase", "Athena.TooManyRequestsException"),
        ("ClearTableDefaultPermissions", "Glue.ConcurrentModificationException"),
        ("RegisterLocation", "LakeFormation.InvalidInputException"),
        ("GrantToAccount", "LakeFormation.ConcurrentModificationException"),
        ("VerifyTables", "States.Timeout"), ("NotifySuccess", "States.Http.Socket"),
    ])
    func `a fault that passes is waited out`(step: String, error: String) async throws {
        let fault = Faults.Fault(step, .before, TaskFailure(error, "for now"), times: 2)
        let lake = try TestLake(faults: Faults(fault))
        let outcome = try await lake.create(TestLake.request())
        #expect(outcome.status == .succeeded)
        let delay = try #require(outcome.record.stoppedAt).milliseconds - outcome.record.start.startedAt.milliseconds
        #expect(delay > 0)
    }

    @Test func `a registration whose reply was lost counts as made`() async throws {
        let fault = Faults.Fault("RegisterLocation", .after, TaskFailure("States.Timeout", ""), times: 1)
        let lake = try TestLake(faults: Faults(fault))
        #expect(try await lake.create(TestLake.request()).status == .succeeded)
    }

    @Test(arguments: [Faults.Moment.before, .after])
    func `a statement whose time ran out is stopped and waited for before anything is undone`(
        moment: Faults.Moment
    ) async throws {
        let fault = Faults.Fault("CreateDatabase", moment, TaskFailure("States.Timeout", ""))
        let lake = try TestLake(faults: Faults(fault))
        let outcome = try await lake.create(TestLake.request())
        #expect(outcome.error?.message == ErrorMessage.databaseNotCreated.rawValue)
        #expect(outcome.error?.cause.contains("States.Timeout") == true)
        #expect(outcome.record.error == ExecutionError.notCreated)
        #expect(try lake.store.catalogRows().isEmpty)
        let tasks = try lake.tasks(of: outcome)
        #expect(tasks.contains("StopQuery") && tasks.contains("GetQuery") && tasks.contains("DropDatabase"))
    }

    /// A statement that changes what the catalog has of the room.
    private static func change(_ function: String, _ arguments: String) -> String {
        """
        UPDATE catalog_room SET content = CAST(\(function)(unpacked(content), \(arguments)) AS BLOB)
            WHERE room = 'acme_room'
        """
    }

    /// Has the database changed from outside, at the moment when a location is registered.
    private func whenRegistered(_ lake: TestLake, _ statement: String) throws {
        func location(_ row: String) -> String {
            #"unpacked(\#(row).content) ->> '$."arn:aws:s3:::mytiki-ocean/cleanroom/acme_room/".Location'"#
        }
        try DatabaseQueue.lake(in: lake.folder.path).write { db in
            try db.execute(
                sql: """
                    CREATE TRIGGER meanwhile AFTER UPDATE ON catalog_room WHEN \(location("OLD")) IS NULL
                    AND \(location("NEW")) IS NOT NULL BEGIN \(statement); END
                    """)
        }
    }

    @Test func `where somebody takes the database away the registration and the grants go all the same`() async throws {
        let lake = try TestLake(policy: .everyTask)
        try whenRegistered(lake, Self.change("json_remove", "'$.acme_room'"))
        let outcome = try await lake.create(TestLake.request())
        #expect(outcome.status == .failed)
        #expect(outcome.record.error == ExecutionError.notCreated)
        #expect(try lake.store.catalogRows().isEmpty)
    }

    @Test func `where another database stands in its place it is not touched, and what is left is named`() async throws
    {
        let lake = try TestLake(policy: .everyTask)
        let (parameters, description) = ("'$.acme_room.Database.Parameters'", "'$.acme_room.Database.Description'")
        try whenRegistered(lake, Self.change("json_set", "\(parameters), json('{}'), \(description), 'mine'"))
        // Shared already when it is found out.
        let outcome = try await lake.create(TestLake.request())
        #expect(outcome.status == .failed)
        #expect(outcome.record.error == ExecutionError.leftovers)
        #expect(outcome.error?.cause.contains("since acme_room is another's now") == true)
        #expect(try lake.store.catalogRows().contains { $0.hasPrefix("database") && $0.contains("mine") })
    }

    @Test func `a stranger's grant keeps a room from being called whole`() async throws {
        let lake = try TestLake(policy: .everyTask)
        let grant = #"'$.acme_room.Permissions.DATABASE."arn:aws:iam::999999999999:root"', json('["DESCRIBE", ""]')"#
        try whenRegistered(lake, Self.change("json_set", grant))
        let outcome = try await lake.create(TestLake.request())
        #expect(outcome.error?.message == ErrorMessage.notVerified.rawValue)
        let difference = "missing: ; unexpected: arn:aws:iam::999999999999:root has DESCRIBE on database"
        #expect(outcome.error?.cause.contains(difference) == true)
        #expect(try lake.store.catalogRows().isEmpty)
    }

    @Test func `success is the turning point: no error is sent however long the answer takes`() async throws {
        let lake = try TestLake(
            faults: Faults(.init("NotifySuccess", .before, TaskFailure("States.Http.Socket", "down"))))
        let outcome = try await lake.create(TestLake.request())
        #expect(outcome.record.status == .failed)
        #expect(outcome.record.error == "States.Http.Socket")
        #expect(try lake.store.room("acme_room") != nil)
        let history = try lake.store.history(of: outcome.record)
        let attempts = history.filter { $0.kind == .taskScheduled && $0.details["resource"] == "invoke" }
        let first = try #require(attempts.first), last = try #require(attempts.last)
        let hours = Double(last.timestamp.milliseconds - first.timestamp.milliseconds) / 3_600_000
        #expect((23.5...24.0).contains(hours))
        #expect(Set(attempts.map { $0.details["parameters"] }).count == 1)
    }
}
