import DurableExecution
import StatesLanguage

/// Schedules at random: one seed, one schedule.
package enum ScheduleGenerator {
    /// How many calls a schedule may reach into; most requests make fewer.
    private static let reach = 60
    private static let rare: Set<Schedule.Submission.Kind> = [
        .misspelt, .invalid, .invalidAgain, .large, .misnamed, .ownAccount, .oddlyNamed,
    ]

    /// The schedule of a seed.
    package static func schedule(seed: UInt64) -> Schedule {
        var random = SeededRandom(seed: seed ^ 0x5EED_0F_C1EA)
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
        func pick<Value>(_ values: [Value]) -> Value { values[Int.random(in: 0..<values.count, using: &random)] }
        var schedule = Schedule(seed: seed, setting: pick(Schedule.Setting.allCases))
        for variation in Schedule.Variation.allCases where chance(variation == .losesComment ? 5 : 20) {
            if variation == .missingIsDenied, schedule.lake.contains(.missingIsNotFound) { continue }
            schedule.lake.insert(variation)
        }
        // Where the marker arrives in neither place, no execution can be told from a stranger's after an interruption.
        if schedule.lake.contains(.losesProperties) { schedule.lake.remove(.losesComment) }
        if chance(20) { schedule.ground = pick(Schedule.Ground.allCases) }
        // Some of the requests come together, some while others are under way, some long after.
        let times = [0, 0, 1, 2, 3, 5, 8, 30, 700, 7200]
        for kind in Schedule.Submission.Kind.allCases.dropFirst() where chance(rare.contains(kind) ? 5 : 25) {
            schedule.requests.append(Schedule.Submission(kind: kind, at: pick(times)))
        }
        let reach = reach + 20 * schedule.requests.count
        for _ in 0..<pick([0, 1, 1, 2, 2, 3, 4, 5, 8]) {
            schedule.occurrences.append(
                Schedule.Occurrence(call: Int.random(in: 1...reach, using: &random), happening: happening(&random)))
        }
        schedule.occurrences.sort { $0.call < $1.call }
        return schedule
    }

    private static func happening(_ random: inout SeededRandom) -> Happening {
        let kinds = Happening.Kind.allCases
        let kind = kinds[Int.random(in: 0..<kinds.count, using: &random)]
        let range: ClosedRange<Int> =
            switch kind {
            case .throttled, .conflict, .rateExceeded, .broken, .lostReply, .partial, .partialOfTables: 1...12
            case .denied: 1...7200
            case .stale: 1...4000
            case .slow: 1...900
            case .clockBack: 1...86_400
            case .receiverDown: 1...40_000
            case .receiverFails: 1...20
            default: 1...1
            }
        return Happening(kind, .random(in: range, using: &random))
    }
}
