import CleanroomModel
import SagaKit
import StatesLanguage

/// What is granted on a room, to whom, and how it is taken back.
enum RoomPermissions {
    // MARK: Who holds what

    /// What the account's settings may give on a new database to everybody whom IAM allows.
    static let everybody = BatchPermissions.Entry(
        principal: .everybody, resource: .database, permissions: [.all], isGrantable: false)

    /// What creating a database gives to its creator. `ALL` is a permission beside the others and not their sum, and a
    /// creator may be listed with it alone or with all of them: each is revoked in an entry of its own.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html>
    private static func creatorsEntries(_ permissions: [Permission]) -> [BatchPermissions.Entry] {
        permissions.map { .init(principal: .maker, resource: .database, permissions: [$0]) }
    }

    private static let creatorsPermissions: [Permission] = [.all, .alter, .createTable, .describe, .drop]

    /// What registering a location may give to the role that registers it.
    private static let rolesAccess = BatchPermissions.Entry(
        principal: .maker, resource: .location, permissions: [.dataLocationAccess])

    // MARK: Steps

    static let revokeEverybody = BatchPermissions(
        name: "RevokeIAMAllowedPrincipals", tries: .revokeDefaults, kind: .revokeFromOurs, entries: [everybody])

    static let grantToAccount = BatchPermissions(
        name: "GrantToAccount", tries: .grant, kind: .grant, entries: CustomerGrant.all.map(\.entry),
        checkpoint: { Checkpoint.data })

    /// Last of the steps: who has given away their own permissions can no longer undo. Verification lists what is left.
    static let giveAway = BatchPermissions(
        name: "RevokeCreatorPermissions", tries: .revokeCreator, kind: .revoke,
        entries: creatorsEntries(creatorsPermissions) + [rolesAccess])

    // MARK: Rollback

    /// Revokes what the account has, and the role's access to the location, until lists show that nothing is left. How
    /// a revocation is refused decides nothing: AWS has several refusals for what is not there.
    static let unshare = Block(entrance: "MayAccountHaveGrants") { graph, exits in
        // A location that somebody has deregistered, or registered anew, may have been shared on before.
        graph.addChoice(
            "MayAccountHaveGrants",
            [
                Rule(
                    if: Value.rollback.isRegistered == true || Value.made.registeredAt.exists,
                    "ReadMarkerBeforeRevokeFromAccount"),
                .otherwise(exits.next),
            ])
        RoomLocation.guarded("BeforeRevokeFromAccount", next: "RevokeFromAccount", skip: exits.next)
            .build(&graph, Exits(next: "RevokeFromAccount", failed: exits.failed))
        let lists = PermissionLists.readHolders("AccountGrants")
        addRevocation(
            "RevokeFromAccount", CustomerGrant.all.map(\.entry) + [rolesAccess], to: &graph,
            assigning: PermissionLists.beginningHolders(of: PermittedResource.allCases) {
                ($0 == .location ? Value.rollback.isRegistered : .anchor.own) == true
            }, next: lists.arrival)
        Block.sequence([lists, PermissionLists.settings("ReadSettingsAfterRevoke")])
            .build(&graph, Exits(next: "IsAccountRevoked", failed: exits.failed))
        let held = PermittedResource.allCases.map { PermissionLists.holds(RoomValues.account, on: $0) }
        graph.addChoice(
            "IsAccountRevoked",
            [
                PermissionLists.refusal(exits.failed),
                Rule(if: !.any(held + [PermissionLists.holds("${RoleArn}", on: .location)]), exits.next),
                Rule(if: Tries.revokeAccount.isLeft(of: BatchPermissions.limit), Way(to: Tries.revokeAccount.wait)),
                .otherwise(exits.failed(.text(stillGranted), BatchPermissions.told)),
            ])
        Tries.revokeAccount.addWait(to: &graph, next: "ReadMarkerBeforeRevokeFromAccount", from: "IsAccountRevoked")
    }

    private typealias Value = Expression<JSONValue?>

    /// Adds a revocation whose refusals are kept for a cause and decide nothing.
    ///
    /// - Parameter assigned: what is assigned whether it fails or not.
    private static func addRevocation(
        _ name: String, _ entries: [BatchPermissions.Entry], to graph: inout Graph,
        assigning assigned: [VariableAssignment], next: Way
    ) {
        graph.outline.isListed(name)
        // Each round looks first whether it may; a list that shows something begins another.
        let refused = next.assigning(assigned + [BatchPermissions.keep(Value.errorOutput.list)])
        Block.task(
            name, .LakeFormation.batchRevokePermissions(entries), assigning: assigned + [BatchPermissions.keep],
            catching: [.init(StatesError.all, refused)], isLooped: true
        ).build(&graph, Exits(next: next, failed: .dropping(to: next)))
    }

    /// The error of what is still listed after it was revoked.
    static let stillGranted = "StillGranted"

    /// What is revoked before the database is dropped: all but `DROP`, which dropping needs.
    static let beforeDrop = [everybody] + creatorsEntries(creatorsPermissions.filter { $0 != .drop })

    /// Whether a revocation has failed for some entries in another way than it likely does where there is nothing to
    /// revoke. A guess, since the refusals are not documented: a wrong one costs some rounds, or leaves the rest to
    /// `revokeRest`.
    static let couldRevokeMore =
        BatchPermissions.failures.filter("failure") {
            !$0.member("Error").member("ErrorCode").isIn(["EntityNotFoundException", "InvalidInputException"])
        }.count > 0

    /// What the role was granted on a database may outlive it. Each round looks first that no database stands under the
    /// name: what stands there now is another's, and so may be what is granted on it. One that bears the marker of this
    /// execution is the one that was dropped, as it was some seconds ago.
    static let revokeRest = Block(entrance: "ReadMarkerAfterDrop") { graph, exits in
        RoomMarker.recognition.block(
            "AfterDrop", .init(own: "MayReadMarkerAgain", foreign: exits.next, gone: "RevokeRemainingPermissions")
        ).build(&graph, exits)
        graph.outline.isEntered(
            "ReadMarkerAfterDrop",
            from: [
                "WasMoreCreated", "IsEverythingElseRolledBack", "ReadMarkerBeforeDrop", "IsDatabaseDropped",
                "WaitToRetryRevokeRemainingPermissions",
            ])
        graph.outline.isEntered("MayReadMarkerAgain", from: [Recognition.comparison("AfterDrop")])
        let again = Rule(
            if: Tries.revokeRemaining.isLeft(of: BatchPermissions.limit), Way(to: Tries.revokeRemaining.wait))
        graph.addChoice(
            "MayReadMarkerAgain",
            [
                again,
                .otherwise(
                    exits.failed(
                        .text(stillGranted), "its database is still shown, so that nothing could be revoked")),
            ])
        // What cannot be listed is on no resource any more. A grant to the role itself gives nobody access, and the next
        // request for the name revokes it.
        let lists = PermissionLists.readHolders("RemainingGrants", missing: exits.next)
        addRevocation(
            "RevokeRemainingPermissions", creatorsEntries(creatorsPermissions), to: &graph,
            assigning: PermissionLists.beginningHolders(of: [.database]), next: lists.arrival)
        lists.build(&graph, Exits(next: "ArePermissionsLeft", failed: exits.failed))
        let isLeft = Expression.any(
            ["${RoleArn}", "IAM_ALLOWED_PRINCIPALS"].map { PermissionLists.holds(.text($0), on: .database) })
        graph.addChoice(
            "ArePermissionsLeft",
            [
                Rule(if: !isLeft, exits.next), again,
                .otherwise(exits.failed(.text(stillGranted), BatchPermissions.told)),
            ])
        Tries.revokeRemaining.addWait(
            to: &graph, next: "ReadMarkerAfterDrop", from: "ArePermissionsLeft", "MayReadMarkerAgain")
    }
}
