import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import Foundation
import GRDB
import StatesLanguage
import Synchronization
import TestSupport
import Testing

/// What must not bring a host down: executions that take for ever, processes that end in one, and a disk that is full.
@Suite(.timeLimit(.minutes(3)))
struct EngineRecoveryTests {
    private let folder = TemporaryFolder()

    private func open(
        handlers: TaskHandlers<LakeTransaction> = LakeServices.handlers(),
        report: @escaping @Sendable (CleanroomHost.Report) -> Void = { _ in }
    ) async throws -> CleanroomHost {
        try await CleanroomHost(
            store: LakeStore(folder: DataFolder(path: folder.path)), deployment: Deployment(), handlers: handlers,
            report: report)
    }

    /// Runs a host for as long as `body` takes.
    private func running(_ host: CleanroomHost, _ body: @Sendable @escaping () async throws -> Void) async throws {
        let task = Task { try await host.run() }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        task.cancel()
        await host.shutDown()
        try result.get()
    }

    private static func version(_ definition: JSONValue, _ name: String) -> StateMachineVersion {
        StateMachineVersion(
            reference: StateMachineReference(
                arn: "arn:aws:states:us-east-1:000000000000:stateMachine:\(name)", name: name,
                roleARN: "arn:aws:iam::000000000000:role/r", definitionHash: StateMachineVersion.sha256(definition.text)
            ),
            definition: definition.text)
    }

    /// Searches much data again and again: it would take hours.
    private static func endless(timeoutSeconds: Int64? = nil) -> StateMachineVersion {
        var definition: JSONObject = [
            "StartAt": "Search",
            "States": [
                "Search": [
                    "Type": "Pass", "Parameters": ["count.$": "States.ArrayLength($..x)"], "ResultPath": "$.count",
                    "Next": "Again",
                ],
                "Again": [
                    "Type": "Choice", "Choices": [["Variable": "$.list", "IsPresent": true, "Next": "Search"]],
                    "Default": "Done",
                ],
                "Done": ["Type": "Succeed"],
            ],
        ]
        if let timeoutSeconds { definition["TimeoutSeconds"] = .integer(timeoutSeconds) }
        return version(.object(definition), "endless\(timeoutSeconds ?? 0)")
    }

    private static let muchData: JSONValue = ["list": .array((0..<15_000).map { ["x": .integer($0)] })]

    private static func start(_ version: StateMachineVersion, at host: CleanroomHost) async throws -> ExecutionARN {
        let start = ExecutionStart(
            machine: version.reference, name: "x", input: muchData, startedAt: host.clock.now(), seed: 1)
        return try await host.commit { transaction in
            (try transaction.start(start, of: version).arn, [start])
        }
    }

    @Test func `rooms are made beside an endless execution, and it is stopped where it stands`() async throws {
        let host = try await open()
        try await running(host) {
            let arn = try await Self.start(Self.endless(), at: host)
            for number in 0..<5 {
                let request = try TestLake.request("room_\(number)")
                _ = try await host.start(request)
                let room = host.machine.reference.executionARN(name: request.requestID.text)
                #expect(try await host.hasEnded(room, within: .seconds(60)))
                #expect(try host.outcome(of: request.requestID.text)?.status == .succeeded)
            }
            #expect(try host.store.execution(named: arn)?.status == .running)
            try await host.stop(arn, error: "Operator", cause: "enough")
            let record = try #require(try host.store.execution(named: arn))
            #expect(record.status == .aborted && record.error == "Operator")
            let events = try host.store.history(of: record)
            #expect(events.last?.kind == .executionAborted)
            let journal = try host.store.inspect("SELECT entries FROM journal ORDER BY id DESC LIMIT 1")
            let stop = try #require(journal.first?["entries"]?.arrayValue?.last)
            let progress = try #require(stop["n"]?.integerValue, "the entry of the stop says how far it had come")
            #expect(stop["s"] != nil && Int64(events.count) <= progress + 1, "a replay goes no further")
        }
    }

    @Test func `the time of an execution runs out that never waits`() async throws {
        let host = try await open()
        try await running(host) {
            let arn = try await Self.start(Self.endless(timeoutSeconds: 1), at: host)
            #expect(try await host.hasEnded(arn, within: .seconds(60)))
            let record = try #require(try host.store.execution(named: arn))
            #expect(record.status == .timedOut)
            #expect(try host.store.history(of: record).last?.kind == .executionTimedOut)
        }
    }

    @Test func `a host shuts down in order beside an endless execution, however often, and it is not set aside`()
        async throws
    {
        let reports = Mutex<[ExecutionARN]>([])
        @Sendable func note(_ report: CleanroomHost.Report) {
            if case .setAside(let execution) = report { reports.withLock { $0.append(execution) } }
        }
        let notes = folder.path + "/engine.evaluations"
        do {
            let host = try await open(report: note)
            try await running(host) { _ = try await Self.start(Self.endless(), at: host) }
        }
        let execution = Self.endless().reference.executionARN(name: "x")
        @Sendable func isNoted() -> Bool {
            FileManager.default.contents(atPath: notes)?.range(of: Data(execution.text.utf8)) != nil
        }
        // 1. Ended in order: nothing is left of the note.
        for _ in 0...ExecutionHold.limit {
            let host = try await open(report: note)
            try await running(host) {
                while !isNoted() { try await Task.sleep(for: .milliseconds(5)) }
            }
            #expect(!isNoted())
        }
        // 2. Killed: the note is.
        for _ in 0..<ExecutionHold.limit {
            #expect(reports.withLock { $0.isEmpty })
            let host = try await open(report: note)
            await host.shutDown()
            _ = host.store.evaluations?.begin(execution)
        }
        let host = try await open(report: note)
        #expect(reports.withLock { $0 } == [execution])
        try await running(host) {
            let request = try TestLake.request()
            _ = try await host.start(request)
            let room = host.machine.reference.executionARN(name: request.requestID.text)
            #expect(try await host.hasEnded(room, within: .seconds(60)))
            try await host.stop(execution, error: nil, cause: nil)
            #expect(try host.store.execution(named: execution)?.status == .aborted)
        }
    }

    @Test func `what cannot be read is set aside and named, and the others go on`() async throws {
        let reports = Mutex<[ExecutionARN]>([])
        @Sendable func note(_ report: CleanroomHost.Report) {
            if case .unreadable(let execution, _) = report { reports.withLock { $0.append(execution) } }
        }
        let store = try LakeStore(folder: DataFolder(path: folder.path))
        let pass: JSONValue = ["StartAt": "P", "States": ["P": ["Type": "Pass", "End": true]]]
        // 1. One that this program has no machine for, one with a damaged journal, and one as it should be.
        var wrong = Self.version(pass, "wrong")
        wrong = StateMachineVersion(
            reference: StateMachineReference(
                arn: wrong.reference.arn, name: "wrong", roleARN: wrong.reference.roleARN, definitionHash: "other"),
            definition: "{")
        func start(_ version: StateMachineVersion, _ name: String) throws -> ExecutionARN {
            try store.startExecution(of: version, name: name, input: [:], at: SystemClock().now(), seed: 1).arn
        }
        let unread = try start(wrong, "unread")
        let damaged = try start(Self.version(pass, "pass"), "damaged")
        try await DatabaseQueue(path: folder.path + "/lake.sqlite").write { db in
            try db.execute(
                sql:
                    "INSERT INTO journal (execution, entries) SELECT id, CAST('[{' AS BLOB) FROM execution WHERE name = 'damaged'"
            )
        }
        let good = try start(Self.version(pass, "pass"), "good")
        // 2. The host takes up what it can.
        let host = try await open(report: note)
        try await running(host) {
            #expect(try await host.hasEnded(good, within: .seconds(60)))
            #expect(try host.store.execution(named: good)?.status == .succeeded)
            while reports.withLock({ Set($0) }) != [unread, damaged] { try await Task.sleep(for: .milliseconds(5)) }
            for execution in [unread, damaged] {
                #expect(try host.store.execution(named: execution)?.hold?.setAsideAt != nil)
            }
            // 3. It is as with any other that is set aside: tried again it is read again, and it can be stopped.
            #expect(try host.store.releaseHold(of: damaged))
            #expect(try await !host.hasEnded(damaged, within: .milliseconds(10)))
            #expect(try host.store.execution(named: damaged)?.hold?.setAsideAt != nil)
            for execution in [unread, damaged] {
                try await host.stop(execution, error: "E", cause: nil)
                #expect(try host.store.execution(named: execution)?.status == .aborted)
            }
        }
    }

    @Test func `of executions that are started together one that cannot be read keeps nobody up`() async throws {
        let reports = Mutex<[ExecutionARN]>([])
        let host = try await open { report in
            if case .unreadable(let execution, _) = report { reports.withLock { $0.append(execution) } }
        }
        let pass: JSONValue = ["StartAt": "P", "States": ["P": ["Type": "Pass", "End": true]]]
        let good = Self.version(pass, "good")
        let bad = StateMachineVersion(
            reference: StateMachineReference(
                arn: good.reference.arn + "bad", name: "bad", roleARN: good.reference.roleARN, definitionHash: "other"),
            definition: "{")
        let starts = [bad, good].map { version in
            ExecutionStart(
                machine: version.reference, name: "x", input: [:], startedAt: host.clock.now(), seed: 1)
        }
        try await running(host) {
            try await host.commit { transaction in
                for (start, version) in zip(starts, [bad, good]) { _ = try transaction.start(start, of: version) }
                return ((), starts)
            }
            #expect(try await host.hasEnded(starts[1].arn, within: .seconds(60)))
            while reports.withLock({ Set($0) }) != [starts[0].arn] { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    @Test func `an execution is stopped from outside, by the host that runs it or without one`() async throws {
        let store = try LakeStore(folder: DataFolder(path: folder.path))
        let wait = Self.version(
            ["StartAt": "W", "States": ["W": ["Type": "Wait", "Seconds": 3600, "End": true]]], "wait")
        func start(_ name: String) throws -> ExecutionARN {
            try store.startExecution(of: wait, name: name, input: [:], at: SystemClock().now(), seed: 1).arn
        }
        let (alone, served) = (try start("alone"), try start("served"))
        let control = ExecutionControl(store: store)
        func stop(_ arn: ExecutionARN) async throws -> ExecutionControl.StopResult {
            try await control.stop(arn, error: "E", cause: "c", patience: .seconds(60))
        }
        guard case .stopped = try await stop(alone) else { throw TestFailure("it was not stopped here") }
        guard case .hasEnded = try await stop(alone) else { throw TestFailure("it was stopped twice") }
        let host = try await open()
        try await running(host) {
            guard case .stoppedByOwner = try await control.stop(served, error: "E", cause: "c", patience: .seconds(60))
            else { throw TestFailure("the host has not stopped it") }
        }
        for arn in [alone, served] {
            let record = try #require(try store.execution(named: arn))
            #expect(record.status == .aborted && record.error == "E" && record.cause == "c")
            let kinds = try store.history(of: record).map(\.kind)
            #expect(kinds == [.executionStarted, .stateEntered("Wait"), .executionAborted])
        }
    }

    @Test func `after a full disk the engine goes on by itself, and what was acknowledged is carried through`()
        async throws
    {
        let states = Mutex<[String]>([])
        let calls = Atomic(0)
        let isAnswering = Atomic(false)
        var random = SeededRandom(seed: 1)
        let body = (0..<4000).map { _ in random.uuid() }.joined()
        let handlers = LakeServices.handlers { _ in
            calls.add(1, ordering: .relaxed)
            while !isAnswering.load(ordering: .relaxed), !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(5))
            }
            return .success(["StatusCode": 200, "ResponseBody": .string(body)])
        }
        let host = try await open(handlers: handlers) { report in
            guard case .state(let state) = report else { return }
            switch state {
            case .starting: break
            case .running: states.withLock { $0.append("running") }
            case .waitingForStore: states.withLock { $0.append("waiting") }
            case .ended(let error): if !(error is CancellationError) { states.withLock { $0.append("ended") } }
            }
        }
        let call = Self.version(
            [
                "StartAt": "C",
                "States": [
                    "C": [
                        "Type": "Task", "Resource": "arn:aws:states:::http:invoke",
                        "Parameters": [
                            "ApiEndpoint": "https://example.com/a", "Method": "POST", "RequestBody": [:],
                            "Authentication": ["ConnectionArn": "arn:aws:events:us-east-1:000000000000:connection/c"],
                        ], "End": true,
                    ]
                ],
            ], "call")
        try await running(host) {
            let arn = try await Self.start(call, at: host)
            while calls.load(ordering: .relaxed) == 0 { try await Task.sleep(for: .milliseconds(5)) }
            // 1. The disk is full, and the engine has to write what came back.
            _ = try host.store.pragma("max_page_count = 1")
            isAnswering.store(true, ordering: .relaxed)
            while states.withLock({ $0.last }) != "waiting" { try await Task.sleep(for: .milliseconds(5)) }
            // 2. Nothing is taken in, and it is said why.
            let request = try TestLake.request()
            await #expect(throws: EngineUnavailable.self) { _ = try await host.start(request) }
            #expect(try host.store.execution(named: arn)?.status == .running)
            // 3. There is room again.
            _ = try host.store.pragma("max_page_count = 1000000")
            while states.withLock({ $0.last }) != "running" { try await Task.sleep(for: .milliseconds(5)) }
            #expect(try await host.hasEnded(arn, within: .seconds(60)))
            #expect(try host.store.execution(named: arn)?.status == .succeeded)
            _ = try await host.start(request)
            let room = host.machine.reference.executionARN(name: request.requestID.text)
            #expect(try await host.hasEnded(room, within: .seconds(60)))
            #expect(try host.outcome(of: request.requestID.text)?.status == .succeeded)
        }
        #expect(calls.load(ordering: .relaxed) >= 2, "the call whose result was lost is made again")
        #expect(states.withLock { $0 } == ["running", "waiting", "running"])
    }

    @Test func `an outcome that another process does not decide is waited for as long as was said, and that is told`()
        async throws
    {
        let store = try LakeStore(folder: DataFolder(path: folder.path))
        let service = try CleanroomService(store: store, deployment: Deployment())
        let request = try CleanroomRequest(
            requestID: "6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11", account: "111122223333", database: "acme_room")
        // A process that runs the executions of the folder, and does nothing.
        var lock = try store.ownEngine()
        #expect(lock != nil)
        let told = Mutex(0)
        let waiting: @Sendable () -> Void = { told.withLock { $0 += 1 } }
        let undecided = try await service.create(
            request, patience: .milliseconds(200), noticeAfter: .zero, waiting: waiting)
        #expect(undecided.status == .running)
        #expect(told.withLock { $0 } == 1)
        lock = nil
        let decided = try await service.create(request, noticeAfter: .zero, waiting: waiting)
        #expect(decided.status == .succeeded && decided.isRepeat)
        #expect(told.withLock { $0 } == 1)
    }
}
