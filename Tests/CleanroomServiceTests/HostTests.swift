import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import StatesLanguage
import Synchronization
import TestSupport
import Testing

/// A host runs what it starts, what rules start and what other processes start, each once.
struct HostTests {
    private let folder = TemporaryFolder()

    private func open(
        patience: Duration = .seconds(10), deployment: Deployment? = nil,
        handlers: TaskHandlers<LakeTransaction> = LakeServices.handlers(),
        sweepInterval: Duration = CleanroomHost.sweepInterval,
        observe: @escaping @Sendable (HistoryEvent) -> Void = { _ in }
    ) async throws -> CleanroomHost {
        try await CleanroomHost(
            store: LakeStore(folder: DataFolder(path: folder.path)), deployment: deployment ?? Deployment(),
            handlers: handlers, patience: patience, sweepInterval: sweepInterval, observe: observe)
    }

    /// Runs a host for as long as `body` takes.
    private func running<Value: Sendable>(
        _ host: CleanroomHost, _ body: @Sendable @escaping () async throws -> Value
    ) async throws -> Value {
        let task = Task { try await host.run() }
        let result: Result<Value, any Error>
        do {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        task.cancel()
        await host.shutDown()
        return try result.get()
    }

    @Test func `many requests at once are each made once, in fewer commits than requests`() async throws {
        let host = try await open()
        let requests = try (0..<50).map { try TestLake.request("room_\($0)") }
        try await running(host) {
            let results = try await withThrowingTaskGroup { group in
                // Each of them twice.
                for request in requests + requests { group.addTask { try await host.start(request) } }
                return try await group.reduce(into: [LakeStore.StartResult]()) { $0.append($1) }
            }
            let started = results.filter { if case .started = $0 { true } else { false } }
            #expect(started.count == requests.count)
            for request in requests {
                let arn = host.machine.reference.executionARN(name: request.requestID.text)
                #expect(try await host.hasEnded(arn, within: .seconds(60)))
                #expect(try host.outcome(of: request.requestID.text)?.status == .succeeded)
            }
        }
        #expect(try host.store.rooms(limit: 100).count == requests.count)
        #expect(try host.store.executions(limit: 1000).compactMap(\.answer).count == requests.count)
    }

    @Test func `a requestId with other content is refused, and those that share its commit are not`() async throws {
        let host = try await open()
        let first = try TestLake.request("one_room")
        let second = try TestLake.request("other_room", id: first.requestID.text)
        let third = try TestLake.request("third_room")
        try await running(host) {
            _ = try await host.start(first)
            let refused = Task { try await host.start(second) }
            let taken = Task { try await host.start(third) }
            await #expect(throws: LakeError.requestIDReused(requestID: first.requestID.text)) {
                _ = try await refused.value
            }
            let arn = try await taken.value.arn
            let hasEnded = try await host.hasEnded(arn, within: .seconds(60))
            #expect(hasEnded)
        }
        #expect(try host.store.room("third_room") != nil)
        #expect(try host.store.room("other_room") == nil)
    }

    @Test func `what another process starts is taken up`() async throws {
        let host = try await open()
        let other = try LakeStore(folder: DataFolder(path: folder.path))
        let request = try TestLake.request()
        try await running(host) {
            let input: JSONValue = [
                "requestId": .string(request.requestID.text), "account": .string(request.account.text),
                "database": .string(request.database.text),
            ]
            let result = try other.startExecution(
                of: host.machine, name: request.requestID.text, input: input, at: SystemClock().now(), seed: 1)
            while try other.execution(named: result.arn)?.status == .running {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        #expect(try host.outcome(of: request.requestID.text)?.status == .succeeded)
    }

    @Test func `more executions than may wait in memory are all carried through, and none that is waited for is late`()
        async throws
    {
        let host = try await open()
        let pass: JSONValue = ["StartAt": "Pass", "States": ["Pass": ["Type": "Pass", "End": true]]]
        let version = StateMachineVersion(
            reference: StateMachineReference(
                arn: host.machine.reference.arn + "-passing", name: "passing", roleARN: "arn:aws:iam::0:role/r",
                definitionHash: StateMachineVersion.sha256(pass.text)), definition: pass.text)
        let starts = (0..<(2 * Engine<LakeStore>.waitingLimit + 10)).map { number in
            ExecutionStart(
                machine: version.reference, name: "x\(number)", input: [:], startedAt: SystemClock().now(), seed: 1)
        }
        try await running(host) {
            try await host.commit { transaction in
                for start in starts { _ = try transaction.start(start, of: version) }
                return ((), starts)
            }
            let hasEnded = try await host.hasEnded(starts[starts.count - 1].arn, within: .seconds(60))
            #expect(hasEnded)
            while try host.store.runningExecutionCount() > 0 { try await Task.sleep(for: .milliseconds(5)) }
        }
        #expect(try host.store.executions(limit: 5000).filter { $0.status == .succeeded }.count == starts.count)
    }

    @Test func `the recovery of an execution that was stopped is taken up at once`() async throws {
        let host = try await open()
        try await running(host) {
            // Nobody knows an input like this one, so the recovery has an outcome to tell.
            let wait: JSONValue = [
                "StartAt": "Wait", "States": ["Wait": ["Type": "Wait", "Seconds": 3600, "End": true]],
            ]
            let version = StateMachineVersion(
                reference: StateMachineReference(
                    arn: host.machine.reference.arn + "-waiting", name: "waiting", roleARN: "arn:aws:iam::0:role/r",
                    definitionHash: StateMachineVersion.sha256(wait.text)), definition: wait.text)
            try host.store.addRule(source: version, target: try TestLake.recovery.get(), exceptErrors: [])
            let result = try host.store.startExecution(
                of: version, name: "x", input: [:], at: SystemClock().now(), seed: 1)
            try await host.stop(result.arn, error: "Operator", cause: "stopped")
            #expect(try host.store.execution(named: result.arn)?.status == .aborted)
            while try host.store.runningExecutionCount() > 0 { try await Task.sleep(for: .milliseconds(5)) }
        }
        let recoveries = try host.store.executions(limit: 10).filter {
            $0.start.machine.arn == host.machines[1].reference.arn
        }
        #expect(!recoveries.isEmpty)
    }

    @Test(.timeLimit(.minutes(2)))
    func `a recovery that was stopped is found by the next sweep, and the outcome is told`() async throws {
        let calls = Atomic(0)
        let isAnswering = Atomic(false)
        let host = try await open(
            deployment: try Deployment([.apiEndpoint: "account.example.com"]),
            handlers: LakeServices.handlers { _ in
                calls.add(1, ordering: .relaxed)
                while !isAnswering.load(ordering: .relaxed), !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(5))
                }
                return .success(["StatusCode": 200])
            }, sweepInterval: .milliseconds(50))
        let request = try TestLake.request()
        let arn = host.machine.reference.executionARN(name: request.requestID.text)
        try await running(host) {
            _ = try await host.start(request)
            while calls.load(ordering: .relaxed) < 1 { try await Task.sleep(for: .milliseconds(5)) }
            try await host.stop(arn, error: nil, cause: "the operator stopped it")
            while calls.load(ordering: .relaxed) < 2 { try await Task.sleep(for: .milliseconds(5)) }
            let recovery = try #require(
                try host.store.executions(limit: 1000).first {
                    $0.status == .running && $0.start.name.hasPrefix("recover-")
                })
            try await host.stop(recovery.start.arn, error: nil, cause: "the operator stopped it, too")
            isAnswering.store(true, ordering: .relaxed)
            while try host.outcome(of: request.requestID.text)?.isFinal != true {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        let outcome = try #require(try host.outcome(of: request.requestID.text))
        #expect(outcome.record.status == .aborted && outcome.recovery?.status == .succeeded)
        #expect(outcome.status == .succeeded && outcome.answer?.status == .delivered)
        #expect(try host.store.room(request.database.text)?.isRegistered == true)
    }

    @Test func `the events of an execution are told to who follows it, and end with it`() async throws {
        let host = try await open()
        let request = try TestLake.request()
        let kinds = try await running(host) {
            let arn = host.machine.reference.executionARN(name: request.requestID.text)
            let events = host.events(of: arn)
            _ = try await host.start(request)
            var kinds: [HistoryEvent.Kind] = []
            for await event in events { kinds.append(event.kind) }
            return kinds
        }
        #expect(kinds.first == .executionStarted)
        #expect(kinds.last == .executionSucceeded)
        #expect(kinds.count { $0 == .taskSucceeded } > 10)
    }

    @Test func `a folder has one host, and the next goes on where it stopped`() async throws {
        let request = try TestLake.request()
        do {
            let host = try await open()
            await #expect(throws: LakeError.folderInUse(path: folder.path)) { _ = try await open(patience: .zero) }
            _ = try await host.start(request)
            await host.shutDown()
            await #expect(throws: CancellationError.self) {
                _ = try await host.start(try TestLake.request("late_room"))
            }
        }
        let host = try await open()
        try await running(host) {
            let arn = host.machine.reference.executionARN(name: request.requestID.text)
            let hasEnded = try await host.hasEnded(arn, within: .seconds(60))
            #expect(hasEnded)
        }
        #expect(try host.outcome(of: request.requestID.text)?.status == .succeeded)
        #expect(try host.store.room("late_room") == nil)
    }
}
