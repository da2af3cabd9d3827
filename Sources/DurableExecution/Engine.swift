import StatesLanguage

/// Carries executions through: takes events in, commits what they lead to, and only then acts.
///
/// A turn takes everything that is waiting, whichever execution it is for, into one transaction (group commit). What a
/// turn is, `EngineCore` says; here it gets a store, a clock and tasks that leave the process.
///
/// What takes long is evaluated beside the turns, on threads of its own (`Evaluation`): nobody else waits for it, and it
/// is stopped between two states.
///
/// If a transaction fails nothing has happened. Going on without a journal is the one thing that the engine must not do,
/// so it forgets everything that it has in memory. Then it either ends with the store's error or, where the store may
/// recover (a full disk), tries until it can write again, and goes on from what is on disk.
package actor Engine<Store: ExecutionStore> {
    /// How many inputs may wait in memory. Executions that come when there are more wait in the store for their turn, where
    /// they take no memory; when half of these are done, the oldest are taken up.
    package static var waitingLimit: Int { 1000 }

    private let store: Store
    private let handlers: TaskHandlers<Store.Transaction>
    private let policy: CommitPolicy
    private let clock: any EngineClock
    private let observe: (@Sendable (HistoryEvent) -> Void)?
    private let waitsForStore: Bool
    private let report: (@Sendable (EngineState) -> Void)?
    private let reportUnreadable: (@Sendable (UnreadableExecution) -> Void)?

    private var core: EngineCore<Store.Transaction>
    /// What goes on outside for the executions.
    private var activities: [ExecutionARN: Activities] = [:]
    /// The hashes of definitions that there are handlers for; the machines themselves are the store's to keep.
    private var checked: Set<String> = []
    private var waiters: [ExecutionARN: [Int: CheckedContinuation<ExecutionOutcome, any Error>]] = [:]
    private var nextWaiter = 0
    private var searches = 0
    /// Whether executions wait in the store, since too many wait here.
    private var hasMoreInStore = false
    private var endedDuringSearch: Set<ExecutionARN> = []
    private var turning: Task<Void, Never>?
    /// What the engine does now.
    package private(set) var state = EngineState.starting
    /// Counts how often everything in memory was dropped.
    private var epoch = 0
    private var evaluator = Evaluator()
    /// What is evaluated beside the turns now, or was when it was dropped, by its ticket.
    private var slices: [ObjectIdentifier: Task<Void, Never>] = [:]
    private var isLookedForStore = false

    /// What goes on outside for an execution.
    private struct Activities {
        /// The clock of the whole.
        var clock: Task<Void, Never>?
        /// What the branches wait for now, by its number: a timer, or a remote task with the timer of its deadline.
        var awaited: [Int64: [Task<Void, Never>]] = [:]

        /// Ends what is done for a wait that is over.
        mutating func end(_ id: Int64) {
            for activity in awaited.removeValue(forKey: id) ?? [] { activity.cancel() }
        }

        func end() {
            clock?.cancel()
            for activity in awaited.values.joined() { activity.cancel() }
        }
    }

    /// How many definitions are known to have handlers for all that they call.
    private static var checkedLimit: Int { 10_000 }

    /// - Parameters:
    ///   - waitsForStore: whether the engine goes on by itself when the store can be written again; else it ends.
    ///   - report: told of each new state.
    ///   - reportUnreadable: told of each execution that is set aside, since it cannot be read.
    ///   - observe: told of the history events of tasks and of the execution itself, after they are on disk, without what
    ///     went in and came out.
    package init(
        store: Store, handlers: TaskHandlers<Store.Transaction>, clock: any EngineClock = SystemClock(),
        policy: CommitPolicy = .sharing,
        waitsForStore: Bool = false, report: (@Sendable (EngineState) -> Void)? = nil,
        reportUnreadable: (@Sendable (UnreadableExecution) -> Void)? = nil,
        observe: (@Sendable (HistoryEvent) -> Void)? = nil
    ) {
        self.store = store
        self.handlers = handlers
        self.clock = clock
        self.observe = observe
        self.policy = policy
        self.waitsForStore = waitsForStore
        self.report = report
        self.reportUnreadable = reportUnreadable
        core = EngineCore(handlers: handlers, policy: policy, notes: store.evaluations)
    }

    /// The events that are told to who observes, if anybody does.
    private var recording: HistoryWindow? { observe.map { _ in HistoryWindow(.followed) } }

    /// Takes up all executions of the store that have not ended and that this engine does not have in hand: the oldest
    /// now, and the others in their turn. One that cannot be read, or whose machine needs what no handler is there for, is
    /// set aside, and the others go on.
    ///
    /// - Throws: the store's error; `EngineUnavailable` while the engine waits for the store.
    package func resume() async throws {
        try beginSearch()
        defer { endSearch() }
        let began = epoch
        do {
            let found = try await store.unfinished(except: core.executions, limit: Self.waitingLimit)
            if began != epoch { return }
            // A store gives fewer where they hold much: only when it gives none there are no more.
            if !found.isEmpty { hasMoreInStore = true }
            try await takeUp(found, isFromStore: true)
        } catch {
            throw noted(error)
        }
        if case .starting = state { enter(.running) }
    }

    /// Takes up one execution before its turn, if it has not ended: somebody waits for it.
    ///
    /// - Throws: as `resume` does.
    package func takeUp(_ arn: ExecutionARN) async throws {
        if core.interpreter(of: arn) != nil { return }
        try beginSearch()
        defer { endSearch() }
        let began = epoch
        let found: Result<JournalledExecution, UnreadableExecution>
        do {
            guard let journalled = try await store.unfinished(arn) else { return }
            found = .success(journalled)
        } catch let error as UnreadableExecution {
            found = .failure(error)
        }
        if began == epoch { try await takeUp([found], isFromStore: true, isUrgent: true) }
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
        let firstTurn =
            isIdle
            ? core.firstTurn(
                on: { [checked, store] hash in checked.contains(hash) ? store.keptMachine(hash: hash) : nil },
                recording: recording, clock: clock) : nil
        let began = epoch
        let result: (value: Value, started: [ExecutionStart], outcome: EngineCore<Store.Transaction>.Turn.Outcome?)
        do {
            result = try await store.write { transaction in
                let (value, started) = try commit(transaction)
                return (value, started, try firstTurn?.carryOut(started, in: transaction))
            }
        } catch {
            // Whether it is the store that refuses, or something about these writes, a write of the engine's own shows.
            if store.canRecover(from: error), isUp {
                do {
                    try await store.checkWritable()
                } catch let failure {
                    fail(failure)
                }
            }
            throw error
        }
        let (value, started) = (result.value, result.started)
        if began != epoch { return value }  // Whoever takes up what is on disk finds it.
        if let outcome = result.outcome {
            end(outcome, isFirst: true)
        } else if !hasMoreInStore {  // Those that came before have their turn first.
            do {
                try await takeUp(started.map { .success(JournalledExecution(start: $0, entries: [])) })
            } catch {
                // What has not been taken up is looked for once more, and who does so tells what is wrong.
                hasMoreInStore = true
            }
        }
        return value
    }

    private func beginSearch() throws {
        if let refusal { throw refusal }
        searches += 1
    }

    /// Whether turns are taken.
    private var isUp: Bool { refusal == nil }

    /// Why nothing can be asked of the engine now.
    private var refusal: (any Error)? {
        switch state {
        case .starting, .running: nil
        case .waitingForStore(let error): EngineUnavailable(reason: "\(error)")
        case .ended(let error): error
        }
    }

    private func endSearch() {
        searches -= 1
        if searches == 0 { endedDuringSearch = [] }
        takeUpMore()
    }

    private func takeUp(
        _ found: [Result<JournalledExecution, UnreadableExecution>], isFromStore: Bool = false, isUrgent: Bool = false
    ) async throws {
        let began = epoch
        for execution in found {
            if core.waitingCount >= Self.waitingLimit, !isUrgent {
                hasMoreInStore = true
                break
            }
            let (journalled, machine): (JournalledExecution, StateMachine)
            do {
                journalled = try execution.get()
                machine = try await self.machine(of: journalled.start)
            } catch let unreadable as UnreadableExecution {
                if began != epoch { return }
                try await store.setAside(unreadable, at: clock.now())
                reportUnreadable?(unreadable)
                if began != epoch { return }
                continue
            }
            if began != epoch { return }
            if endedDuringSearch.contains(journalled.start.arn) { continue }
            core.takeUp(journalled, on: machine, isFromStore: isFromStore, recording: recording)
        }
        turn()
    }

    /// How many timers and remote tasks executions wait for, deadlines among them.
    package var activityCount: Int {
        activities.values.reduce(0) { $0 + $1.awaited.values.joined().count + ($1.clock == nil ? 0 : 1) }
    }

    /// Whether the execution has been taken up and has not ended.
    package func hasInHand(_ arn: ExecutionARN) -> Bool { core.interpreter(of: arn) != nil }

    /// Waits until the execution has ended; `nil` when this engine does not have it in hand.
    ///
    /// - Throws: the store's error if the engine had to stop, `CancellationError` if it was shut down.
    package func outcome(of arn: ExecutionARN) async throws -> ExecutionOutcome? {
        if let refusal { throw refusal }
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

    /// Leaves everything as it is for the next owner of the store. When this returns nothing is written any more, and
    /// nothing is evaluated: an execution is not to blame for a process that ends in order.
    ///
    /// What is waited for is bounded: a turn by `WorkBudget.turn`, and what is evaluated beside the turns by
    /// `WorkBudget.event`, after which it looks whether it is to end; either goes beyond that by one state at most.
    package func shutDown() async {
        end(CancellationError())
        await turning?.value
        for slice in slices.values { await slice.value }
    }

    // MARK: Turns

    private func receive(_ arn: ExecutionARN, _ input: EngineInput) {
        // A task that has ended needs its deadline no more, nor one whose time has run out its reply.
        switch input {
        case .taskEnded(let request, _): activities[arn]?.end(request.id)
        case .timerFired(let id): activities[arn]?.end(id)
        case .actions, .wentOn, .timedOut, .stopped: break
        }
        if isUp, core.receive(input, for: arn) { turn() }
    }

    private func turn() {
        guard turning == nil, core.hasInput, isUp else { return }
        let began = epoch
        turning = Task {
            do {
                while core.hasInput, began == epoch {
                    try await takeTurn()
                    takeUpMore()
                }
            } catch {
                if began == epoch { fail(error) }
            }
            turning = nil
            turn()
        }
    }

    /// Takes up what waits in the store, while turns go on.
    private func takeUpMore() {
        guard hasMoreInStore, core.waitingCount <= Self.waitingLimit / 2 else { return }
        hasMoreInStore = false
        Task {
            do {
                try await resume()
            } catch is EngineUnavailable {
                // It takes everything up when the store can be written again.
            } catch {
                fail(error)
            }
        }
    }

    private func takeTurn() async throws {
        let began = epoch
        // Whoever wants to write meanwhile is not to wait for everything; whoever does so already, still less.
        let turn = core.beginTurn(clock: clock, limit: searches == 0 ? 64 : 16)
        let outcome = try await store.write { try turn.carryOut(in: $0) }
        if began == epoch { end(outcome) }
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
            let timer = wake(arn, at: deadline, with: .timerFired(id: id))
            activities[arn, default: Activities()].awaited[id] = [timer]
        case .cancel(let id): activities[arn]?.end(id)
        case .goOn:
            startClock(of: arn)
            evaluator.add(arn)
            evaluate()
        case .finish(let outcome):
            evaluator.remove(arn)
            if searches > 0 { endedDuringSearch.insert(arn) }
            activities.removeValue(forKey: arn)?.end()
            waiters.removeValue(forKey: arn)?.values.forEach { $0.resume(returning: outcome) }
        }
    }

    /// Sets the limit for the whole execution, when it has to wait for the first time or is evaluated beside the turns:
    /// else it cannot reach it.
    private func startClock(of arn: ExecutionARN) {
        // When its time began a redrive may say that has not been replayed yet.
        guard activities[arn]?.clock == nil, let interpreter = core.interpreter(of: arn), !interpreter.isReplaying,
            let deadline = interpreter.deadline
        else { return }
        activities[arn, default: Activities()].clock = wake(arn, at: deadline, with: .timedOut)
    }

    private func perform(
        _ request: TaskRequest, by handler: any TaskHandler<Store.Transaction>, for arn: ExecutionARN
    ) {
        let activity = Task {
            let result = await handler.perform(request)
            if !Task.isCancelled { receive(arn, .taskEnded(request, result)) }
        }
        var awaited = [activity]
        if let deadline = request.deadline {
            awaited.append(wake(arn, at: deadline, with: .timerFired(id: request.id)))
        }
        activities[arn, default: Activities()].awaited[request.id] = awaited
    }

    private func wake(_ arn: ExecutionARN, at deadline: Timestamp, with input: EngineInput) -> Task<Void, Never> {
        // A clock that was set back is behind the execution: what has passed in it is not waited for once more.
        let ahead = core.interpreter(of: arn).map { $0.now.milliseconds - clock.now().milliseconds } ?? 0
        let deadline = deadline.advanced(byMilliseconds: -max(0, ahead))
        return Task { [clock] in
            do {
                try await clock.sleep(until: deadline)
                if !Task.isCancelled { receive(arn, input) }
            } catch {
                // Cancelled: the execution does not wait for it any more, or the engine has ended.
            }
        }
    }

    // MARK: Evaluating

    /// Begins what waits for being evaluated, as far as there are threads for it.
    private func evaluate() {
        while let (arn, ticket) = evaluator.next() {
            guard let interpreter = core.interpreter(of: arn), interpreter.isPaused else {
                evaluator.end(ticket, of: arn)
                continue
            }
            let notes = core.notes(for: arn)
            slices[ObjectIdentifier(ticket)] = Task {
                let evaluation = await Evaluator.evaluate(interpreter, ticket, notes)
                slices[ObjectIdentifier(ticket)] = nil
                if evaluator.end(ticket, of: arn) { receive(arn, .wentOn(evaluation)) }
                evaluate()
            }
        }
    }

    // MARK: States

    private func enter(_ state: EngineState) {
        self.state = state
        report?(state)
    }

    /// Takes note of an error of the store that nobody else takes note of, and gives what is to be told of it.
    private func noted(_ error: any Error) -> any Error {
        guard isUp, waitsForStore, store.canRecover(from: error) else { return error }
        fail(error)
        return EngineUnavailable(reason: "\(error)")
    }

    private func fail(_ error: any Error) {
        if waitsForStore, store.canRecover(from: error) {
            guard isUp else { return }
            drop(telling: EngineUnavailable(reason: "\(error)"))
            enter(.waitingForStore(error))
            if !isLookedForStore {
                isLookedForStore = true
                Task { await lookForStore() }
            }
        } else {
            end(error)
        }
    }

    private func end(_ error: any Error) {
        if case .ended = state { return }
        drop(telling: error)
        enter(.ended(error))
    }

    private func drop(telling error: any Error) {
        epoch += 1
        activities.values.forEach { $0.end() }
        activities = [:]
        evaluator.removeAll()
        core = EngineCore(handlers: handlers, policy: policy, notes: store.evaluations)
        hasMoreInStore = false
        waiters.values.flatMap(\.values).forEach { $0.resume(throwing: error) }
        waiters = [:]
    }

    /// Tries to write, less and less often, until it works, and then takes up what is on disk.
    private func lookForStore() async {
        var delay = Duration.milliseconds(100)
        while case .waitingForStore = state {
            do {
                try await Task.sleep(for: delay)
                delay = min(delay * 2, .seconds(2))
                try await store.checkWritable()
                // What a turn was writing meanwhile is on disk, or is not.
                await turning?.value
                guard case .waitingForStore = state else { break }
                enter(.starting)
                try await resume()
            } catch is EngineUnavailable {
                continue
            } catch let failure where store.canRecover(from: failure) {
                continue
            } catch {
                end(error)
            }
        }
        isLookedForStore = false
    }

    /// - Throws: `UnreadableExecution` where it is the definition that is wrong, else the store's error.
    private func machine(of start: ExecutionStart) async throws -> StateMachine {
        do {
            return try await machine(hash: start.machine.definitionHash)
        } catch  where !store.canRecover(from: error) {
            throw UnreadableExecution(execution: start.arn, reason: error)
        }
    }

    private func machine(hash: String) async throws -> StateMachine {
        let isChecked = checked.contains(hash)
        if isChecked, let machine = store.keptMachine(hash: hash) { return machine }
        let machine = try await store.definition(hash: hash)
        if isChecked { return machine }
        try handlers.check(machine)
        if checked.count >= Self.checkedLimit { checked = [] }
        checked.insert(hash)
        return machine
    }
}
