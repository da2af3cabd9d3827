import StatesLanguage

/// Carries executions through: takes events in, commits what they lead to, and only then acts.
///
/// A turn takes everything that is waiting, whichever execution it is for, into one transaction (group commit):
///
/// 1. Apply each event to its execution.
/// 2. Begin the tasks that come of it. A local one is done there and then, and its result applied in its turn.
/// 3. Append the events to the journal and commit.
/// 4. Only now act: start remote tasks and timers, wake who waits for an outcome.
///
/// If the transaction fails nothing has happened: the executions in memory stay as they were and the engine stops
/// with the store's error, because going on without a journal is the one thing that it must not do.
package actor Engine<Store: ExecutionStore> {
    /// How many local tasks of one execution may share a commit.
    package enum CommitPolicy: Sendable {
        /// As many as come one after the other: fast, and a crash falls before or after all of them.
        case sharing
        /// One: the widest choice of places for a crash, for tests.
        case everyTask
    }

    private enum Input: Sendable {
        case actions([ExecutionAction])
        case taskEnded(TaskRequest, TaskResult)
        case timerFired(id: Int64)
        case timedOut
        case stopped(error: String?, cause: String?)
    }

    private struct Running: Sendable {
        var interpreter: Interpreter
        /// What goes on outside for this execution: its remote task or timer, and the clock of the whole.
        var activities: [Task<Void, Never>] = []
    }

    /// What a transaction leads to, for when it is on disk.
    private struct Turn: Sendable {
        var changed: [(arn: ExecutionARN, interpreter: Interpreter, next: Next)] = []
        var history: [HistoryEvent] = []
    }

    /// What an execution wants to have done after the commit.
    private struct Next: Sendable {
        /// Begun or without a beginning: to be acted on.
        var actions: [ExecutionAction] = []
        /// Tasks that the commit policy leaves for the next turn.
        var postponed: [ExecutionAction] = []
    }

    private let store: Store
    private let handlers: TaskHandlers<Store.Transaction>
    private let clock: any EngineClock
    private let policy: CommitPolicy
    private let observe: (@Sendable (HistoryEvent) -> Void)?

    private var machines: [String: StateMachine] = [:]
    private var running: [ExecutionARN: Running] = [:]
    private var inbox: [(ExecutionARN, Input)] = []
    private var waiters: [ExecutionARN: [Int: CheckedContinuation<ExecutionOutcome, any Error>]] = [:]
    private var nextWaiter = 0
    private var turning: Task<Void, Never>?
    private var failure: (any Error)?

    /// - Parameter observe: told of every history event after it is on disk.
    package init(
        store: Store, handlers: TaskHandlers<Store.Transaction>, clock: any EngineClock = SystemClock(),
        policy: CommitPolicy = .sharing, observe: (@Sendable (HistoryEvent) -> Void)? = nil
    ) {
        self.store = store
        self.handlers = handlers
        self.clock = clock
        self.policy = policy
        self.observe = observe
    }

    /// Takes up all executions of the store that have not ended and that this engine does not have in hand.
    ///
    /// - Throws: the store's error, or `DefinitionError` for a machine that needs what no handler is there for.
    package func resume() async throws {
        if let failure { throw failure }
        for journalled in try await store.unfinished(except: Set(running.keys)) {
            let start = journalled.start
            if running[start.arn] != nil { continue }
            let machine = try await machine(hash: start.machine.definitionHash)
            let (interpreter, actions) = journalled.replay(on: machine, recordsHistory: observe != nil)
            var execution = Running(interpreter: interpreter)
            // Told already, by the process that wrote the entries.
            if !journalled.entries.isEmpty { _ = execution.interpreter.takeHistory() }
            running[start.arn] = execution
            inbox.append((start.arn, .actions(actions)))
        }
        turn()
    }

    /// Waits until the execution has ended; `nil` when this engine does not have it in hand.
    ///
    /// - Throws: the store's error if the engine had to stop, `CancellationError` if it was shut down.
    package func outcome(of arn: ExecutionARN) async throws -> ExecutionOutcome? {
        if let failure { throw failure }
        guard running[arn] != nil else { return nil }
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

    private func receive(_ arn: ExecutionARN, _ input: Input) {
        guard failure == nil, running[arn] != nil else { return }
        inbox.append((arn, input))
        turn()
    }

    private func turn() {
        guard turning == nil, !inbox.isEmpty, failure == nil else { return }
        turning = Task {
            do {
                while !inbox.isEmpty, failure == nil { try await takeTurn() }
            } catch {
                fail(error)
            }
            turning = nil
        }
    }

    private func takeTurn() async throws {
        let inputs = inbox
        inbox = []
        var interpreters: [ExecutionARN: Interpreter] = [:]
        for (arn, _) in inputs { interpreters[arn] = running[arn]?.interpreter }
        let step = TurnStep(handlers: handlers, policy: policy, clock: clock)
        let turn = try await store.write { [interpreters] transaction in
            var turn = Turn()
            var interpreters = interpreters
            for (arn, input) in inputs {
                guard var interpreter = interpreters[arn] else { continue }
                let next = try step.take(input, arn, &interpreter, in: transaction)
                turn.history += interpreter.takeHistory()
                interpreters[arn] = interpreter
                turn.changed.append((arn, interpreter, next))
            }
            return turn
        }
        if failure != nil { return }
        if let observe { turn.history.forEach(observe) }
        for (arn, interpreter, next) in turn.changed {
            running[arn]?.interpreter = interpreter
            if !next.postponed.isEmpty { inbox.append((arn, .actions(next.postponed))) }
            for action in next.actions { act(action, for: arn) }
        }
    }

    /// The part of a turn that is inside the transaction.
    private struct TurnStep: Sendable {
        let handlers: TaskHandlers<Store.Transaction>
        let policy: CommitPolicy
        let clock: any EngineClock

        func take(
            _ input: Input, _ arn: ExecutionARN, _ interpreter: inout Interpreter, in transaction: Store.Transaction
        ) throws -> Next {
            // What comes too late finds the execution ended, and must not end it once more.
            if case .actions = input {} else if interpreter.outcome != nil { return Next() }
            var entries: [JournalEntry] = []
            func apply(_ event: ExecutionEvent) -> [ExecutionAction] {
                entries.append(JournalEntry(at: clock.now(), event: event))
                return interpreter.apply(event, at: entries[entries.count - 1].at)
            }
            var actions: [ExecutionAction]
            var mayBegin = true
            switch input {
            case .actions(let pending):
                actions = pending
            case .taskEnded(let request, let result):
                if !interpreter.awaits(task: request.id) { return Next() }
                try handlers[request.resource]?.end(request, result, in: transaction)
                actions = apply(event(of: result))
            case .timerFired(let id):
                if interpreter.awaits(task: id) {
                    actions = apply(.taskFailed(TaskFailure(StatesError.timeout, "")))
                } else if interpreter.awaits(timer: id) {
                    actions = apply(.timerFired)
                } else {
                    return Next()
                }
            case .timedOut:
                actions = apply(.timedOut)
            case .stopped(let error, let cause):
                actions = apply(.stopped(error: error, cause: cause))
            }
            var next = Next()
            while let action = actions.popLast() {
                guard case .runTask(let request) = action else {
                    next.actions.append(action)
                    continue
                }
                if !mayBegin {
                    next.postponed.append(action)
                    continue
                }
                guard let handler = handlers[request.resource] else {
                    preconditionFailure("the machine was checked: \(request.resource.name)")
                }
                switch try handler.begin(request, in: transaction) {
                case .finished(let result):
                    actions += apply(event(of: result))
                    mayBegin = policy == .sharing
                case .remote:
                    next.actions.append(action)
                }
            }
            if !entries.isEmpty { try transaction.append(entries, to: arn) }
            if let outcome = interpreter.outcome { try transaction.finish(arn, with: outcome, at: interpreter.now) }
            return next
        }

        private func event(of result: TaskResult) -> ExecutionEvent {
            switch result {
            case .success(let value): .taskSucceeded(value)
            case .failure(let failure): .taskFailed(failure)
            }
        }
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
            running.removeValue(forKey: arn)?.activities.forEach { $0.cancel() }
            waiters.removeValue(forKey: arn)?.values.forEach { $0.resume(returning: outcome) }
        }
    }

    /// Sets the limit for the whole execution, when it has to wait for the first time: else it cannot reach it.
    private func startClock(of arn: ExecutionARN) {
        guard let execution = running[arn], execution.activities.isEmpty else { return }
        if let deadline = execution.interpreter.deadline { wake(arn, at: deadline, with: .timedOut) }
    }

    private func perform(
        _ request: TaskRequest, by handler: any TaskHandler<Store.Transaction>, for arn: ExecutionARN
    ) {
        let activity = Task {
            let result = await handler.perform(request)
            if !Task.isCancelled { receive(arn, .taskEnded(request, result)) }
        }
        running[arn]?.activities.append(activity)
        if let deadline = request.deadline { wake(arn, at: deadline, with: .timerFired(id: request.id)) }
    }

    private func wake(_ arn: ExecutionARN, at deadline: Timestamp, with input: Input) {
        let activity = Task { [clock] in
            do {
                try await clock.sleep(until: deadline)
                receive(arn, input)
            } catch {
                // Cancelled: the execution has ended, or the engine has.
            }
        }
        running[arn]?.activities.append(activity)
    }

    private func fail(_ error: any Error) {
        if failure == nil { failure = error }
        running.values.forEach { $0.activities.forEach { $0.cancel() } }
        running = [:]
        inbox = []
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
