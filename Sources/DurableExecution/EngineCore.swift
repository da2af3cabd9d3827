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
    private var running: [ExecutionARN: Running] = [:]
    private var inbox: [(execution: ExecutionARN, input: EngineInput)] = []

    /// An execution in hand.
    private struct Running {
        var interpreter: Interpreter
        /// Executions of different lanes share nothing that changes, and may be carried on beside each other.
        let lane: Int
    }

    package init(handlers: TaskHandlers<Transaction>, policy: CommitPolicy = .sharing) {
        self.handlers = handlers
        self.policy = policy
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
    /// - Parameter lane: the lane that it goes on in.
    package mutating func takeUp(
        _ journalled: JournalledExecution, on machine: StateMachine, lane: Int = 0, recordsHistory: Bool = false,
        historyHasData: Bool = true
    ) {
        let execution = journalled.start.arn
        if running[execution] != nil { return }
        var (interpreter, actions) = journalled.replay(
            on: machine, recordsHistory: recordsHistory, historyHasData: historyHasData)
        // Told already, by the process that wrote the entries.
        if !journalled.entries.isEmpty { _ = interpreter.takeHistory() }
        running[execution] = Running(interpreter: interpreter, lane: lane)
        inbox.append((execution, .actions(actions)))
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
        var parts: [Turn.Part] = []
        for (execution, input) in inbox.prefix(limit) {
            guard let running = running[execution] else { continue }
            while parts.count <= running.lane {
                parts.append(Turn.Part(handlers: handlers, policy: policy, clock: clock))
            }
            parts[running.lane].inputs.append((execution, input))
            parts[running.lane].interpreters[execution] = running.interpreter
        }
        inbox.removeFirst(min(limit, inbox.count))
        return Turn(parts: parts.filter { !$0.inputs.isEmpty })
    }

    /// A turn for executions that are started in its own transaction, on machines that have been read.
    package func firstTurn(
        on machines: [String: StateMachine], recordsHistory: Bool, clock: any EngineClock
    ) -> FirstTurn {
        FirstTurn(
            core: EngineCore(handlers: handlers, policy: policy), machines: machines, recordsHistory: recordsHistory,
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
            for (execution, interpreter, _) in result.changed {
                running[execution] = Running(interpreter: interpreter, lane: 0)
            }
        }
        for (execution, interpreter, next) in result.changed where running[execution] != nil {
            if interpreter.outcome == nil {
                running[execution]?.interpreter = interpreter
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
        fileprivate let machines: [String: StateMachine]
        fileprivate let recordsHistory: Bool
        fileprivate let clock: any EngineClock

        /// Carries executions as far as they come; `nil` when that is left to a turn of its own.
        ///
        /// - Throws: the store's error; then the transaction has to be taken back as a whole.
        package func carryOut(_ started: [ExecutionStart], in transaction: Transaction) throws -> Turn.Outcome? {
            if started.isEmpty || started.count > Self.limit { return nil }
            var core = core
            for start in started {
                guard let machine = machines[start.machine.definitionHash] else { return nil }
                core.takeUp(
                    JournalledExecution(start: start, entries: []), on: machine, recordsHistory: recordsHistory,
                    historyHasData: false)
            }
            return try core.beginTurn(clock: clock).carryOut(in: transaction)
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
    case taskEnded(TaskRequest, TaskResult)
    case timerFired(id: Int64)
    case timedOut
    case stopped(error: String?, cause: String?)
}

extension EngineCore {
    /// One pass over everything that waits.
    package struct Turn: Sendable {
        /// The turn lane by lane: parts that have no execution in common.
        package fileprivate(set) var parts: [Part]

        /// How much it takes in.
        package var count: Int { parts.reduce(0) { $0 + $1.inputs.count } }

        /// Does the part of the turn that is inside the transaction.
        ///
        /// - Throws: the store's error; then the transaction has to be taken back as a whole.
        package func carryOut(in transaction: Transaction) throws -> Outcome {
            Outcome(joining: try parts.map { try $0.carryOut(in: transaction) })
        }

        /// What a turn leads to, for when it is on disk.
        package struct Outcome: Sendable {
            fileprivate var changed: [(execution: ExecutionARN, interpreter: Interpreter, next: Next)] = []
            /// What came to pass, if history is recorded, input by input.
            package fileprivate(set) var history: [[HistoryEvent]] = []

            fileprivate init() {}

            /// What parts of a turn lead to together.
            package init(joining outcomes: [Outcome]) {
                if let only = outcomes.first, outcomes.count == 1 {
                    self = only
                } else {
                    changed = outcomes.flatMap(\.changed)
                    history = outcomes.flatMap(\.history)
                }
            }
        }

        /// What an execution wants to have done after the commit.
        fileprivate struct Next: Sendable {
            /// Begun or without a beginning: to be acted on.
            var actions: [ExecutionAction] = []
            /// Tasks that the commit policy leaves for the next turn.
            var postponed: [ExecutionAction] = []
        }
    }
}

extension EngineCore.Turn {
    /// What a turn does for the executions of one lane.
    ///
    /// 1. Apply each event to its execution.
    /// 2. Begin the tasks that come of it. A local one is done there and then, and its result applied in its turn.
    /// 3. Append the events to the journal, and mark what has ended.
    package struct Part: Sendable {
        fileprivate var inputs: [(execution: ExecutionARN, input: EngineInput)] = []
        fileprivate var interpreters: [ExecutionARN: Interpreter] = [:]
        fileprivate let handlers: TaskHandlers<Transaction>
        fileprivate let policy: CommitPolicy
        fileprivate let clock: any EngineClock

        fileprivate init(handlers: TaskHandlers<Transaction>, policy: CommitPolicy, clock: any EngineClock) {
            self.handlers = handlers
            self.policy = policy
            self.clock = clock
        }

        /// - Throws: the store's error; then the transaction has to be taken back as a whole.
        package func carryOut(in transaction: Transaction) throws -> Outcome {
            var outcome = Outcome()
            var interpreters = interpreters
            for (execution, input) in inputs {
                guard var interpreter = interpreters[execution] else { continue }
                let next = try take(input, execution, &interpreter, in: transaction)
                outcome.history.append(interpreter.takeHistory())
                interpreters[execution] = interpreter
                outcome.changed.append((execution, interpreter, next))
            }
            return outcome
        }

        private func take(
            _ input: EngineInput, _ execution: ExecutionARN, _ interpreter: inout Interpreter,
            in transaction: Transaction
        ) throws -> Next {
            // What comes too late finds the execution ended, and must not end it once more.
            if case .actions = input {} else if interpreter.outcome != nil { return Next() }
            var entries: [JournalEntry] = []
            func apply(_ event: ExecutionEvent) -> [ExecutionAction] {
                entries.append(JournalEntry(at: clock.now(), event: event))
                return interpreter.apply(event, at: entries[entries.count - 1].at)
            }
            // 1.
            var actions: [ExecutionAction]
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
            // 2.
            var next = Next()
            var mayBegin = true
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
            // 3.
            if !entries.isEmpty { try transaction.append(entries, to: execution) }
            if let outcome = interpreter.outcome {
                try transaction.finish(execution, with: outcome, at: interpreter.now)
            }
            return next
        }

        private func event(of result: TaskResult) -> ExecutionEvent {
            switch result {
            case .success(let value): .taskSucceeded(value)
            case .failure(let failure): .taskFailed(failure)
            }
        }
    }
}
