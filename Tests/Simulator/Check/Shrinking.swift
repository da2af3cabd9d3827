/// Cuts a failing schedule down to what it takes to fail.
package enum Shrinking {
    /// The smallest schedule found that still breaks the invariant: without what can be left out of it, one by one.
    package static func shrink(_ schedule: Schedule, breaking invariant: Invariant, on player: Player) -> Schedule {
        func fails(_ candidate: Schedule) -> Bool {
            player.play(candidate).violations.contains { $0.invariant == invariant }
        }
        var smallest = schedule
        var isShrinking = true
        while isShrinking {
            isShrinking = false
            for candidate in smaller(than: smallest) where fails(candidate) {
                smallest = candidate
                isShrinking = true
                break
            }
        }
        return smallest
    }

    private static func smaller(than schedule: Schedule) -> [Schedule] {
        var candidates: [Schedule] = []
        func add(_ change: (inout Schedule) -> Void) {
            var candidate = schedule
            change(&candidate)
            if candidate != schedule { candidates.append(candidate) }
        }
        for index in schedule.occurrences.indices { add { $0.occurrences.remove(at: index) } }
        for index in schedule.requests.indices where schedule.requests[index].kind != .first {
            add { $0.requests.remove(at: index) }
        }
        add { $0.ground = nil }
        for variation in schedule.lake.sorted(by: { $0.rawValue < $1.rawValue }) { add { $0.lake.remove(variation) } }
        for (index, occurrence) in schedule.occurrences.enumerated() where occurrence.happening.amount > 1 {
            for amount in [1, occurrence.happening.amount / 2] {
                add {
                    $0.occurrences[index] = Schedule.Occurrence(
                        call: occurrence.call, happening: Happening(occurrence.happening.kind, amount))
                }
            }
        }
        return candidates
    }
}
