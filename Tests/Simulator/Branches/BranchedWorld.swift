package import DurableExecution
package import StatesLanguage

/// A world around one execution with branches: it answers what is outstanding in any order, and pauses the interpreter
/// anywhere; all of it from one seed.
package struct BranchedWorld {
    package private(set) var interpreter: Interpreter
    /// What has happened so far, as a journal has it.
    package private(set) var entries: [JournalEntry]
    private var outstanding: [Int64: ExecutionAction] = [:]
    private var random: SeededRandom
    private let budget: Int
    private let answer: (TaskRequest, inout SeededRandom) -> TaskResult

    /// Takes an execution up where its journal leaves it.
    ///
    /// - Parameters:
    ///   - budget: how much work the interpreter does at a time.
    ///   - answer: what becomes of a task.
    package init(
        _ start: ExecutionStart, on machine: StateMachine, entries: [JournalEntry] = [], seed: UInt64,
        budget: Int = .max, answer: @escaping (TaskRequest, inout SeededRandom) -> TaskResult
    ) {
        (self.entries, self.budget, self.answer) = (entries, budget, answer)
        random = SeededRandom(seed: seed)
        let (interpreter, actions) = JournalledExecution(start: start, entries: entries)
            .replay(on: machine, recording: HistoryWindow(), budget: budget)
        self.interpreter = interpreter
        take(actions)
    }

    /// Takes an execution up in a world where `failures` of a hundred tasks fail.
    package init(
        _ start: ExecutionStart, on machine: StateMachine, entries: [JournalEntry] = [], seed: UInt64, failures: Int,
        budget: Int = .max
    ) {
        self.init(start, on: machine, entries: entries, seed: seed, budget: budget) { request, random in
            if Int.random(in: 0..<100, using: &random) < failures {
                return .failure(TaskFailure("Test.Failed", "for \(request.stateName)"))
            }
            return .success(["of": request.parameters])
        }
    }

    /// Goes on until the execution has ended, or so many more entries are in its journal.
    package mutating func carryThrough(upTo count: Int = .max) {
        while interpreter.outcome == nil, entries.count < count {
            if interpreter.isPaused, outstanding.isEmpty || interpreter.isReplaying || Bool.random(using: &random) {
                interpreter.budget = budget
                take(interpreter.goOn())
                continue
            }
            guard let id = outstanding.keys.sorted().randomElement(using: &random),
                let action = outstanding.removeValue(forKey: id)
            else { return }
            switch action {
            case .runTask(let request): conclude(request)
            case .wait(let until, _): apply(.timerFired(id: id), notBefore: until)
            case .cancel, .finish, .goOn: preconditionFailure("nothing waits for \(action)")
            }
        }
    }

    /// Has something happen a second later.
    package mutating func apply(_ event: ExecutionEvent) {
        apply(event, notBefore: interpreter.now)
    }

    private mutating func apply(_ event: ExecutionEvent, notBefore: Timestamp) {
        let time = max(notBefore, interpreter.now.advanced(byMilliseconds: 1000))
        let mark = interpreter.isPaused ? interpreter.progress : nil
        entries.append(JournalEntry(at: time, event: event, atEvent: mark))
        interpreter.budget = budget
        take(interpreter.apply(event, at: time))
    }

    /// What is outstanding is what the interpreter waits for.
    package var isConsistent: Bool {
        interpreter.isReplaying
            || Set(outstanding.keys) == Set(interpreter.awaited.map(\.id))
    }

    private mutating func take(_ actions: [ExecutionAction]) {
        for action in actions {
            switch action {
            case .runTask(let request): outstanding[request.id] = action
            case .wait(_, let id): outstanding[id] = action
            case .cancel(let id): outstanding[id] = nil
            case .finish: outstanding = [:]
            case .goOn: break
            }
        }
    }

    private mutating func conclude(_ request: TaskRequest) {
        switch answer(request, &random) {
        case .success(let value): apply(.taskSucceeded(id: request.id, value))
        case .failure(let failure):
            // What runs out of time fails when it has.
            let isTimeout = failure.error == StatesError.timeout
            apply(
                .taskFailed(id: request.id, failure),
                notBefore: isTimeout ? request.deadline ?? interpreter.now : interpreter.now)
        }
    }
}
