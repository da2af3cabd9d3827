import DurableExecution
import StatesLanguage
import TestSupport
import Testing

@testable import EmbeddedLake

/// Executions in whose evaluation processes have ended.
struct ExecutionHoldTests {
    private let folder = TemporaryFolder()
    private static let time = Timestamp(milliseconds: 1_750_000_000_000)

    private static let version: StateMachineVersion = {
        let definition: JSONValue = [
            "StartAt": "W", "States": ["W": ["Type": "Wait", "Seconds": 3600, "End": true]],
        ]
        let reference = StateMachineReference(
            arn: "arn:aws:states:us-east-1:000000000000:stateMachine:w", name: "w", roleARN: "arn:aws:iam::0:role/r",
            definitionHash: StateMachineVersion.sha256(definition.text))
        return StateMachineVersion(reference: reference, definition: definition.text)
    }()

    private func open() throws -> LakeStore { try LakeStore(folder: DataFolder(path: folder.path)) }

    private func start(_ name: String) throws -> ExecutionARN {
        try open().startExecution(of: Self.version, name: name, input: [:], at: Self.time, seed: 1).arn
    }

    /// A process that ends while it evaluates an execution: the note stays.
    private func end(in execution: ExecutionARN) throws -> [ExecutionARN] {
        let store = try open()
        let held = try store.holdInterrupted(at: Self.time)
        _ = store.evaluationFile.begin(execution)
        return held
    }

    @Test func `one is set aside after a few processes, is listed, and waits until it is released`() async throws {
        let (bad, good) = (try start("bad"), try start("good"))
        for _ in 0..<ExecutionHold.limit { #expect(try end(in: bad).isEmpty) }
        let store = try open()
        #expect(try store.holdInterrupted(at: Self.time) == [bad])
        #expect(try store.execution(named: bad)?.hold == ExecutionHold(interruptions: 3, setAsideAt: Self.time))
        #expect(try store.executions(limit: 10).filter { $0.hold?.setAsideAt != nil }.map(\.start.arn) == [bad])
        #expect(try await store.unfinished(except: [], limit: 10).map { try $0.get().start.arn } == [good])
        #expect(try await store.unfinished(bad) == nil)
        #expect(try store.holdInterrupted(at: Self.time).isEmpty, "told once")

        #expect(try store.releaseHold(of: bad))
        #expect(try !store.releaseHold(of: bad) && !store.releaseHold(of: good))
        #expect(try await Set(store.unfinished(except: [], limit: 10).map { try $0.get().start.arn }) == [bad, good])
    }

    @Test func `what comes on is forgiven, and what has ended is not counted`() async throws {
        let execution = try start("slow")
        for _ in 0..<(ExecutionHold.limit - 1) { _ = try end(in: execution) }
        let store = try open()
        #expect(try store.holdInterrupted(at: Self.time).isEmpty)
        let found = try #require(try await store.unfinished(execution))
        #expect(found.interruptions == 2)
        let engine = Engine(store: store, handlers: LakeServices.handlers(), clock: TestClock())
        try await engine.resume()
        _ = try await engine.outcome(of: execution)
        await engine.shutDown()
        #expect(try store.execution(named: execution)?.status == .succeeded)
        #expect(try store.execution(named: execution)?.hold == nil)
        #expect(store.evaluationFile.interrupted().isEmpty, "what was evaluated has been, and is noted no more")
    }

    /// Each process takes it up, arms its timer, and ends in what comes then.
    @Test func `to arm a timer once more is not to come on: what ends a process behind a wait is set aside`()
        async throws
    {
        let execution = try start("bad")
        for attempt in 0..<ExecutionHold.limit {
            let store = try open()
            #expect(try store.holdInterrupted(at: Self.time).isEmpty)
            let found = try #require(try await store.unfinished(execution))
            #expect(found.interruptions == attempt)
            var core = EngineCore(handlers: LakeServices.handlers(), notes: store.evaluations)
            let machine = try await store.definition(hash: Self.version.reference.definitionHash)
            core.takeUp(found, on: machine, isFromStore: true)
            let turn = core.beginTurn(clock: TestClock(now: Self.time))
            let outcome = try store.writeNow { try turn.carryOut(in: $0) }
            guard case .wait? = core.endTurn(outcome).first?.action else { throw TestFailure("it waits") }
            #expect(store.evaluationFile.interrupted().isEmpty)
            _ = try #require(core.notes(for: execution)).begin(execution)
        }
        #expect(try open().holdInterrupted(at: Self.time) == [execution])
    }

    @Test func `an execution waits for one thing at a time, and nothing else goes on for it`() async throws {
        let names = (0..<8).map { "W\($0)" }
        var states = JSONObject()
        for (name, next) in zip(names, names.dropFirst()) {
            states[name] = ["Type": "Wait", "Seconds": 0, "Next": .string(next)]
        }
        states["W7"] = ["Type": "Wait", "Seconds": 9_000_000, "End": true]
        let definition: JSONValue = ["StartAt": "W0", "TimeoutSeconds": 99_000_000, "States": .object(states)]
        let version = StateMachineVersion(
            reference: StateMachineReference(
                arn: "arn:aws:states:us-east-1:000000000000:stateMachine:w8", name: "w8",
                roleARN: "arn:aws:iam::0:role/r", definitionHash: StateMachineVersion.sha256(definition.text)),
            definition: definition.text)
        let store = try open()
        let execution = try store.startExecution(of: version, name: "e", input: [:], at: Self.time, seed: 1).arn
        let engine = Engine(store: store, handlers: LakeServices.handlers(), clock: TestClock(now: Self.time))
        try await engine.resume()
        while try await store.unfinished(execution)?.entries.count != 7 { try await Task.sleep(for: .milliseconds(5)) }
        while await engine.activityCount == 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(await engine.activityCount == 2, "the wait, and the clock of the whole")
        await engine.stop(execution, error: nil, cause: nil)
        _ = try await engine.outcome(of: execution)
        #expect(await engine.activityCount == 0)
        await engine.shutDown()
    }

    @Test func `notes are written one beside the other, and a slot is used again`() throws {
        let store = try open()
        let file = store.evaluationFile
        let names = (0..<5).map { ExecutionARN("arn:aws:states:us-east-1:0:execution:m:\($0)") }
        let notes = names.map { file.begin($0) }
        #expect(Set(file.interrupted()) == Set(names))
        file.end(notes[1])
        file.end(notes[3])
        #expect(Set(file.interrupted()) == [names[0], names[2], names[4]])
        #expect(file.begin(names[3]) == notes[1])
        #expect(Set(file.interrupted()) == [names[0], names[2], names[3], names[4]])
        file.clear()
        #expect(file.interrupted().isEmpty)
    }

    @Test func `one that is set aside is stopped without being evaluated, and its history is as short`() throws {
        let execution = try start("bad")
        for _ in 0...ExecutionHold.limit { _ = try end(in: execution) }
        let store = try open()
        #expect(try store.stopUnowned(execution, error: "E", cause: "c", at: Self.time, ownsEngine: false))
        #expect(try !store.stopUnowned(execution, error: "E", cause: "c", at: Self.time, ownsEngine: true))
        let record = try #require(try store.execution(named: execution))
        #expect(record.status == .aborted && record.error == "E" && record.hold == nil)
        #expect(try store.history(of: record).map(\.kind) == [.executionStarted, .executionAborted])
    }

    @Test func `one that its owner has stopped is not stopped again when it is redriven`() async throws {
        let store = try open()
        // A clock that goes on by itself would go to the end of the wait.
        let clock = SystemClock()
        let execution = try store.startExecution(of: Self.version, name: "e", input: [:], at: clock.now(), seed: 1).arn
        let engine = Engine(store: store, handlers: LakeServices.handlers(), clock: clock)
        try await engine.resume()
        try store.requestStop(of: execution, error: "E", cause: nil)
        for request in try store.stopRequests() {
            await engine.stop(request.execution, error: request.error, cause: request.cause)
        }
        _ = try await engine.outcome(of: execution)
        await engine.shutDown()
        #expect(try store.execution(named: execution)?.status == .aborted)
        _ = try store.redrive(execution, at: clock.now())
        #expect(try store.execution(named: execution)?.status == .running)
        #expect(try store.stopRequests().isEmpty)
    }

    @Test func `a request to stop what has ended does not outlive its redrive`() throws {
        let execution = try start("late")
        let store = try open()
        #expect(try store.stopUnowned(execution, error: nil, cause: nil, at: Self.time, ownsEngine: true))
        try store.requestStop(of: execution, error: "E", cause: nil)
        _ = try store.redrive(execution, at: Self.time)
        #expect(try store.stopRequests().isEmpty)
    }

    @Test func `one that nobody runs is stopped where it stands, and one that others run is only asked for`() throws {
        let execution = try start("waiting")
        let store = try open()
        #expect(try !store.stopUnowned(execution, error: nil, cause: nil, at: Self.time, ownsEngine: false))
        try store.requestStop(of: execution, error: "E", cause: nil)
        #expect(try store.stopRequests() == [StopRequest(execution: execution, error: "E", cause: nil)])
        #expect(try store.stopUnowned(execution, error: nil, cause: nil, at: Self.time, ownsEngine: true))
        #expect(try store.stopRequests().isEmpty)
        let record = try #require(try store.execution(named: execution))
        #expect(
            try store.history(of: record).map(\.kind) == [
                .executionStarted, .stateEntered("Wait"), .executionAborted,
            ])
    }
}
