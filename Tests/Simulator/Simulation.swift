import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import StatesLanguage

/// One schedule, played from its beginning until nothing happens any more.
///
/// The engine is the real one (`EngineCore`, the interpreter and the compiled machines); its store, the services, the
/// account service and the time are simulated. Nothing in it depends on anything but the schedule: the same schedule
/// gives the same run, to the byte.
final class Simulation {
    /// A call as it was begun.
    struct Call {
        let execution: ExecutionARN
        let state: String
        let resource: TaskResource
    }

    /// What the engine's process does wrong, for showing that it would be found.
    enum EngineBug: Hashable, Sendable {
        case sendsAnswersBeforeCommit
        case forgetsTimers
        case neverRecovers
    }

    static let database = "acme_room"
    static let standingRoom = "standing_room"
    /// How often it is looked for executions whose event was lost, in milliseconds.
    private static let sweepInterval: Int64 = 3_600_000
    private static let sweepLimit = 60
    /// A reply of more than 256 KiB.
    private static let oversized: JSONValue = ["Padding": .string(String(repeating: "x", count: 300_000))]

    let schedule: Schedule
    let machines: Machines
    let lake: SimulatedLake
    let executions: SimulatedExecutions
    let receiver = Receiver()
    let strangers: Strangers
    let agenda = Agenda()
    private let services: SimulatedServices
    private let athena: SimulatedAthena
    private let clock = SimulatedClock()
    private let bug: EngineBug?
    /// How many calls are played at most.
    private let callLimit: Int

    private var random: SeededRandom
    private let happenings: [Int: [Happening]]
    /// The process that runs the engine; `nil` while there is none.
    private var core: EngineCore<SimulatedTransaction>?
    /// Tells replies and timers for one process from those for another.
    private var process = 0
    private var clockOffset: Int64 = 0
    private var losesNextCommit = false
    private var diesAfterCommit = false
    private var lostEvents = 0
    private var doubledEvents = 0
    private var sweeps = 0
    /// What others did while a turn was under way, which stands also where its commit is lost.
    private var actsInTurn: [() -> Void] = []
    /// Local calls of which nothing comes back.
    private var hanging: Set<String> = []

    private(set) var calls: [Call] = []
    /// When the execution last began to verify its room.
    private(set) var verifiedSince: [ExecutionARN: Int64] = [:]
    /// What did not hold while the simulation ran.
    var violations: [Violation] = []
    private(set) var trace: [String]?

    init(
        _ schedule: Schedule, machines: Machines, bug: EngineBug? = nil, access: AccessLog? = nil,
        callLimit: Int = .max, isTraced: Bool = false
    ) {
        self.schedule = schedule
        self.machines = machines
        self.bug = bug
        self.callLimit = callLimit
        random = SeededRandom(seed: schedule.seed)
        trace = isTraced ? [] : nil
        happenings = Dictionary(grouping: schedule.occurrences, by: \.call).mapValues { $0.map(\.happening) }
        executions = SimulatedExecutions(agenda: agenda)
        lake = SimulatedLake(behavior: schedule.behavior)
        strangers = Strangers(lake: lake, locationRole: machines.locationRole)
        services = SimulatedServices(
            lake: lake, executions: executions, receiver: receiver, strangers: strangers, machines: machines,
            agenda: agenda, access: access, hasShortPages: schedule.lake.contains(.shortPages))
        athena = SimulatedAthena(lake: lake, agenda: agenda) { [services] in services.changingLake($0) }
    }

    /// Plays the schedule.
    ///
    /// 1. Lay out what is there before anybody asks.
    /// 2. Start the engine, and put down when requests come.
    /// 3. Go from one thing to the next until nothing is left to happen, or more calls were begun than are played.
    func run() {
        // 1.
        lake.content.settings = settings
        strangers.makeRoom(Self.standingRoom, request: "00000000-0000-4000-8000-000000000001", account: "123123123123")
        if let ground = schedule.ground { strangers.lay(ground, under: Self.database) }
        // 2.
        boot()
        for submission in schedule.requests { agenda.at(Int64(submission.at) * 1000) { self.submit(submission) } }
        scheduleSweep()
        // 3.
        while !isCutShort, agenda.advance() {}
    }

    /// Whether there are more calls than are played: an execution goes round in circles.
    var isCutShort: Bool { calls.count > callLimit }

    private var settings: JSONValue {
        var settings = DataLakeSettings.fresh.objectValue ?? [:]
        if schedule.lake.contains(.closedDefaults) {
            settings["CreateDatabaseDefaultPermissions"] = []
            settings["CreateTableDefaultPermissions"] = []
        }
        settings["DataLakeAdmins"] = .array(
            [Strangers.principal, machines.asked.roleARN].map { ["DataLakePrincipalIdentifier": .string($0)] })
        if schedule.lake.contains(.version4) { settings["Parameters"] = ["CROSS_ACCOUNT_VERSION": "4"] }
        return .object(settings)
    }

    func note(_ text: @autoclosure () -> String) {
        if trace != nil { trace?.append("\(agenda.now) \(text())") }
    }

    private func delay(_ range: ClosedRange<Int64>) -> Int64 { .random(in: range, using: &random) }

    // MARK: Requests

    private func submit(_ submission: Schedule.Submission) {
        let request = Requests.request(submission.kind, seed: schedule.seed)
        let result = executions.start(
            machines.asked, name: request.executionName, input: request.input, at: wallTime, seed: random.next())
        switch (result, submission.kind) {
        case (.refused, .changed): break
        case (.refused, _): report(.repeatsAreOne, "\(submission.kind) was refused as another request's")
        case (.started, .again), (.started, .changed):
            // It came before the first, and is the first then.
            if schedule.requests.contains(where: { $0.kind == .first && $0.at < submission.at }) {
                report(.repeatsAreOne, "\(submission.kind) was started anew")
            }
        default: break
        }
        note("request \(submission.kind.rawValue): \(result)")
        takeUp()
        turn()
    }

    private var wallTime: Timestamp { Timestamp(milliseconds: SimulatedClock.beginning + agenda.now) }

    // MARK: The process

    private func boot() {
        core = EngineCore(handlers: SimulatedHandler.handlers, policy: .everyTask)
        process += 1
        takeUp()
        turn()
    }

    private func takeUp() {
        for record in executions.unfinished {
            core?.takeUp(record.journalled, on: machines.machine(of: record.start.machine))
        }
    }

    /// The process dies. What it has sent arrives, what it has not committed is gone.
    private func crash() {
        guard let core else { return }
        note("crash")
        for execution in core.executions.sorted(by: { $0.text < $1.text }) {
            guard let live = core.interpreter(of: execution), let record = executions.records[execution] else {
                continue
            }
            let (replayed, _) = record.journalled.replay(on: machines.machine(of: record.start.machine))
            if !live.isPaused, live.awaited != replayed.awaited {
                report(.journalReplays, "\(execution) waits for \(live.awaited), its journal for \(replayed.awaited)")
            }
        }
        self.core = nil
        (losesNextCommit, diesAfterCommit) = (false, false)
        agenda.after(delay(500...120_000)) { self.boot() }
    }

    private func turn() {
        clock.set(agenda.now + clockOffset)
        while core?.hasInput == true, !isCutShort {
            let (before, lakeBefore) = (executions.snapshot, lake.content)
            let queriesBefore = lake.queries
            actsInTurn = []
            guard let turn = core?.beginTurn(clock: clock) else { return }
            var outcome: EngineCore<SimulatedTransaction>.Turn.Outcome?
            do {
                outcome = try turn.carryOut(in: SimulatedTransaction(simulation: self))
            } catch {
                // A handler that dies in the middle of the transaction.
                losesNextCommit = true
            }
            guard let outcome, !losesNextCommit else {
                executions.snapshot = before
                if schedule.setting == .here {
                    (lake.content, lake.queries) = (lakeBefore, queriesBefore)
                    actsInTurn.forEach { $0() }
                }
                return crash()
            }
            if schedule.setting == .here, lake.content != lakeBefore {
                lake.remember(lakeBefore, until: agenda.now)
            }
            let actions = core?.endTurn(outcome) ?? []
            tellOfEnds(before: before.records)
            if diesAfterCommit { return crash() }
            for (execution, action) in actions { act(action, for: execution) }
            takeUp()
        }
    }

    private func act(_ action: ExecutionAction, for execution: ExecutionARN) {
        switch action {
        case .runTask(let request):
            // Begun in the transaction, where it was swallowed.
            if !hanging.contains(request.idempotencyToken) { call(request) }
        case .wait(let deadline, let id):
            startTimer(deadline, .timerFired(id: id), for: execution)
            limit(execution)
        // What comes all the same finds nothing that waits for it.
        case .finish, .cancel: break
        case .goOn:
            guard let interpreter = core?.interpreter(of: execution) else { return }
            limit(execution)
            _ = core?.receive(.wentOn(Evaluation(of: interpreter)), for: execution)
        }
    }

    /// The limit for the whole execution.
    private func limit(_ execution: ExecutionARN) {
        if let deadline = core?.interpreter(of: execution)?.deadline { startTimer(deadline, .timedOut, for: execution) }
    }

    private func startTimer(_ deadline: Timestamp, _ input: EngineInput, for execution: ExecutionARN) {
        let process = process
        let time = deadline.milliseconds - SimulatedClock.beginning - clockOffset
        agenda.at(time) { self.deliver(input, to: execution, of: process) }
    }

    private func deliver(_ input: EngineInput, to execution: ExecutionARN, of process: Int) {
        guard process == self.process, core?.receive(input, for: execution) == true else { return }
        turn()
    }

    // MARK: Calls

    /// What goes wrong at the call that begins now.
    fileprivate func begin(_ request: TaskRequest) -> [Happening] {
        calls.append(Call(execution: request.execution.arn, state: request.stateName, resource: request.resource))
        let scheduled = (happenings[calls.count] ?? []).filter {
            $0.applies(to: request.resource, in: schedule.setting)
        }
        note("#\(calls.count) \(request.stateName) \(request.resource.name) \(scheduled)")
        if request.stateName == "VerifyDatabase" { verifiedSince[request.execution.arn] = agenda.now }
        for happening in scheduled { comeToPass(happening, at: request) }
        return services.faults(at: request, scheduled: scheduled)
    }

    private func comeToPass(_ happening: Happening, at request: TaskRequest) {
        let execution = request.execution.arn
        switch happening.kind {
        case .stop:
            let process = process
            agenda.after(1) {
                self.deliver(.stopped(error: "Operator", cause: "stopped"), to: execution, of: process)
            }
        case .clockBack: clockOffset -= Int64(happening.amount) * 1000
        case .eventLost: lostEvents += 1
        case .eventTwice: doubledEvents += 1
        default:
            let target = Requests.target(of: request) ?? (Self.database, Requests.account)
            // Members join and leave rooms that stand: until then a room is busy.
            if happening.kind.changesMembers, !isTold(target.database) { return }
            let act = { [services, strangers, agenda] in
                services.changingLake {
                    strangers.act(happening.kind, on: target.database, account: target.account, at: agenda.now)
                }
            }
            act()
            actsInTurn.append(act)
        }
    }

    /// Whether success was told of the room that stands under a name.
    private func isTold(_ database: String) -> Bool {
        let owner = lake.database(database)?.parameters[MarkerProperty.requestID]?.stringValue
        return receiver.deliveries.contains { $0.key == owner && $0.path == Answer.Path.created }
    }

    /// A call that leaves the process.
    private func call(_ request: TaskRequest) {
        let (faults, process, execution) = (begin(request), process, request.execution.arn)
        func has(_ kind: Happening.Kind) -> Bool { faults.contains { $0.kind == kind } }
        func reply(_ result: TaskResult) {
            agenda.after(delay(1...200)) {
                if process == self.process, has(.crashInCommit) { self.losesNextCommit = true }
                self.note("\(request.stateName) \(result.isSuccess ? "replied" : "failed: \(result)")")
                self.deliver(.taskEnded(request, result), to: execution, of: process)
                self.losesNextCommit = false
            }
        }
        limit(execution)
        if let deadline = request.deadline { startTimer(deadline, .timerFired(id: request.id), for: execution) }
        if has(.crashBefore) { return crash() }
        if has(.hang) { return }
        agenda.after(delay(1...300)) {
            if let refusal = self.services.refusal(of: request, faults) { return reply(.failure(refusal)) }
            self.carryOut(request, faults) { result in
                if has(.crashAfter), process == self.process { self.crash() }
                if has(.silence) { return }
                reply(self.alter(result, request, faults))
            }
        }
    }

    private func carryOut(_ request: TaskRequest, _ faults: [Happening], _ reply: @escaping (TaskResult) -> Void) {
        guard ["athena", "aws-sdk:athena"].contains(request.resource.service) else {
            if faults.contains(where: { $0.kind == .twice }) { _ = services.carryOut(request, faults) }
            reply(services.carryOut(request, faults))
            // Executions that the call has started.
            takeUp()
            turn()
            return
        }
        switch request.resource.action {
        case "startQueryExecution", "startQueryExecution.sync":
            let oddity = faults.first { [.falseFailure, .stopIneffective].contains($0.kind) }?.kind
            let slow = faults.first { $0.kind == .slow }.map { Int64($0.amount) * 1000 }
            switch athena.start(request, duration: slow ?? delay(300...4000), oddity: oddity) {
            case .failure(let failure): reply(.failure(failure))
            case .success(let query) where request.resource.action.hasSuffix(".sync"):
                athena.whenEnded(query, reply)
            case .success(let query): reply(.success(["QueryExecutionId": .string(query.id)]))
            }
        case "stopQueryExecution": reply(athena.stop(request))
        default: reply(services.carryOut(request, faults))
        }
    }

    /// The reply as it arrives.
    private func alter(_ result: TaskResult, _ request: TaskRequest, _ faults: [Happening]) -> TaskResult {
        for fault in faults {
            switch fault.kind {
            case .lostReply: return .failure(services.lostReply(of: request))
            case .malformed where result.isSuccess: return .success("unexpected")
            case .oversized where result.isSuccess:
                return .success(Self.oversized)
            default: continue
            }
        }
        return result
    }

    /// A call whose effect commits together with the journal.
    fileprivate func callHere(_ request: TaskRequest) throws -> TaskDisposition {
        let faults = begin(request)
        func has(_ kind: Happening.Kind) -> Bool { faults.contains { $0.kind == kind } }
        if has(.crashBefore) || has(.crashInCommit) { throw SimulatedCrash() }
        if has(.crashAfter) { diesAfterCommit = true }
        // What never comes back is left to its deadline, which `act` sets for what is remote.
        if let refusal = services.refusal(of: request, faults) { return .finished(.failure(refusal)) }
        if has(.hang) { return .remote }
        let result = services.carryOut(request, faults)
        if has(.silence) { return .remote }
        return .finished(alter(result, request, faults))
    }

    /// Where the engine's tasks are done: in its own transaction, or outside.
    fileprivate func dispose(of request: TaskRequest) throws -> TaskDisposition {
        if bug == .sendsAnswersBeforeCommit, request.resource == AnswerService.resource {
            return .finished(services.carryOut(request, []))
        }
        if schedule.setting != .here || request.resource == AnswerService.resource { return .remote }
        let disposition = try callHere(request)
        if case .remote = disposition, let deadline = request.deadline {
            // Nothing else will come of it.
            hanging.insert(request.idempotencyToken)
            startTimer(deadline, .timerFired(id: request.id), for: request.execution.arn)
        }
        return disposition
    }

    // MARK: Ends

    private func tellOfEnds(before: [ExecutionARN: SimulatedExecutions.Record]) {
        guard schedule.setting == .aws, bug != .neverRecovers else { return }
        for execution in executions.order {
            guard let record = executions.records[execution], let outcome = record.outcome,
                before[execution]?.outcome == nil, outcome.status != .succeeded,
                let recovery = machines.workflow(of: record.start.machine)?.recovery?.reference
            else { continue }
            if lostEvents > 0 {
                lostEvents -= 1
                continue
            }
            for _ in 0...(doubledEvents > 0 ? 1 : 0) {
                agenda.after(delay(100...8000)) {
                    self.start(recovery, ["executionArn": .string(execution.text)])
                }
            }
            doubledEvents = max(0, doubledEvents - 1)
        }
    }

    private func start(_ recovery: StateMachineReference, _ input: JSONValue) {
        _ = executions.start(recovery, name: random.uuid(), input: input, at: wallTime, seed: random.next())
        takeUp()
        turn()
    }

    private func scheduleSweep() {
        guard bug != .neverRecovers else { return }
        agenda.after(Self.sweepInterval) {
            self.sweeps += 1
            let isLast = self.schedule.requests.allSatisfy { Int64($0.at) * 1000 < self.agenda.now }
            let isSettled = isLast && self.executions.unfinished.isEmpty && self.isEverythingTold
            if isSettled || self.sweeps > Self.sweepLimit { return }
            if self.core != nil { for recovery in self.machines.recoveries { self.start(recovery, ["sweep": true]) } }
            self.scheduleSweep()
        }
    }

    /// Whether every request has been told something, or is left to an operator.
    private var isEverythingTold: Bool {
        let told = Set(receiver.deliveries.map(\.key))
        return executions.order.compactMap { executions.records[$0] }
            .filter { $0.start.machine.arn == machines.asked.arn }
            .allSatisfy { record in
                told.contains(Requests.key(of: record.start)) || record.error?.hasPrefix("States.Http") == true
            }
    }

    /// Keeps the end of an execution, and what a rule of the embedded lake has started with it.
    fileprivate func finish(_ execution: ExecutionARN, with outcome: ExecutionOutcome, at time: Timestamp) {
        executions.finish(execution, with: outcome, at: time)
        guard schedule.setting != .aws, bug != .neverRecovers, outcome.status != .succeeded,
            let record = executions.records[execution],
            let workflow = machines.workflow(of: record.start.machine), let recovery = workflow.recovery?.reference,
            !workflow.toldErrors.contains(record.error ?? "")
        else { return }
        let seed = SeededRandom.seed(execution.text)
        var names = SeededRandom(seed: seed)
        _ = executions.start(
            recovery, name: names.uuid(), input: ["executionArn": .string(execution.text)], at: time, seed: seed)
    }

    fileprivate func append(_ entries: [JournalEntry], to execution: ExecutionARN) {
        let kept = bug == .forgetsTimers ? entries.filter { !$0.event.isTimer } : entries
        executions.append(kept, to: execution)
    }

    func report(_ invariant: Invariant, _ detail: String) {
        violations.append(Violation(invariant: invariant, detail: detail))
    }
}

/// The process dies in the middle of a transaction.
private struct SimulatedCrash: Error {}

/// The engine's transaction: what it writes is taken back by the simulation where a commit is lost.
struct SimulatedTransaction: JournalTransaction {
    let simulation: Simulation

    func append(_ entries: [JournalEntry], to execution: ExecutionARN) {
        simulation.append(entries, to: execution)
    }

    func finish(_ execution: ExecutionARN, with outcome: ExecutionOutcome, at time: Timestamp, eventCount: Int64?) {
        simulation.finish(execution, with: outcome, at: time)
    }
}

/// Hands the engine's tasks to the simulation.
struct SimulatedHandler: TaskHandler {
    static let handlers = TaskHandlers<SimulatedTransaction>(
        Dictionary(
            uniqueKeysWithValues: LakeServices.resources.map {
                ($0, SimulatedHandler() as any TaskHandler<SimulatedTransaction>)
            }))

    func begin(_ request: TaskRequest, in transaction: SimulatedTransaction) throws -> TaskDisposition {
        try transaction.simulation.dispose(of: request)
    }
}

extension ExecutionEvent {
    fileprivate var isTimer: Bool { if case .timerFired = self { true } else { false } }
}

extension Result {
    fileprivate var isSuccess: Bool { if case .success = self { true } else { false } }
}
