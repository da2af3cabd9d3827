import SagaKit
import StatesLanguage

/// A batch of grants or revocations, of which each may fail on its own while the call succeeds.
///
/// Partial failures come back in `Failures[]` with HTTP 200, where no catch sees them. So each is looked at: one that
/// is harmless is dropped, for any other the batch is sent again after a while (granting what is granted changes
/// nothing). If a grant still fails, the first failure is the task's error. What is left after a revocation is not told
/// by the wording of a refusal: the lists of the verification decide it.
///
/// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_BatchGrantPermissions.html>
struct BatchPermissions: Sendable {
    struct Entry: Sendable {
        let principal: Principal
        let resource: PermittedResource
        let permissions: [Permission]
        var isGrantable = true
    }

    enum Kind: Sendable {
        case grant
        /// The same on condition that the marker of the database was read right before.
        case revokeFromOurs
        /// What was never granted, or whose resource is gone, counts as revoked.
        case revoke
    }

    /// How often a batch is sent again.
    static let limit = 8

    let name: Tries
    let kind: Kind
    let entries: [Entry]

    var block: Block { kind == .revoke ? revocation : guarded }

    /// Changes what others have, and leads on when every entry was changed; what is left of a revocation is told by lists.
    /// Each round reads the marker of the database first: what was granted by name on another's database would let a
    /// stranger into it, and what was revoked would lock its users out.
    private var guarded: Block {
        let name = name.name
        return Block(entrance: "May" + name) { graph, exits in
            let (again, missing) = ("May\(name)Again", "Miss\(name)Database")
            RoomMarker.isOurs("May" + name, next: name, missing: missing)
                .build(&graph, Exits(next: name, failed: again))
            graph.outline.isEntered(name + "LookIntoFailures", from: [name])
            graph.outline.isEntered(name, from: ["May\(name)ReadOwner"])
            RoomMarker.addMissing(missing, to: &graph, next: exits.failed)
            let isGrant = kind == .grant
            Block.task(
                name,
                isGrant
                    ? .LakeFormation.batchGrantPermissions(entries) : .LakeFormation.batchRevokePermissions(entries),
                result: failures, isLooped: true
            ).build(&graph, Exits(next: name + "LookIntoFailures", failed: again))
            graph.addChoice(
                name + "LookIntoFailures",
                [(.not(.present(.batch.failures.first)), exits.next)] + (isGrant ? [] : [(isHarmless, exits.next)]),
                default: name + "TakeFailure")
            graph.addPass(
                name + "TakeFailure", at: Place.failure,
                [\.error: "LakeFormation.BatchFailure", \.cause: .jsonToString(.batch.failures.whole)], next: again)
            graph.addChoice(
                again, [(.number(self.name.count, .lessThan, Int64(Self.limit)), name + "Count")],
                default: exits.failed)
            self.name.addNext(to: &graph, limit: Self.limit, next: "May" + name, from: again)
        }
    }

    /// Revokes. An entry of which there is nothing to revoke is dropped, the others are sent again.
    private var revocation: Block {
        let name = name.name
        return Block(entrance: name) { graph, exits in
            let look = name + "LookIntoFailures"
            graph.outline.isEntered(look, from: [name, name + "DropFailure"])
            Block.task(name, .LakeFormation.batchRevokePermissions(entries), result: failures)
                .build(&graph, Exits(next: look, failed: exits.failed))
            graph.addChoice(
                look,
                [
                    (.not(.present(.batch.failures.first)), exits.next), (isHarmless, name + "DropFailure"),
                    (.number(self.name.count, .lessThan, Int64(Self.limit)), name + "Count"),
                ], default: exits.next)
            graph.addPass(
                name + "DropFailure", at: Place.batch, [\.failures.whole: .batch.failures.rest], next: look)
            self.name.addNext(to: &graph, limit: Self.limit, next: name, from: look)
        }
    }

    /// Whether the first failure says that there was nothing to revoke.
    private var isHarmless: Condition {
        let error = Place.batch.firstError
        return .or([
            .and([.isText(error.code), .equals(error.code, "EntityNotFoundException")]),
            .and([.isText(error.message), .matches(error.message, "*No permissions revoked*")]),
        ])
    }

    private var failures: ResultPlacement { .at(Place.batch, [\.failures.whole: .reply("Failures[*]")]) }
}
