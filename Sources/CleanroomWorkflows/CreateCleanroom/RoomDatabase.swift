import CleanroomModel
import SagaKit
import StatesLanguage

/// The tasks on the database of a room: the anchor, by whose marker all the rest is known to be this execution's own.
enum RoomDatabase {
    // MARK: Checks

    /// Nobody has a database of this name. One that this request has made already is verified and answered for.
    static let nameIsFree = Block(entrance: "CheckDatabaseNameIsFree") { graph, exits in
        RoomMarker.recognition.block(
            existing, reading: "CheckDatabaseNameIsFree",
            .init(
                own: VerifyRoom.block.arrival.assigning([Duplicates.repeating]),
                sameRequest: RoomMarker.recognition.followingMaker,
                foreign: taken(to: Waypoint.tellError), gone: exits.next)
        ).build(&graph, exits)
    }

    /// What the name of the state ends in that compares the marker of a database of this name.
    static let existing = "OfExistingDatabase"

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
    static let create = Block(
        arrival: Way(to: "CreateDatabase", output: Checkpoint.data)
    ) { graph, exits in
        Block.task(
            "CreateDatabase", comment: "Makes the database with its marker.", .Athena.runQuery(createStatement),
            catching: [.init(StatesError.timeout, stopStatement.arrival)]
        ).build(&graph, Exits(next: exits.next, failed: .keeping(to: "WhyWasDatabaseNotCreated")))
        let cause = Expression<JSONValue?>.failure.cause.text(or: "")
        graph.addChoice(
            "WhyWasDatabaseNotCreated",
            [
                // The undo graph finds out whose it is, and touches it only if it is ours.
                Rule(
                    if: cause.contains(text: "AlreadyExists") || cause.contains(text: "already exists"),
                    taken(to: exits.failed.next)),
                .otherwise(exits.failed(.kept)),
            ])
        stopStatement.build(&graph, Exits(next: "WhyWasDatabaseNotCreated", failed: exits.failed))
    }

    /// The statement with its token, both the same whenever they are made for one execution.
    private static let createStatement: ServiceCall.Statement = {
        let properties: [(name: String, value: Expression<String>)] = [
            (MarkerProperty.requestID, RoomValues.requestID), (MarkerProperty.execution, RoomValues.execution),
            (MarkerProperty.startTime, RoomValues.startTime), (MarkerProperty.account, RoomValues.account),
        ]
        let text = Expression.format(
            "CREATE DATABASE `{}` COMMENT '{}' LOCATION '{}' WITH DBPROPERTIES ("
                + properties.map { "'\($0.name)'='{}', " }.joined() + "'\(MarkerProperty.deployment)'='${Name}')",
            [RoomValues.database, RoomValues.marker, RoomValues.location] + properties.map(\.value))
        return ServiceCall.Statement(text: text, token: .sha256(RoomValues.execution))
    }()

    /// Finds the statement that makes the database, stops it, and waits until it has ended.
    static let stopStatement = stop(
        createStatement, "", mayStill: "make",
        ending: [
            assigned(
                Place.failure.whole,
                Failure(
                    .text(StatesError.timeout),
                    .words("the statement did not end in time, and was stopped: {}", queryReason.value)
                ).whole)
        ])

    /// The statement that is stopped.
    private static let query = Variable<String>("queryId")
    /// What Athena says of it.
    private static let queryState = Variable<String>("queryState")
    /// Why it has not succeeded, as Athena says.
    private static let queryReason = Variable<String>("queryReason")

    /// Finds a statement by its token, stops it, and waits until it has ended.
    ///
    /// - Parameters:
    ///   - title: tells the states from those of another statement.
    ///   - effect: what the statement may still do to the database.
    ///   - assigned: what is assigned when it has ended.
    private static func stop(
        _ statement: ServiceCall.Statement, _ title: String, mayStill effect: String,
        ending assigned: [VariableAssignment] = []
    ) -> Block {
        let (find, halt, look) = ("Find\(title)Query", "Stop\(title)Query", "Get\(title)Query")
        let hasEnded = "Has\(title)QueryEnded"
        let tries = title.isEmpty ? Tries.query : .dropQuery
        return Block(arrival: Way(to: find, [queryReason.assigned(payload: ""), tries.none])) { graph, exits in
            let ended = exits.next.assigning(assigned)
            let running = ended.assigning(
                [
                    graph.left(
                        "the statement {}, which may still \(effect) the database {}", query.value, RoomValues.database)
                ], comment: "Names the statement, which may go on.")
            let id = Expression<JSONValue?>.result.member("QueryExecutionId")
            let unknown = graph.left("a statement that may still \(effect) the database {}", RoomValues.database)
            Block.task(
                find, comment: "Finds the statement by its token.", .Athena.startQuery(statement),
                assigning: [
                    query.assigned(
                        id.required("the reply names no statement", id.trusted(as: String.self)))
                ],
                catching: [.init(StatesError.all, ended.assigning([unknown]))]
            ).build(&graph, Exits(next: Way(to: halt), failed: exits.failed))
            Block.task(halt, .Athena.stopQuery(id: query.value))
                .build(&graph, Exits(next: Way(to: look), failed: .dropping(to: Way(to: look))))
            let status = Expression<JSONValue?>.result.member("QueryExecution").member("Status")
            Block.task(
                look, .Athena.getQuery(id: query.value),
                assigning: [
                    queryState.assigned(status.member("State").text(or: "")),
                    queryReason.assigned(status.member("StateChangeReason").text(or: "")),
                ],
                catching: [.init(StatesError.all, running)]
            ).build(&graph, Exits(next: Way(to: hasEnded), failed: exits.failed))
            graph.addChoice(
                hasEnded,
                [
                    Rule(if: queryState.value.isIn(.texts(["SUCCEEDED", "FAILED", "CANCELLED"])), ended),
                    Rule(if: tries.isLeft(of: 40), Way(to: tries.wait)), .otherwise(running),
                ])
            tries.addWait(to: &graph, next: Way(to: look), from: hasEnded)
        }
    }

    /// Reads the marker back: what does not bear it could not be undone later, so it is named instead.
    static let bearsMarker = Block(entrance: "ReadBackDatabase") { graph, exits in
        func lost(_ what: String) -> Way {
            exits.failed("MarkerNotFound", .text("the statement succeeded, but \(what)"))
        }
        let unmarked = lost("its database does not bear its marker").assigning(
            [graph.left("the database {}, which does not bear the marker that it was made with", RoomValues.database)],
            comment: "What could not be undone later is named instead.")
        RoomMarker.recognition.block(
            "ReadBack", reading: "ReadBackDatabase",
            .init(own: exits.next, foreign: unmarked, gone: lost("its database is not there")),
            awaitsAnchor: true
        ).build(&graph, exits)
    }

    /// Gives tables made later to nobody by default, and makes the account of the request the one member.
    ///
    /// Both write on the database by its name, so each round reads the marker first (`drop` says why).
    ///
    /// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateDatabase.html>
    static let describe = Block(entrance: "ReadMarkerBeforeUpdate") { graph, exits in
        let again = Exits(next: "ClearTableDefaultPermissions", failed: .keeping(to: "MayRetryUpdate"))
        RoomMarker.isOurs("BeforeUpdate", next: again.next, lost: exits.failed).build(&graph, again)
        graph.outline.isEntered("ClearTableDefaultPermissions", from: ["CompareMarkerBeforeUpdate"])
        // The call replaces all that the database is made with, and not its `Description` alone.
        Block.task(
            "ClearTableDefaultPermissions",
            .Glue.updateDatabase(
                name: RoomValues.database, description: RoomValues.marker, location: RoomValues.location,
                properties: RoomMarker.properties, tableDefaults: []), isLooped: true
        ).build(&graph, Exits(next: MemberTags.tagMember.arrival, failed: again.failed))
        MemberTags.tagMember.build(&graph, Exits(next: exits.next, failed: again.failed))
        graph.addChoice(
            "MayRetryUpdate",
            [Rule(if: Tries.update.isLeft(of: 8), Way(to: Tries.update.wait)), .otherwise(exits.failed(.kept))])
        Tries.update.addWait(to: &graph, next: "ReadMarkerBeforeUpdate", from: "MayRetryUpdate")
    }

    // MARK: Rollback

    /// Drops the database if nothing is in it (`RESTRICT` is the default), and never with `CASCADE`.
    ///
    /// Nothing in Glue or Lake Formation is written on condition. So each round reads the marker first, and none of its
    /// calls is retried by itself: whatever fails leads to another round, which reads the marker again.
    static let drop = Block(entrance: "ReadSettingsToDrop") { graph, exits in
        let limit: Int64 = 8
        let again = Failing.keeping(to: "MayRetryDrop")
        func next(_ state: String) -> Exits { Exits(next: Way(to: state), failed: again) }
        PermissionLists.administrator(reading: "ReadSettingsToDrop", "IsAdministratorToDrop").build(
            &graph, next("ReadMarkerBeforeDrop"))
        RoomMarker.recognition.block(
            "BeforeDrop",
            // A recovery comes here as well when the database was dropped, and another request has made its own.
            .init(own: "RegrantDrop", foreign: Way(to: Waypoint.tellError), gone: exits.next), awaitsAnchor: true
        ).build(&graph, next("RegrantDrop"))
        // Dropping needs a permission that was given away, or that is not listed beside `ALL`.
        Block.task(
            "RegrantDrop", .LakeFormation.grantPermissions([.drop], on: .database, to: .maker), isLooped: true
        ).build(&graph, next("RevokeBeforeDrop"))
        // Only who has read the marker right before comes to what is done by the name.
        let steps = [
            "CompareMarkerBeforeDrop", "RegrantDrop", "RevokeBeforeDrop", "IsRevokedBeforeDrop", "UntagMember",
            "DropDatabase", "IsDatabaseDropped",
        ]
        for (step, before) in zip(steps.dropFirst(), steps) { graph.outline.isEntered(step, from: [before]) }
        // What outlives the database is listed afterwards.
        graph.outline.isListed("RevokeBeforeDrop")
        Block.task(
            "RevokeBeforeDrop", .LakeFormation.batchRevokePermissions(RoomPermissions.beforeDrop),
            assigning: [BatchPermissions.keep], isLooped: true
        ).build(&graph, next("IsRevokedBeforeDrop"))
        // Once the database is gone it may be too late to revoke. But what can never be revoked keeps nothing from being
        // dropped.
        graph.addChoice(
            "IsRevokedBeforeDrop",
            comment: "Whether some of it failed for another reason than that there is nothing to revoke.",
            [
                Rule(
                    if: RoomPermissions.couldRevokeMore && Tries.drop.isLeft(of: limit / 2),
                    again(.text(RoomPermissions.stillGranted), "not everything could be revoked")),
                .otherwise("UntagMember"),
            ])
        // A tag that cannot be taken off keeps nothing from being dropped: the next room of the name takes it off.
        Block.task(
            "UntagMember", .Glue.untagResource(database: RoomValues.database, keys: .list([MemberTags.key])),
            isLooped: true
        ).build(&graph, Exits(next: "DropDatabase", failed: .dropping(to: "DropDatabase")))
        // One token a round: under an old one Athena would answer with the old statement's failure. A statement of which
        // nothing is heard is stopped before the next round, or it could drop what another makes under the name later.
        let statement = ServiceCall.Statement(
            text: .format("DROP DATABASE IF EXISTS `{}`", RoomValues.database),
            token: .sha256(.words("{} drop {}", RoomValues.execution, Tries.drop.count)))
        let stopDrop = stop(statement, "Drop", mayStill: "drop")
        Block.task("DropDatabase", .Athena.runQuery(statement), isLooped: true)
            .build(&graph, Exits(next: "IsDatabaseDropped", failed: .keeping(to: "WhyWasDatabaseNotDropped")))
        graph.addChoice(
            "WhyWasDatabaseNotDropped",
            [
                // The statement itself has failed, and so has ended.
                Rule(
                    if: Expression<JSONValue?>.failure.error == .text(StatesError.taskFailed), Way(to: again.next)),
                .otherwise(stopDrop.arrival),
            ])
        stopDrop.build(&graph, Exits(next: Way(to: again.next), failed: again))
        Block.task(
            "IsDatabaseDropped", .Glue.getDatabase(name: RoomValues.database),
            catching: [.init(ServiceAction.Glue.notFound, exits.next)]
        ).build(
            &graph,
            Exits(
                next: again("DatabaseNotDropped", "the statement succeeded, but the database is still there"),
                failed: again))
        graph.addChoice(
            "MayRetryDrop",
            [
                Rule(if: Tries.drop.isLeft(of: limit), Way(to: Tries.drop.wait)),
                .otherwise(exits.failed(.kept)),
            ])
        Tries.drop.addWait(
            to: &graph, next: Way(to: "ReadSettingsToDrop", output: Checkpoint.data), from: "MayRetryDrop")
    }
}
