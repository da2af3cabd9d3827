import CleanroomWorkflows
package import SagaKit

/// Looks what each permission of a role is needed for, and whether the lack of it is noticed.
package struct PermissionHunt: Sendable {
    /// A permission, and what needs it.
    package struct Need: Sendable {
        package let grant: PolicyDocument.Grant
        /// What nothing else in the policy allows.
        package let request: AccessRequest
        /// The first schedule in which it is asked for.
        package let schedule: Schedule
        /// Whether the schedule, played without the permission, fails and names it.
        package let isMissed: Bool
    }

    package struct Result: Sendable {
        package fileprivate(set) var needs: [Need] = []
        /// What no schedule needed.
        package fileprivate(set) var unneeded: [PolicyDocument.Grant] = []
        package fileprivate(set) var schedules = 0
    }

    private let player: Player
    private let role: Role
    /// How many schedules at random are played besides the single faults.
    private let randomCount: Int
    private let seed: UInt64

    package init(_ player: Player, role: Role, seed: UInt64, randomCount: Int) {
        self.player = player
        self.role = role
        self.seed = seed
        self.randomCount = randomCount
    }

    /// Plays schedules until each permission was needed or there are none left, then those again without it.
    package func look() -> Result {
        var result = Result()
        // A permission that AWS needs behind the scenes is asked for by no call.
        var left = Set(role.policy.grants).filter { AccessNeeds.cleanroom.ofEveryMachine[$0.action] == nil }
        var found: [PolicyDocument.Grant: (AccessRequest, Schedule)] = [:]
        var known: Set<AccessSubject> = []
        var player = player
        player.role = role
        for schedule in schedules() where !left.isEmpty {
            result.schedules += 1
            let subjects = player.play(schedule).subjects.subtracting(known)
            known.formUnion(subjects)
            for request in subjects.flatMap(role.requests) {
                let allowing = role.policy.allowing(request)
                guard allowing.count == 1, left.remove(allowing[0]) != nil else { continue }
                found[allowing[0]] = (request, schedule)
            }
        }
        for grant in role.policy.grants {
            if let (request, schedule) = found[grant] {
                let isNamed = isMissed(grant, in: schedule)
                result.needs.append(Need(grant: grant, request: request, schedule: schedule, isMissed: isNamed))
            } else if left.contains(grant) {
                result.unneeded.append(grant)
            }
        }
        return result
    }

    private func schedules() -> some Sequence<Schedule> {
        let singles = Schedule.Setting.allCases.lazy.flatMap {
            Exploration(player, from: Schedule(setting: $0)).singles()
        }
        let random = (0..<randomCount).lazy.map { ScheduleGenerator.schedule(seed: seed &+ UInt64($0)) }
        // Most is needed by the plain ways, and those at random have rivals, repeats and recoveries.
        let all: [AnySequence<Schedule>] = [
            AnySequence(Schedule.Setting.allCases.map { Schedule(setting: $0) }),
            AnySequence(Situation.all.map(\.schedule)), AnySequence(random), AnySequence(singles),
        ]
        return all.lazy.flatMap(\.self)
    }

    /// Whether the schedule fails without the permission, and names what was refused for the lack of it.
    private func isMissed(_ grant: PolicyDocument.Grant, in schedule: Schedule) -> Bool {
        var player = player
        player.role = role.with(role.policy.without(grant))
        let report = player.play(schedule)
        return report.refusals.contains { request in
            role.policy.allowing(request) == [grant]
                && report.violations.contains {
                    $0.invariant == .callsAreAllowed && $0.detail.contains("\(request.action) on \(request.resource),")
                }
        }
    }
}
