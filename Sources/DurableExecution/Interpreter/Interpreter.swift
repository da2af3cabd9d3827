package import StatesLanguage

/// An execution of a state machine as a pure reducer: an event goes in, the state changes, actions come out.
///
/// Nothing here reads a clock, a file or a network. The same start and the same events give the same execution, which
/// is what replaying a journal and deriving a history rest on.
///
/// An execution is a tree of branches: that of the machine itself, and those of the Parallel and Map states that it is in.
/// The branches that can go on take turns, a state each. States can follow each other for hours without waiting for
/// anything: so each call does no more than `budget` allows, and then pauses between two states, with `goOn` for its
/// action. Whether and where it pauses changes nothing of what the execution does.
package struct Interpreter: Sendable {
    /// AWS's bounds: <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
    package static let maximumDataBytes = EvaluationBudget.maximumValueBytes
    package static let maximumHistoryEvents: Int64 = 25_000
    /// How large everything may be together that the branches hold: AWS has no such bound, and more memory.
    package static let maximumBranchBytes = 32 * 1024 * 1024

    package let start: ExecutionStart
    let machine: StateMachine
    /// The branch whose turn it is, or was last.
    var branch: Branch
    /// All other branches.
    var resting: [BranchID: Branch] = [:]
    /// Those of them that may hold more memory than they need to.
    var changed: Set<BranchID> = []
    /// The branches that can go on.
    var ready = ReadyQueue()
    /// The resting branches that wait for something from outside, by what they wait for.
    var awaiting: [Int64: BranchID] = [:]
    /// How many branches there have been.
    var branchCount = 1
    /// How large everything is together that the branches hold, at most, and how large their variables are.
    var branchBytes = 0
    var variableBytes = 0
    /// How the execution ended.
    package internal(set) var outcome: ExecutionOutcome?
    /// What the execution was started with.
    var startInput: CompactValue
    /// How large the context object is at most: what the execution was started with, and some names.
    let contextBytes: Int
    var lastEventID: Int64 = 0
    /// The time of the last event.
    package internal(set) var now: Timestamp
    /// How often the execution was started again after its end, and when it last was.
    package internal(set) var redriveCount: Int64 = 0
    var redrivenAt: Timestamp?
    var random: SeededRandom
    /// What the evaluation of the current state may still cost.
    var evaluation = EvaluationBudget()
    /// The steps of evaluation that were taken in the states before the current one.
    var earlierSteps = 0
    /// The history events since they were last taken, if they are wanted; else history costs only its numbers.
    var history: HistoryRecorder?
    /// Whether all events are recorded, with what went in and came out; else only those that are followed, without that.
    /// Writing everything out takes longer than everything else together.
    var historyHasData: Bool { history?.detail == .full }
    /// How much work may be done before the interpreter pauses, in the units of `StateWeight`; counted down, and below
    /// zero by what a state has taken that was not foreseen.
    package var budget = Int.max
    /// What has come to be wanted since it was last taken.
    var actions: [ExecutionAction] = []
    /// Grows with everything that happens: two readings are the same only where nothing has happened in between.
    package internal(set) var revision = 0
    /// What has happened and is still to be taken in, while a journal is replayed.
    private var entries: ArraySlice<JournalEntry>
    /// Where the next of `entries` is taken in, if something can still go on there.
    private var entersNextEntryAt = Int64.max
    /// Whether what follows the last entry is still to be carried out. Nothing else is taken in before: the process that
    /// wrote the entry has been that far.
    private var isSettling = false
    /// How far a replay of the journal goes by itself, before it takes in anything new.
    private var coveredProgress: Int64 = 0
    /// How many turns have left no event.
    var silentTurns: Int64 = 0
    /// How many events are wanted: with one more the interpreter pauses.
    package var wantedEvents = Int64.max
    /// How many tasks and timers have been waited for.
    var waitCount: Int64 = 0

    /// - Parameters:
    ///   - entries: what has happened already: the interpreter takes it in as it comes to it.
    ///   - window: the events of the history that are recorded; `nil` for none.
    package init(
        start: ExecutionStart, machine: StateMachine, entries: [JournalEntry] = [],
        recording window: HistoryWindow? = nil
    ) {
        self.entries = entries[...]
        self.start = start
        self.machine = machine
        random = SeededRandom(seed: start.seed)
        let input = start.input
        startInput = .whole(input)
        let extent = JSONExtent(of: input, limit: Self.maximumDataBytes)
        contextBytes = extent.bytes + 2048
        now = start.startedAt
        branch = Branch(
            .root, of: nil, index: 0, in: machine.scope, input: startInput, extent, variables: Variables(),
            lastEventID: 0, at: start.startedAt)
        branchBytes = extent.bytes
        history = window.map { HistoryRecorder($0) }
    }

    /// When the whole execution's time runs out; it begins anew with a redrive.
    package var deadline: Timestamp? {
        machine.timeoutSeconds.map { (redrivenAt ?? start.startedAt).advanced(byMilliseconds: $0 * 1000) }
    }

    /// How many events the history has.
    package var eventCount: Int64 { lastEventID }

    /// How far the execution has come: the number of its events, and of the turns that left none. It says where between two
    /// turns something was taken in.
    package var progress: Int64 { lastEventID + silentTurns }

    /// How many steps its states have taken to evaluate so far, as `EvaluationBudget` counts them: each state at least
    /// one. It only grows, so the difference between two readings is the work done in between.
    package var evaluationSteps: Int { earlierSteps + evaluation.steps }

    /// The history events since this was last asked for.
    package mutating func takeHistory() -> [HistoryEvent] {
        history?.take() ?? []
    }

    /// Whether the interpreter has paused between two states.
    package var isPaused: Bool { !ready.isEmpty }

    /// Whether the interpreter has paused since its budget is spent.
    package var hasSpentBudget: Bool { isPaused && !isAtBound }

    /// Whether the interpreter has come to the next entry, or to the last event that is wanted.
    var isAtBound: Bool { progress >= entersNextEntryAt || lastEventID > wantedEvents }

    /// Whether the journal's entries have not been taken in yet, with all that follows from them.
    package var isReplaying: Bool { !entries.isEmpty || isSettling }

    /// Whether the execution has come further than a replay of its journal goes by itself.
    package var isAheadOfJournal: Bool { progress > coveredProgress }

    /// Whether history events have been recorded since they were last taken.
    package var hasRecorded: Bool { history?.isEmpty == false }

    /// The entry with which a replay of the journal goes as far as the execution has come now.
    package mutating func markProgress() -> JournalEntry {
        coveredProgress = progress
        return JournalEntry(at: now, event: .progressed, atEvent: progress)
    }

    // MARK: Going on

    /// Enters the first state, and goes on as far as the budget reaches.
    package mutating func begin() -> [ExecutionAction] {
        if lastEventID > 0 { return [] }
        emit(.executionStarted, advances: false) { $0.startDetails }
        let isFresh = entries.isEmpty
        if !isFresh { expectEntry(at: entries.first?.atEvent) }
        ready.append(branch.id)
        let actions = takeEntries(after: follow())
        if isFresh, !isPaused { coveredProgress = progress }
        return actions
    }

    /// Says where the next entry of the journal was written; the interpreter pauses there. For who applies the entries one
    /// by one: before `begin`, and before each is applied.
    ///
    /// - Parameter progress: `nil` for an entry for which the interpreter waits, or for none.
    package mutating func expectEntry(at progress: Int64?) { entersNextEntryAt = progress ?? .max }

    /// Goes on where the interpreter has paused: at least by one state, and as far as the budget reaches.
    package mutating func goOn() -> [ExecutionAction] {
        if !isPaused { return [] }
        if isAtBound { return takeEntries(after: [.goOn]) }
        return takeEntries(after: follow(goesOn: true))
    }

    /// Takes in the journal's entries, each where it was written. What was wanted on the way the journal has answered, but
    /// for what is outstanding in the end.
    private mutating func takeEntries(after actions: [ExecutionAction]) -> [ExecutionAction] {
        if !isReplaying { return actions }
        while let entry = entries.first, !isPaused || progress >= entersNextEntryAt {
            entries.removeFirst()
            entersNextEntryAt = entries.first?.atEvent ?? .max
            if entries.isEmpty { isSettling = entry.event != .progressed }
            _ = apply(entry.event, at: entry.at)
        }
        if !entries.isEmpty || isSettling && isPaused { return [.goOn] }
        isSettling = false
        return outstanding
    }

    /// Takes in what ends the execution from outside although its journal has not been replayed to the end: it happens
    /// directly behind the last entry. How many events come before it only a replay to the end can say, so the event that
    /// is recorded here has the number 0, and `eventCount` says nothing afterwards.
    package mutating func endUnreplayed(_ event: ExecutionEvent, at time: Timestamp) -> [ExecutionAction] {
        (entries, isSettling) = ([], false)
        lastEventID = -1
        return apply(event, at: time)
    }

    // MARK: Events

    /// Takes in what happened at `time` and says what is to be done next; an event that nothing waits for is nothing.
    package mutating func apply(_ event: ExecutionEvent, at time: Timestamp) -> [ExecutionAction] {
        if case .progressed = event {
            coveredProgress = max(coveredProgress, progress)
            return follow()
        }
        now = max(now, time)
        revision += 1
        renewBudget()
        switch event {
        case .redriven:
            guard let outcome, outcome.status != .succeeded else { return [] }
            redrive()
        case .taskSucceeded(let id, let result):
            guard answer(task: id), case .task(let request, let retries) = branch.position else { return [] }
            proceed(
                to: .complete(request.resource, retries: retries, result: .whole(result), extent(of: result)))
        case .taskFailed(let id, let failure):
            guard answer(task: id), case .task(let request, let retries) = branch.position else { return [] }
            if lastEventID >= Self.lastEventOfStates { endAtLimit() } else { fail(request.resource, retries, failure) }
        case .timerFired(let id):
            guard answer(timer: id) else { return [] }
            switch branch.position {
            case .backoff(_, _, let retries): proceed(to: .carryOut(retries: retries))
            case .waiting(_, _, let output): proceed(to: .leave(output: output))
            default: return []
            }
        case .stopped(let error, let cause):
            if outcome != nil { return [] }
            // AWS gives it no predecessor.
            emit(.executionAborted, previous: 0) { _ in Self.errorDetails(error, cause) }
            finish(.aborted(error: error, cause: cause))
        case .timedOut:
            if outcome != nil { return [] }
            emit(.executionTimedOut, previous: lastEventID > 1 ? lastEventID : 0)
            finish(.timedOut)
        case .progressed: break
        }
        let actions = follow()
        // Once it waits for everything, a replay comes to the same place by itself.
        if !isPaused { coveredProgress = progress }
        return actions
    }

    /// What an execution waits for.
    package enum Awaited: Hashable, Sendable {
        case task(TaskRequest)
        case timer(id: Int64)
    }

    /// Everything that the branches wait for now: nothing where the execution has not begun, or has ended.
    package var awaited: Set<Awaited> {
        Set(
            awaitedIDs.compactMap { id in
                switch branch(awaiting: id)?.position {
                case .task(let request, _): .task(request)
                case .backoff, .waiting: .timer(id: id)
                default: nil
                }
            })
    }

    /// The numbers of everything that is waited for, in the order in which it was begun.
    private var awaitedIDs: [Int64] { ((branch.awaited.map { [$0] } ?? []) + awaiting.keys).sorted() }

    /// Whether a result for the task attempt `id` is still waited for.
    package func awaits(task id: Int64) -> Bool {
        if case .task = branch(awaiting: id)?.position { true } else { false }
    }

    /// Whether the timer `id` is still waited for.
    package func awaits(timer id: Int64) -> Bool {
        switch branch(awaiting: id)?.position {
        case .backoff, .waiting: true
        default: false
        }
    }

    /// Everything that is to be done outside so that the execution comes on.
    private var outstanding: [ExecutionAction] {
        if let outcome { return [.finish(outcome)] }
        let actions = awaitedIDs.compactMap { branch(awaiting: $0)?.action }
        return actions + (isPaused ? [.goOn] : [])
    }

    private func branch(awaiting id: Int64) -> Branch? {
        if branch.awaited == id { return branch }
        return awaiting[id].flatMap { resting[$0] }
    }

    private mutating func answer(task id: Int64) -> Bool { answer(id, isAwaited: awaits(task: id)) }

    private mutating func answer(timer id: Int64) -> Bool { answer(id, isAwaited: awaits(timer: id)) }

    /// Turns to the branch that waits for something, which has happened now.
    private mutating func answer(_ id: Int64, isAwaited: Bool) -> Bool {
        guard isAwaited else { return false }
        if let number = awaiting[id] { turn(to: number) }
        return true
    }
}
