import DurableExecution
import StatesLanguage

/// A machine, an input, and what happens to an execution of it: for the branches, which wait for many things at a time.
///
/// The text has the definition on its first line, the input on its second, and behind that a byte for each thing that
/// happens: its low bits say what, the others to what of that which is waited for.
struct BranchedInput {
    private static let maximumEvents = 300
    /// How many slices of work are done at most before it is left alone, so that nothing takes for ever.
    private static let maximumSlices = 64

    private let machine: StateMachine
    private let start: ExecutionStart
    private let happenings: ArraySlice<UInt8>

    /// - Throws: what the readers throw, or `nil` for a text that has no two lines.
    init?(_ bytes: [UInt8]) throws {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
        guard lines.count == 3, let definition = String(validating: lines[0], as: UTF8.self) else { return nil }
        machine = try StateMachine(parsing: definition)
        // Resources of a form that no handler is there for are refused before an execution is started.
        if machine.scope.all.flatMap(\.inOrder).contains(where: { $0.callsNobody }) { return nil }
        start = ExecutionStart(
            machine: StateMachineReference(
                arn: "arn:aws:states:us-east-1:000000000000:stateMachine:m", name: "m",
                roleARN: "arn:aws:iam::0:role/r", definitionHash: ""),
            name: "e", input: try JSONValue(parsing: Array(lines[1])), startedAt: Timestamp(milliseconds: 0), seed: 1)
        happenings = lines[2].prefix(Self.maximumEvents)
    }

    /// Has everything happen, and says what does not hold.
    ///
    /// 1. What the actions have started and not cancelled is what the interpreter waits for.
    /// 2. The events count up, and name earlier ones.
    /// 3. The journal gives the same again, whatever it may do at a time.
    func check() throws(BrokenRule) {
        var interpreter = Interpreter(start: start, machine: machine, recording: HistoryWindow())
        var entries: [JournalEntry] = []
        var outstanding: Set<Int64> = []
        func take(_ actions: [ExecutionAction]) {
            for action in actions {
                switch action {
                case .runTask(let request): outstanding.insert(request.id)
                case .wait(_, let id): outstanding.insert(id)
                case .cancel(let id): outstanding.remove(id)
                case .finish: outstanding = []
                case .goOn: break
                }
            }
        }
        interpreter.budget = WorkBudget.event
        take(interpreter.begin())
        for (index, byte) in happenings.enumerated() {
            if interpreter.isPaused, byte & 7 >= 5 {
                interpreter.budget = Int(byte)
                take(interpreter.goOn())
                continue
            }
            guard let event = event(byte, outstanding, interpreter) else { continue }
            if let id = event.answered { outstanding.remove(id) }
            let time = Timestamp(milliseconds: Int64(index) * 500)
            entries.append(
                JournalEntry(at: time, event: event, atEvent: interpreter.isPaused ? interpreter.progress : nil))
            interpreter.budget = byte & 8 == 0 ? WorkBudget.event : 1
            take(interpreter.apply(event, at: time))
            // 1.
            let awaited = Set(interpreter.awaited.map(\.number))
            try require(outstanding == awaited, "what is outstanding is not what is awaited")
        }
        guard settle(&interpreter, WorkBudget.event) else { return }
        // 2.
        let events = interpreter.takeHistory()
        for (index, event) in events.enumerated() {
            let isInOrder = event.id == Int64(index + 1) && event.previousID < event.id
            try require(isInOrder, "event \(event.id) is out of order")
        }
        // 3.
        let read = entries.compactMap { entry in
            (try? JSONValue(parsing: entry.json.text)).flatMap(JournalEntry.init(json:))
        }
        try require(read == entries, "the journal cannot be read again")
        for budget in [WorkBudget.event, 7] {
            var (again, _) = JournalledExecution(start: start, entries: read)
                .replay(on: machine, recording: HistoryWindow(), budget: budget)
            guard settle(&again, budget) else { continue }
            try require(again.outcome == interpreter.outcome, "a replay ends otherwise")
            try require(again.awaited == interpreter.awaited, "a replay waits for other things")
            try require(again.takeHistory() == events, "a replay has another history")
        }
    }

    /// What happens, or nothing.
    private func event(
        _ byte: UInt8, _ outstanding: Set<Int64>, _ interpreter: Interpreter
    ) -> ExecutionEvent? {
        switch byte {
        case 255: return .stopped(error: "E", cause: nil)
        case 254: return .timedOut
        case 253: return .redriven
        default: break
        }
        let waiting = outstanding.sorted()
        guard !waiting.isEmpty else { return nil }
        let id = waiting[Int(byte >> 3) % waiting.count]
        if interpreter.awaits(timer: id) { return .timerFired(id: id) }
        switch byte & 7 {
        case 0: return .taskFailed(id: id, TaskFailure("Service.Error", "{}"))
        case 1: return .taskFailed(id: id, TaskFailure(StatesError.timeout, ""))
        case 2: return .taskSucceeded(id: id, [[1], [2]])
        default: return .taskSucceeded(id: id, ["a": [1, .integer(id)], "text": "x"])
        }
    }

    /// Goes on until everything waits; `false` where that takes too much.
    private func settle(_ interpreter: inout Interpreter, _ budget: Int) -> Bool {
        for _ in 0..<(Self.maximumSlices * WorkBudget.event / budget) where interpreter.isPaused {
            interpreter.budget = budget
            _ = interpreter.goOn()
        }
        return !interpreter.isPaused
    }

    private func require(_ isTrue: Bool, _ rule: String) throws(BrokenRule) {
        if !isTrue { throw BrokenRule(rule) }
    }
}

extension State {
    fileprivate var callsNobody: Bool {
        if case .task(let task) = kind { TaskResource(task.resource) == nil } else { false }
    }
}

extension ExecutionEvent {
    fileprivate var answered: Int64? {
        switch self {
        case .taskSucceeded(let id, _), .taskFailed(let id, _), .timerFired(let id): id
        case .stopped, .timedOut, .redriven, .progressed: nil
        }
    }
}

extension Interpreter.Awaited {
    fileprivate var number: Int64 {
        switch self {
        case .task(let request): request.id
        case .timer(let id): id
        }
    }
}
