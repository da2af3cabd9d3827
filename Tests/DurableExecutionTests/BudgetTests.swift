import StatesLanguage
import Synchronization
import TestSupport
import Testing

@testable import DurableExecution

/// States that follow each other without waiting: they are evaluated in pieces, and nobody can tell from what comes of it.
struct BudgetTests {
    private static let start = Timestamp(milliseconds: 1_750_000_000_000)

    /// Searches a long list again and again, for as long as a history may be.
    private static let loop: JSONValue = [
        "StartAt": "Search", "TimeoutSeconds": 5,
        "States": [
            "Search": [
                "Type": "Pass", "Parameters": ["count.$": "States.ArrayLength($..x)"], "ResultPath": "$.count",
                "Next": "Again",
            ],
            "Again": [
                "Type": "Choice", "Choices": [["Variable": "$.list", "IsPresent": true, "Next": "Search"]],
                "Default": "Done",
            ],
            "Done": ["Type": "Succeed"],
        ],
    ]

    /// States before a task and after it.
    private static let twoStretches: JSONValue = [
        "StartAt": "First",
        "States": [
            "First": ["Type": "Pass", "Parameters": ["a.$": "$..x"], "Next": "Second"],
            "Second": ["Type": "Pass", "Parameters": ["a.$": "$..x"], "Next": "Call"],
            "Call": [
                "Type": "Task", "Resource": "arn:aws:states:::http:invoke", "ResultSelector": ["a.$": "$..x"],
                "Next": "Third",
            ],
            "Third": ["Type": "Pass", "Parameters": ["a.$": "$..x"], "Next": "Fourth"],
            "Fourth": ["Type": "Pass", "End": true],
        ],
    ]

    private static let resource = "arn:aws:states:::aws-sdk:glue:getDatabase"
    /// A task again and again.
    private static let tasks: JSONValue = [
        "StartAt": "T",
        "States": [
            "T": [
                "Type": "Task", "Resource": .string(resource), "Next": "T",
                "Catch": [["ErrorEquals": ["States.ALL"], "Next": "Done"]],
            ],
            "Done": ["Type": "Succeed"],
        ],
    ]
    private static let input = list(of: 400)

    private static func list(of elements: Int) -> JSONValue {
        ["list": .array((0..<Int64(elements)).map { ["x": .integer($0)] })]
    }

    private func execution(
        _ definition: JSONValue, _ name: String = "e", elements: Int = 400
    ) throws -> (StateMachine, ExecutionStart) {
        let reference = StateMachineReference(
            arn: "arn:aws:states:us-east-1:111111111111:stateMachine:m", name: "m", roleARN: "role",
            definitionHash: definition.text)
        return (
            try StateMachine(definition),
            ExecutionStart(
                machine: reference, name: name, input: Self.list(of: elements), startedAt: Self.start, seed: 1)
        )
    }

    @Test(arguments: [1, 10, 100, 1000, 10_000])
    func `with any budget the history and the outcome are those without one`(budget: Int) throws {
        let (machine, start) = try execution(Self.twoStretches)
        func carryThrough(_ budget: Int) -> (events: [HistoryEvent], outcome: ExecutionOutcome?, pauses: Int) {
            var interpreter = Interpreter(start: start, machine: machine, recording: HistoryWindow())
            var pauses = 0
            func go(_ actions: [ExecutionAction]) {
                var actions = actions
                while actions == [.goOn] {
                    #expect(interpreter.isPaused)
                    pauses += 1
                    interpreter.budget = budget
                    actions = interpreter.goOn()
                }
            }
            interpreter.budget = budget
            go(interpreter.begin())
            interpreter.budget = budget
            go(interpreter.answer(.result(Self.input), at: Self.start.advanced(byMilliseconds: 7)))
            return (interpreter.takeHistory(), interpreter.outcome, pauses)
        }
        let (expected, found) = (carryThrough(.max), carryThrough(budget))
        #expect(expected.pauses == 0 && expected.outcome?.status == .succeeded)
        #expect(found.events == expected.events)
        #expect(found.outcome == expected.outcome)
        if budget == 1 { #expect(found.pauses == 6, "before each of five states, and before the task's result") }
        if budget == 10_000 { #expect(found.pauses == 0) }
    }

    /// States of which it cannot be foreseen how much work they are, each with random numbers before that work.
    private static let unforeseeable: KeyValuePairs<String, JSONValue> = [
        "a function over a list": [
            "Type": "Pass", "QueryLanguage": "JSONata", "Assign": ["id": "{% $uuid() %}"],
            "Output": "{% $reduce($states.input.list, function($before, $each) {[$before, 'x' & $each.x]}, []) %}",
            "Next": "Done",
        ],
        "a search in a search": [
            "Type": "Pass", "Parameters": ["id.$": "States.UUID()", "found.$": "$..*..*..x"], "ResultPath": "$.found",
            "Next": "Done",
        ],
        "a condition": [
            "Type": "Choice", "QueryLanguage": "JSONata",
            "Choices": [
                [
                    "Condition":
                        "{% $reduce($states.input.list, function($sum, $each) {$sum + $each.x}, $random()) < 0 %}",
                    "Next": "Done",
                ]
            ],
            "Output": "{% $random() %}", "Default": "Done",
        ],
        "a failure": [
            "Type": "Pass", "QueryLanguage": "JSONata",
            "Output": "{% $error($reduce($states.input.list, function($a, $each) {$a & $each.x}, $uuid())) %}",
            "Next": "Done",
        ],
    ]

    @Test(arguments: unforeseeable.map(\.key), [3, 8_000])
    func `what may take much is carried out at once where it takes little, and else as if nobody had tried`(
        name: String, elements: Int
    ) throws {
        let state = try #require(Self.unforeseeable.first { $0.key == name }?.value)
        let (machine, start) = try execution(
            ["StartAt": "Long", "States": ["Long": state, "Done": ["Type": "Succeed"]]], elements: elements)
        func carryThrough(_ budget: Int) -> (interpreter: Interpreter, pauses: Int) {
            // As executions of the service are recorded, whose steps are followed.
            var interpreter = Interpreter(start: start, machine: machine, recording: HistoryWindow(.followed))
            interpreter.budget = budget
            var (actions, pauses) = (interpreter.begin(), 0)
            while actions == [.goOn] {
                pauses += 1
                interpreter.budget = budget
                actions = interpreter.goOn()
            }
            return (interpreter, pauses)
        }
        let (expected, found) = (carryThrough(.max), carryThrough(WorkBudget.event))
        #expect(expected.pauses == 0 && expected.interpreter.outcome != nil)
        #expect((found.pauses == 0) == (elements == 3))
        #expect(found.interpreter.outcome == expected.interpreter.outcome)
        #expect(found.interpreter.evaluationSteps == expected.interpreter.evaluationSteps)
        #expect(found.interpreter.progress == expected.interpreter.progress)
    }

    @Test(arguments: [ExecutionEvent.stopped(error: "Operator", cause: "enough"), .timedOut])
    func `what ends an execution between two states is replayed at the same place`(event: ExecutionEvent) throws {
        let (machine, start) = try execution(Self.loop)
        for pieces in [0, 1, 2, 17] {
            var live = Interpreter(start: start, machine: machine, recording: HistoryWindow())
            live.budget = 3000
            #expect(live.begin() == [.goOn])
            for _ in 0..<pieces {
                live.budget = 3000
                #expect(live.goOn() == [.goOn])
            }
            let entry = JournalEntry(
                at: Self.start.advanced(byMilliseconds: 5000), event: event, atEvent: live.eventCount)
            _ = live.apply(event, at: entry.at)
            let read = try #require(JournalEntry(json: try JSONValue(parsing: entry.json.text)))
            #expect(read == entry)
            let events = live.takeHistory()
            for budget in [Int.max, 1, 5000] {
                var replayed = JournalledExecution(start: start, entries: [read])
                    .replay(on: machine, recording: HistoryWindow(), budget: budget).interpreter
                while replayed.isPaused {
                    replayed.budget = budget
                    _ = replayed.goOn()
                }
                #expect(replayed.takeHistory() == events)
                #expect(replayed.outcome == live.outcome && replayed.eventCount == live.eventCount)
            }
        }
    }

    @Test func `an entry without a place is taken in where the execution waits for something, as it always was`() throws
    {
        let (machine, start) = try execution(Self.twoStretches)
        let entry = JournalEntry(at: Self.start, event: .stopped(error: nil, cause: nil))
        #expect(entry.json["n"] == nil)
        var replayed = JournalledExecution(start: start, entries: [entry])
            .replay(on: machine, recording: HistoryWindow(), budget: 1).interpreter
        while replayed.isPaused { _ = replayed.goOn() }
        #expect(replayed.takeHistory().map(\.kind).suffix(3) == [.taskScheduled, .taskStarted, .executionAborted])
    }

    @Test func `what ends an execution before its journal is replayed happens directly behind the last entry`() throws {
        let (machine, start) = try execution(Self.twoStretches)
        let result = JournalEntry(at: Self.start, event: .taskSucceeded(id: 1, Self.input))
        var live = JournalledExecution(start: start, entries: [result])
            .replay(on: machine, recording: HistoryWindow(), budget: 1).interpreter
        #expect(live.isReplaying)
        _ = live.takeHistory()
        let stop = JournalEntry(at: Self.start, event: .stopped(error: "Operator", cause: nil), atEvent: 0)
        #expect(live.endUnreplayed(stop.event, at: stop.at) == [.finish(.aborted(error: "Operator", cause: nil))])
        var replayed = JournalledExecution(start: start, entries: [result, stop])
            .replay(on: machine, recording: HistoryWindow()).interpreter
        #expect(replayed.outcome == live.outcome)
        let (told, last) = (live.takeHistory(), replayed.takeHistory().last)
        #expect(told.map(\.kind) == [.executionAborted] && last?.kind == .executionAborted)
        #expect(told.first?.id == 0, "its number is not known yet")
        #expect(last?.id == replayed.eventCount)
    }

    // MARK: Turns

    private func drive(
        _ core: inout EngineCore<MemoryJournal>, _ journal: MemoryJournal, limit: Int = .max
    ) throws -> [(execution: ExecutionARN, action: ExecutionAction)] {
        let turn = core.beginTurn(clock: StoppedClock(time: Self.start), limit: limit)
        return core.endTurn(try turn.carryOut(in: journal))
    }

    @Test func `an endless loop over much data holds nobody up: each turn leaves it at once`() throws {
        let (machine, start) = try execution(Self.loop, "endless")
        let pass: JSONValue = ["StartAt": "P", "States": ["P": ["Type": "Pass", "End": true]]]
        let (other, otherStart) = try execution(pass, "short")
        let journal = MemoryJournal()
        var core = EngineCore<MemoryJournal>(handlers: TaskHandlers([:]))
        core.takeUp(JournalledExecution(start: start, entries: []), on: machine)
        core.takeUp(JournalledExecution(start: otherStart, entries: []), on: other)
        var actions = try drive(&core, journal)
        #expect(journal.finished[otherStart.arn]?.status == .succeeded, "in the first turn")
        #expect(actions.contains { $0.execution == start.arn && $0.action == .goOn })
        #expect(core.interpreter(of: start.arn)?.isPaused == true)

        // Slice by slice; each is taken in by a turn, and costs it nothing.
        var counts: [Int64] = []
        for _ in 0..<3 {
            let interpreter = try #require(core.interpreter(of: start.arn))
            counts.append(interpreter.eventCount)
            let evaluation = Evaluation(of: interpreter, budget: 20_000)
            let isTaken = core.receive(.wentOn(evaluation), for: start.arn)
            #expect(isTaken)
            actions = try drive(&core, journal)
            #expect(actions.map(\.action) == [.goOn])
        }
        #expect(counts == counts.sorted() && Set(counts).count == 3)
        #expect(journal.entries.isEmpty, "nothing of it is to be kept")

        // A stop that comes while a slice is evaluated ends it where the last one was taken in.
        let before = try #require(core.interpreter(of: start.arn))
        let late = Evaluation(of: before, budget: 20_000)
        for input: EngineInput in [.stopped(error: "Operator", cause: nil), .wentOn(late)] {
            let isTaken = core.receive(input, for: start.arn)
            #expect(isTaken)
        }
        actions = try drive(&core, journal)
        #expect(actions.map(\.action) == [.finish(.aborted(error: "Operator", cause: nil))])
        let entry = try #require(journal.entries[start.arn]?.first)
        #expect(journal.entries[start.arn]?.count == 1 && entry.atEvent == before.eventCount)
        let replayed = JournalledExecution(start: start, entries: [entry]).replay(on: machine).interpreter
        #expect(replayed.outcome == journal.finished[start.arn] && replayed.eventCount == before.eventCount + 1)
    }

    @Test func `tasks that follow each other without end leave the turn after a budget`() throws {
        let resource = try #require(TaskResource(Self.resource))
        let (machine, start) = try execution(Self.tasks)
        let journal = MemoryJournal()
        var core = EngineCore<MemoryJournal>(handlers: TaskHandlers([resource: InstantTask()]))
        core.takeUp(JournalledExecution(start: start, entries: []), on: machine)
        var turns = 0
        while core.hasInput, turns < 1000 {
            let before = journal.entries[start.arn]?.count ?? 0
            _ = try drive(&core, journal)
            turns += 1
            #expect((journal.entries[start.arn]?.count ?? 0) - before <= WorkBudget.execution / WorkBudget.task)
        }
        #expect(turns > 1)
        #expect(journal.finished[start.arn]?.status == .failed, "it comes to the end of what a history may have")
        let entries = try #require(journal.entries[start.arn])
        let replayed = JournalledExecution(start: start, entries: entries).replay(on: machine).interpreter
        #expect(replayed.outcome == journal.finished[start.arn])
    }

    @Test func `what a turn has no budget for is in the next turn, in its order`() throws {
        let resource = try #require(TaskResource(Self.resource))
        let machine = try StateMachine(Self.tasks)
        let journal = MemoryJournal()
        var core = EngineCore<MemoryJournal>(handlers: TaskHandlers([resource: InstantTask()]))
        let starts = try (0..<20).map { try execution(Self.tasks, "e\($0)").1 }
        for start in starts { core.takeUp(JournalledExecution(start: start, entries: []), on: machine) }
        _ = try drive(&core, journal)
        let begun = starts.filter { journal.entries[$0.arn] != nil }
        #expect(begun.count < starts.count && begun == Array(starts.prefix(begun.count)))
        _ = try drive(&core, journal)
        let next = starts.filter { journal.entries[$0.arn] != nil }
        #expect(next.count > begun.count && next == Array(starts.prefix(next.count)), "those that waited come first")
    }

    @Test func `what the first turn has no budget for is in hand, and comes on in the next`() throws {
        let resource = try #require(TaskResource(Self.resource))
        // As many tasks as may be in a turn, and then a search in what the state gives itself: nobody could foresee it.
        let list = JSONValue.array((0..<4000).map { .integer($0) })
        let deep = (0..<200).reduce(list) { value, _ in .array([value]) }
        var states: JSONObject = [
            "P": ["Type": "Pass", "Result": deep, "OutputPath": "$..*..z", "Next": "W"],
            "W": ["Type": "Wait", "Seconds": 1, "End": true],
        ]
        for number in 0..<800 {
            states["T\(number)"] = [
                "Type": "Task", "Resource": .string(Self.resource),
                "Next": .string(number == 799 ? "P" : "T\(number + 1)"),
            ]
        }
        let definition: JSONValue = ["StartAt": "T0", "States": .object(states)]
        let machine = try StateMachine(definition)
        let starts = try (0..<4).map { try execution(definition, "e\($0)").1 }
        let journal = MemoryJournal()
        var core = EngineCore<MemoryJournal>(handlers: TaskHandlers([resource: InstantTask()]))
        let clock = StoppedClock(time: Self.start)
        let first = core.firstTurn(on: { _ in machine }, recording: nil, clock: clock)
        let outcome = try #require(try first.carryOut(starts, in: journal))
        #expect(journal.entries.count < starts.count, "there is no budget for all of them")
        _ = core.endTurn(outcome, isFirst: true)
        #expect(core.executions == Set(starts.map(\.arn)) && core.hasInput)
        _ = try drive(&core, journal)
        #expect(Set(journal.entries.keys) == core.executions)
    }

    @Test func `who watches is told of a first turn what is told of any: nothing of what went in and came out`() throws
    {
        let (machine, start) = try execution(Self.twoStretches)
        let resource = try #require(TaskResource("arn:aws:states:::http:invoke"))
        let core = EngineCore<MemoryJournal>(handlers: TaskHandlers([resource: InstantTask()]))
        let first = core.firstTurn(
            on: { _ in machine }, recording: HistoryWindow(.followed), clock: StoppedClock(time: Self.start))
        let outcome = try #require(try first.carryOut([start], in: MemoryJournal()))
        let events = Array(outcome.history.joined())
        #expect(events.first?.kind == .executionStarted && events.count > 1)
        #expect(events.allSatisfy { $0.kind.isFollowed })
        #expect(
            events.allSatisfy { $0.details["input"]?.stringValue == nil && $0.details["output"]?.stringValue == nil })
    }

    @Test func `where a turn cannot be written the note of what it evaluated is taken back`() throws {
        let (machine, start) = try execution(Self.twoStretches)
        let notes = Notes()
        let resource = try #require(TaskResource("arn:aws:states:::http:invoke"))
        let journal = MemoryJournal()
        var core = EngineCore<MemoryJournal>(handlers: TaskHandlers([resource: InstantTask()]), notes: notes)
        core.takeUp(JournalledExecution(start: start, entries: []), on: machine, isFromStore: true)
        let turn = core.beginTurn(clock: StoppedClock(time: Self.start))
        journal.isFull = true
        #expect(throws: MemoryJournal.Full.self) { try turn.carryOut(in: journal) }
        #expect(notes.begun.load(ordering: .relaxed) == 2 && notes.open.load(ordering: .relaxed) == 0)
    }
}

/// Counts the notes that are made.
private final class Notes: EvaluationNotes {
    let begun = Atomic(0)
    let open = Atomic(0)

    func begin(_ execution: ExecutionARN) -> Int {
        open.add(1, ordering: .relaxed)
        return begun.add(1, ordering: .relaxed).newValue
    }

    func end(_ note: Int) { open.subtract(1, ordering: .relaxed) }
}

/// Time that stands still.
struct StoppedClock: EngineClock {
    let time: Timestamp

    func now() -> Timestamp { time }
    func sleep(until deadline: Timestamp) async throws {}
}

/// A journal in memory.
final class MemoryJournal: JournalTransaction {
    var entries: [ExecutionARN: [JournalEntry]] = [:]
    var finished: [ExecutionARN: ExecutionOutcome] = [:]
    var isFull = false

    struct Full: Error {}

    func append(_ entries: [JournalEntry], to execution: ExecutionARN) throws {
        if isFull { throw Full() }
        self.entries[execution, default: []] += entries
    }

    func finish(
        _ execution: ExecutionARN, with outcome: ExecutionOutcome, at: Timestamp, eventCount: Int64?
    ) {
        finished[execution] = outcome
    }
}

/// A task that is done when it is begun.
private struct InstantTask: TaskHandler {
    func begin(_ request: TaskRequest, in transaction: MemoryJournal) -> TaskDisposition { .finished(.success([:])) }
}
