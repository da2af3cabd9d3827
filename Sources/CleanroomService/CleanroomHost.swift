package import CleanroomModel
import CleanroomWorkflows
package import DurableExecution
package import EmbeddedLake
import StatesLanguage

/// The service for as long as a server stands: takes requests from many, runs their executions and those that other
/// processes start in the same folder, and tells what becomes of them.
///
/// It owns the folder's engine from `open` to `shutDown`.
package final class CleanroomHost: Sendable {
    /// How long another process that runs the folder's executions, such as `cleanroom create`, is waited for.
    package static let patience = Duration.seconds(10)
    /// How often it is looked whether another process has started something: SQLite tells it to nobody.
    private static let watchInterval = Duration.milliseconds(250)
    /// How often the recovery looks for executions that ended without telling their outcome, as EventBridge Scheduler
    /// has it do on AWS: a recovery that failed is recovered by nobody else.
    package static let sweepInterval = Duration.seconds(3600)

    package let store: LakeStore
    /// The workflows in the order of `Workflows.all`, which begins with the one that makes cleanrooms.
    let workflows: [DeployedWorkflow]
    package let clock: any EngineClock
    /// Says of a machine what no handler is there for.
    package let handlers: TaskHandlers<LakeTransaction>
    /// Finds out what became of requests.
    package let reader: RequestReader
    /// The workgroup of Athena that the machines use.
    package let workgroup: String
    private let hub: EventHub
    private let owned: FolderEngine
    private let commits: GroupCommit
    private let watch: ChangeWatch
    private let sweepInterval: Duration
    private let states: AsyncStream<EngineState>
    private let report: @Sendable (Report) -> Void

    /// What an operator is to know of a host.
    package enum Report: Sendable {
        case state(EngineState)
        /// Processes have ended while they evaluated it, and it is not taken up any more.
        case setAside(ExecutionARN)
        /// Its journal or its definition cannot be read, and it is not taken up any more.
        case unreadable(ExecutionARN, reason: String)
        /// It ends an execution since another process has asked for it.
        case stopping(ExecutionARN)
    }

    /// Becomes the owner of a folder's engine. What has not ended goes on when `run` is called.
    ///
    /// 1. Wait until no other process runs the folder's executions.
    /// 2. Have the machines and the rule of the recovery in the store.
    ///
    /// - Throws: `LakeError`, `folderInUse` among them; `DefinitionError` for a machine that needs what no handler is
    ///   there for.
    /// - Parameter report: told what an operator is to know.
    /// - Parameter observe: told of the history events of tasks and of executions, after they are on disk, without what
    ///   went in and came out.
    package init(
        store: LakeStore, deployment: Deployment, handlers: TaskHandlers<LakeTransaction> = LakeServices.handlers(),
        clock: any EngineClock = SystemClock(), patience: Duration = CleanroomHost.patience,
        sweepInterval: Duration = CleanroomHost.sweepInterval,
        report: @escaping @Sendable (Report) -> Void = { _ in },
        observe: @escaping @Sendable (HistoryEvent) -> Void = { _ in }
    ) async throws {
        let workflows = try Workflows.all.map {
            try DeployedWorkflow($0, for: deployment, handlers: handlers, in: store)
        }
        (self.store, self.workflows, self.handlers, self.clock) = (store, workflows, handlers, clock)
        (workgroup, self.sweepInterval) = (deployment.workgroup, sweepInterval)
        reader = RequestReader(store: store, bucket: deployment.bucket)
        let (states, continuation) = AsyncStream.makeStream(of: EngineState.self)
        self.states = states
        self.report = report
        let hub = EventHub()
        self.hub = hub
        // 1.
        owned = try await FolderEngine.waiting(
            of: store, serving: deployment, clock: clock, patience: patience
        ) {
            Engine(
                store: store, handlers: handlers, clock: clock, waitsForStore: true,
                report: { state in
                    continuation.yield(state)
                    report(.state(state))
                },
                reportUnreadable: { report(.unreadable($0.execution, reason: "\($0.reason)")) },
                observe: { event in
                    hub.tell(event)
                    observe(event)
                })
        }
        for execution in owned.setAside { report(.setAside(execution)) }
        commits = GroupCommit(engine: owned.engine)
        watch = ChangeWatch(store)
        // 2.
        try store.installBuiltIn(workflows.flatMap(\.machines), at: clock.now())
        for workflow in workflows { try workflow.addRule(to: store) }
    }

    private var engine: Engine<LakeStore> { owned.engine }

    /// The machine that makes cleanrooms.
    package var machine: StateMachineVersion { workflows[0].machine }

    /// The machines of all workflows.
    package var machines: [StateMachineVersion] { workflows.flatMap(\.machines) }

    /// What the engine does now. Requests are taken while it is `running`.
    package var state: EngineState { get async { await engine.state } }

    /// Takes up what has not ended, what rules start and what other processes start, and sweeps, until the task is
    /// cancelled.
    ///
    /// - Parameter onFolderGone: told once when the folder is no longer the one that was opened. Nothing is acknowledged
    ///   then, and nothing ends: whoever started this process again would have it make an empty lake at the same path.
    /// - Throws: the store's error when the engine had to end: then this process can do no more.
    package func run(onFolderGone: @escaping @Sendable (LakeError) -> Void = { _ in }) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { [states, store] in
                for await state in states {
                    if case .ended(let error) = state, !store.folderWatch.isGone { throw error }
                }
            }
            group.addTask { [self] in
                try await lookForWork()
                for await _ in store.startedByRules { try await lookForWork() }
            }
            group.addTask { [self] in
                while !store.folderWatch.isGone {
                    try await Task.sleep(for: Self.watchInterval)
                    try await untilStoreRecovers {
                        if try await watch.hasChanged() { try await lookForWork() }
                    }
                }
                do throws(LakeError) { try store.folderWatch.check() } catch { onFolderGone(error) }
                // The process stays, and is not ready.
                while true { try await Task.sleep(for: sweepInterval) }
            }
            group.addTask { [self] in
                while true {
                    try await Task.sleep(for: sweepInterval)
                    try await untilStoreRecovers { try await sweep() }
                }
            }
            // Each of them ends only with an error or by being cancelled.
            try await group.next()
            group.cancelAll()
        }
    }

    /// Takes up what is in the store, and stops what others have asked to have stopped.
    private func lookForWork() async throws {
        try await untilStoreRecovers {
            for request in try store.stopRequests() {
                report(.stopping(request.execution))
                try await stop(request.execution, error: request.error, cause: request.cause)
            }
            try await engine.resume()
        }
    }

    /// Leaves an error that passes to the engine, which takes everything up when the store can be written again.
    private func untilStoreRecovers(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch is EngineUnavailable {
            // The engine has told of it.
        } catch LakeError.folderGone {
            // Told by the one who watches.
        } catch let failure where store.canRecover(from: failure) {
            // Here only something was read, or was to be written for a client. If it stays, the engine finds it, too.
        }
    }

    /// Lets the commit that is on its way end, and leaves everything as it is for the next owner of the folder.
    package func shutDown() async {
        await engine.shutDown()
    }

    // MARK: Requests

    /// Starts the execution of a request, or finds the one that was started for it; on disk when this returns.
    ///
    /// - Throws: `LakeError.requestIDReused` for a requestId with other content; `ServiceError` where as many requests run
    ///   as may.
    package func start(_ request: CleanroomRequest) async throws -> LakeStore.StartResult {
        try await start(machine, name: request.requestID.text, input: request.json, isAsked: true)
    }

    /// Has each recovery look for what ended without telling its outcome.
    private func sweep() async throws {
        for recovery in workflows.compactMap(\.recovery) {
            // The time makes the name one that reads well in a list; two sweeps at one time would be one.
            _ = try await start(recovery, name: "sweep-\(clock.now().milliseconds)", input: ["sweep": true])
        }
    }

    private func start(
        _ version: StateMachineVersion, name: String, input: JSONValue, isAsked: Bool = false
    ) async throws -> LakeStore.StartResult {
        let start = ExecutionStart(
            machine: version.reference, name: name, input: input, startedAt: clock.now(),
            seed: .random(in: .min ... .max))
        return try await commit { transaction in
            let result = try transaction.start(start, of: version, isAsked: isAsked)
            if case .started = result { return (result, [start]) }
            return (result, [])
        }
    }

    /// What became of a request so far; `nil` when it was never made.
    package func outcome(of requestID: String, isRepeat: Bool = false) throws -> RequestOutcome? {
        try reader.outcome(of: requestID, on: machine.reference, isRepeat: isRepeat)
    }

    // MARK: Executions

    /// Runs `body` in a transaction that many callers share; what it gives is on disk when this returns.
    package func commit<Value: Sendable>(_ body: @escaping GroupCommit.Body<Value>) async throws -> Value {
        try await commits.commit(body)
    }

    /// How many callers wait for the next commit.
    package var waitingCommits: Int { get async { await commits.waitingCount } }

    /// The events of an execution from now on, without what went in and came out; the stream ends with the execution.
    /// What came to pass before, and the data, are in `LakeStore.history`.
    package func events(of arn: ExecutionARN) -> AsyncStream<HistoryEvent> { hub.events(of: arn) }

    /// Whoever calls the lake from outside: the operator of this machine.
    package var operatorARN: String { "arn:\(LocalAccount.partition):iam::\(LocalAccount.account):user/operator" }

    /// Waits until an execution has ended, for `patience` at most; `false` when it has not.
    package func hasEnded(_ arn: ExecutionARN, within patience: Duration) async throws -> Bool {
        // What is in hand is waited for; only of the others the store has to be asked.
        if await !engine.hasInHand(arn) {
            guard let record = try store.execution(named: arn) else { return true }
            if record.status != .running { return true }
        }
        return try await withThrowingTaskGroup { group in
            group.addTask { [engine] in
                // Not in hand: it has just ended, waits for its turn, or another process has started it.
                if try await engine.outcome(of: arn) != nil { return true }
                try await engine.takeUp(arn)
                if try await engine.outcome(of: arn) != nil { return true }
                // One that is set aside is waited for, too: somebody may release it, or stop it.
                if try self.store.execution(named: arn)?.hold?.setAsideAt != nil {
                    try await Task.sleep(for: patience)
                }
                return false
            }
            group.addTask {
                try await Task.sleep(for: patience)
                return false
            }
            let isEnded = try await group.next() ?? false
            group.cancelAll()
            while let other = await group.nextResult() {
                // The one that was not waited for ends by being cancelled.
                if case .failure(let error) = other, !(error is CancellationError) { throw error }
            }
            return try isEnded || store.execution(named: arn)?.status != .running
        }
    }

    /// Ends an execution from outside, and waits until that is on disk. Nothing is undone by it, but for what the
    /// recovery does then.
    package func stop(_ arn: ExecutionARN, error: String?, cause: String?) async throws {
        // It may wait for its turn, or another process may have started it a moment ago.
        try await engine.takeUp(arn)
        if await engine.hasInHand(arn) {
            await engine.stop(arn, error: error, cause: cause)
            _ = try await engine.outcome(of: arn)
        } else if try store.stopUnowned(arn, error: error, cause: cause, at: clock.now(), ownsEngine: false) {
            // What the rules have started is to be taken up.
            try await engine.resume()
        }
    }
}
