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
        name: .dismissEverybody, kind: .revokeFromOurs, entries: [everybody])

    static let grantToAccount = BatchPermissions(
        name: .shareWithCustomer, kind: .grant, entries: CustomerGrant.all.map(\.entry))

    /// Last of the steps: who has given away their own permissions can no longer undo. Verification lists what is left.
    static let giveAway = BatchPermissions(
        name: .giveAway, kind: .revoke, entries: creatorsEntries(creatorsPermissions) + [rolesAccess])

    // MARK: Rollback

    /// Revokes what the account has, and the role's access to the location, until lists show that nothing is left. How
    /// a revocation is refused decides nothing: AWS has several refusals for what is not there.
    static let unshare = Block(entrance: "IsThereAShare") { graph, exits in
        let limit = BatchPermissions.limit
        // A location that somebody has deregistered, or registered anew, may have been shared on before.
        graph.addChoice(
            "IsThereAShare",
            [
                (.isTrue(.rollback.isRegistered), "MayUnshare"),
                (.present(.made.registeredAt), "MayUnshare"),
            ], default: exits.next)
        RoomLocation.guarded("MayUnshare", next: "Unshare", skip: exits.next)
            .build(&graph, Exits(next: "Unshare", failed: exits.failed))
        addRevocation(
            "Unshare", CustomerGrant.all.map(\.entry) + [rolesAccess], to: &graph,
            next: "ReadUnsharedLocationGrants")
        Block.sequence(
            PermittedResource.allCases.map {
                PermissionLists.read(
                    "Unshared", on: $0, missing: nil,
                    refusedOnlyIf: .isTrue($0 == .location ? .rollback.isRegistered : .anchor.own))
            }
                + [
                    PermissionLists.administrator("Unshare"),
                    PermissionLists.sumUp(
                        "Unshared", [.location: [.account, .role], .database: [.account], .tables: [.account]]),
                ]
        ).build(&graph, Exits(next: "IsUnshared", failed: exits.failed))
        let isLeft = Condition.or(
            PermittedResource.allCases.map { .isTrue(.grants[$0].hasAccount) }
                + [.isTrue(.grants[.location].hasRole)])
        graph.addChoice(
            "IsUnshared",
            [(.not(isLeft), exits.next), (.number(Tries.unshare.count, .lessThan, Int64(limit)), "UnshareCount")],
            default: "MissUnshared")
        Tries.unshare.addNext(to: &graph, limit: limit, next: "MayUnshare", from: "IsUnshared")
        graph.outline.isEntered("MissUnshared", from: ["IsUnshared"])
        graph.addPass(
            "MissUnshared", at: Place.failure,
            [\.error: .text(stillGranted), \.cause: .jsonToString(.batch.failures.whole)], next: exits.failed)
    }

    /// Adds a revocation whose refusals are kept for a cause and decide nothing.
    private static func addRevocation(
        _ name: String, _ entries: [BatchPermissions.Entry], to graph: inout Graph, next: String
    ) {
        graph.outline.isListed(name)
        // Each round looks first whether it may; a list that shows something begins another.
        Block.task(
            name, .LakeFormation.batchRevokePermissions(entries),
            result: .at(Place.batch, [\.failures.whole: .reply("Failures[*]")]), isLooped: true
        ).build(&graph, Exits(next: next, failed: name + "KeepFailure"))
        graph.addPass(
            name + "KeepFailure", at: Place.batch, [\.failures.whole: .array([.failure.whole])], next: next)
    }

    /// The error of what is still listed after it was revoked.
    static let stillGranted = "StillGranted"

    /// What is revoked before the database is dropped: all but `DROP`, which dropping needs.
    static let beforeDrop = [everybody] + creatorsEntries(creatorsPermissions.filter { $0 != .drop })

    /// Whether a revocation has failed for some entries in another way than it likely does where there is nothing to
    /// revoke. A guess, since the refusals are not documented: a wrong one costs some rounds, or leaves the rest to
    /// `revokeRest`.
    static let couldRevokeMore: Expression<Bool> = {
        let failures = Expression<JSONValue?>.batch.failures.whole.list
        return failures.filter("failure") {
            !$0.member("Error").member("ErrorCode").isIn(["EntityNotFoundException", "InvalidInputException"])
        }.count > 0
    }()

    /// What the role was granted on a database may outlive it. Each round looks first that no database stands under the
    /// name: what stands there now is another's, and so may be what is granted on it. One that bears the marker of this
    /// execution is the one that was dropped, as it was some seconds ago.
    static let revokeRest = Block(entrance: "IsNameFree") { graph, exits in
        let limit = BatchPermissions.limit
        RoomMarker.recognition.block(
            "IsNameFree",
            .init(own: "MayLookAgain", sameRequest: exits.next, foreign: exits.next, gone: "RevokeRest")
        ).build(&graph, exits)
        graph.outline.isEntered(
            "IsNameFree",
            from: ["IsThereMoreOfGone", "IsAnchorNeeded", "MayDropDatabase", "IsDropped", "RevokeRestWait"])
        graph.outline.isEntered("MayLookAgain", from: ["IsNameFreeReadOwner"])
        let isTriesLeft = Condition.number(Tries.revokeRest.count, .lessThan, Int64(limit))
        graph.addChoice("MayLookAgain", [(isTriesLeft, "RevokeRestCount")], default: "MissFreeName")
        graph.addPass(
            "MissFreeName", at: Place.failure,
            [\.error: .text(stillGranted), \.cause: "its database is still shown, so that nothing could be revoked"],
            next: exits.failed)
        addRevocation("RevokeRest", creatorsEntries(creatorsPermissions), to: &graph, next: "ReadRestDatabaseGrants")
        // What cannot be listed is on no resource any more. A grant to the role itself gives nobody access, and the next
        // request for the name revokes it.
        PermissionLists.read("Rest", on: .database, missing: exits.next, dropsFailure: true)
            .build(&graph, Exits(next: "TakeRestGrantsApart", failed: exits.next))
        PermissionLists.sumUp("Rest", [.database: [.role, .everybody]]).build(
            &graph, Exits(next: "IsRestLeft", failed: exits.failed))
        graph.addChoice(
            "IsRestLeft",
            [
                (
                    .not(
                        .or([.isTrue(.grants[.database].hasRole), .isTrue(.grants[.database].hasEverybody)])
                    ), exits.next
                ),
                (isTriesLeft, "RevokeRestCount"),
            ], default: "MissRest")
        Tries.revokeRest.addNext(to: &graph, limit: limit, next: "IsNameFree", from: "IsRestLeft", "MayLookAgain")
        graph.outline.isEntered("MissRest", from: ["IsRestLeft"])
        graph.addPass(
            "MissRest", at: Place.failure,
            [\.error: .text(stillGranted), \.cause: .jsonToString(.batch.failures.whole)], next: exits.failed)
    }
}
