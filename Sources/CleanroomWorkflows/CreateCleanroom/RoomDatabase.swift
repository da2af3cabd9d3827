import CleanroomModel
import SagaKit
import StatesLanguage

/// The tasks on the database of a room: the anchor, by whose marker all the rest is known to be this execution's own.
enum RoomDatabase {
    // MARK: Checks

    /// Nobody has a database of this name. One that this request has made already is verified and answered for.
    static let nameIsFree = Block(entrance: "LookForDatabase") { graph, exits in
        RoomMarker.recognition.block(
            "LookForDatabase",
            .init(
                own: Way(to: Waypoint.verifyAgain), sameRequest: Way(to: Waypoint.answerAgain),
                foreign: taken(to: Waypoint.tellError), gone: Way(to: exits.next))
        ).build(&graph, Exits(next: exits.next, failed: exits.failed))
    }

    private static func taken(to next: String) -> Way {
        .refusing(
            to: next, .databaseAlreadyExists, "there is a database {} already, and it stays as it is",
            RoomValues.database)
    }

    // MARK: Steps

    /// Makes the database with its marker. Without `IF NOT EXISTS`, which would adopt a stranger's.
    ///
    /// A statement whose time ran out goes on and may take effect later: so it is found again by its token, stopped,
    /// and waited for, before anybody looks at what is there.
    static let create = Block(entrance: "CreateDatabase") { graph, exits in
        Block.query(
            "CreateDatabase", comment: "Makes the database with its marker.", .Athena.runQuery(createStatement),
            catching: [.init(StatesError.timeout, Way(to: stopStatement.entrance))]
        ).build(&graph, Exits(next: exits.next, failed: "WhyNotCreated"))
        let cause = Expression<JSONValue?>.failure.cause.text(or: "")
        graph.addQueryChoice(
            "WhyNotCreated",
            [
                // The undo graph finds out whose it is, and touches it only if it is ours.
                QueryRule(
                    if: cause.contains(text: "AlreadyExists") || cause.contains(text: "already exists"),
                    taken(to: Waypoint.undo)),
                .otherwise(next: exits.failed),
            ])
        stopStatement.build(&graph, Exits(next: exits.failed, failed: exits.failed))
    }

    private static func timedOut(_ cause: Expression<String>) -> [Change] {
        [(Place.failure.whole, Expression<JSONValue>.failure(.text(StatesError.timeout), cause))]
    }

    /// The statement with its token, both the same whenever they are made for one execution.
    private static let createStatement: ServiceQuery.Statement = {
        let properties: [(name: String, value: Expression<String>)] = [
            (MarkerProperty.requestID, RoomValues.requestID), (MarkerProperty.execution, RoomValues.execution),
            (MarkerProperty.startTime, RoomValues.startTime), (MarkerProperty.account, RoomValues.account),
        ]
        let text = Expression.format(
            "CREATE DATABASE `{}` COMMENT '{}' LOCATION '{}' WITH DBPROPERTIES ("
                + properties.map { "'\($0.name)'='{}', " }.joined() + "'\(MarkerProperty.deployment)'='${Name}')",
            [RoomValues.database, RoomValues.marker, RoomValues.location] + properties.map(\.value))
        return ServiceQuery.Statement(text: text, token: .sha256(RoomValues.execution))
    }()

    /// Finds the statement that makes the database, stops it, and waits until it has ended.
    static let stopStatement = stop(
        createStatement, "", mayStill: "make", ending: timedOut("the statement did not end in time, and was stopped"))

    /// Finds a statement by its token, stops it, and waits until it has ended.
    ///
    /// - Parameters:
    ///   - title: tells the states from those of another statement.
    ///   - effect: what the statement may still do to the database.
    ///   - changes: what is made anew of the data when it has ended.
    private static func stop(
        _ statement: ServiceQuery.Statement, _ title: String, mayStill effect: String,
        ending changes: [Change]
    ) -> Block {
        let (find, halt, look) = ("Find\(title)Query", "Stop\(title)Query", "Await\(title)Query")
        let hasEnded = "Has\(title)QueryEnded"
        let id = Expression<JSONValue?>.query.id.trusted(as: String.self)
        return Block(entrance: find) { graph, exits in
            let tries = title.isEmpty ? Tries.awaitQuery : .awaitDropQuery
            let running = graph.left(
                "the statement {}, which may still \(effect) the database {}", id, RoomValues.database)
            let unknown = graph.left("a statement that may still \(effect) the database {}", RoomValues.database)
            Block.query(
                find, comment: "Finds the statement by its token.", .Athena.startQuery(statement),
                changing: [
                    change(of: .query.whole, [(.query.id, Expression<JSONValue?>.result.member("QueryExecutionId"))])
                ],
                catching: [.init(StatesError.all, Way(to: exits.next, changes + [unknown]))]
            ).build(&graph, Exits(next: halt, failed: exits.failed))
            Block.query(halt, .Athena.stopQuery(id: id)).build(&graph, Exits(next: look, failed: look))
            let execution = Expression<JSONValue?>.result.member("QueryExecution")
            Block.query(
                look, comment: "Names the statement where it cannot be found out whether it has ended.",
                .Athena.getQuery(id: id),
                changing: [
                    change(
                        of: .query.whole,
                        [
                            (.query.id, execution.member("QueryExecutionId")),
                            (.query.state, execution.member("Status").member("State")),
                        ])
                ], catching: [.init(StatesError.all, Way(to: exits.next, changes + [running]))]
            ).build(&graph, Exits(next: hasEnded, failed: exits.failed))
            graph.addQueryChoice(
                hasEnded,
                [
                    QueryRule(
                        if: Expression<JSONValue?>.query.state.isIn(["SUCCEEDED", "FAILED", "CANCELLED"]),
                        Way(to: exits.next, changes)),
                    QueryRule(if: tries.isLeft(of: 40), next: tries.wait),
                    .otherwise(
                        Way(to: exits.next, changes + [running], comment: "Names the statement, which goes on.")),
                ])
            tries.addWait(to: &graph, next: look, from: hasEnded)
        }
    }

    /// Reads the marker back: what does not bear it could not be undone later, so it is named instead.
    static let bearsMarker = Block(entrance: "ReadBack") { graph, exits in
        func lost(_ what: String, _ changes: [Change] = []) -> Way {
            .failing(
                to: exits.failed, "MarkerNotFound", .text("the statement succeeded, but \(what)"), changes,
                comment: "What could not be undone later is named instead.")
        }
        let unmarked = lost(
            "its database does not bear its marker",
            [graph.left("the database {}, which does not bear the marker that it was made with", RoomValues.database)])
        RoomMarker.recognition.block(
            "ReadBack",
            .init(own: Way(to: exits.next), foreign: unmarked, gone: lost("its database is not there")),
            awaitsAnchor: true
        ).build(&graph, exits)
    }

    /// Gives tables made later to nobody by default, and makes the account of the request the one member.
    ///
    /// Both write on the database by its name, so each round reads the marker first (`drop` says why).
    ///
    /// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateDatabase.html>
    static let describe = Block(entrance: "IsDatabaseOurs") { graph, exits in
        let again = Exits(next: "CloseTableDefaults", failed: "MayDescribeAgain")
        RoomMarker.isOurs("IsDatabaseOurs", next: again.next, lost: exits.failed).build(&graph, again)
        graph.outline.isEntered(again.next, from: ["IsDatabaseOursReadOwner"])
        // The call replaces all that the database is made with, and not its `Description` alone.
        Block.task(
            "CloseTableDefaults",
            .Glue.updateDatabase(
                name: .request.database, description: .room.marker, location: .room.location,
                properties: RoomMarker.properties, tableDefaults: []), isLooped: true
        ).build(&graph, Exits(next: MemberTags.tagMember.entrance, failed: again.failed))
        MemberTags.tagMember.build(&graph, Exits(next: exits.next, failed: again.failed))
        graph.addQueryChoice(
            "MayDescribeAgain",
            [QueryRule(if: Tries.describe.isLeft(of: 8), next: Tries.describe.wait), .otherwise(next: exits.failed)])
        Tries.describe.addWait(to: &graph, next: "IsDatabaseOurs", from: "MayDescribeAgain")
    }

    // MARK: Rollback

    /// Drops the database if nothing is in it (`RESTRICT` is the default), and never with `CASCADE`.
    ///
    /// Nothing in Glue or Lake Formation is written on condition. So each round reads the marker first, and none of its
    /// calls is retried by itself: whatever fails leads to another round, which reads the marker again.
    static let drop = Block(entrance: "ReadDropSettings") { graph, exits in
        let limit: Int64 = 8
        let again = Exits(next: "MayDropAgain", failed: "MayDropAgain")
        PermissionLists.administrator("Drop").build(&graph, Exits(next: "MayDropDatabase", failed: again.failed))
        RoomMarker.recognition.block(
            "MayDropDatabase",
            .init(own: "RegainDrop", foreign: Way(to: Waypoint.tellError), gone: Way(to: exits.next)),
            awaitsAnchor: true
        ).build(&graph, again)
        // Dropping needs a permission that was given away, or that is not listed beside `ALL`.
        Block.task(
            "RegainDrop", .LakeFormation.grantPermissions([.drop], on: .database, to: .maker), isLooped: true
        ).build(&graph, Exits(next: "RevokeBeforeDrop", failed: again.failed))
        // Only who has read the marker right before comes to what is done by the name.
        let steps = [
            "MayDropDatabaseReadOwner", "RegainDrop", "RevokeBeforeDrop", "IsRevokedBeforeDrop", "UntagMember",
            "DropDatabase", "IsDropped",
        ]
        for (step, before) in zip(steps.dropFirst(), steps) { graph.outline.isEntered(step, from: [before]) }
        // What outlives the database is listed afterwards.
        graph.outline.isListed("RevokeBeforeDrop")
        Block.task(
            "RevokeBeforeDrop", .LakeFormation.batchRevokePermissions(RoomPermissions.beforeDrop),
            result: .at(Place.batch, [\.failures.whole: .reply("Failures[*]")]), isLooped: true
        ).build(&graph, Exits(next: "IsRevokedBeforeDrop", failed: again.failed))
        // Once the database is gone it may be too late to revoke. But what can never be revoked keeps nothing from being
        // dropped.
        graph.addQueryChoice(
            "IsRevokedBeforeDrop",
            comment: "Whether some of it failed for another reason than that there is nothing to revoke.",
            [
                QueryRule(
                    if: RoomPermissions.couldRevokeMore && Tries.dropDatabase.isLeft(of: limit / 2),
                    .failing(
                        to: again.next, .text(RoomPermissions.stillGranted), "not everything could be revoked")),
                .otherwise(next: "UntagMember"),
            ])
        // A tag that cannot be taken off keeps nothing from being dropped: the next room of the name takes it off.
        Block.task(
            "UntagMember", .Glue.untagResource(database: .request.database, keys: .array([MemberTags.key])),
            isLooped: true, dropsFailure: true
        ).build(&graph, Exits(next: "DropDatabase", failed: "DropDatabase"))
        // One token a round: under an old one Athena would answer with the old statement's failure. A statement of which
        // nothing is heard is stopped before the next round, or it could drop what another makes under the name later.
        let tried = Expression<JSONValue?>.from(Tries.dropDatabase.count)
        let statement = ServiceQuery.Statement(
            text: .format("DROP DATABASE IF EXISTS `{}`", RoomValues.database),
            token: .sha256(.words("{} drop {}", RoomValues.execution, tried)))
        let stopDrop = stop(
            statement, "Drop", mayStill: "drop",
            ending: timedOut("the statement that drops the database was stopped"))
        Block.query(
            "DropDatabase", .Athena.runQuery(statement),
            catching: [.init(StatesError.timeout, Way(to: stopDrop.entrance))], isLooped: true
        ).build(&graph, Exits(next: "IsDropped", failed: "HasDropFailed"))
        graph.addQueryChoice(
            "HasDropFailed",
            [
                QueryRule(
                    if: Expression<JSONValue?>.failure.error == .text(StatesError.taskFailed), next: again.failed),
                .otherwise(next: stopDrop.entrance),
            ])
        stopDrop.build(&graph, again)
        Block.query(
            "IsDropped", .Glue.getDatabase(name: RoomValues.database),
            changing: [
                (
                    Place.failure.whole,
                    Expression<JSONValue>.failure(
                        "DatabaseNotDropped", "the statement succeeded, but the database is still there")
                )
            ], catching: [.init(ServiceAction.Glue.notFound, Way(to: exits.next))]
        ).build(&graph, again)
        graph.addQueryChoice(
            "MayDropAgain",
            [
                QueryRule(if: Tries.dropDatabase.isLeft(of: limit), next: Tries.dropDatabase.wait),
                .otherwise(next: exits.failed),
            ])
        Tries.dropDatabase.addWait(to: &graph, next: "ReadDropSettings", from: "MayDropAgain")
    }
}
