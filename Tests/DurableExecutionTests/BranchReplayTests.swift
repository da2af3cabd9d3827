import CleanroomSimulator
import DurableExecution
import StatesLanguage
import TestSupport
import Testing

/// Branches within branches, with failures, kills and replays: one journal gives one history, wherever it is cut.
struct BranchReplayTests {
    private static let task = #""Type":"Task","Resource":"arn:aws:states:::a:b""#

    /// Tasks that are tried again, iterations of which some wait, and a Parallel in each.
    private static let definition = #"""
        {"StartAt":"Begin","States":{
          "Begin":{"Type":"Pass","Assign":{"list.$":"$.list","prefix":"p"},"Next":"Both"},
          "Both":{"Type":"Parallel","Next":"End","ResultPath":"$.both",
            "Retry":[{"ErrorEquals":["Test.Failed"],"MaxAttempts":2,"JitterStrategy":"FULL"}],
            "Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":"$.error","Assign":{"caught.$":"$.Error"},"Next":"End"}],
            "Branches":[
              {"StartAt":"Each","States":{
                "Each":{"Type":"Map","ItemsPath":"$list","MaxConcurrency":2,"End":true,
                  "ItemSelector":{"n.$":"$$.Map.Item.Value","i.$":"$$.Map.Item.Index","id.$":"States.UUID()"},
                  "Retry":[{"ErrorEquals":["States.TaskFailed"],"MaxAttempts":1}],
                  "ItemProcessor":{"StartAt":"Call","States":{
                    "Call":{\#(task),"Parameters":{"n.$":"$.n","name.$":"States.Format('{}-{}', $prefix, $.n)"},
                      "Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1}],"Next":"Pause"},
                    "Pause":{"Type":"Wait","Seconds":1,"Assign":{"mine.$":"$.of.n"},"Next":"Two"},
                    "Two":{"Type":"Parallel","End":true,"ResultSelector":{"both.$":"$[*].of.mine"},"Branches":[
                      {"StartAt":"L","States":{"L":{\#(task),"Parameters":{"mine.$":"$mine"},"End":true}}},
                      {"StartAt":"R","States":{"R":{\#(task),"Parameters":{"mine.$":"$mine"},"End":true}}}]}}}}}},
              {"StartAt":"Other","States":{
                "Other":{"Type":"Wait","Seconds":3,"Next":"Alone"},
                "Alone":{\#(task),"End":true,"Catch":[{"ErrorEquals":["Test.Failed"],"Next":"Fallback"}]},
                "Fallback":{"Type":"Pass","Result":"fallen back","End":true}}}]},
          "End":{"Type":"Pass","Parameters":{"all.$":"$"},"End":true}}}
        """#

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `a journal gives its history again, and so it does cut anywhere and gone on from there`(seed: UInt64) throws {
        let machine = try StateMachine(parsing: Self.definition)
        let start = ExecutionStart.test(["list": [1, 2, 3]], seed: seed)
        let failures = [0, 10, 30][Int(seed % 3)]
        let budget = seed.isMultiple(of: 2) ? Int.max : 1
        var whole = BranchedWorld(start, on: machine, seed: seed, failures: failures, budget: budget)
        whole.carryThrough()
        try check(whole, start, machine)
        if failures == 0 { #expect(whole.interpreter.outcome?.status == .succeeded) }
        for cut in stride(from: 0, to: whole.entries.count, by: 3) {
            // Somebody else takes it up, and what happens then may come in another order.
            var rest = BranchedWorld(
                start, on: machine, entries: Array(whole.entries.prefix(cut)), seed: seed &+ 99, failures: failures,
                budget: budget == 1 ? 3 : .max)
            while rest.interpreter.isReplaying { rest.carryThrough(upTo: cut + 1) }
            #expect(rest.isConsistent, "cut at \(cut)")
            rest.carryThrough()
            try check(rest, start, machine)
        }
    }

    private func check(_ world: BranchedWorld, _ start: ExecutionStart, _ machine: StateMachine) throws {
        var live = world.interpreter
        let events = live.takeHistory()
        #expect(live.outcome != nil)
        let read = try world.entries.map { try #require(JournalEntry(json: try JSONValue(parsing: $0.json.text))) }
        for budget in [Int.max, 1] {
            var replayed = JournalledExecution(start: start, entries: read)
                .replay(on: machine, recording: HistoryWindow(), budget: budget).interpreter
            while replayed.isPaused {
                replayed.budget = budget
                _ = replayed.goOn()
            }
            #expect(replayed.outcome == live.outcome)
            let found = replayed.takeHistory()
            #expect(found.count >= events.count)
            #expect(found.suffix(events.count) == events[...])
        }
    }

    @Test(arguments: [ExecutionEvent.stopped(error: "E", cause: nil), .timedOut])
    func `what was stopped or has failed goes on by a redrive where it was, and what has succeeded is not done again`(
        event: ExecutionEvent
    ) throws {
        let machine = try StateMachine(parsing: Self.definition)
        for cut in 1..<12 {
            var world = BranchedWorld(.test(["list": [1, 2, 3]]), on: machine, seed: 5, failures: 0)
            world.carryThrough(upTo: cut)
            world.apply(event)
            #expect(world.interpreter.awaited.isEmpty)
            world.apply(.redriven)
            #expect(world.isConsistent)
            world.carryThrough()
            guard case .succeeded(let output) = world.interpreter.outcome else {
                Issue.record("\(String(describing: world.interpreter.outcome))")
                continue
            }
            #expect(output["all"]?["both"]?[0] == [["both": [1, 1]], ["both": [2, 2]], ["both": [3, 3]]])
            try check(world, .test(["list": [1, 2, 3]]), machine)
        }
    }
}
