import DurableExecution
import StatesLanguage

/// Looks at an execution of a simulation once nothing happens any more.
struct BranchInspection {
    private let simulation: BranchSimulation
    private let record: BranchStore.Record
    private let submission: BranchSchedule.Submission
    private let machine: StateMachine
    private let journalled: JournalledExecution
    /// The history as the journal gives it in one go.
    let events: [HistoryEvent]
    private let end: ExecutionOutcome?
    private(set) var violations: [BranchViolation] = []
    private(set) var cuts = 0
    private(set) var isExpected = false

    /// - Throws: `JSONSyntaxError` for a journal that cannot be read.
    init(_ simulation: BranchSimulation, _ record: BranchStore.Record) throws {
        (self.simulation, self.record) = (simulation, record)
        submission = simulation.schedule.submissions[record.number]
        machine = simulation.machine(of: record)
        journalled = try record.journalled()
        var (interpreter, _) = journalled.replay(on: machine, recording: HistoryWindow())
        events = interpreter.takeHistory()
        end = interpreter.outcome
    }

    /// Whether it was stopped or has timed out.
    var isEndedFromOutside: Bool { record.outcome?.status == .aborted || record.outcome?.status == .timedOut }

    mutating func inspect() {
        checkEnd()
        checkReplay()
        checkObserved()
        checkEffects()
        checkCuts()
        // What a branch does behind a redrive follows from the redrive, and not from what it did before.
        let history = written(events)
        violations += BranchHistory.order(of: history)
        if !simulation.wasRedriven.contains(record.start.arn) {
            violations += BranchHistory.violations(of: history, submission.machine)
        }
    }

    private mutating func report(_ invariant: BranchInvariant, _ detail: String) {
        violations.append(BranchViolation(invariant, "\(record.start.machine.name): \(detail)"))
    }

    // MARK: Checks

    /// 1. It is aborted only if somebody has stopped it, and times out only if it has a limit.
    /// 2. Else it ends as its machine says.
    private mutating func checkEnd() {
        switch record.outcome {
        case nil: return
        // 1.
        case .aborted(let error, let cause):
            if submission.stoppedAt == nil || error != "Operator" || cause != "stopped" {
                report(.endIsExpected, "nobody has stopped it with \(error ?? "")")
            }
        case .timedOut:
            if submission.machine.timeoutSeconds == nil { report(.endIsExpected, "its time has no end") }
        // 2.
        case let outcome?:
            guard let expected = submission.machine.expectation else { return }
            isExpected = outcome == expected
            if !isExpected { report(.endIsExpected, "it ended with \(outcome.text), not with \(expected.text)") }
        }
    }

    /// With the smallest budget the journal gives the same.
    private mutating func checkReplay() {
        if end != record.outcome { report(.journalReplays, "the journal ends otherwise: \(end?.text ?? "not at all")") }
        if let count = record.eventCount, count != events.count {
            report(.journalReplays, "it had \(count) events, and the journal gives \(events.count)")
        }
        var (piecewise, _) = journalled.replay(on: machine, recording: HistoryWindow(), budget: 1)
        while piecewise.isPaused {
            piecewise.budget = 1
            _ = piecewise.goOn()
        }
        if piecewise.takeHistory() != events || piecewise.outcome != end {
            report(.journalReplays, "in pieces the journal gives another history")
        }
    }

    /// Every event that an observer got is in the history. One that ended an execution before its journal was replayed has
    /// the number 0 and is the last one, or the last one before a redrive.
    private mutating func checkObserved() {
        let ends = events.indices.filter { $0 + 1 == events.count || events[$0 + 1].kind == .executionRedriven }
        for event in simulation.observed[record.start.arn] ?? [] {
            if event.id == 0, ends.contains(where: { events[$0].isSame(as: event) }) { continue }
            let derived = events.indices.contains(Int(event.id) - 1) ? events[Int(event.id) - 1] : nil
            if derived == event { continue }
            return report(
                .observedEventsMatch, "observed was \(event.text), the history has \(derived?.text ?? "nothing")")
        }
    }

    /// The journal has one success for each effect, and for each success of a local task an effect.
    private mutating func checkEffects() {
        let token = record.start.arn.text + "#"
        var effects = simulation.store.content.effects.filter { $0.key.hasPrefix(token) }
        for (token, count) in effects where count > 1 { report(.effectsHappenOnce, "\(token) \(count) times") }
        let tasks = submission.machine.tasks
        for entry in journalled.entries {
            guard case .taskSucceeded(let id, let result) = entry.event,
                tasks[result["of"]?["task"]?.stringValue ?? ""]?.isLocal == true
            else { continue }
            if effects.removeValue(forKey: token + "\(id)") == nil {
                report(.effectsHappenOnce, "task \(id) succeeded without its effect")
            }
        }
        if let (token, _) = effects.first { report(.effectsHappenOnce, "\(token) is not in the journal") }
    }

    /// Cut anywhere, the journal is resumed in another world, where events arrive in another order.
    private mutating func checkCuts() {
        let entries = journalled.entries
        var random = SeededRandom(seed: simulation.schedule.seed ^ UInt64(record.number))
        let isTouched = entries.contains { [.redriven, .timedOut].contains($0.event) || $0.event.isStop }
        if isTouched { return }
        let tasks = submission.machine.tasks
        for _ in 0..<2 {
            let cut = Int.random(in: 0...entries.count, using: &random)
            var world = BranchedWorld(
                record.start, on: machine, entries: Array(entries.prefix(cut)), seed: random.next(),
                budget: [1, 50, .max][Int.random(in: 0..<3, using: &random)]
            ) { request, _ in
                // What is silent runs out of time.
                tasks[request.stateName]?.answer(to: request) ?? .failure(TaskFailure(StatesError.timeout, ""))
            }
            world.carryThrough()
            cuts += 1
            if !world.isConsistent { report(.waitsAgree, "cut at \(cut), another world waits for other things") }
            let outcome = world.interpreter.outcome
            if let expected = submission.machine.expectation, outcome != expected {
                report(.endIsExpected, "cut at \(cut), it ends with \(outcome?.text ?? "nothing")")
            }
            let again = JournalledExecution(start: record.start, entries: world.entries)
                .replay(on: machine).interpreter
            if again.outcome != outcome || again.eventCount != world.interpreter.eventCount {
                report(.journalReplays, "cut at \(cut), what was resumed does not replay")
            }
        }
    }

    // MARK: History

    /// The history as an engine with the planted bug writes it.
    private func written(_ events: [HistoryEvent]) -> [BranchEvent] {
        var written: [(event: HistoryEvent, previousID: Int64)] = []
        for event in events {
            switch (simulation.bug, event.kind) {
            case (.abortsNoSiblings, .stateAborted), (.abortsNoSiblings, .mapIterationAborted): continue
            case (.mixesUpBranches, .taskScheduled): written.append((event, event.id - 1))
            case (.endsTasksTwice, .taskSucceeded): written += [(event, event.previousID), (event, event.id)]
            default: written.append((event, event.previousID))
            }
        }
        // Numbered anew, so that nothing but the bug is wrong.
        var numbers: [Int64: Int64] = [0: 0]
        for (index, entry) in written.enumerated() where numbers[entry.event.id] == nil {
            numbers[entry.event.id] = Int64(index + 1)
        }
        return written.enumerated().map { index, entry in
            BranchEvent(entry.event, id: Int64(index + 1), previousID: numbers[entry.previousID])
        }
    }

    /// The definition and the history, line by line.
    var trace: [String] {
        ["machine \(record.number): \(submission.machine.definition().text)", "input: \(record.start.input.text)"]
            + record.journal.map { "journal: \($0)" }
            + events.map(\.text)
    }
}

extension HistoryEvent {
    /// Whether it says the same, wherever it stands.
    fileprivate func isSame(as other: HistoryEvent) -> Bool { kind == other.kind && details == other.details }

    /// In one line, without data.
    fileprivate var text: String {
        let names = ["name", "index", "resource", "error"].compactMap { details[$0]?.text }
        return "\(timestamp.text) \(id)<\(previousID) \(kind.name) \(names.joined(separator: " "))"
    }
}

extension ExecutionOutcome {
    /// In one line.
    var text: String {
        switch self {
        case .succeeded(let output): output.text
        case .failed(let error, let cause): "\(error ?? "")(\(cause ?? ""))"
        case .timedOut, .aborted: status.rawValue
        }
    }
}

extension ExecutionEvent {
    fileprivate var isStop: Bool { if case .stopped = self { true } else { false } }
}
