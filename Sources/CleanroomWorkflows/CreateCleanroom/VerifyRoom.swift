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
    static let verdicts = ["IsCleanroomComplete"]
    /// The states that find that the requestId is another request's.
    static let refusing = ["IsCleanroomComplete"]

    static let block = Block(entrance: "VerifyDatabase") { graph, exits in
        Block.sequence([readRoom, readLocation, readMembers, readTables, readObjects])
            .build(&graph, Exits(next: lists.arrival, failed: exits.failed))
        lists.build(&graph, Exits(next: "VerifyAdministrator", failed: .keeping(to: "MayVerifyAgain")))
        graph.outline.isEntered("VerifyAdministrator", from: ["AreAllPermissionsListed"])
        // After the lists: who is an administrator now was one when they were read.
        PermissionLists.settings("VerifyAdministrator", assigning: comparison)
            .build(&graph, Exits(next: "IsCleanroomComplete", failed: exits.failed))
        addVerdict(to: &graph, exits)
        graph.addChoice(
            "MayVerifyAgain",
            [
                Rule(if: Tries.verify.isLeft(of: limit), Way(to: Tries.verify.wait)),
                Rule(
                    if: Expression<JSONValue?>.failure.error == .text(notWhole) && RoomValues.isRepeat
                        && Tries.verify.isLeft(of: repeatLimit), Way(to: Tries.verify.wait)),
                .otherwise(exits.failed(.kept)),
            ])
        Tries.verify.addWait(to: &graph, next: Way(to: "VerifyDatabase"), from: "MayVerifyAgain")
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

    /// A member of a reply, by its path in it.
    private static func reply(_ path: String) -> Value {
        path.split(separator: ".").reduce(.result) { $0.member(String($1)) }
    }

    /// What was read, with more.
    private static func adding(_ facts: any AnyExpression...) -> VariableAssignment {
        actual.assigned(.list([actual.value] + facts))
    }

    /// What is not there is not whole, and may only not be seen yet.
    private static func absent(_ error: String, _ what: String) -> Block.Catch {
        .init(error, Failing.keeping(to: "MayVerifyAgain")(.text(notWhole), .text("missing: \(what)")))
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

    private static let readRoom = Block.task(
        "VerifyDatabase", .Glue.getDatabase(name: RoomValues.database),
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

    private static let readLocation = Block.task(
        "VerifyRegistration", .LakeFormation.describeResource(arn: RoomValues.locationARN),
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
        return .task(
            "VerifyMembers",
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

    private static let readTables = Block(entrance: "VerifyTables") { graph, exits in
        // Of a table with very many columns Step Functions takes no description: it is there all the same.
        let large = exits.next.assigning([
            adding(Expression<[String]>.texts(["there is the table of a very large description"]))
        ])
        Block.task(
            "VerifyTables", .Glue.getTables(database: RoomValues.database, limit: 1),
            assigning: [
                adding(reply("TableList").list.map("table") { .words("there is the table {}", $0.member("Name")) })
            ],
            catching: [
                absent(ServiceAction.Glue.notFound, "the database has a list of tables"),
                .init(StatesError.dataLimitExceeded, large),
            ]
        ).build(&graph, exits)
    }

    /// Lists as many objects as it takes to tell a folder's mark from content; the mark comes first in the order of keys.
    /// And begins with the first list of permissions.
    private static let readObjects = RoomLocation.listObjects(
        "VerifyObjects",
        assigning: [
            adding(RoomLocation.holdsNothing.then(Expression<[String]>.none, else: .texts(["there are objects"])))
        ] + PermissionLists.beginning(with: PermittedResource.allCases))

    /// Who may do what on each resource.
    private static let lists = PermissionLists.read(
        "Permissions", comment: "Says of each listed permission who has it or may grant it, and on what.",
        collecting: { entries, resource in
            adding(
                entries.collect("entry", into: "granted") { entry in
                    let principal = entry.member("Principal").member("DataLakePrincipalIdentifier")
                    return [("has", "Permissions"), ("may grant", "PermissionsWithGrantOption")].map { verb, member in
                        entry.member(member).list.map("permission") { grant(verb, $0, on: resource, to: principal) }
                    }
                })
        }, missing: absent(ServiceAction.LakeFormation.notFound, "permissions are listed"))

    // MARK: What comes of it

    /// Which wanted facts are missing, and which other facts there are.
    private static let comparison = [
        missing.assigned(wanted.value.filter("fact") { !$0.isIn(actual.value) }),
        unexpected.assigned(actual.value.filter("fact") { !$0.isIn(wanted.value) }),
    ]

    private static func addVerdict(to graph: inout Graph, _ exits: Exits) {
        // Bounded, since a cause has 32,768 characters at most.
        let cause = Expression.words(
            "missing: {}; unexpected: {}", missing.value.joined(by: ", "), unexpected.value.joined(by: ", "))
        graph.addChoice(
            "IsCleanroomComplete",
            [
                PermissionLists.refusal(exits.failed),
                // A room of another account is not spoken of.
                Rule(if: RoomValues.isRepeat && !(owner.value == RoomValues.account), Way(to: Waypoint.reused)),
                Rule(
                    if: missing.value.count == 0 && (RoomValues.isRepeat || unexpected.value.count == 0), exits.next),
                .otherwise(Failing.keeping(to: "MayVerifyAgain")(.text(notWhole), cause.prefix(4000))),
            ])
    }
}
