import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import Foundation
import StatesLanguage
import TestSupport
import Testing

/// Executions that are ended at every state before they can tell their outcome, and what the recovery makes of them.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct RecoveryTests {
    /// The machine with a state that ends the execution with an error that nothing catches.
    private func machine(failingAt state: String) throws -> StateMachineVersion {
        let version = try TestLake.machine.get()
        var definition = try #require(JSONValue(parsing: version.definition).objectValue)
        var states = try #require(definition["States"]?.objectValue)
        var broken = try #require(states[state]?.objectValue)
        switch broken["Type"] {
        case "Task":
            broken["Arguments"] = "{% $error('made to fail') %}"
            let catchers = broken["Catch"]?.arrayValue?.compactMap(\.objectValue) ?? []
            broken["Catch"] = .array(catchers.map { .object($0.merging(["ErrorEquals": ["None.OfThis"]])) })
        case "Choice":
            let rules = broken["Choices"]?.arrayValue?.compactMap(\.objectValue) ?? []
            broken["Choices"] = .array(rules.map { .object($0.merging(["Condition": "{% $error('made to fail') %}"])) })
        default: broken["Output"] = "{% $error('made to fail') %}"
        }
        states[state] = .object(broken)
        definition["States"] = .object(states)
        let reference = StateMachineReference(
            arn: version.reference.arn, name: version.reference.name, roleARN: version.reference.roleARN,
            definitionHash: "failing at \(state)")
        return StateMachineVersion(reference: reference, definition: JSONValue.object(definition).text)
    }

    private func addRule(_ lake: TestLake) throws {
        try lake.store.addRule(
            source: try TestLake.machine.get(), target: try TestLake.recovery.get(),
            exceptErrors: [ExecutionError.notCreated, ExecutionError.leftovers])
    }

    /// What has to hold in the end, whatever was interrupted where.
    private func check(_ lake: TestLake, _ request: CleanroomRequest, before: [String], _ place: String) throws {
        let answers = try lake.answers()
        #expect(answers.count == 1, "\(place): told \(answers.count) times")
        #expect(answers.first?.body["requestId"] == .string(request.requestID.text))
        if answers.first?.path == Answer.Path.created {
            let room = try #require(try lake.store.room(request.database.text))
            #expect(room.isRegistered && room.grants.count == 3, "\(place)")
            #expect(Set(room.grants.map(\.principal)) == [request.account.text], "\(place)")
        } else {
            #expect(try lake.store.catalogRows() == before, "\(place)")
            let message = try #require(answers.first?.body["error"]?["message"]?.stringValue)
            #expect(ErrorMessage(rawValue: message) != nil)
        }
        // Whoever comes for it a second time finds it done.
        let arn = try TestLake.machine.get().reference.executionARN(name: request.requestID.text)
        _ = try lake.store.startExecution(
            of: try TestLake.recovery.get(), name: "again", input: ["executionArn": .string(arn.text)],
            at: Timestamp(milliseconds: 1_760_000_000_000), seed: 1)
    }

    private func checkAgain(_ lake: TestLake, _ place: String) async throws {
        let rows = try lake.store.catalogRows()
        try await lake.recover()
        #expect(try lake.store.catalogRows() == rows, "\(place): a second recovery did something")
        #expect(try lake.answers().count == 1, "\(place): a second recovery told something")
    }

    @Test(arguments: UndoTests.steps + ["NotifySuccess"], TestLake.Interruption.allCases)
    func `an execution ended from outside in any task gets its outcome told once`(
        step: String, interruption: TestLake.Interruption
    ) async throws {
        for moment in [Faults.Moment.hangingBefore, .hangingAfter]
        where step != "NotifySuccess" || moment == .hangingBefore {
            let lake = try TestLake(faults: Faults(.init(step, moment)))
            try addRule(lake)
            let before = try lake.store.catalogRows()
            let request = try TestLake.request()
            let record = try await lake.interrupt(
                try TestLake.machine.get(), input: request.json, name: request.requestID.text, by: interruption)
            #expect(record.status == (interruption == .stopped ? .aborted : .timedOut))
            #expect(record.answer == nil)
            try await lake.recover()
            try check(lake, request, before: before, "\(step) \(moment)")
            try await checkAgain(lake, "\(step) \(moment)")
        }
    }

    /// Executions go on under the definition that they began with, and a release may come in between.
    @Test(
        arguments: ["create-jsonpath.json", "create-mixed.json"],
        [
            "LookForDatabase", "CreateDatabase", "RegisterLocation", "ShareWithCustomer", "ReadRoom", "Undo",
            "DropDatabase", "TellSuccess", "TellError",
        ])
    func `an execution that a machine of an earlier release has begun is recovered`(
        file: String, step: String
    ) async throws {
        let file = Project.root.appending(path: "Tests/Fixtures/golden").appending(path: file)
        let definition = try JSONValue(parsing: Array(Data(contentsOf: file)))
        let machine = try CompiledWorkflow.all()[0].machine.with(definition).version(for: Deployment())
        // An answer that has left the process is delivered again.
        let hanging = Faults.Fault(step, step.hasPrefix("Tell") ? .hangingBefore : .hangingAfter)
        let isUndone = ["Undo", "DropDatabase", "TellError"].contains(step)
        let lake = try TestLake(faults: isUndone ? Faults(.init("ReadRoom", .before), hanging) : Faults(hanging))
        try addRule(lake)
        let before = try lake.store.catalogRows()
        let request = try TestLake.request()
        let record = try await lake.interrupt(machine, input: request.json, name: request.requestID.text)
        #expect(record.status == .aborted && record.answer == nil)
        try await lake.recover()
        try check(lake, request, before: before, step)
        try await checkAgain(lake, step)
    }

    /// The states behind which a recovery finds the room whole, and tells success.
    private static let standing: Set = [
        "CheckRevokeCreatorPermissions", "VerifyDatabase", "VerifyRegistration", "VerifyMembers", "VerifyTables",
        "VerifyObjects", "ListPermissions", "AreAllPermissionsListed", "VerifyAdministrator", "IsCleanroomComplete",
        "DescribeVerificationFailure", "IsDuplicate", "NotifySuccess",
    ]

    /// The states are dealt out to several cases, each of which has its own time limit. It is known behind which of them
    /// the room stands.
    @Test(arguments: 0..<6)
    func `an execution that fails with an uncatchable error in any state gets its outcome told once`(
        share: Int
    ) async throws {
        let definition = try JSONValue(parsing: try TestLake.machine.get().definition)
        let states = try #require(definition["States"]?.objectValue)
        var (made, undone): (Set<String>, Int) = ([], 0)
        let failing = states.filter { $0.1["Type"] != "Fail" && $0.1["Type"] != "Succeed" }
        for (index, (name, _)) in failing.enumerated() where index % 6 == share {
            let machine = try machine(failingAt: name)
            // With a verification that fails the way leads through the undo graph as well.
            for faults in [Faults(), Faults(.init("VerifyDatabase", .before))] {
                let lake = try TestLake(faults: faults)
                try addRule(lake)
                let before = try lake.store.catalogRows()
                let request = try TestLake.request()
                let record = try await lake.interrupt(
                    machine, input: request.json, name: request.requestID.text)
                // States that are not on this way do no harm.
                if ![StatesError.runtime, StatesError.queryEvaluation].contains(record.error) { continue }
                try await lake.recover()
                try check(lake, request, before: before, name)
                try await checkAgain(lake, name)
                if try lake.store.room("acme_room") != nil { made.insert(name) } else { undone += 1 }
            }
        }
        let standing = Set(failing.enumerated().filter { $0.offset % 6 == share }.map(\.element.0))
            .intersection(Self.standing)
        #expect(made == standing)
        #expect(undone >= 10, "\(undone) undone")
    }

    /// A recovery is known by its name and not by a word in its input: a database may be called "recover".
    @Test(arguments: ["acme_room", "recover"])
    func `a sweep finds those whose event was lost, and leaves alone what has told`(database: String) async throws {
        let lake = try TestLake(faults: Faults(.init("GrantToAccount", .hangingAfter)))
        let request = try TestLake.request(database)
        _ = try await lake.interrupt(try TestLake.machine.get(), input: request.json, name: request.requestID.text)
        _ = try await lake.create(try TestLake.request("taken"), ignoringFaults: true)
        let taken = try await lake.create(try TestLake.request("taken"), ignoringFaults: true)
        #expect(taken.status == .failed)
        let rows = try lake.store.catalogRows().count
        #expect(try lake.answers().count == 2)
        for name in ["sweep-1", "sweep-2"] {
            _ = try lake.store.startExecution(
                of: try TestLake.recovery.get(), name: name, input: ["sweep": true],
                at: Timestamp(milliseconds: 1_750_000_000_000), seed: 1)
            try await lake.recover()
            #expect(try lake.answers().count == 3)
        }
        #expect(try lake.store.catalogRows().count < rows)
        #expect(try lake.store.room(database) == nil)
        #expect(try lake.store.room("taken") != nil)
    }

    @Test func `the service waits for the recovery and tells its outcome`() async throws {
        let lake = try TestLake(faults: Faults(.init("RevokeCreatorPermissions", .hangingBefore)))
        try addRule(lake)
        let request = try TestLake.request()
        _ = try await lake.interrupt(try TestLake.machine.get(), input: request.json, name: request.requestID.text)
        let outcome = try await lake.create(request, ignoringFaults: true)
        #expect(outcome.isRepeat)
        #expect(outcome.status == .failed)
        #expect(outcome.error?.message == ErrorMessage.interrupted.rawValue)
        #expect(!outcome.mayLeaveSomething)
        #expect(outcome.recovery?.status == .succeeded)
    }

    @Test func `the service recovers what a lost recovery has left, and tells its outcome`() async throws {
        let lake = try TestLake(
            faults: Faults(.init("RevokeCreatorPermissions", .hangingBefore), .init("DropDatabase", .hangingBefore)))
        try addRule(lake)
        let request = try TestLake.request()
        let lost = try await lake.interrupt(
            try TestLake.machine.get(), input: request.json, name: request.requestID.text)
        let name = "recover-" + StateMachineVersion.sha256(lost.start.arn.text)
        let recovery = try await lake.interrupt(
            try TestLake.recovery.get(),
            input: [
                "recover": true, "executionArn": .string(lost.start.arn.text), "attempt": 1,
                "histories": ["arn": .string(lost.start.arn.text)],
            ], name: name)
        #expect(recovery.status == .aborted)
        let outcome = try await lake.create(request, ignoringFaults: true)
        #expect(outcome.status == .failed && !outcome.mayLeaveSomething)
        #expect(outcome.error?.message == ErrorMessage.interrupted.rawValue)
        #expect(outcome.recovery?.status == .succeeded && outcome.recovery?.start.name != name)
        #expect(try lake.answers().count == 1)
        #expect(try lake.store.room("acme_room") == nil)
    }

    /// The name is made of the execution's ARN, which everybody may know.
    @Test func `a recovery is started although somebody has taken the name that it was to have`() async throws {
        let lake = try TestLake(faults: Faults(.init("RevokeCreatorPermissions", .hangingBefore)))
        try addRule(lake)
        let request = try TestLake.request()
        let arn = try TestLake.machine.get().reference.executionARN(name: request.requestID.text)
        var random = SeededRandom(seed: SeededRandom.seed(arn.text))
        _ = try lake.store.startExecution(
            of: try TestLake.recovery.get(), name: random.uuid(), input: ["executionArn": "arn:of:nothing"],
            at: Timestamp(milliseconds: 1_760_000_000_000), seed: 1)
        _ = try await lake.interrupt(try TestLake.machine.get(), input: request.json, name: request.requestID.text)
        try await lake.recover()
        #expect(try lake.answers().map(\.path) == [Answer.Path.failed])
        #expect(try lake.store.room(request.database.text) == nil)
    }

    /// The intake cannot tell how long a name is; Glue can, and says so to the recovery as well.
    @Test func `a database name that Glue refuses is refused by the recovery, too`() async throws {
        let lake = try TestLake(faults: Faults(.init("CheckDatabaseNameIsFree", .hangingBefore)))
        try addRule(lake)
        let request = try TestLake.request()
        var input = try #require(request.json.objectValue)
        input["database"] = .string(String(repeating: "a", count: 256))
        _ = try await lake.interrupt(try TestLake.machine.get(), input: .object(input), name: request.requestID.text)
        try await lake.recover()
        let answers = try lake.answers()
        #expect(answers.map(\.path) == [Answer.Path.failed])
        #expect(answers.first?.body["error"]?["message"]?.stringValue == ErrorMessage.invalidRequest.rawValue)
    }

    /// What is before an event that cannot be read is known not to matter only while it is the intake's.
    @Test func `no event after the intake has all that a caller has sent, and none before it has more`() async throws {
        let recovery = try JSONValue(parsing: try TestLake.recovery.get().definition)
        let choices = try #require(recovery["States"]?["IsPageTooLarge"]?["Choices"]?.arrayValue)
        let conditions = choices.compactMap { $0["Condition"]?.stringValue }
        let last = try #require(conditions.compactMap { $0.firstMatch(of: /<= ([0-9]+)/).flatMap { Int($0.1) } }.first)
        let lake = try TestLake()
        let outcome = try await lake.create(try TestLake.request())
        let events = try lake.store.history(of: outcome.record)
        let prepared = try #require(events.lastIndex { $0.details["name"] == "ValidateRequest" })
        #expect(prepared + 1 == last)
    }
}
