import CleanroomModel
import SagaKit
import StatesLanguage

/// Reads everything back that makes a cleanroom, and leads on only if all of it is as it has to be.
///
/// What is read may lag behind what was written, and a room that another execution is making is not whole yet: so it
/// is read again some times before it is called not whole.
///
/// A duplicate asks less: the room of its request stands, and its account, as long as that is a member, has what a
/// member has. What has come into the room since, and who else is a member by now, is no business of a duplicate.
enum VerifyRoom {
    /// The error of a room that was read and is not whole.
    static let notWhole = "CleanroomNotWhole"
    /// For a room of this execution, and for one that another is perhaps still making.
    static let (limit, repeatLimit): (Int64, Int64) = (6, 40)

    /// The states that lead to success.
    static let verdicts = ["IsWhole", "DoesRoomStand", "HasAccountItsGrants"]
    /// The states that find that the requestId is another request's.
    static let refusing = ["DoesRoomStand"]

    static let block = Block(entrance: "ReadRoom") { graph, exits in
        let reading = [
            Block.task(
                "ReadRoom", .Glue.getDatabase(name: .request.database),
                result: .at(Place.seen.database, [\.is.whole: .reply("Database")]),
                catching: [(ServiceAction.Glue.notFound, "MayReadAgain")]),
            Block.task(
                "ReadLocation", .LakeFormation.describeResource(arn: .room.locationARN),
                result: .at(Place.seen.registration, [\.is.whole: .reply("ResourceInfo")]),
                catching: [(ServiceAction.LakeFormation.notFound, "MayReadAgain")]),
            MemberTags.read("ReadMembers", catching: [(ServiceAction.Glue.notFound, "MayReadAgain")]),
            Block.task(
                "ReadTables", .Glue.getTables(database: .request.database, limit: 1),
                result: .at(Place.seen.content, [\.tables.whole: .reply("TableList[*].Name")]),
                catching: [(ServiceAction.Glue.notFound, "MayReadAgain")]),
            RoomLocation.listObjects("ReadObjects", at: Place.seen.objects),
        ]
        Block.sequence(reading).build(&graph, Exits(next: "ReadLocationGrants", failed: exits.failed))
        // A list of what a lagging read does not show yet may be refused in several ways.
        Block.sequence(PermittedResource.allCases.map { PermissionLists.read("", on: $0, missing: "MayReadAgain") })
            .build(&graph, Exits(next: "ReadRoomSettings", failed: "MayListAgain"))
        graph.addChoice(
            "MayListAgain", [(.number(Tries.verify.count, .lessThan, limit), "VerifyCount")], default: exits.failed)
        // After the lists: who is an administrator now was one when they were read.
        Block.sequence([
            PermissionLists.administrator("Room"),
            .pass("IsAccountMember", at: .member.whole, noGrants + [(.member.isMember, MemberTags.isMember)]),
        ]).build(&graph, Exits(next: "IsForDuplicate", failed: exits.failed))
        graph.addChoice(
            "IsForDuplicate", [(.isTrue(.mode.repeat), "DoesRoomStand")], default: "TakeGrantsApart")
        PermissionLists.sumUpAll().build(
            &graph, Exits(next: "IsWhole", failed: exits.failed))
        graph.addChoice("IsWhole", [(isWhole, exits.next)], default: "MayReadAgain")
        addDuplicate(to: &graph, next: exits.next)
        graph.addChoice(
            "MayReadAgain",
            [
                (.number(Tries.verify.count, .lessThan, limit), "VerifyCount"),
                (
                    .and([.isTrue(.mode.repeat), .number(Tries.verify.count, .lessThan, repeatLimit)]),
                    "VerifyCount"
                ),
            ], default: "NotWhole")
        Tries.verify.addNext(
            to: &graph, limit: Int(repeatLimit), next: "ReadRoom", from: "MayReadAgain", "MayListAgain")
        graph.addPass(
            "NotWhole", at: Place.failure,
            [\.error: .text(notWhole), \.cause: .jsonToString(.grants.whole)], next: exits.failed)
    }

    // MARK: A new room

    private static let isWhole = Condition.and(
        [
            stands,
            // It gives later tables to nobody, nothing is in it, and its one member is recorded.
            .not(.present(.seen.database.is.tableDefaults.first)),
            .not(.present(.seen.content.tables.first)),
            RoomLocation.holdsNothing(Place.seen.objects),
            .isTrue(.member.isMember),
            .not(.matches(.tags.text, "*\(MemberTag.prefix)*\(MemberTag.prefix)*")),
        ]
            // The customer has what it has to have, each with grant option, and nobody else has anything.
            + CustomerGrant.all.flatMap { grant -> [Condition] in
                let sum = Place.grants[grant.resource]
                return [
                    .number(sum.principals, .equals, 1), .isTrue(sum.hasAccount),
                    .number(sum.permissions, .equals, Int64(grant.permissions.count)),
                    .number(sum.grantable, .equals, Int64(grant.permissions.count)),
                ] + grant.permissions.map { .isTrue(sum.has($0)) }
            })

    /// The database is where it has to be and bears the request's marker; the location is registered under the location
    /// role, and guards everybody.
    private static let stands = Condition.and([
        .isText(.seen.database.is.locationURI),
        .equalsPlace(.seen.database.is.locationURI, .room.location),
        .isText(.seen.database.is.property(MarkerProperty.requestID)),
        .equalsPlace(.seen.database.is.property(MarkerProperty.requestID), .request.requestID),
        .isText(.seen.registration.is.roleARN),
        .equals(.seen.registration.is.roleARN, "${LocationRoleArn}"),
        .not(
            .and([
                .present(.seen.registration.is.hybridAccessEnabled),
                .isTrue(.seen.registration.is.hybridAccessEnabled),
            ])),
    ])

    // MARK: A room for a duplicate

    private static let noGrants: [(Place, Argument)] = [
        (.member.onDatabase.entries.whole, .array([])), (.member.onOthers.entries.whole, .array([])),
    ]

    /// Takes out of the lists what the account holds: one entry after the other, since JSONPath compares with nothing
    /// that is only known at run time.
    private static func addDuplicate(to graph: inout Graph, next: String) {
        graph.addChoice(
            "DoesRoomStand",
            [
                (
                    .and([
                        .isText(.seen.database.is.property(MarkerProperty.account)),
                        .not(
                            .equalsPlace(.seen.database.is.property(MarkerProperty.account), .request.account)),
                    ]), Waypoint.reused
                ),
                (.and([stands, .isTrue(.member.isMember)]), "QueueGrants"),
                (stands, next),
            ], default: "MayReadAgain")
        graph.addPass("QueueGrants", at: Place.grant, [\.entries.whole: .seen.entries], next: "IsGrantOfAccount")
        graph.outline.isEntered("IsGrantOfAccount", from: ["QueueGrants", "NextGrant"])
        let isOfAccount = Condition.and([
            .isText(.grant.first.principal), .equalsPlace(.grant.first.principal, .request.account),
        ])
        graph.addChoice(
            "IsGrantOfAccount",
            [
                (.and([isOfAccount, .present(.grant.first.database)]), "KeepGrantOnDatabase"),
                (isOfAccount, "KeepGrantOnOther"),
                (.present(.grant.entries.first), "NextGrant"),
            ], default: "SumUpDatabaseGrantsOfAccount")
        let (database, others) = (Place.member.onDatabase, Place.member.onOthers)
        graph.addPass(
            "KeepGrantOnDatabase", at: database,
            [\.entries.whole: .array([.member.onDatabase.entries.whole, .grant.entries.first])], next: "NextGrant")
        graph.addPass(
            "KeepGrantOnOther", at: others,
            [\.entries.whole: .array([.member.onOthers.entries.whole, .grant.entries.first])], next: "NextGrant")
        graph.addPass("NextGrant", at: Place.grant, [\.entries.whole: .grant.entries.rest], next: "IsGrantOfAccount")
        func has(_ permissions: [Permission], in held: Place.Held<Place>, _ entries: Argument) -> [(Place, Argument)] {
            permissions.map { (held.has($0), .arrayContains(entries, .text($0.rawValue))) }
        }
        let onDatabase = CustomerGrant.all.filter { $0.resource == .database }.flatMap(\.permissions)
        let onOthers = CustomerGrant.all.filter { $0.resource != .database }.flatMap(\.permissions)
        Block.sequence([
            .pass(
                "SumUpDatabaseGrantsOfAccount", at: database.whole,
                has(onDatabase, in: database, Argument.member.onDatabase.entries.grantable)),
            .pass(
                "SumUpOtherGrantsOfAccount", at: others.whole,
                has(onOthers, in: others, Argument.member.onOthers.entries.grantable)),
        ]).build(&graph, Exits(next: "HasAccountItsGrants", failed: next))
        graph.addChoice(
            "HasAccountItsGrants",
            [(.and((onDatabase.map { .isTrue(database.has($0)) }) + onOthers.map { .isTrue(others.has($0)) }), next)],
            default: "MayReadAgain")
    }
}
