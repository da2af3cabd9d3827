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

    private var call: ServiceQuery {
        kind == .grant
            ? .LakeFormation.batchGrantPermissions(entries) : .LakeFormation.batchRevokePermissions(entries)
    }

    /// Changes what others have, and leads on when every entry was changed; what is left of a revocation is told by lists.
    /// Each round reads the marker of the database first: what was granted by name on another's database would let a
    /// stranger into it, and what was revoked would lock its users out.
    private var guarded: Block {
        let name = name.name
        let (again, look) = ("May\(name)Again", name + "LookIntoFailures")
        return Block(entrance: "May" + name) { graph, exits in
            RoomMarker.isOurs("May" + name, next: name, lost: exits.failed)
                .build(&graph, Exits(next: name, failed: again))
            graph.outline.isEntered(look, from: [name])
            graph.outline.isEntered(name, from: [Recognition.owner(in: "May" + name)])
            Block.query(name, call, changing: [failures], isLooped: true)
                .build(&graph, Exits(next: look, failed: again))
            graph.addQueryChoice(
                look,
                [
                    QueryRule(if: isComplete, next: exits.next),
                    .otherwise(.failing(to: again, "LakeFormation.BatchFailure", Self.told)),
                ])
            graph.addQueryChoice(
                again,
                [
                    QueryRule(if: self.name.isLeft(of: Int64(Self.limit)), next: self.name.wait),
                    .otherwise(next: exits.failed),
                ])
            self.name.addWait(to: &graph, next: "May" + name, from: again)
        }
    }

    /// Revokes. An entry of which there is nothing to revoke is dropped, for the others the batch is sent again.
    private var revocation: Block {
        let name = name.name
        return Block(entrance: name) { graph, exits in
            let look = name + "LookIntoFailures"
            graph.outline.isEntered(look, from: [name])
            Block.query(name, call, changing: [failures]).build(&graph, Exits(next: look, failed: exits.failed))
            graph.addQueryChoice(
                look,
                [
                    QueryRule(
                        if: !isComplete && self.name.isLeft(of: Int64(Self.limit)),
                        comment: "Some failed for another reason than that there is nothing to revoke.",
                        next: self.name.wait),
                    .otherwise(next: exits.next),
                ])
            self.name.addWait(to: &graph, next: name, from: look)
        }
    }

    /// Whether no entry has failed, but for those of which there was nothing to revoke.
    private var isComplete: Expression<Bool> {
        let failures = Expression<JSONValue?>.batch.failures.whole.list
        if kind == .grant { return failures.count == 0 }
        let counting = failures.filter("failure") { failure in
            let error = failure.member("Error")
            return
                !(error.member("ErrorCode") == "EntityNotFoundException"
                || error.member("ErrorMessage").text(or: "").contains(text: "No permissions revoked"))
        }
        return counting.count == 0
    }

    /// The failures in the reply.
    private var failures: Change {
        Self.kept(Expression<JSONValue?>.result.member("Failures").list)
    }

    /// Failures as a part of the data.
    static func kept(_ failures: Expression<[JSONValue?]>) -> Change {
        change(of: .batch.whole, [(.batch.failures.whole, failures)])
    }

    /// What has failed, as a cause; bounded, since a cause has 32,768 characters at most.
    static let told: Expression<String> = .words("{}", Expression<JSONValue?>.batch.failures.whole).prefix(4000)
}
