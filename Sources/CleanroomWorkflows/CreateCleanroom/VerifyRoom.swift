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

    private static let resources: [(name: String, resource: PermittedResource)] = [
        ("location", .location), ("database", .database), ("tables", .tables),
    ]

    static let block = Block(entrance: "ReadRoom") { graph, exits in
        let reading =
            [
                Block.task(
                    "ReadRoom", .Glue.getDatabase, ["Name.$": "$.request.database"],
                    result: .at("$.seen.database", selecting: ["is.$": "$.Database"]),
                    catching: [(ServiceAction.Glue.notFound, "MayReadAgain")]),
                Block.task(
                    "ReadLocation", .LakeFormation.describeResource, ["ResourceArn.$": "$.room.locationArn"],
                    result: .at("$.seen.registration", selecting: ["is.$": "$.ResourceInfo"]),
                    catching: [(ServiceAction.LakeFormation.notFound, "MayReadAgain")]),
            ]
            + resources.map { readGrants($0.name, of: $0.resource) }
            + [
                Block.task(
                    "ReadTables", .Glue.getTables, ["DatabaseName.$": "$.request.database", "MaxResults": 1],
                    result: .at("$.seen.content", selecting: ["tables.$": "$.TableList[*].Name"]),
                    catching: [(ServiceAction.Glue.notFound, "MayReadAgain")]),
                Block.task(
                    "ReadObjects", .S3.listObjects,
                    ["Bucket": "${Bucket}", "Prefix.$": "$.room.prefix", "MaxKeys": 1],
                    result: .at("$.seen.objects", selecting: ["count.$": "$.KeyCount"])),
                compare,
            ]
        Block.sequence(reading).build(&graph, Exits(next: "IsWhole", failed: exits.failed))
        graph.addChoice("IsWhole", [(isWhole, exits.next)], default: "MayReadAgain")
        graph.addChoice(
            "MayReadAgain",
            [
                (.number(Tries.verify.count, .lessThan, limit), "VerifyCount"),
                (
                    .and([.isTrue("$.mode.repeat"), .number(Tries.verify.count, .lessThan, repeatLimit)]),
                    "VerifyCount"
                ),
            ], default: "NotWhole")
        Tries.verify.addNext(to: &graph, limit: Int(repeatLimit), next: "ReadRoom")
        graph.addPass(
            "NotWhole", at: "$.failure",
            ["Error": .string(notWhole), "Cause.$": "States.JsonToString($.grants)"], next: exits.failed)
    }

    /// Lists who may do what on a resource, page by page, into `$.seen.NAMEGrants.pages`.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_ListPermissions.html>
    private static func readGrants(_ name: String, of resource: PermittedResource) -> Block {
        let title = name.prefix(1).uppercased() + name.dropFirst()
        let (first, more) = ("Read\(title)Grants", "ReadMore\(title)Grants")
        return Block(entrance: first) { graph, exits in
            let (collect, collectMore) = ("Keep\(title)Grants", "KeepMore\(title)Grants")
            func task(_ name: String, _ token: JSONObject, next: String) -> Void {
                let parameters = JSONObject([("Resource", resource.json)]).merging(token)
                Block.task(
                    name, .LakeFormation.listPermissions, .object(parameters), result: .at("$.page"),
                    catching: [(ServiceAction.LakeFormation.notFound, "MayReadAgain")]
                ).build(&graph, Exits(next: next, failed: exits.failed))
            }
            task(first, [:], next: collect)
            graph.addPass(
                collect, at: "$.seen.\(name)Grants", ["pages.$": "$.page.PrincipalResourcePermissions[*]"],
                next: "Are\(title)GrantsRead")
            graph.addChoice("Are\(title)GrantsRead", [(.isText("$.page.NextToken"), more)], default: exits.next)
            task(more, ["NextToken.$": "$.page.NextToken"], next: collectMore)
            graph.addPass(
                collectMore, at: "$.seen.\(name)Grants",
                ["pages.$": .string("States.Array($.seen.\(name)Grants.pages, $.page.PrincipalResourcePermissions)")],
                next: "Are\(title)GrantsRead")
        }
    }

    /// Takes out of the pages who has permissions and which, each once: `SELECT` comes back apart from the others.
    private static let compare = Block.sequence([
        .pass(
            "TakeGrantsApart", at: "$.seen.lists",
            .object(
                JSONObject(
                    resources.map { name, _ in
                        (
                            name,
                            [
                                "principals.$": .string("$.seen.\(name)Grants.pages..DataLakePrincipalIdentifier"),
                                "permissions.$": .string("$.seen.\(name)Grants.pages..Permissions[*]"),
                                "grantable.$": .string("$.seen.\(name)Grants.pages..PermissionsWithGrantOption[*]"),
                            ]
                        )
                    }))),
        .pass(
            "SumUpGrants", at: "$.grants",
            .object(
                JSONObject(
                    [("customer.$", "States.JsonToString(States.Array($.request.account))")]
                        + CustomerGrant.all.map { grant in
                            (grant.name, .object(JSONObject(summary(of: grant))))
                        }))),
    ])

    private static func summary(of grant: CustomerGrant) -> [(String, JSONValue)] {
        let lists = "$.seen.lists.\(grant.name)"
        func unique(_ list: String) -> String { "States.ArrayUnique(\(lists).\(list))" }
        return [
            ("principals.$", .string("States.JsonToString(\(unique("principals")))")),
            ("permissions.$", .string("States.ArrayLength(\(unique("permissions")))")),
            ("grantable.$", .string("States.ArrayLength(\(unique("grantable")))")),
        ]
            + grant.permissions.map { permission in
                ("has\(permission).$", .string("States.ArrayContains(\(lists).grantable, '\(permission)')"))
            }
    }

    private static let isWhole = Condition.and(
        [
            // The database is where it has to be, bears the request's marker and gives later tables to nobody.
            .isText("$.seen.database.is.LocationUri"),
            .equalsPath("$.seen.database.is.LocationUri", "$.room.location"),
            .isText("$.seen.database.is.Parameters.\(MarkerProperty.requestID)"),
            .equalsPath("$.seen.database.is.Parameters.\(MarkerProperty.requestID)", "$.request.requestId"),
            .not(.present("$.seen.database.is.CreateTableDefaultPermissions[0]")),
            // The location is registered under the location role, and guards everybody.
            .isText("$.seen.registration.is.RoleArn"),
            .equals("$.seen.registration.is.RoleArn", "${LocationRoleArn}"),
            .not(
                .and([
                    .present("$.seen.registration.is.HybridAccessEnabled"),
                    .isTrue("$.seen.registration.is.HybridAccessEnabled"),
                ])),
            // Nothing is in it.
            .not(.present("$.seen.content.tables[0]")),
            .number("$.seen.objects.count", .equals, 0),
        ]
            // The customer has what it has to have, each with grant option, and nobody else has anything.
            + CustomerGrant.all.flatMap { grant in
                [
                    .equalsPath("$.grants.\(grant.name).principals", "$.grants.customer"),
                    .number("$.grants.\(grant.name).permissions", .equals, Int64(grant.permissions.count)),
                    .number("$.grants.\(grant.name).grantable", .equals, Int64(grant.permissions.count)),
                ] + grant.permissions.map { .isTrue("$.grants.\(grant.name).has\($0)") }
            })
}

/// What the customer's account gets, each with grant option.
struct CustomerGrant: Sendable {
    let name: String
    let resource: PermittedResource
    let permissions: [String]

    static let all = [
        CustomerGrant(name: "location", resource: .location, permissions: ["DATA_LOCATION_ACCESS"]),
        CustomerGrant(name: "database", resource: .database, permissions: ["DESCRIBE"]),
        CustomerGrant(name: "tables", resource: .tables, permissions: ["DESCRIBE", "SELECT"]),
    ]

    var entry: BatchPermissions.Entry {
        BatchPermissions.Entry(principal: "$.request.account", resource: resource, permissions: permissions)
    }
}
