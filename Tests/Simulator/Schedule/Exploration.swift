import StatesLanguage

/// Every single fault, and every pair of faults, at every call of one request.
package struct Exploration: Sendable {
    private let player: Player
    private let base: Schedule

    package init(_ player: Player, from base: Schedule) {
        self.player = player
        self.base = base
    }

    /// The base, and the base with each single thing that can go wrong at each of its calls.
    package func singles() -> [Schedule] { [base] + extensions(of: base) }

    /// A schedule with each thing that can go wrong at each call behind one.
    ///
    /// - Parameter call: the number of the call; of the last with an occurrence for `nil`.
    package func extensions(of schedule: Schedule, behind call: Int? = nil) -> [Schedule] {
        let calls = player.play(schedule).calls
        let first = call ?? schedule.occurrences.last?.call ?? 0
        return calls.indices.dropFirst(first).flatMap { index in
            Self.happenings(at: calls[index].resource, in: schedule.setting).map { happening in
                var extended = schedule
                extended.occurrences.append(Schedule.Occurrence(call: index + 1, happening: happening))
                return extended
            }
        }
    }

    /// What can go wrong at a call of an action: what passes, and what lasts.
    static func happenings(at resource: TaskResource, in setting: Schedule.Setting) -> [Happening] {
        Happening.Kind.allCases.flatMap { kind in amounts(of: kind, at: resource).map { Happening(kind, $0) } }
            .filter { $0.applies(to: resource, in: setting) }
    }

    private static func amounts(of kind: Happening.Kind, at resource: TaskResource) -> [Int] {
        // A service may fail for ever; an account service that does is one of which `receiverDown` is said.
        let ever = resource.service == "http" ? 40 : 100_000
        return switch kind {
        case .throttled, .conflict, .rateExceeded: [2]
        case .broken, .partial, .partialOfTables: [2, ever]
        case .lostReply: [1, ever]
        case .denied: [3600]
        case .stale: [3000]
        case .slow: [700]
        case .clockBack: [3600]
        case .receiverDown: [600, 90_000]
        case .receiverFails: [3]
        default: [1]
        }
    }
}
