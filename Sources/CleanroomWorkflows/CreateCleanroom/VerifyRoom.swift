import CleanroomModel
import StatesLanguage

/// Reads everything back that makes a cleanroom, and leads on only if all of it is as it has to be.
///
/// What is read may lag behind what was written, and a room that another execution is making is not whole yet: so it
/// is read again some times before it is called not whole.
enum VerifyRoom {
    /// The error of a room that was read and is not whole.
    static let notWhole = "CleanroomNotWhole"
    /// For a room of this execution, and for one that another is perhaps still making.
    static let (limit, repeatLimit): (Int64, Int64) = (6, 40)

    static let block = Block(entrance: "ReadRoom") { graph, exits in
        let reading =
            [
                Block.task(
                    "ReadRoom", .Glue.getDatabase(name: .request.database),
                    result: .at(Place.seen.database, [\.is.whole: .reply("Database")]),
                    catching: [(ServiceAction.Glue.notFound, "MayReadAgain")]),
                Block.task(
                    "ReadLocation", .LakeFormation.describeResource(arn: .room.locationARN),
                    result: .at(Place.seen.registration, [\.is.whole: .reply("ResourceInfo")]),
                    catching: [(ServiceAction.LakeFormation.notFound, "MayReadAgain")]),
            ]
            + PermittedResource.allCases.map(readGrants)
            + [
                Block.task(
                    "ReadTables", .Glue.getTables(database: .request.database, limit: 1),
                    result: .at(Place.seen.content, [\.tables.whole: .reply("TableList[*].Name")]),
                    catching: [(ServiceAction.Glue.notFound, "MayReadAgain")]),
                Block.task(
                    "ReadObjects", .S3.listObjects(prefix: .room.prefix, limit: 1),
                    result: .at(Place.seen.objects, [\.count: .reply("KeyCount")])),
                compare,
            ]
        Block.sequence(reading).build(&graph, Exits(next: "IsWhole", failed: exits.failed))
        graph.addChoice("IsWhole", [(isWhole, exits.next)], default: "MayReadAgain")
        graph.addChoice(
            "MayReadAgain",
            [
                (.number(Tries.verify.count, .lessThan, limit), "VerifyCount"),
                (
                    .and([.isTrue(.mode.repeat), .number(Tries.verify.count, .lessThan, repeatLimit)]),
                    "VerifyCount"
                ),
            ], default: "NotWhole")
        Tries.verify.addNext(to: &graph, limit: Int(repeatLimit), next: "ReadRoom")
        graph.addPass(
            "NotWhole", at: Place.failure,
            [\.error: .text(notWhole), \.cause: .jsonToString(.grants.whole)], next: exits.failed)
    }

    /// Lists who may do what on a resource, page by page.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_ListPermissions.html>
    private static func readGrants(on resource: PermittedResource) -> Block {
        let title = resource.rawValue.prefix(1).uppercased() + resource.rawValue.dropFirst()
        let (first, more) = ("Read\(title)Grants", "ReadMore\(title)Grants")
        return Block(entrance: first) { graph, exits in
            let (collect, collectMore) = ("Keep\(title)Grants", "KeepMore\(title)Grants")
            let grants = Place.seen.grants(on: resource)
            func task(_ name: String, after token: Place? = nil, next: String) {
                Block.task(
                    name, .LakeFormation.listPermissions(on: resource, after: token), result: .at(Place.page),
                    catching: [(ServiceAction.LakeFormation.notFound, "MayReadAgain")]
                ).build(&graph, Exits(next: next, failed: exits.failed))
            }
            task(first, next: collect)
            graph.addPass(
                collect, at: grants, [\.pages.whole: .page.permissions.each], next: "Are\(title)GrantsRead")
            graph.addChoice("Are\(title)GrantsRead", [(.isText(.page.nextToken), more)], default: exits.next)
            task(more, after: .page.nextToken, next: collectMore)
            graph.addPass(
                collectMore, at: grants,
                [\.pages.whole: .array([Argument(grants.pages.whole), .page.permissions.whole])],
                next: "Are\(title)GrantsRead")
        }
    }

    /// Takes out of the pages who has permissions and which, each once: `SELECT` comes back apart from the others.
    private static let compare = Block.sequence([
        .pass(
            "TakeGrantsApart", at: .seen.lists.whole,
            PermittedResource.allCases.flatMap { resource -> [(Place, Argument)] in
                let (lists, grants) = (Place.seen.lists[resource], Argument.seen.grants(on: resource))
                return [
                    (lists.principals, grants.principals), (lists.permissions, grants.permissions),
                    (lists.grantable, grants.grantable),
                ]
            }),
        .pass(
            "SumUpGrants", at: .grants.whole,
            [(.grants.customer, .jsonToString(.array([.request.account])))] + CustomerGrant.all.flatMap(summary)),
    ])

    private static func summary(of grant: CustomerGrant) -> [(Place, Argument)] {
        let (sum, lists) = (Place.grants[grant.resource], Argument.seen.lists[grant.resource])
        return [
            (sum.principals, .jsonToString(.arrayUnique(lists.principals))),
            (sum.permissions, .arrayLength(.arrayUnique(lists.permissions))),
            (sum.grantable, .arrayLength(.arrayUnique(lists.grantable))),
        ] + grant.permissions.map { (sum.has($0), .arrayContains(lists.grantable, $0.rawValue)) }
    }

    private static let isWhole = Condition.and(
        [
            // The database is where it has to be, bears the request's marker and gives later tables to nobody.
            .isText(.seen.database.is.locationURI),
            .equalsPlace(.seen.database.is.locationURI, .room.location),
            .isText(.seen.database.is.property(MarkerProperty.requestID)),
            .equalsPlace(.seen.database.is.property(MarkerProperty.requestID), .request.requestID),
            .not(.present(.seen.database.is.tableDefaults.first)),
            // The location is registered under the location role, and guards everybody.
            .isText(.seen.registration.is.roleARN),
            .equals(.seen.registration.is.roleARN, "${LocationRoleArn}"),
            .not(
                .and([
                    .present(.seen.registration.is.hybridAccessEnabled),
                    .isTrue(.seen.registration.is.hybridAccessEnabled),
                ])),
            // Nothing is in it.
            .not(.present(.seen.content.tables.first)),
            .number(.seen.objects.count, .equals, 0),
        ]
            // The customer has what it has to have, each with grant option, and nobody else has anything.
            + CustomerGrant.all.flatMap { grant -> [Condition] in
                let sum = Place.grants[grant.resource]
                return [
                    .equalsPlace(sum.principals, .grants.customer),
                    .number(sum.permissions, .equals, Int64(grant.permissions.count)),
                    .number(sum.grantable, .equals, Int64(grant.permissions.count)),
                ] + grant.permissions.map { .isTrue(sum.has($0)) }
            })
}

/// What the customer's account gets, each with grant option.
struct CustomerGrant: Sendable {
    let resource: PermittedResource
    let permissions: [Permission]

    static let all = [
        CustomerGrant(resource: .location, permissions: [.dataLocationAccess]),
        CustomerGrant(resource: .database, permissions: [.describe]),
        CustomerGrant(resource: .tables, permissions: [.describe, .select]),
    ]

    var entry: BatchPermissions.Entry {
        BatchPermissions.Entry(principal: .customer, resource: resource, permissions: permissions)
    }
}
