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
                own: Waypoint.verifyAgain, sameRequest: Waypoint.answerAgain, foreign: "RefuseTakenName",
                gone: exits.next)
        ).build(&graph, Exits(next: exits.next, failed: exits.failed))
        graph.addRefusal(
            "RefuseTakenName", .databaseAlreadyExists, "there is a database {} already, and it stays as it is",
            .request.database, next: Waypoint.tellError)
    }

    // MARK: Steps

    /// Makes the database with its marker. Without `IF NOT EXISTS`, which would adopt a stranger's.
    ///
    /// A statement whose time ran out goes on and may take effect later: so it is found again by its token, stopped,
    /// and waited for, before anybody looks at what is there.
    static let create = Block(entrance: "CreateDatabase") { graph, exits in
        Block.task(
            "CreateDatabase", .Athena.runQuery(createStatement),
            catching: [(StatesError.timeout, stopStatement.entrance)]
        ).build(&graph, Exits(next: exits.next, failed: "WhyNotCreated"))
        graph.addChoice(
            "WhyNotCreated",
            [
                (
                    .or([
                        .matches(.failure.cause, "*AlreadyExists*"),
                        .matches(.failure.cause, "*already exists*"),
                    ]), "RefuseNameTakenMeanwhile"
                )
            ], default: exits.failed)
        // The undo graph finds out whose it is, and touches it only if it is ours.
        graph.addRefusal(
            "RefuseNameTakenMeanwhile", .databaseAlreadyExists,
            "there is a database {} already, and it stays as it is", .request.database,
            next: Waypoint.undo)
        stopStatement.build(&graph, Exits(next: "RememberTimeout", failed: "RememberTimeout"))
        graph.addPass(
            "RememberTimeout", at: Place.failure,
            [\.error: .text(StatesError.timeout), \.cause: "the statement did not end in time, and was stopped"],
            next: exits.failed)
    }

    /// The statement with its token, both the same whenever they are made for one execution.
    private static let createStatement: ServiceCall.Statement = {
        let properties: [(name: String, value: Argument)] = [
            (MarkerProperty.requestID, .request.requestID), (MarkerProperty.execution, .execution.id),
            (MarkerProperty.startTime, .execution.startTime), (MarkerProperty.account, .request.account),
        ]
        let text = Argument.format(
            "CREATE DATABASE `{}` COMMENT '{}' LOCATION '{}' WITH DBPROPERTIES ("
                + properties.map { "'\($0.name)'='{}', " }.joined() + "'\(MarkerProperty.deployment)'='${Name}')",
            [.request.database, .room.marker, .room.location] + properties.map(\.value))
        return ServiceCall.Statement(text: text, token: .sha256(.execution.id))
    }()

    /// Finds the statement that makes the database, stops it, and waits until it has ended.
    static let stopStatement = stop(createStatement, "", mayStill: "make")

    /// Finds a statement by its token, stops it, and waits until it has ended.
    ///
    /// - Parameters:
    ///   - title: tells the states from those of another statement.
    ///   - effect: what the statement may still do to the database.
    private static func stop(_ statement: ServiceCall.Statement, _ title: String, mayStill effect: String) -> Block {
        let (find, halt, look) = ("Find\(title)Query", "Stop\(title)Query", "Await\(title)Query")
        let (running, unknown) = ("Running\(title)QueryRemains", "Unknown\(title)QueryRemains")
        return Block(entrance: find) { graph, exits in
            let limit = 40
            let tries = title.isEmpty ? Tries.awaitQuery : .awaitDropQuery
            Block.task(
                find, .Athena.startQuery(statement),
                result: .at(Place.query, [\.id: .reply("QueryExecutionId")])
            ).build(&graph, Exits(next: halt, failed: unknown))
            Block.task(halt, .Athena.stopQuery(id: .query.id)).build(&graph, Exits(next: look, failed: look))
            Block.task(
                look, .Athena.getQuery(id: .query.id),
                result: .at(
                    Place.query,
                    [
                        \.id: .reply("QueryExecution.QueryExecutionId"),
                        \.state: .reply("QueryExecution.Status.State"),
                    ])
            ).build(&graph, Exits(next: "Has\(title)QueryEnded", failed: running))
            graph.addChoice(
                "Has\(title)QueryEnded",
                [
                    (.or(["SUCCEEDED", "FAILED", "CANCELLED"].map { .equals(.query.state, $0) }), exits.next),
                    (.number(tries.count, .lessThan, Int64(limit)), tries.name + "Count"),
                ], default: running)
            tries.addNext(to: &graph, limit: limit, next: look, from: "Has\(title)QueryEnded")
            graph.addLeftover(
                running, "the statement {}, which may still \(effect) the database {}",
                [.query.id, .request.database], next: exits.next)
            graph.addLeftover(
                unknown, "a statement that may still \(effect) the database {}", [.request.database], next: exits.next)
        }
    }

    /// Reads the marker back: what does not bear it could not be undone later, so it is named instead.
    static let bearsMarker = Block(entrance: "ReadBack") { graph, exits in
        RoomMarker.recognition.block(
            "ReadBack",
            .init(
                own: exits.next, sameRequest: "LeaveUnmarked", foreign: "LeaveUnmarked", gone: "MissDatabase"),
            awaitsAnchor: true
        ).build(&graph, exits)
        graph.addLeftover(
            "LeaveUnmarked", "the database {}, which does not bear the marker that it was made with",
            [.request.database], next: "MissMarker")
        for (name, missing) in [
            ("MissMarker", "its database does not bear its marker"),
            ("MissDatabase", "its database is not there"),
        ] {
            graph.addPass(
                name, at: Place.failure,
                [\.error: "MarkerNotFound", \.cause: "the statement succeeded, but \(missing)"],
                next: exits.failed)
        }
    }

    /// Gives tables made later to nobody by default, and makes the account of the request the one member.
    ///
    /// Both write on the database by its name, so each round reads the marker first (`drop` says why).
    ///
    /// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateDatabase.html>
    static let describe = Block(entrance: "IsDatabaseOurs") { graph, exits in
        let limit = 8
        let again = Exits(next: "CloseTableDefaults", failed: "MayDescribeAgain")
        RoomMarker.isOurs("IsDatabaseOurs", next: again.next, missing: "MissOwnDatabase").build(&graph, again)
        graph.outline.isEntered(again.next, from: ["IsDatabaseOursReadOwner"])
        // The call replaces all that the database is made with, and not its `Description` alone.
        Block.task(
            "CloseTableDefaults",
            .Glue.updateDatabase(
                name: .request.database, description: .room.marker, location: .room.location,
                properties: RoomMarker.properties, tableDefaults: []), isLooped: true
        ).build(&graph, Exits(next: MemberTags.tagMember.entrance, failed: again.failed))
        MemberTags.tagMember.build(&graph, Exits(next: exits.next, failed: again.failed))
        RoomMarker.addMissing("MissOwnDatabase", to: &graph, next: exits.failed)
        graph.addChoice(
            "MayDescribeAgain",
            [(.number(Tries.describe.count, .lessThan, Int64(limit)), "DescribeCount")], default: exits.failed)
        Tries.describe.addNext(to: &graph, limit: limit, next: "IsDatabaseOurs", from: "MayDescribeAgain")
    }

    // MARK: Rollback

    /// Drops the database if nothing is in it (`RESTRICT` is the default), and never with `CASCADE`.
    ///
    /// Nothing in Glue or Lake Formation is written on condition. So each round reads the marker first, and none of its
    /// calls is retried by itself: whatever fails leads to another round, which reads the marker again.
    static let drop = Block(entrance: "ReadDropSettings") { graph, exits in
        let limit: Int64 = 8
        let dropsTried = Expression<JSONValue?>.from(Tries.dropDatabase.count).trusted(as: Int64.self)
        let again = Exits(next: "MayDropAgain", failed: "MayDropAgain")
        PermissionLists.administrator("Drop").build(&graph, Exits(next: "MayDropDatabase", failed: again.failed))
        RoomMarker.recognition.block(
            "MayDropDatabase",
            .init(
                own: "RegainDrop", sameRequest: Waypoint.tellError, foreign: Waypoint.tellError,
                gone: exits.next), awaitsAnchor: true
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
                    if: RoomPermissions.couldRevokeMore && dropsTried < Expression.number(limit / 2),
                    output: .failed(.text(RoomPermissions.stillGranted), "not everything could be revoked"),
                    next: again.next),
                .otherwise(next: "UntagMember"),
            ])
        // A tag that cannot be taken off keeps nothing from being dropped: the next room of the name takes it off.
        Block.task(
            "UntagMember", .Glue.untagResource(database: .request.database, keys: .array([MemberTags.key])),
            isLooped: true, dropsFailure: true
        ).build(&graph, Exits(next: "DropDatabase", failed: "DropDatabase"))
        // One token a round: under an old one Athena would answer with the old statement's failure. A statement of which
        // nothing is heard is stopped before the next round, or it could drop what another makes under the name later.
        let statement = ServiceCall.Statement(
            text: .format("DROP DATABASE IF EXISTS `{}`", .request.database),
            token: .sha256(.format("{} drop {}", Argument(.execution.id), Argument(Tries.dropDatabase.count))))
        let stopDrop = stop(statement, "Drop", mayStill: "drop")
        Block.task(
            "DropDatabase", .Athena.runQuery(statement), catching: [(StatesError.timeout, stopDrop.entrance)],
            isLooped: true
        ).build(&graph, Exits(next: "IsDropped", failed: "HasDropFailed"))
        graph.addChoice(
            "HasDropFailed", [(.equals(.failure.error, StatesError.taskFailed), again.failed)],
            default: stopDrop.entrance)
        stopDrop.build(&graph, Exits(next: "RememberDropStopped", failed: "RememberDropStopped"))
        graph.outline.isEntered(
            "RememberDropStopped",
            from: ["HasDropQueryEnded", "RunningDropQueryRemains", "UnknownDropQueryRemains"])
        graph.addPass(
            "RememberDropStopped", at: Place.failure,
            [\.error: .text(StatesError.timeout), \.cause: "the statement that drops the database was stopped"],
            next: again.failed)
        Block.task(
            "IsDropped", .Glue.getDatabase(name: .request.database),
            catching: [(ServiceAction.Glue.notFound, exits.next)]
        ).build(&graph, Exits(next: "MissDrop", failed: again.failed))
        graph.addPass(
            "MissDrop", at: Place.failure,
            [\.error: "DatabaseNotDropped", \.cause: "the statement succeeded, but the database is still there"],
            next: again.next)
        graph.addChoice(
            "MayDropAgain",
            [(.number(Tries.dropDatabase.count, .lessThan, limit), "DropDatabaseCount")], default: exits.failed)
        Tries.dropDatabase.addNext(to: &graph, limit: Int(limit), next: "ReadDropSettings", from: "MayDropAgain")
    }
}
