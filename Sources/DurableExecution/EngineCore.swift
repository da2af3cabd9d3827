package import StatesLanguage

/// The engine without threads, clock and disk: the executions in hand, what waits to be taken in, and what a turn
/// makes of it.
///
/// `Engine` turns it with a store and the time of a machine, a simulation with a time and a store of its own. Either
/// goes through the same three steps: `beginTurn`, `Turn.carryOut` inside a transaction, and, when that is on disk,
/// `endTurn`, which says what is to be done outside. A turn that is not ended has not happened.
package struct EngineCore<Transaction: JournalTransaction>: Sendable {
    private let handlers: TaskHandlers<Transaction>
    private let policy: CommitPolicy
    private let notes: (any EvaluationNotes)?
    private var running: [ExecutionARN: Running] = [:]
    private var inbox: [(execution: ExecutionARN, input: EngineInput)] = []

    /// An execution in hand.
    private struct Running {
        var interpreter: Interpreter
        /// What a process before this one may have ended at; `nil` once this one has written something of it.
        var suspicion: Suspicion?
    }

    /// What is known of an execution that was taken up from the store, where it may have been evaluated in vain.
    fileprivate struct Suspicion {
        let interruptions: Int
    }

    /// - Parameter notes: told what is evaluated of that which was taken up from the store.
    package init(
        handlers: TaskHandlers<Transaction>, policy: CommitPolicy = .sharing, notes: (any EvaluationNotes)? = nil
    ) {
        self.handlers = handlers
        self.policy = policy
        self.notes = notes
    }

    /// The executions in hand.
    package var executions: Set<ExecutionARN> { Set(running.keys) }

    /// Whether anything waits to be taken in.
    package var hasInput: Bool { !inbox.isEmpty }

    /// How much waits to be taken in.
    package var waitingCount: Int { inbox.count }

    /// The execution as it stands after the last turn; `nil` when it has ended or is not in hand.
    package func interpreter(of execution: ExecutionARN) -> Interpreter? { running[execution]?.interpreter }

    /// Takes an execution in hand where its journal leaves it, unless it is in hand already.
    ///
    /// - Parameters:
    ///   - isFromStore: whether another process may have had it in hand.
    ///   - window: the events of its history that a turn tells; `nil` for none.
    package mutating func takeUp(
        _ journalled: JournalledExecution, on machine: StateMachine, isFromStore: Bool = false,
        recording window: HistoryWindow? = nil
    ) {
        let execution = journalled.start.arn
        if running[execution] != nil { return }
        let note = isFromStore ? notes?.begin(execution) : nil
        var (interpreter, actions) = journalled.replay(
            on: machine, recording: window,
            budget: journalled.entries.isEmpty ? WorkBudget.event : WorkBudget.replay)
        // Told already, by the process that wrote the entries.
        if !journalled.entries.isEmpty { _ = interpreter.takeHistory() }
        if let note { notes?.end(note) }
        // It waits for its turn, as many others may.
        if isFromStore { _ = interpreter.compact() }
        let suspicion = isFromStore ? Suspicion(interruptions: journalled.interruptions) : nil
        running[execution] = Running(interpreter: interpreter, suspicion: suspicion)
        inbox.append((execution, .actions(actions)))
    }

    /// What notes the evaluation of an execution, if it is to be noted.
    package func notes(for execution: ExecutionARN) -> (any EvaluationNotes)? {
        running[execution]?.suspicion == nil ? nil : notes
    }

    /// Has the next turn take something in; `false` when the execution is not in hand.
    package mutating func receive(_ input: EngineInput, for execution: ExecutionARN) -> Bool {
        if running[execution] == nil { return false }
        inbox.append((execution, input))
        return true
    }

    /// What waits, for whichever execution, to be carried out in one transaction.
    ///
    /// - Parameter limit: how much of it is taken.
    package mutating func beginTurn(clock: any EngineClock, limit: Int = .max) -> Turn {
        var turn = Turn(handlers: handlers, policy: policy, clock: clock, notes: notes)
        for (execution, input) in inbox.prefix(limit) {
            guard let running = running[execution] else { continue }
            turn.inputs.append((execution, input))
            if let suspicion = running.suspicion { turn.suspicions[execution] = suspicion }
            turn.interpreters[execution] = running.interpreter
        }
        inbox.removeFirst(min(limit, inbox.count))
        return turn
    }

    /// A turn for executions that are started in its own transaction, on machines that have been read.
    ///
    /// - Parameters:
    ///   - machines: gives the machine of a definition's hash; `nil` for one that is to be read first.
    ///   - window: the events of their history that it tells; `nil` for none.
    package func firstTurn(
        on machines: @Sendable @escaping (String) -> StateMachine?, recording window: HistoryWindow?,
        clock: any EngineClock
    ) -> FirstTurn {
        FirstTurn(
            core: EngineCore(handlers: handlers, policy: policy), machines: machines, window: window,
            clock: clock)
    }

    /// Takes over what a turn has led to, now that it is on disk.
    ///
    /// - Parameter isFirst: whether it was the first turn of executions that are not in hand yet. One that somebody has
    ///   taken up from the store meanwhile stands there where the turn has left it.
    /// - Returns: what is to be done outside, in its order.
    package mutating func endTurn(
        _ result: Turn.Outcome, isFirst: Bool = false
    ) -> [(execution: ExecutionARN, action: ExecutionAction)] {
        var actions: [(ExecutionARN, ExecutionAction)] = []
        var result = result
        if isFirst {
            result.changed.removeAll { running[$0.execution] != nil }
            result.left.removeAll { running[$0.execution] != nil }
            for (execution, interpreter, _) in result.changed {
                running[execution] = Running(interpreter: interpreter)
            }
        }
        inbox.insert(contentsOf: result.left, at: 0)
        for (execution, interpreter, next) in result.changed where running[execution] != nil {
            if interpreter.outcome == nil {
                running[execution]?.interpreter = interpreter
                if next.hasComeOn { running[execution]?.suspicion = nil }
            } else {
                running[execution] = nil
            }
            if !next.postponed.isEmpty { inbox.append((execution, .actions(next.postponed))) }
            actions += next.actions.map { (execution, $0) }
        }
        return actions
    }
}

extension EngineCore {
    /// What becomes of executions in the transaction that starts them.
    package struct FirstTurn: Sendable {
        /// Whoever has started one waits for all of them.
        private static var limit: Int { 4 }

        fileprivate var core: EngineCore
        fileprivate let machines: @Sendable (String) -> StateMachine?
        fileprivate let window: HistoryWindow?
        fileprivate let clock: any EngineClock

        /// Carries executions as far as they come; `nil` when that is left to a turn of its own.
        ///
        /// - Throws: the store's error; then the transaction has to be taken back as a whole.
        package func carryOut(_ started: [ExecutionStart], in transaction: Transaction) throws -> Turn.Outcome? {
            if started.isEmpty || started.count > Self.limit { return nil }
            var core = core
            for start in started {
                guard let machine = machines(start.machine.definitionHash) else { return nil }
                core.takeUp(
                    JournalledExecution(start: start, entries: []), on: machine, recording: window)
            }
            var outcome = try core.beginTurn(clock: clock).carryOut(in: transaction)
            // What there was no budget for is in hand from now on, as it is.
            for (execution, _) in outcome.left {
                guard let interpreter = core.interpreter(of: execution) else { continue }
                outcome.changed.append((execution, interpreter, Turn.Next()))
            }
            return outcome
        }
    }
}

/// How many local tasks of one execution may share a commit.
package enum CommitPolicy: Sendable {
    /// As many as come one after the other: fast, and a crash falls before or after all of them.
    case sharing
    /// One: the widest choice of places for a crash, for tests.
    case everyTask
}

/// What a turn takes in.
package enum EngineInput: Sendable {
    /// What an execution wants to have done that has just been taken up, or that a turn has left for the next.
    case actions([ExecutionAction])
    /// The execution was evaluated further beside the turns.
    case wentOn(Evaluation)
    case taskEnded(TaskRequest, TaskResult)
    case timerFired(id: Int64)
    case timedOut
    case stopped(error: String?, cause: String?)

    /// Whether it says of an execution that was taken up after its end that it has ended.
    fileprivate var isEnd: Bool {
        if case .actions(let actions) = self {
            actions.contains { if case .finish = $0 { true } else { false } }
        } else {
            false
        }
    }
}

/// How much work is done at a time, in the units of `StateWeight`. A room of ours takes some hundred units for a task.
package enum WorkBudget {
    /// After one event of an execution: more is evaluated beside the turns, where nobody waits for it.
    package static let event = 2048
    /// For one execution in a turn: the tasks that come then are begun in the next.
    static let execution = 16_384
    /// For all executions in a turn: what waits then is left for the next.
    static let turn = 65_536
    /// For beginning or ending a task.
    static let task = 16
    /// For replaying a journal where others wait.
    static let replay = 16_384
    /// Beside the turns, before another execution has its turn.
    package static let slice = 262_144
}

/// How far an execution has come that was evaluated beside the turns.
package final class Evaluation: Sendable {
    package let interpreter: Interpreter
    let actions: [ExecutionAction]
    /// The revision of the interpreter with which it began.
    let begunAt: Int

    /// Evaluates an execution that has paused, until it waits for something or the budget is spent.
    package init(of interpreter: Interpreter, budget: Int = WorkBudget.slice, isCancelled: () -> Bool = { false }) {
        begunAt = interpreter.revision
        var (interpreter, actions) = (interpreter, [ExecutionAction]())
        var left = budget
        while left > 0, interpreter.isPaused, !isCancelled() {
            interpreter.budget = WorkBudget.event
            actions += interpreter.goOn().filter { $0 != .goOn }
            left -= WorkBudget.event - interpreter.budget
        }
        _ = interpreter.compact()
        (self.interpreter, self.actions) = (interpreter, actions)
    }
}

extension EngineCore {
    /// One pass over everything that waits.
    ///
    /// 1. Apply each event to its execution.
    /// 2. Begin the tasks that come of it. A local one is done there and then, and its result applied in its turn.
    /// 3. Append the events to the journal, and how far the execution has come if something is done outside that does not
    ///    follow from them; mark what has ended.
    package struct Turn: Sendable {
        fileprivate var inputs: [(execution: ExecutionARN, input: EngineInput)] = []
        fileprivate var interpreters: [ExecutionARN: Interpreter] = [:]
        fileprivate var suspicions: [ExecutionARN: EngineCore.Suspicion] = [:]
        fileprivate let handlers: TaskHandlers<Transaction>
        fileprivate let policy: CommitPolicy
        fileprivate let clock: any EngineClock
        fileprivate let notes: (any EvaluationNotes)?

        fileprivate init(
            handlers: TaskHandlers<Transaction>, policy: CommitPolicy, clock: any EngineClock,
            notes: (any EvaluationNotes)?
        ) {
            self.handlers = handlers
            self.policy = policy
            self.clock = clock
            self.notes = notes
        }

        /// What a turn leads to, for when it is on disk.
        package struct Outcome: Sendable {
            fileprivate var changed: [(execution: ExecutionARN, interpreter: Interpreter, next: Next)] = []
            /// What the turn has not come to.
            fileprivate var left: [(execution: ExecutionARN, input: EngineInput)] = []
            /// What came to pass, if history is recorded, input by input.
            package fileprivate(set) var history: [[HistoryEvent]] = []
        }

        /// What an execution wants to have done after the commit.
        fileprivate struct Next: Sendable {
            /// Begun or without a beginning: to be acted on.
            var actions: [ExecutionAction] = []
            /// Tasks that the commit policy leaves for the next turn.
            var postponed: [ExecutionAction] = []
            /// Whether something of it is in the journal now. Whoever only arms a timer or calls a task again that was
            /// under way has done so in the processes before, too.
            var hasComeOn = false
        }

        /// Does the part of the turn that is inside the transaction.
        ///
        /// - Throws: the store's error; then the transaction has to be taken back as a whole.
        package func carryOut(in transaction: Transaction) throws -> Outcome {
            var outcome = Outcome()
            var interpreters = interpreters
            var budget = WorkBudget.turn
            for (index, (execution, input)) in inputs.enumerated() {
                if budget <= 0 {
                    outcome.left = Array(inputs[index...])
                    break
                }
                guard var interpreter = interpreters[execution] else { continue }
                let suspicion = suspicions[execution]
                let note = suspicion == nil ? nil : notes?.begin(execution)
                defer { if let note { notes?.end(note) } }
                let next = try take(input, execution, &interpreter, budget: &budget, in: transaction)
                if let suspicion, suspicion.interruptions > 0, next.hasComeOn {
                    try transaction.forgetInterruptions(of: execution)
                }
                outcome.history.append(interpreter.takeHistory())
                interpreters[execution] = interpreter
                outcome.changed.append((execution, interpreter, next))
            }
            return outcome
        }

        private func take(
            _ input: EngineInput, _ execution: ExecutionARN, _ interpreter: inout Interpreter,
            budget: inout Int, in transaction: Transaction
        ) throws -> Next {
            // What comes too late finds the execution ended, and must neither go on with it nor end it once more.
            if interpreter.outcome != nil, !input.isEnd { return Next() }
            var entries: [JournalEntry] = []
            var spent = 1
            var isCutShort = false
            func apply(_ event: ExecutionEvent) -> [ExecutionAction] {
                interpreter.budget = WorkBudget.event
                defer { spent += WorkBudget.event - interpreter.budget }
                isCutShort = interpreter.isReplaying
                let mark = isCutShort ? 0 : interpreter.isPaused ? interpreter.progress : nil
                let time = clock.now()
                entries.append(JournalEntry(at: time, event: event, atEvent: mark))
                return isCutShort ? interpreter.endUnreplayed(event, at: time) : interpreter.apply(event, at: time)
            }
            defer { budget -= spent }
            // 1.
            let actions: [ExecutionAction]
            switch input {
            case .actions(let pending):
                actions = pending
            case .wentOn(let evaluation):
                // What an event has led to meanwhile is evaluated anew.
                guard interpreter.isPaused, interpreter.revision == evaluation.begunAt else { return Next() }
                let wasReplaying = interpreter.isReplaying
                interpreter = evaluation.interpreter
                actions = evaluation.actions
                // Told already, by the process that wrote the entries.
                if wasReplaying { _ = interpreter.takeHistory() }
            case .taskEnded(let request, let result):
                if !interpreter.awaits(task: request.id) { return Next() }
                try handlers[request.resource]?.end(request, result, in: transaction)
                actions = apply(event(of: result, for: request))
            case .timerFired(let id):
                if interpreter.awaits(task: id) {
                    actions = apply(.taskFailed(id: id, TaskFailure(StatesError.timeout, "")))
                } else if interpreter.awaits(timer: id) {
                    actions = apply(.timerFired(id: id))
                } else {
                    return Next()
                }
            case .timedOut:
                actions = apply(.timedOut)
            case .stopped(let error, let cause):
                actions = apply(.stopped(error: error, cause: cause))
            }
            // 2.
            var next = Next()
            var mayBegin = true
            var pending = actions[...]
            while let action = pending.popFirst() {
                guard case .runTask(let request) = action else {
                    if action != .goOn { next.actions.append(action) }
                    continue
                }
                // A sibling may have failed since the task was wanted.
                if !interpreter.awaits(task: request.id) { continue }
                if !mayBegin {
                    next.postponed.append(action)
                    continue
                }
                guard let handler = handlers[request.resource] else {
                    preconditionFailure("the machine was checked: \(request.resource.name)")
                }
                spent += WorkBudget.task
                switch try handler.begin(request, in: transaction) {
                case .finished(let result):
                    pending += apply(event(of: result, for: request))
                    mayBegin = policy == .sharing && spent < WorkBudget.execution
                case .remote:
                    next.actions.append(action)
                }
            }
            // 3.
            next.hasComeOn = !entries.isEmpty
            // What leaves the process is what every replay comes to, whatever happens to that one in between: a task keeps
            // its token, and an observed event its place.
            let leaves = !next.actions.isEmpty || interpreter.hasRecorded
            if leaves, interpreter.outcome == nil, !interpreter.isReplaying, interpreter.isAheadOfJournal {
                entries.append(interpreter.markProgress())
            }
            if !entries.isEmpty { try transaction.append(entries, to: execution) }
            if let outcome = interpreter.outcome {
                next.actions = [.finish(outcome)]
                next.postponed = []
                try transaction.finish(
                    execution, with: outcome, at: interpreter.now, eventCount: isCutShort ? nil : interpreter.eventCount
                )
            } else {
                if interpreter.isPaused { next.actions.append(.goOn) }
                spent += interpreter.compact()
            }
            return next
        }

        private func event(of result: TaskResult, for request: TaskRequest) -> ExecutionEvent {
            switch result {
            case .success(let value): .taskSucceeded(id: request.id, value)
            case .failure(let failure): .taskFailed(id: request.id, failure)
            }
        }
    }
}
