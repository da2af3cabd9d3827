import DurableExecution
import StatesLanguage
import TestSupport
import Testing

/// What has left a process while it evaluated states stays as it was for the next process, whatever happens there first.
struct ProgressTests {
    private static let remote = TaskResource(service: "a", action: "b")

    /// A timer that may fire before or behind an evaluation that takes long; behind each of them is a task.
    private static let definition = #"""
        {"StartAt":"Both","States":{"Both":{"Type":"Parallel","End":true,"Branches":[
          {"StartAt":"Pause","States":{
            "Pause":{"Type":"Wait","Seconds":1,"Next":"First"},
            "First":{"Type":"Task","Resource":"arn:aws:states:::a:b","End":true}}},
          {"StartAt":"Search","States":{
            "Search":{"Type":"Pass","Parameters":{"a.$":"$..*..x"},"ResultPath":null,"Next":"Second"},
            "Second":{"Type":"Task","Resource":"arn:aws:states:::a:b","End":true}}}]}}}
        """#

    /// A process that has the execution in hand, and does what it is told to in the order in which it is told.
    private struct Process {
        let journal: MemoryJournal
        let start: ExecutionStart
        var core = EngineCore<MemoryJournal>(handlers: TaskHandlers([ProgressTests.remote: RemoteTask()]))
        var timers: [Int64] = []
        var tasks: [String: String] = [:]
        var isPaused = false

        init(_ start: ExecutionStart, on machine: StateMachine, _ journal: MemoryJournal) throws {
            (self.start, self.journal) = (start, journal)
            let entries = try (journal.entries[start.arn] ?? []).map {
                try #require(JournalEntry(json: try JSONValue(parsing: $0.json.text)))
            }
            core.takeUp(JournalledExecution(start: start, entries: entries), on: machine, isFromStore: true)
            try turn()
        }

        mutating func turn() throws {
            isPaused = false
            while core.hasInput {
                let turn = core.beginTurn(clock: StoppedClock(time: start.startedAt))
                for (_, action) in core.endTurn(try turn.carryOut(in: journal)) {
                    switch action {
                    case .runTask(let request): tasks[request.stateName] = request.idempotencyToken
                    case .wait(_, let id): timers.append(id)
                    case .goOn: isPaused = true
                    case .cancel, .finish: break
                    }
                }
            }
        }

        mutating func receive(_ input: EngineInput) throws {
            _ = core.receive(input, for: start.arn)
            try turn()
        }

        mutating func evaluate(budget: Int) throws {
            let interpreter = try #require(core.interpreter(of: start.arn))
            try receive(.wentOn(Evaluation(of: interpreter, budget: budget)))
        }
    }

    @Test(arguments: [1, WorkBudget.slice])
    func `a task that was begun keeps its token when the next process is faster with something else`(
        budget: Int
    ) throws {
        let machine = try StateMachine(parsing: Self.definition)
        let start = ExecutionStart.test(["list": .array((0..<8_000).map { ["x": .integer($0)] })])
        let journal = MemoryJournal()
        var first = try Process(start, on: machine, journal)
        #expect(first.isPaused && first.timers == [1] && first.tasks.isEmpty)
        while first.isPaused { try first.evaluate(budget: budget) }
        let token = try #require(first.tasks["Second"])

        // The first process dies, and the timer is over when the second begins.
        var second = try Process(start, on: machine, journal)
        while second.isPaused {
            if let timer = second.timers.popLast() { try second.receive(.timerFired(id: timer)) }
            if second.isPaused { try second.evaluate(budget: budget) }
        }
        if let timer = second.timers.popLast() { try second.receive(.timerFired(id: timer)) }
        #expect(second.tasks["Second"] == token)
        #expect(second.tasks["First"] != nil && second.tasks["First"] != token)
    }

    @Test func `how far an execution was evaluated is kept in the journal, and changes nothing else`() throws {
        let machine = try StateMachine(parsing: Self.definition)
        let start = ExecutionStart.test(["list": .array((0..<8_000).map { ["x": .integer($0)] })])
        let journal = MemoryJournal()
        var process = try Process(start, on: machine, journal)
        while process.isPaused { try process.evaluate(budget: 1) }
        let entries = try #require(journal.entries[start.arn])
        #expect(!entries.isEmpty && entries.allSatisfy { $0.event == .progressed && $0.atEvent != nil })
        let times = Set(entries.map(\.at))
        #expect(times == [start.startedAt])
        for entry in entries { #expect(JournalEntry(json: entry.json) == entry) }
        let (with, actions) = JournalledExecution(start: start, entries: entries).replay(on: machine)
        let (without, others) = JournalledExecution(start: start, entries: []).replay(on: machine)
        #expect(Set(actions) == Set(others))
        #expect(with.eventCount == without.eventCount && with.awaited == without.awaited)
    }

    @Test func `an execution that waits for everything it does needs no entry for how far it has come`() throws {
        let machine = try StateMachine(
            parsing: #"""
                {"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":1,"Next":"V"},
                "V":{"Type":"Wait","Seconds":1,"End":true}}}
                """#)
        let journal = MemoryJournal()
        var process = try Process(.test([:]), on: machine, journal)
        #expect(journal.entries.isEmpty)
        try process.receive(.timerFired(id: 1))
        #expect(journal.entries.values.first?.map(\.event) == [.timerFired(id: 1)])
    }
}

/// A task that leaves the process.
private struct RemoteTask: TaskHandler {
    func begin(_ request: TaskRequest, in transaction: MemoryJournal) -> TaskDisposition { .remote }
}
