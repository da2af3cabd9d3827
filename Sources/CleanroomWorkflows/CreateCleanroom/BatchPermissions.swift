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
    static let limit: Int64 = 8

    /// The state that calls.
    let name: String
    let tries: Tries
    let kind: Kind
    let entries: [Entry]
    /// What goes on as the input of the call, for who reads the history later.
    var checkpoint: (@Sendable () -> Payload)?

    var block: Block { kind == .revoke ? revocation : guarded }

    private var call: ServiceCall {
        kind == .grant
            ? .LakeFormation.batchGrantPermissions(entries) : .LakeFormation.batchRevokePermissions(entries)
    }

    /// Changes what others have, and leads on when every entry was changed; what is left of a revocation is told by lists.
    /// Each round reads the marker of the database first: what was granted by name on another's database would let a
    /// stranger into it, and what was revoked would lock its users out.
    private var guarded: Block {
        let (again, look) = ("MayRetry" + name, "Check" + name)
        let before = "Before" + name
        let call = Way(to: name, output: checkpoint?())
        let marker = Recognition.read(before)
        return Block(entrance: marker) { graph, exits in
            let retry = Failing.keeping(to: Way(to: again))
            RoomMarker.isOurs(before, next: call, lost: exits.failed)
                .build(&graph, Exits(next: call, failed: retry))
            graph.outline.isEntered(look, from: [name])
            graph.outline.isEntered(name, from: [Recognition.comparison(before)])
            Block.task(name, self.call, assigning: [Self.keep], isLooped: true)
                .build(&graph, Exits(next: Way(to: look), failed: retry))
            graph.addChoice(
                look,
                [
                    Rule(if: isComplete, exits.next),
                    .otherwise(retry("LakeFormation.BatchFailure", Self.told)),
                ])
            graph.addChoice(
                again,
                [
                    Rule(if: tries.isLeft(of: Self.limit), Way(to: tries.wait)),
                    .otherwise(exits.failed(.kept)),
                ])
            tries.addWait(to: &graph, next: Way(to: marker), from: again)
        }
    }

    /// Revokes. An entry of which there is nothing to revoke is dropped, for the others the batch is sent again.
    private var revocation: Block {
        Block(entrance: name) { graph, exits in
            let look = "Check" + name
            graph.outline.isEntered(look, from: [name])
            Block.task(name, call, assigning: [Self.keep])
                .build(&graph, Exits(next: Way(to: look), failed: exits.failed))
            graph.addChoice(
                look,
                [
                    Rule(
                        if: !isComplete && tries.isLeft(of: Self.limit),
                        comment: "Some failed for another reason than that there is nothing to revoke.",
                        Way(to: tries.wait)),
                    .otherwise(exits.next),
                ])
            tries.addWait(to: &graph, next: Way(to: name), from: look)
        }
    }

    /// Whether no entry has failed, but for those of which there was nothing to revoke.
    private var isComplete: Expression<Bool> {
        if kind == .grant { return Self.failures.count == 0 }
        let counting = Self.failures.filter("failure") { failure in
            let error = failure.member("Error")
            return
                !(error.member("ErrorCode") == "EntityNotFoundException"
                || error.member("ErrorMessage").text(or: "").contains(text: "No permissions revoked"))
        }
        return counting.count == 0
    }

    /// What has failed of the last batch.
    private static let kept = Variable<[JSONValue]>("failures")
    static let failures = kept.value.trusted(as: [JSONValue?].self)

    /// Keeps the failures of the reply.
    static let keep = keep(Expression<JSONValue?>.result.member("Failures").list)

    static func keep(_ failures: Expression<[JSONValue?]>) -> VariableAssignment {
        kept.assigned(failures.trusted(as: [JSONValue].self))
    }

    /// What has failed, as a cause; bounded, since a cause has 32,768 characters at most.
    static let told: Expression<String> = .words("{}", failures).prefix(4000)
}
