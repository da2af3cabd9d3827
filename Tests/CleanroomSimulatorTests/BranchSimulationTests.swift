import CleanroomSimulator
import Testing

/// Nested Parallel and Map states with faults, crashes and replays: schedules at random, from seeds of each run's own.
@Suite(.timeLimit(.minutes(10)))
struct BranchSimulationTests {
    private static func freshSeed() -> UInt64 { UInt64.random(in: 1...UInt64(UInt32.max)) << 20 }

    @Test func `machines with branches end as they say, whatever fails and wherever a process dies`() async {
        let seed = Self.freshSeed()
        let result = await BranchCampaign.play(count: 300, from: seed)
        for (seed, violations) in result.failures {
            Issue.record("\(violations.prefix(5)) in: simulate --trace --branches 1 --seed \(seed)")
        }
        print("seeds from \(seed): \(result.summary)")
        // What is played is worth it: many crash, and for most it is known how they have to end.
        #expect(result.crashes > 100)
        #expect(result.expectedEnds > result.executions / 2)
        #expect(result.endsFromOutside > 3)
    }

    /// 844024781999013: a stop that came before a long journal was replayed was told with the number of another event.
    @Test(arguments: [UInt64(844_024_781_999_013)])
    func `a schedule that found a fault is played again`(seed: UInt64) {
        let violations = BranchPlayer.play(seed: seed).violations
        #expect(violations.isEmpty)
    }

    @Test(arguments: UInt64(1)...6)
    func `one seed is one schedule with branches, the same to the byte`(seed: UInt64) {
        let (first, second) = (
            BranchPlayer.play(seed: seed, isTraced: true), BranchPlayer.play(seed: seed, isTraced: true)
        )
        #expect(!first.trace.isEmpty)
        #expect(first.trace == second.trace)
    }

    @Test(arguments: BranchBug.allCases)
    func `a bug planted in the branches is found, by a schedule that the sound engine stands`(bug: BranchBug) {
        let seed = Self.freshSeed()
        let found = bug.find(in: 1000, from: seed)
        #expect(found != nil, "\(bug.text), from seed \(seed)")
    }
}
