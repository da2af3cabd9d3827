import StatesLanguage

/// A batch of grants or revocations, of which each may fail on its own while the call succeeds.
///
/// Partial failures come back in `Failures[]` with HTTP 200, where no catch sees them. So each is looked at: one that
/// is harmless is dropped, for any other the batch is sent again after a while (granting what is granted changes
/// nothing), and if it still fails the first failure is the task's error.
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
        /// What was never granted, or whose resource is gone, counts as revoked.
        case revoke
    }

    /// How often a batch is sent again.
    static let limit = 6

    let name: Tries
    let kind: Kind
    let entries: [Entry]

    var block: Block {
        Block(entrance: name.rawValue) { graph, exits in
            let name = name.rawValue
            let look = name + "LookIntoFailures"
            Block.task(
                name,
                kind == .grant
                    ? .LakeFormation.batchGrantPermissions(entries) : .LakeFormation.batchRevokePermissions(entries),
                result: .at(Place.batch, [\.failures.whole: .reply("Failures[*]")])
            ).build(&graph, Exits(next: look, failed: exits.failed))

            var rules: [(Condition, String)] = [(.not(.present(.batch.failures.first)), exits.next)]
            if kind == .revoke {
                let error = Place.batch.firstError
                let isHarmless = Condition.or([
                    .and([.isText(error.code), .equals(error.code, "EntityNotFoundException")]),
                    .and([.isText(error.message), .matches(error.message, "*No permissions revoked*")]),
                ])
                rules.append((isHarmless, name + "DropFailure"))
                graph.addPass(
                    name + "DropFailure", at: Place.batch, [\.failures.whole: .batch.failures.rest], next: look)
            }
            rules.append((.number(self.name.count, .lessThan, Int64(Self.limit)), name + "Count"))
            graph.addChoice(look, rules, default: name + "TakeFailure")
            self.name.addNext(to: &graph, limit: Self.limit, next: name)
            graph.addPass(
                name + "TakeFailure", at: Place.failure,
                [\.error: "LakeFormation.BatchFailure", \.cause: .jsonToString(.batch.failures.whole)],
                next: exits.failed)
        }
    }
}

extension [BatchPermissions.Entry] {
    var template: Argument { .list(enumerated().map { $1.template(id: $0) }) }
}

extension BatchPermissions.Entry {
    fileprivate func template(id: Int) -> Argument {
        [
            "Id": "\(id)", "Principal": principal.template, "Resource": resource.template,
            "Permissions": permissions.template,
            "PermissionsWithGrantOption": (isGrantable ? permissions : []).template,
        ]
    }
}
