import CleanroomModel
import SagaKit
import StatesLanguage

/// Reads everything back that makes a cleanroom, and leads on only if all of it is as it has to be.
///
/// What is read is kept as facts in words, and compared with the facts that are wanted: what is missing and what there is
/// besides is told in the error. What is read may lag behind what was written, and a room that another execution is making
/// is not whole yet: so it is read again some times before it is called not whole.
///
/// A duplicate asks less: the room of its request stands, and its account, as long as that is a member, has what a
/// member has. What has come into the room since, and who else is a member by now, is no business of a duplicate.
enum VerifyRoom {
    /// The error of a room that was read and is not whole.
    static let notWhole = "CleanroomNotWhole"
    /// For a room of this execution, and for one that another is perhaps still making.
    static let (limit, repeatLimit): (Int64, Int64) = (6, 40)

    /// The states that lead to success.
    static let verdicts = ["IsRoomWhole"]
    /// The states that find that the requestId is another request's.
    static let refusing = ["IsRoomWhole"]

    static let block = Block(entrance: "ReadRoom") { graph, exits in
        Block.sequence([readRoom, readLocation, readMembers, readTables, readObjects])
            .build(&graph, Exits(next: "ListPermissions", failed: exits.failed))
        addLists(to: &graph, next: "ReadRoomSettings", failed: "MayListAgain")
        graph.addChoice(
            "MayListAgain", [(.number(Tries.verify.count, .lessThan, limit), "VerifyCount")], default: exits.failed)
        // After the lists: who is an administrator now was one when they were read.
        PermissionLists.administrator("Room").build(&graph, Exits(next: "CompareRoom", failed: exits.failed))
        addComparison(to: &graph, next: exits.next)
        addRetry(to: &graph, failed: exits.failed)
    }

    // MARK: What is read

    private typealias Value = Expression<JSONValue?>

    /// What has to be so, and what is.
    private static let (wanted, actual) = (Variable<[String]>("wantedFacts"), Variable<[String]>("actualFacts"))
    /// The difference between them.
    private static let (missing, unexpected) = (
        Variable<[String]>("missingFacts"), Variable<[String]>("unexpectedFacts")
    )
    /// The account for which the room was made, as its marker says.
    private static let owner = Variable<String>("ownerOfRoom")
    /// The resources on which permissions are still to be listed, each with its name.
    private static let pending = Variable<[JSONValue]>("pendingResources")
    /// By which the page after is asked for; empty where there is none.
    private static let token = Variable<String>("pageToken")

    /// A member of a reply, by its path in it.
    private static func reply(_ path: String) -> Value {
        path.split(separator: ".").reduce(.result) { $0.member(String($1)) }
    }

    /// What was read, with more.
    private static func adding(_ facts: any AnyExpression...) -> VariableAssignment {
        actual.assigned(.list([actual.value] + facts))
    }

    /// What is not there is not whole, and may only not be seen yet.
    private static func absent(_ error: String, _ what: String) -> (String, [VariableAssignment], String) {
        let what = Payload.texts([what])
        return (error, [missing.assigned(payload: what), unexpected.assigned(payload: [])], "MayReadAgain")
    }

    private static func database(at location: any AnyExpression) -> Expression<String> {
        .words("the database lies at {}", location)
    }
    private static func marker(of request: any AnyExpression) -> Expression<String> {
        .words("the database bears the marker of request {}", request)
    }
    private static func tag(_ key: any AnyExpression) -> Expression<String> {
        .words("the database has the tag {}", key)
    }
    private static func grant(
        _ verb: String, _ permission: any AnyExpression, on resource: any AnyExpression,
        to principal: any AnyExpression
    ) -> Expression<String> {
        .words("{} \(verb) {} on {}", principal, permission, resource)
    }
    private static let registered = "the location is registered under {}"

    private static let readRoom = Block.query(
        "ReadRoom", .Glue.getDatabase(name: RoomValues.database),
        assigning: [
            wanted.assigned(
                .list([
                    database(at: RoomValues.location), marker(of: RoomValues.requestID),
                    Expression.text(registered.replacing("{}", with: "${LocationRoleArn}")),
                ])),
            actual.assigned(
                .list([
                    database(at: reply("Database.LocationUri")),
                    marker(of: reply("Database.Parameters.\(MarkerProperty.requestID)")),
                    // Tables that are made later are given to nobody.
                    reply("Database.CreateTableDefaultPermissions").list.map("default") {
                        .words(
                            "new tables are given to {}", $0.member("Principal").member("DataLakePrincipalIdentifier"))
                    },
                ])),
            owner.assigned(reply("Database.Parameters.\(MarkerProperty.account)").text(or: RoomValues.account)),
        ], catching: [absent(ServiceAction.Glue.notFound, "the database is there")])

    private static let readLocation = Block.query(
        "ReadLocation", .LakeFormation.describeResource(arn: RoomValues.locationARN),
        assigning: [
            // In hybrid mode only who opts in is guarded.
            adding(
                (reply("ResourceInfo.HybridAccessEnabled") == true).then(
                    .words("the location is registered in hybrid mode under {}", reply("ResourceInfo.RoleArn")),
                    else: .words(registered, reply("ResourceInfo.RoleArn"))))
        ], catching: [absent(ServiceAction.LakeFormation.notFound, "the location is registered")])

    /// A duplicate wants the grants of its account while that is a member.
    private static let readMembers: Block = {
        let member = Expression.words(MemberTag.prefix + "{}", RoomValues.account)
        let grants = CustomerGrant.all.flatMap { customer in
            customer.permissions.flatMap { permission in
                ["has", "may grant"].map {
                    grant(
                        $0, Expression.text(permission.rawValue), on: Expression.text(customer.resource.rawValue),
                        to: RoomValues.account)
                }
            }
        }
        let isMember = member.isIn(reply("Tags").names)
        return .query(
            "ReadMembers",
            comment:
                "Wants the account to be the member, and to have and grant all its permissions; of a duplicate only "
                + "while the account is a member.",
            .Glue.getTags(database: RoomValues.database),
            assigning: [
                wanted.assigned(
                    (RoomValues.isRepeat && !isMember).then(
                        wanted.value, else: .list([wanted.value, tag(member)] + grants))),
                adding(
                    reply("Tags").names.filter("key") { $0.contains(ExpressionPattern("^" + MemberTag.prefix)) }
                        .map("key") { tag($0) }),
            ], catching: [absent(ServiceAction.Glue.notFound, "the database has tags")])
    }()

    private static let readTables = Block.query(
        "ReadTables", .Glue.getTables(database: RoomValues.database, limit: 1),
        assigning: [
            adding(reply("TableList").list.map("table") { .words("there is the table {}", $0.member("Name")) })
        ], catching: [absent(ServiceAction.Glue.notFound, "the database has a list of tables")])

    /// Lists as many objects as it takes to tell a folder's mark from content; the mark comes first in the order of keys.
    /// And begins with the first list of permissions.
    private static let readObjects: Block = {
        let first = reply("Contents").element(0)
        let isMark =
            reply("KeyCount") == 1 && first.member("Key") == RoomValues.prefix && first.member("Size") == 0
        return .query(
            "ReadObjects", .S3.listObjects(prefix: RoomValues.prefix, limit: 2),
            assigning: [
                adding(
                    (reply("KeyCount") == 0 || isMark)
                        .then(Expression<[String]>.none, else: .texts(["there are objects"]))),
                pending.assigned(
                    payload: .list(
                        PermittedResource.allCases.map { ["name": .text($0.rawValue), "resource": $0.payload] })),
                token.assigned(payload: ""),
            ])
    }()

    /// Lists who may do what on each resource, page by page.
    private static func addLists(to graph: inout Graph, next: String, failed: String) {
        let grants = reply("PrincipalResourcePermissions").list.collect("entry", into: "granted") { entry in
            let principal = entry.member("Principal").member("DataLakePrincipalIdentifier")
            return [("has", "Permissions"), ("may grant", "PermissionsWithGrantOption")].map { verb, member in
                entry.member(member).list.map("permission") {
                    grant(verb, $0, on: pending.value.first.member("name"), to: principal)
                }
            }
        }
        let resource = pending.value.first.member("resource").trusted(as: JSONValue.self)
        for (state, token) in [("ListPermissions", nil), ("ListMorePermissions", self.token.value)] {
            Block.query(
                state, comment: "Says of each listed permission who has it or may grant it, and on what.",
                .LakeFormation.listPermissions(on: resource, after: token),
                assigning: [adding(grants), self.token.assigned(reply("NextToken").text(or: ""))],
                catching: [absent(ServiceAction.LakeFormation.notFound, "permissions are listed")]
            ).build(&graph, Exits(next: "ArePermissionsListed", failed: failed))
        }
        graph.outline.isEntered("ListMorePermissions", from: ["ArePermissionsListed"])
        graph.outline.isEntered(next, from: ["ArePermissionsListed"])
        graph.addQueryChoice(
            "ArePermissionsListed",
            [
                QueryRule(if: !(token.value == ""), next: "ListMorePermissions"),
                QueryRule(
                    if: pending.value.count > 1, assigning: [pending.assigned(pending.value.rest)],
                    next: "ListPermissions"),
                .otherwise(next: next),
            ])
    }

    // MARK: What comes of it

    private static func addComparison(to graph: inout Graph, next: String) {
        graph.addQueryPass(
            "CompareRoom", comment: "Which wanted facts are missing, and which other facts there are.",
            assigning: [
                missing.assigned(wanted.value.filter("fact") { !$0.isIn(actual.value) }),
                unexpected.assigned(actual.value.filter("fact") { !$0.isIn(wanted.value) }),
            ], next: "IsRoomWhole")
        graph.addQueryChoice(
            "IsRoomWhole",
            [
                // A room of another account is not spoken of.
                QueryRule(if: RoomValues.isRepeat && !(owner.value == RoomValues.account), next: Waypoint.reused),
                QueryRule(
                    if: missing.value.count == 0 && (RoomValues.isRepeat || unexpected.value.count == 0), next: next),
                .otherwise(next: "MayReadAgain"),
            ])
    }

    private static func addRetry(to graph: inout Graph, failed: String) {
        let count = Value.from(Tries.verify.count).trusted(as: Int64.self)
        // Bounded, since a cause has 32,768 characters at most.
        let cause = Expression.words(
            "missing: {}; unexpected: {}", missing.value.joined(by: ", "), unexpected.value.joined(by: ", "))
        graph.addQueryChoice(
            "MayReadAgain",
            [
                QueryRule(if: count < Expression.number(limit), next: "VerifyCount"),
                QueryRule(if: RoomValues.isRepeat && count < Expression.number(repeatLimit), next: "VerifyCount"),
                .otherwise(output: .failed(.text(notWhole), cause.prefix(4000)), next: failed),
            ])
        Tries.verify.addNext(
            to: &graph, limit: Int(repeatLimit), next: "ReadRoom", from: "MayReadAgain", "MayListAgain")
    }
}
