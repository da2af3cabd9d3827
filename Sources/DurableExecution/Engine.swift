import StatesLanguage

/// Carries executions through: takes events in, commits what they lead to, and only then acts.
///
/// A turn takes everything that is waiting, whichever execution it is for, into one transaction (group commit). What a
/// turn is, `EngineCore` says; here it gets a store, a clock and tasks that leave the process.
///
/// If the transaction fails nothing has happened: the executions in memory stay as they were and the engine stops
/// with the store's error, because going on without a journal is the one thing that it must not do.
package actor Engine<Store: ExecutionStore> {
    /// How many inputs may wait in memory. Executions that come when there are more wait in the store for their turn, where
    /// they take no memory; when half of these are done, the oldest are taken up.
    package static var waitingLimit: Int { 1000 }

    private let store: Store
    private let handlers: TaskHandlers<Store.Transaction>
    private let clock: any EngineClock
    private let observe: (@Sendable (HistoryEvent) -> Void)?

    private var core: EngineCore<Store.Transaction>
    /// What goes on outside for an execution: its remote task or timer, and the clock of the whole.
    private var activities: [ExecutionARN: [Task<Void, Never>]] = [:]
    /// The machines by the hashes of their definitions.
    private var machines: [String: StateMachine] = [:]
    private let laneCount: Int
    private var nextLane = 0
    private var waiters: [ExecutionARN: [Int: CheckedContinuation<ExecutionOutcome, any Error>]] = [:]
    private var nextWaiter = 0
    private var searches = 0
    /// Whether executions wait in the store, since too many wait here.
    private var hasMoreInStore = false
    private var endedDuringSearch: Set<ExecutionARN> = []
    private var turning: Task<Void, Never>?
    private var failure: (any Error)?

    /// A turn that takes in less than this is not worth a second thread.
    private static var fewestForLanes: Int { 8 }

    /// - Parameters:
    ///   - laneCount: how many lanes executions are shared out to, each of which a thread may carry on.
    ///   - observe: told of the history events of tasks and of the execution itself, after they are on disk, without what
    ///     went in and came out.
    package init(
        store: Store, handlers: TaskHandlers<Store.Transaction>, clock: any EngineClock = SystemClock(),
        policy: CommitPolicy = .sharing, laneCount: Int = 1,
        observe: (@Sendable (HistoryEvent) -> Void)? = nil
    ) {
        self.store = store
        self.laneCount = laneCount
        self.handlers = handlers
        self.clock = clock
        self.observe = observe
        core = EngineCore(handlers: handlers, policy: policy)
    }

    /// Takes up all executions of the store that have not ended and that this engine does not have in hand: the oldest
    /// now, and the others in their turn.
    ///
    /// - Throws: the store's error, or `DefinitionError` for a machine that needs what no handler is there for.
    package func resume() async throws {
        try beginSearch()
        defer { endSearch() }
        let found = try await store.unfinished(except: core.executions, limit: Self.waitingLimit)
        if found.count == Self.waitingLimit { hasMoreInStore = true }
        try await takeUp(found)
    }

    /// Takes up one execution before its turn, if it has not ended: somebody waits for it.
    ///
    /// - Throws: as `resume` does.
    package func takeUp(_ arn: ExecutionARN) async throws {
        if core.interpreter(of: arn) != nil { return }
        try beginSearch()
        defer { endSearch() }
        if let found = try await store.unfinished(arn) { try await takeUp([found], isUrgent: true) }
    }

    /// Runs `commit` in one transaction, takes up the executions that it starts, and gives what it gives.
    ///
    /// Where nothing else waits, they are carried as far as they come in the same transaction: who wants one execution
    /// waits for the disk once. What is on disk is on disk: if the others cannot be taken up now, whoever opens the store
    /// next does it.
    package func start<Value: Sendable>(
        in commit: @Sendable @escaping (Store.Transaction) throws -> (Value, started: [ExecutionStart])
    ) async throws -> Value {
        try beginSearch()
        defer { endSearch() }
        let isIdle = turning == nil && !core.hasInput && !hasMoreInStore
        let firstTurn = isIdle ? core.firstTurn(on: machines, recordsHistory: observe != nil, clock: clock) : nil
        let (value, started, outcome) = try await store.write { transaction in
            let (value, started) = try commit(transaction)
            return (value, started, try firstTurn?.carryOut(started, in: transaction))
        }
        if let outcome {
            if failure == nil { end(outcome, isFirst: true) }
        } else if !hasMoreInStore {  // Those that came before have their turn first.
            do {
                try await takeUp(started.map { JournalledExecution(start: $0, entries: []) })
            } catch {
                // Told by the next call that needs the engine.
            }
        }
        return value
    }

    private func beginSearch() throws {
        if let failure { throw failure }
        searches += 1
    }

    private func endSearch() {
        searches -= 1
        if searches == 0 { endedDuringSearch = [] }
        takeUpMore()
    }

    private func takeUp(_ found: [JournalledExecution], isUrgent: Bool = false) async throws {
        for journalled in found {
            if core.waitingCount >= Self.waitingLimit, !isUrgent {
                hasMoreInStore = true
                break
            }
            let machine = try await machine(hash: journalled.start.machine.definitionHash)
            if endedDuringSearch.contains(journalled.start.arn) || failure != nil { continue }
            nextLane = (nextLane + 1) % laneCount
            core.takeUp(
                journalled, on: machine, lane: nextLane, recordsHistory: observe != nil, historyHasData: false)
        }
        turn()
    }

    /// Whether the execution has been taken up and has not ended.
    package func hasInHand(_ arn: ExecutionARN) -> Bool { core.interpreter(of: arn) != nil }

    /// Waits until the execution has ended; `nil` when this engine does not have it in hand.
    ///
    /// - Throws: the store's error if the engine had to stop, `CancellationError` if it was shut down.
    package func outcome(of arn: ExecutionARN) async throws -> ExecutionOutcome? {
        if let failure { throw failure }
        guard core.interpreter(of: arn) != nil else { return nil }
        nextWaiter += 1
        let id = nextWaiter
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiters[arn, default: [:]][id] = $0 }
        } onCancel: {
            Task { await self.cancelWaiter(id, of: arn) }
        }
    }

    private func cancelWaiter(_ id: Int, of arn: ExecutionARN) {
        waiters[arn]?.removeValue(forKey: id)?.resume(throwing: CancellationError())
    }

    /// Ends an execution from outside. Nothing is undone by it.
    package func stop(_ arn: ExecutionARN, error: String?, cause: String?) {
        receive(arn, .stopped(error: error, cause: cause))
    }

    /// Leaves everything as it is for the next owner of the store. When this returns nothing is written any more.
    package func shutDown() async {
        fail(CancellationError())
        await turning?.value
    }

    // MARK: Turns

    private func receive(_ arn: ExecutionARN, _ input: EngineInput) {
        if failure == nil, core.receive(input, for: arn) { turn() }
    }

    private func turn() {
        guard turning == nil, core.hasInput, failure == nil else { return }
        turning = Task {
            do {
                while core.hasInput, failure == nil {
                    try await takeTurn()
                    takeUpMore()
                }
            } catch {
                fail(error)
            }
            turning = nil
        }
    }

    /// Takes up what waits in the store, while turns go on.
    private func takeUpMore() {
        guard hasMoreInStore, core.waitingCount <= Self.waitingLimit / 2 else { return }
        hasMoreInStore = false
        Task {
            do {
                try await resume()
            } catch {
                fail(error)
            }
        }
    }

    private func takeTurn() async throws {
        // Whoever wants to write meanwhile is not to wait for everything; whoever does so already, still less.
        let turn = core.beginTurn(clock: clock, limit: searches == 0 ? 64 : 16)
        // Where more is asked for than can be carried out, the other processors are for those who ask.
        let isFlooded = searches > 0 && core.waitingCount > Self.waitingLimit / 4
        let outcome =
            if turn.parts.count > 1, turn.count >= Self.fewestForLanes, !isFlooded {
                EngineCore.Turn.Outcome(
                    joining: try await store.write(each: turn.parts.map { part in { try part.carryOut(in: $0) } }))
            } else {
                try await store.write { try turn.carryOut(in: $0) }
            }
        if failure == nil { end(outcome) }
    }

    private func end(_ outcome: EngineCore<Store.Transaction>.Turn.Outcome, isFirst: Bool = false) {
        if let observe { for events in outcome.history { events.forEach(observe) } }
        for (arn, action) in core.endTurn(outcome, isFirst: isFirst) { act(action, for: arn) }
        turn()
    }

    // MARK: Acting

    private func act(_ action: ExecutionAction, for arn: ExecutionARN) {
        switch action {
        case .runTask(let request):
            guard let handler = handlers[request.resource] else {
                preconditionFailure("the machine was checked: \(request.resource.name)")
            }
            startClock(of: arn)
            perform(request, by: handler, for: arn)
        case .wait(let deadline, let id):
            startClock(of: arn)
            wake(arn, at: deadline, with: .timerFired(id: id))
        case .finish(let outcome):
            if searches > 0 { endedDuringSearch.insert(arn) }
            activities.removeValue(forKey: arn)?.forEach { $0.cancel() }
            waiters.removeValue(forKey: arn)?.values.forEach { $0.resume(returning: outcome) }
        }
    }

    /// Sets the limit for the whole execution, when it has to wait for the first time: else it cannot reach it.
    private func startClock(of arn: ExecutionARN) {
        guard activities[arn] == nil else { return }
        if let deadline = core.interpreter(of: arn)?.deadline { wake(arn, at: deadline, with: .timedOut) }
    }

    private func perform(
        _ request: TaskRequest, by handler: any TaskHandler<Store.Transaction>, for arn: ExecutionARN
    ) {
        let activity = Task {
            let result = await handler.perform(request)
            if !Task.isCancelled { receive(arn, .taskEnded(request, result)) }
        }
        activities[arn, default: []].append(activity)
        if let deadline = request.deadline { wake(arn, at: deadline, with: .timerFired(id: request.id)) }
    }

    private func wake(_ arn: ExecutionARN, at deadline: Timestamp, with input: EngineInput) {
        // A clock that was set back is behind the execution: what has passed in it is not waited for once more.
        let ahead = core.interpreter(of: arn).map { $0.now.milliseconds - clock.now().milliseconds } ?? 0
        let deadline = deadline.advanced(byMilliseconds: -max(0, ahead))
        let activity = Task { [clock] in
            do {
                try await clock.sleep(until: deadline)
                receive(arn, input)
            } catch {
                // Cancelled: the execution has ended, or the engine has.
            }
        }
        activities[arn, default: []].append(activity)
    }

    private func fail(_ error: any Error) {
        if failure == nil { failure = error }
        activities.values.joined().forEach { $0.cancel() }
        activities = [:]
        core = EngineCore(handlers: handlers)
        waiters.values.flatMap(\.values).forEach { $0.resume(throwing: error) }
        waiters = [:]
    }

    private func machine(hash: String) async throws -> StateMachine {
        if let machine = machines[hash] { return machine }
        let machine = try await store.definition(hash: hash)
        try handlers.check(machine)
        machines[hash] = machine
        return machine
    }
}
