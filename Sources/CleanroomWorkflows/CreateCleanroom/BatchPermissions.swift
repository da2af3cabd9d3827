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
        let principal: String
        let resource: PermittedResource
        let permissions: [String]
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
                name, kind == .grant ? .LakeFormation.batchGrantPermissions : .LakeFormation.batchRevokePermissions,
                ["Entries": .array(entries.enumerated().map { $1.json(id: $0) })],
                result: .at("$.batch", selecting: ["failures.$": "$.Failures[*]"])
            ).build(&graph, Exits(next: look, failed: exits.failed))

            let error = "$.batch.failures[0].Error"
            var rules: [(Condition, String)] = [(.not(.present("$.batch.failures[0]")), exits.next)]
            if kind == .revoke {
                let isHarmless = Condition.or([
                    .and([.isText("\(error).ErrorCode"), .equals("\(error).ErrorCode", "EntityNotFoundException")]),
                    .and([
                        .isText("\(error).ErrorMessage"),
                        .matches("\(error).ErrorMessage", "*No permissions revoked*"),
                    ]),
                ])
                rules.append((isHarmless, name + "DropFailure"))
                graph.addPass(
                    name + "DropFailure", at: "$.batch", ["failures.$": "$.batch.failures[1:]"], next: look)
            }
            rules.append((.number(self.name.count, .lessThan, Int64(Self.limit)), name + "Count"))
            graph.addChoice(look, rules, default: name + "TakeFailure")
            self.name.addNext(to: &graph, limit: Self.limit, next: name)
            graph.addPass(
                name + "TakeFailure", at: "$.failure",
                [
                    "Error": .string("LakeFormation.BatchFailure"),
                    "Cause.$": "States.JsonToString($.batch.failures)",
                ], next: exits.failed)
        }
    }
}

/// What a permission is for, with its place in a call of Lake Formation.
enum PermittedResource: Sendable {
    case location
    case database
    /// All tables of the database, those to come included.
    case tables

    var json: JSONValue {
        switch self {
        case .location: ["DataLocation": ["ResourceArn.$": "$.room.locationArn"]]
        case .database: ["Database": ["Name.$": "$.request.database"]]
        case .tables: ["Table": ["DatabaseName.$": "$.request.database", "TableWildcard": [:]]]
        }
    }
}

extension BatchPermissions.Entry {
    /// The entry as a template; a principal that begins with `$` is a path.
    func json(id: Int) -> JSONValue {
        let key = principal.hasPrefix("$.") ? "DataLakePrincipalIdentifier.$" : "DataLakePrincipalIdentifier"
        return [
            "Id": .string("\(id)"), "Principal": [key: .string(principal)], "Resource": resource.json,
            "Permissions": .strings(permissions),
            "PermissionsWithGrantOption": .strings(isGrantable ? permissions : []),
        ]
    }
}
