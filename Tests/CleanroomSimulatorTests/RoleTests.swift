import CleanroomModel
import CleanroomSimulator
import SagaKit
import TestSupport
import Testing

/// The role under which the machines act is held against every call of every simulation.
struct RoleTests {
    private let role: Role
    private let player: Player

    init() throws {
        role = try Role.derived(for: .standard)
        player = try Player(TestLake.workflows.get(), role: role)
    }

    @Test(arguments: [
        "glue:CreateDatabase", "glue:GetTable", "lakeformation:RevokePermissions", "iam:GetRole", "iam:PassRole",
        "ram:ListResourceSharePermissions", "states:InvokeHTTPEndpoint", "secretsmanager:GetSecretValue",
        "s3:ListBucket", "s3:AbortMultipartUpload",
    ])
    func `a request without an action that AWS needs behind a call fails and names it`(action: String) throws {
        let grants = role.policy.grants.filter { $0.action == action }
        #expect(!grants.isEmpty)
        var player = player
        player.role = role.with(grants.reduce(role.policy) { $0.without($1) })
        let report = player.play(Schedule())
        #expect(!report.hasSucceeded)
        let violation = try #require(report.violations.first)
        #expect(violation.invariant == .callsAreAllowed)
        #expect(
            violation.detail.contains(" needs \(action) on arn:aws:")
                || violation.detail.contains(" needs \(action) on *,"))
        #expect(report.refusals.contains { $0.action == action })
    }

    @Test func `every sweep needs to list the executions of both machines`() throws {
        let lists = role.policy.grants.filter { $0.action == "states:ListExecutions" }
        #expect(lists.map(\.resource).contains { $0.hasSuffix("-recover") })
        for list in lists {
            var player = player
            player.role = role.with(role.policy.without(list))
            let report = player.play(try Schedule(parsing: "seed=1 setting=aws requests=first@0 1:stop 1:eventLost"))
            #expect(report.violations.first?.invariant == .callsAreAllowed)
            #expect(report.violations.first?.detail.contains(list.resource) == true)
        }
    }

    @Test func `the role allows all that was asked of it, and was asked of much`() {
        let report = player.play(Schedule())
        #expect(report.violations == [])
        let actions = Set(report.subjects.flatMap(role.requests).map(\.action))
        #expect(actions.count > 30)
        #expect(actions.allSatisfy { action in role.policy.grants.contains { $0.action == action } })
    }

    @Test func `without a role nothing is refused`() throws {
        let free = try Player(TestLake.workflows.get())
        let report = free.play(Schedule())
        #expect(report.violations == [] && report.refusals == [] && report.subjects == [])
    }

    @Test func `each permission is needed by a run, which fails without it`() {
        let result = PermissionHunt(player, role: role, seed: 1, randomCount: 400).look()
        #expect(result.unneeded.map(\.description) == [])
        #expect(result.needs.filter { !$0.isMissed }.map(\.grant.description) == [])
        #expect(result.needs.count > 80)
    }
}
