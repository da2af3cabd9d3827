import CleanroomModel
import StatesLanguage

/// The tasks on the lake that make a cleanroom, and those that take it away again.
enum Lake {
    // MARK: Checks

    /// Nobody has a database of this name. One that this request has made already is verified and answered for.
    static let nameIsFree = Block(entrance: "LookForDatabase") { graph, exits in
        // What Glue calls invalid is refused like what the intake calls so.
        graph.outline.hasSideDoor("RefuseDatabase", from: "LookForDatabase")
        Recognition().block(
            "LookForDatabase",
            .init(
                own: Following.Waypoint.verifyAgain, sameRequest: Saga.Waypoint.answerAgain, foreign: "RefuseTakenName",
                gone: exits.next), refused: "RefuseDatabase"
        ).build(&graph, Exits(next: exits.next, failed: exits.failed))
        refuse(
            "RefuseTakenName", .databaseAlreadyExists, "there is a database {} already, and it stays as it is",
            .request.database, next: Saga.Waypoint.tellError, &graph)
    }

    /// Nobody has registered the location: what is deregistered later is provably this execution's own.
    static let locationIsNotRegistered = Block(entrance: "LookForLocation") { graph, exits in
        Block.task(
            "LookForLocation", .LakeFormation.describeResource(arn: .room.locationARN),
            catching: [(ServiceAction.LakeFormation.notFound, exits.next)]
        ).build(&graph, Exits(next: "RefuseRegisteredLocation", failed: exits.failed))
        refuse(
            "RefuseRegisteredLocation", .locationNotFree, "the location {} is registered already", .room.location,
            next: Saga.Waypoint.tellError, &graph)
    }

    /// No object lies at the location.
    static let locationIsEmpty = Block(entrance: "LookForObjects") { graph, exits in
        Block.task(
            "LookForObjects", .S3.listObjects(prefix: .room.prefix, limit: 1),
            result: .at(Place.objects, [\.count: .reply("KeyCount")])
        ).build(&graph, Exits(next: "IsLocationEmpty", failed: exits.failed))
        graph.addChoice(
            "IsLocationEmpty", [(.number(.objects.count, .greaterThan, 0), "RefuseFilledLocation")],
            default: exits.next)
        refuse(
            "RefuseFilledLocation", .locationNotFree, "there are objects at {} already", .room.location,
            next: Saga.Waypoint.tellError, &graph)
    }

    // MARK: The database

    /// Makes the database with its marker. Without `IF NOT EXISTS`, which would adopt a stranger's.
    ///
    /// A statement whose time ran out goes on and may take effect later: so it is found again by its token, stopped,
    /// and waited for, before anybody looks at what is there.
    static let createDatabase = Block(entrance: "CreateDatabase") { graph, exits in
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
        refuse(
            "RefuseNameTakenMeanwhile", .databaseAlreadyExists,
            "there is a database {} already, and it stays as it is", .request.database,
            next: Saga.Waypoint.undo, &graph)
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
            (MarkerProperty.startTime, .execution.startTime),
        ]
        let text = Argument.format(
            "CREATE DATABASE `{}` COMMENT '{}' LOCATION '{}' WITH DBPROPERTIES ("
                + properties.map { "'\($0.name)'='{}', " }.joined() + "'\(MarkerProperty.deployment)'='${Name}')",
            [.request.database, .room.marker, .room.location] + properties.map(\.value))
        return ServiceCall.Statement(text: text, token: .sha256(.execution.id))
    }()

    /// Finds the statement that makes the database, stops it, and waits until it has ended.
    static let stopStatement = Block(entrance: "FindQuery") { graph, exits in
        let limit = 40
        Block.task(
            "FindQuery", .Athena.startQuery(createStatement),
            result: .at(Place.query, [\.id: .reply("QueryExecutionId")])
        ).build(&graph, Exits(next: "StopQuery", failed: "UnknownQueryRemains"))
        Block.task("StopQuery", .Athena.stopQuery(id: .query.id))
            .build(&graph, Exits(next: "AwaitQuery", failed: "AwaitQuery"))
        Block.task(
            "AwaitQuery", .Athena.getQuery(id: .query.id),
            result: .at(
                Place.query,
                [
                    \.id: .reply("QueryExecution.QueryExecutionId"),
                    \.state: .reply("QueryExecution.Status.State"),
                ])
        ).build(&graph, Exits(next: "HasQueryEnded", failed: "RunningQueryRemains"))
        graph.addChoice(
            "HasQueryEnded",
            [
                (.or(["SUCCEEDED", "FAILED", "CANCELLED"].map { .equals(.query.state, $0) }), exits.next),
                (.number(Tries.awaitQuery.count, .lessThan, Int64(limit)), "AwaitQueryCount"),
            ], default: "RunningQueryRemains")
        Tries.awaitQuery.addNext(to: &graph, limit: limit, next: "AwaitQuery")
        leave(
            "RunningQueryRemains", "the statement {}, which may still make the database {}",
            [.query.id, .request.database], next: exits.next, &graph)
        leave(
            "UnknownQueryRemains", "a statement that may still make the database {}", [.request.database],
            next: exits.next, &graph)
    }

    /// Reads the marker back: what does not bear it could not be undone later, so it is named instead.
    static let databaseBearsMarker = Block(entrance: "ReadBack") { graph, exits in
        Recognition().block(
            "ReadBack",
            .init(
                own: "RememberMaking", sameRequest: "LeaveUnmarked", foreign: "LeaveUnmarked", gone: "RememberMissing"),
            awaitsDatabase: true
        ).build(&graph, exits)
        // From here on there may be more than the database.
        graph.addPass("RememberMaking", at: Place.made, [\.more: true], next: exits.next)
        // Its maker's grants may have outlived it.
        graph.addPass("RememberMissing", at: Place.made, [\.more: true], next: "MissDatabase")
        leave(
            "LeaveUnmarked", "the database {}, which does not bear the marker that it was made with",
            [.request.database], next: "MissMarker", &graph)
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

    /// Gives tables made later to nobody by default. The call replaces the whole description of the database.
    ///
    /// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateDatabase.html>
    static let closeTableDefaults = Block.task(
        "CloseTableDefaults",
        .Glue.updateDatabase(
            name: .request.database, description: .room.marker, location: .room.location,
            properties: Marker.properties, tableDefaults: []))

    /// Drops the database if nothing is in it (`RESTRICT` is the default), and never with `CASCADE`.
    static let dropDatabase = Block(entrance: "DropDatabase") { graph, exits in
        // A fresh token: under an old one Athena would answer with the old statement's failure.
        let statement = ServiceCall.Statement(
            text: .format("DROP DATABASE IF EXISTS `{}`", .request.database), token: .uuid)
        Block.task("DropDatabase", .Athena.runQuery(statement))
            .build(&graph, Exits(next: exits.next, failed: "IsDropped"))
        // A statement may have taken effect and yet be told as failed.
        Block.task(
            "IsDropped", .Glue.getDatabase(name: .request.database),
            catching: [(ServiceAction.Glue.notFound, exits.next)]
        ).build(&graph, Exits(next: exits.failed, failed: exits.failed))
    }

    // MARK: The location

    /// Registers the location under the location role. That it is registered by now is no error: nobody had it when
    /// the database was made, so it was this execution, by an attempt whose reply was lost. The role is verified later.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_RegisterResource.html>
    static let registerLocation = Block.task(
        "RegisterLocation", .LakeFormation.registerResource(arn: .room.locationARN),
        catching: [(ServiceAction.LakeFormation.alreadyExists, nil)])

    /// Deregisters the location if it is there and under the role that this deployment registers with.
    static let deregisterLocation = Block(entrance: "FindRegistration") { graph, exits in
        Block.task(
            "FindRegistration", .LakeFormation.describeResource(arn: .room.locationARN),
            result: .at(Place.registration, [\.resource.whole: .reply("ResourceInfo")]),
            catching: [(ServiceAction.LakeFormation.notFound, exits.next)],
            lookingAgainFor: ServiceAction.LakeFormation.notFound
        ).build(&graph, Exits(next: "IsRegistrationOurs", failed: exits.failed))
        graph.addChoice(
            "IsRegistrationOurs",
            [
                (
                    .and([
                        .isText(.registration.resource.roleARN),
                        .equals(.registration.resource.roleARN, "${LocationRoleArn}"),
                    ]), "DeregisterLocation"
                )
            ], default: exits.next)
        Block.task(
            "DeregisterLocation", .LakeFormation.deregisterResource(arn: .room.locationARN),
            catching: [(ServiceAction.LakeFormation.notFound, exits.next)]
        ).build(&graph, exits)
    }

    // MARK: Permissions of others than the customer

    /// What the account's settings may give on a new database to everybody whom IAM allows.
    static let everybody = BatchPermissions.Entry(
        principal: .everybody, resource: .database, permissions: [.all], isGrantable: false)

    /// What the making gave to the maker.
    static let makersGrants: [BatchPermissions.Entry] = [
        .init(principal: .maker, resource: .database, permissions: [.all]),
        .init(principal: .maker, resource: .location, permissions: [.dataLocationAccess]),
    ]

    /// Takes the permission back that is needed for undoing; a lack of it shows when the database is dropped.
    static let regainDrop = Block.task(
        "RegainDrop", .LakeFormation.grantPermissions([.drop], on: .database, to: .maker))

    /// What is granted on a database may outlive it.
    static let revokeMakersGrants = BatchPermissions(
        name: .revokeRest, kind: .revoke,
        entries: [everybody] + makersGrants + [
            .init(principal: .maker, resource: .database, permissions: [.drop], isGrantable: false)
        ]
    ).block

    private static func leave(
        _ name: String, _ what: String, _ places: [Place], next: String, _ graph: inout Graph
    ) {
        let text = Argument.format("{} Left behind: \(what).", [.left.text] + places.map(Argument.init))
        graph.addPass(name, at: Place.left, [\.text: text], next: next)
    }

    private static func refuse(
        _ name: String, _ message: ErrorMessage, _ text: String, _ place: Place, next: String,
        _ graph: inout Graph
    ) {
        graph.addPass(
            name, at: Place.error,
            [\.message: .text(message.rawValue), \.cause: .format(text, Argument(place))], next: next)
    }
}
