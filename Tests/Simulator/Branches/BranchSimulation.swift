import DurableExecution
import StatesLanguage

/// Plays a schedule on the engine: its turns, the interpreter and the text of the journal are the real ones; the time, the
/// services and the disk are simulated. The same schedule gives the same run.
final class BranchSimulation {
    let schedule: BranchSchedule
    let bug: BranchBug?
    let store = BranchStore()
    /// The machine of each submission.
    private let machines: [StateMachine]
    private let tasks: [ExecutionARN: [String: BranchTask]]
    private let handlers: TaskHandlers<BranchTransaction>
    private let agenda = Agenda()
    private let clock = SimulatedClock()
    private var random: SeededRandom

    /// The process that runs the engine; `nil` while there is none.
    private var core: EngineCore<BranchTransaction>?
    /// The number of the process: answers and timers of an earlier one are lost.
    private var process = 0
    private var commits = 0
    private(set) var crashCount = 0
    /// The timers and remote tasks that the process has started for each execution.
    private var outstanding: [ExecutionARN: [Int64: ExecutionAction]] = [:]
    /// The events that an observer of the engine got.
    private(set) var observed: [ExecutionARN: [HistoryEvent]] = [:]
    /// The remote tasks that were begun, by the token that names the attempt.
    private var attempts: [String: TaskRequest] = [:]
    private(set) var wasRedriven: Set<ExecutionARN> = []
    private(set) var violations: [BranchViolation] = []

    /// - Throws: `DefinitionError` for a machine that is none.
    init(_ schedule: BranchSchedule, planting bug: BranchBug? = nil) throws(DefinitionError) {
        (self.schedule, self.bug) = (schedule, bug)
        store.bug = bug
        random = SeededRandom(seed: schedule.seed ^ 0xA_11CE)
        var machines: [StateMachine] = []
        var tasks: [ExecutionARN: [String: BranchTask]] = [:]
        for (number, submission) in schedule.submissions.enumerated() {
            machines.append(try StateMachine(submission.machine.definition(planting: bug)))
            tasks[Self.reference(number).executionARN(name: "e")] = submission.machine.tasks
        }
        (self.machines, self.tasks) = (machines, tasks)
        handlers = BranchHandler.handlers(tasks)
    }

    static func reference(_ number: Int) -> StateMachineReference {
        StateMachineReference(
            arn: "arn:aws:states:us-east-1:111111111111:stateMachine:branches-\(number)", name: "branches-\(number)",
            roleARN: "arn:aws:iam::111111111111:role/branches", definitionHash: "\(number)")
    }

    func machine(of record: BranchStore.Record) -> StateMachine { machines[record.number] }

    func task(_ request: TaskRequest) -> BranchTask? { tasks[request.execution.arn]?[request.stateName] }

    /// Plays until nothing happens any more.
    func run() {
        boot()
        for (number, submission) in schedule.submissions.enumerated() {
            agenda.at(submission.at) { self.start(number, submission) }
        }
        var steps = 0
        while agenda.advance() {
            steps += 1
            if steps > 200_000 { return report(.everythingEnds, "it does not come to an end") }
        }
        for record in store.unfinished { report(.everythingEnds, "\(record.start.arn) waits for nothing that comes") }
        if let core, !core.executions.isEmpty { report(.nothingRunsAfterEnd, "the engine has \(core.executions)") }
    }

    private func report(_ invariant: BranchInvariant, _ detail: String) {
        violations.append(BranchViolation(invariant, detail))
    }

    private var wallTime: Timestamp { Timestamp(milliseconds: SimulatedClock.beginning + agenda.now) }

    private func delay(_ range: ClosedRange<Int64>) -> Int64 { .random(in: range, using: &random) }

    // MARK: Clients

    private func start(_ number: Int, _ submission: BranchSchedule.Submission) {
        let start = ExecutionStart(
            machine: Self.reference(number), name: "e", input: submission.machine.input, startedAt: wallTime,
            seed: random.next())
        store.insert(start, number: number)
        if let stop = submission.stoppedAt { agenda.at(stop) { self.stop(start.arn) } }
        takeUp()
        turn()
    }

    private func stop(_ execution: ExecutionARN) {
        guard store.content.records[execution]?.outcome == nil else { return }
        // Nobody is there while the process is down.
        guard core != nil else { return agenda.after(600_000) { self.stop(execution) } }
        receive(.stopped(error: "Operator", cause: "stopped"), execution)
    }

    private func hasEnded(_ record: BranchStore.Record) {
        let execution = record.start.arn
        guard [.aborted, .timedOut].contains(record.outcome?.status) else { return }
        guard schedule.submissions[record.number].isRedriven, wasRedriven.insert(execution).inserted else { return }
        agenda.after(3000) {
            self.store.redrive(execution, at: self.wallTime)
            self.takeUp()
            self.turn()
        }
    }

    // MARK: The process

    private func boot() {
        core = EngineCore(handlers: handlers, policy: schedule.policy)
        process += 1
        takeUp()
        turn()
    }

    private func takeUp() {
        for record in store.unfinished {
            do {
                core?.takeUp(
                    try record.journalled(), on: machine(of: record), isFromStore: true, recording: HistoryWindow())
            } catch {
                report(.journalReplays, "the journal of \(record.start.arn) cannot be read: \(error)")
            }
        }
    }

    /// The process dies: what it had in memory is gone, and what it waited for as well.
    private func crash() {
        guard let core else { return }
        for execution in core.executions {
            guard let live = core.interpreter(of: execution), let record = store.content.records[execution],
                !live.isPaused, let replayed = replay(record), live.awaited != replayed.awaited
            else { continue }
            report(.journalReplays, "\(execution) waits for other things than its journal says")
        }
        self.core = nil
        process += 1
        outstanding = [:]
        agenda.after(schedule.downtimes[crashCount % schedule.downtimes.count]) { self.boot() }
        crashCount += 1
    }

    private func replay(_ record: BranchStore.Record) -> Interpreter? {
        (try? record.journalled())?.replay(on: machine(of: record)).interpreter
    }

    private func receive(_ input: EngineInput, _ execution: ExecutionARN) {
        if core?.receive(input, for: execution) == true { turn() }
    }

    private func turn() {
        while core?.hasInput == true {
            clock.set(agenda.now)
            commits += 1
            let crash = schedule.crashes[commits]
            if case .inCommit = crash { store.diesAtTask = true }
            if case .later(let milliseconds) = crash { agenda.after(milliseconds) { self.crash() } }
            defer { store.diesAtTask = false }
            let before = store.content
            guard let turn = core?.beginTurn(clock: clock, limit: schedule.turnLimit) else { return }
            // What the handlers throw is the end of the process.
            let outcome = try? turn.carryOut(in: BranchTransaction(store: store))
            var isLost = outcome == nil
            if case .beforeCommit = crash { isLost = true }
            guard let outcome, !isLost else {
                let effects = store.content.effects
                store.content = before
                if bug == .repeatsEffects { store.content.effects = effects }
                return self.crash()
            }
            for event in outcome.history.joined() { observed[event.execution, default: []].append(event) }
            let actions = core?.endTurn(outcome) ?? []
            for (execution, record) in store.content.records
            where record.outcome != nil && before.records[execution]?.outcome == nil { hasEnded(record) }
            if case .afterCommit = crash { return self.crash() }
            for (execution, action) in actions { act(action, execution) }
        }
        checkWaits()
    }

    /// What the process does has to be what the interpreters wait for.
    private func checkWaits() {
        guard let core else { return }
        for (execution, actions) in outstanding where !actions.isEmpty && core.interpreter(of: execution) == nil {
            report(.nothingRunsAfterEnd, "\(execution) has ended, and \(actions.keys.sorted()) is outstanding")
            outstanding[execution] = nil
        }
        for execution in core.executions {
            guard let interpreter = core.interpreter(of: execution), !interpreter.isReplaying else { continue }
            let (known, awaited) = (Set((outstanding[execution] ?? [:]).keys), Set(interpreter.awaited.map(\.id)))
            if known != awaited {
                report(.waitsAgree, "\(execution): \(known.sorted()) is outstanding, \(awaited.sorted()) is awaited")
            }
        }
    }

    // MARK: Acting

    private func act(_ action: ExecutionAction, _ execution: ExecutionARN) {
        let process = process
        switch action {
        case .runTask(let request):
            outstanding[execution, default: [:]][request.id] = action
            let known = attempts.updateValue(request, forKey: request.idempotencyToken)
            if let known, known != request {
                report(
                    .tokensNameOneAttempt,
                    "\(request.idempotencyToken) was for \(known.stateName) and is for \(request.stateName)")
            }
            if let deadline = request.deadline { wake(request.id, at: deadline, execution) }
            guard let answer = task(request)?.answer(to: request) else { break }
            agenda.after(delay(1...schedule.slowestAnswer)) {
                guard process == self.process else { return }
                let isAwaited = self.outstanding[execution]?[request.id] != nil
                guard isAwaited || self.schedule.deliversLate else { return }
                self.outstanding[execution]?[request.id] = nil
                self.receive(.taskEnded(self.addressee(of: request), answer), execution)
            }
        case .wait(let deadline, let id):
            outstanding[execution, default: [:]][id] = action
            wake(id, at: deadline, execution)
        case .cancel(let id):
            if bug != .ignoresCancelling { outstanding[execution]?[id] = nil }
            return
        case .finish:
            outstanding[execution] = nil
            return
        case .goOn:
            // Beside the turns: something else may come in before, and then nothing comes of it.
            guard let interpreter = core?.interpreter(of: execution) else { return }
            let evaluation = Evaluation(of: interpreter, budget: WorkBudget.event)
            agenda.after(delay(0...20)) {
                if process == self.process { self.receive(.wentOn(evaluation), execution) }
            }
        }
        if let interpreter = core?.interpreter(of: execution), !interpreter.isReplaying,
            let deadline = interpreter.deadline
        {
            agenda.at(deadline.milliseconds - SimulatedClock.beginning) {
                guard process == self.process, self.core?.interpreter(of: execution)?.deadline == deadline else {
                    return
                }
                self.receive(.timedOut, execution)
            }
        }
    }

    private func wake(_ id: Int64, at deadline: Timestamp, _ execution: ExecutionARN) {
        let process = process
        agenda.at(deadline.milliseconds - SimulatedClock.beginning) {
            guard process == self.process, self.outstanding[execution]?[id] != nil else { return }
            self.outstanding[execution]?[id] = nil
            self.receive(.timerFired(id: id), execution)
        }
    }

    /// To which task an answer goes.
    private func addressee(of request: TaskRequest) -> TaskRequest {
        guard bug == .answersTheFirst, let interpreter = core?.interpreter(of: request.execution.arn) else {
            return request
        }
        let waiting = interpreter.awaited.compactMap { awaited -> TaskRequest? in
            if case .task(let request) = awaited { request } else { nil }
        }
        return waiting.min { $0.id < $1.id } ?? request
    }
}

extension Interpreter.Awaited {
    /// Its number.
    var id: Int64 {
        switch self {
        case .task(let request): request.id
        case .timer(let id): id
        }
    }
}
