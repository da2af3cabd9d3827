import CleanroomModel
import SagaKit
import StatesLanguage

/// The tasks on the location of a room: its registration with Lake Formation, and what lies there.
enum RoomLocation {
    // MARK: Checks

    /// Nobody has registered the location: what is deregistered later is provably this execution's own.
    static let isUnregistered = Block(entrance: "LookForLocation") { graph, exits in
        Block.task(
            "LookForLocation", .LakeFormation.describeResource(arn: .room.locationARN),
            catching: [(ServiceAction.LakeFormation.notFound, exits.next)]
        ).build(&graph, Exits(next: "RefuseRegisteredLocation", failed: exits.failed))
        graph.addRefusal(
            "RefuseRegisteredLocation", .locationNotFree, "the location {} is registered already", .room.location,
            next: Waypoint.tellError)
    }

    /// Nobody has registered the location by the time the database stands, either: whoever has its name by then is
    /// refused, so what is registered later is this execution's own. What stands now is of a room that somebody has
    /// dropped meanwhile, or a stranger's.
    static let isStillUnregistered = Block(entrance: "LookForLocationAgain") { graph, exits in
        Block.task(
            "LookForLocationAgain", .LakeFormation.describeResource(arn: .room.locationARN),
            catching: [(ServiceAction.LakeFormation.notFound, exits.next)]
        ).build(&graph, Exits(next: "RefuseLocationRegisteredMeanwhile", failed: exits.failed))
        graph.addRefusal(
            "RefuseLocationRegisteredMeanwhile", .locationNotFree, "the location {} is registered by now",
            .room.location, next: Waypoint.undo)
    }

    /// No object lies at the location, but for a folder's mark: an empty object whose key is the location itself.
    static let isEmpty = Block(entrance: "LookForObjects") { graph, exits in
        listObjects("LookForObjects", at: Place.objects)
            .build(&graph, Exits(next: "IsLocationEmpty", failed: exits.failed))
        graph.addChoice(
            "IsLocationEmpty", [(holdsNothing(Place.objects), exits.next)], default: "RefuseFilledLocation")
        graph.addRefusal(
            "RefuseFilledLocation", .locationNotFree, "there are objects at {} already", .room.location,
            next: Waypoint.tellError)
    }

    /// Lists as many objects as it takes to tell a folder's mark from content. The mark comes first in the order of
    /// keys.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
    static func listObjects(_ name: String, at place: Place.Objects<Place>) -> Block {
        Block.task(
            name, .S3.listObjects(prefix: .room.prefix, limit: 2),
            result: .at(place, [\.count: .reply("KeyCount"), \.list.whole: .reply("Contents[*]")]))
    }

    static func holdsNothing(_ objects: Place.Objects<Place>) -> Condition {
        .or([
            .number(objects.count, .equals, 0),
            .and([
                .number(objects.count, .equals, 1), .isText(objects.first.key),
                .equalsPlace(objects.first.key, .room.prefix), .present(objects.first.size),
                .number(objects.first.size, .equals, 0),
            ]),
        ])
    }

    // MARK: Registration

    /// Registers the location under the location role, and keeps when that was: the time tells this registration from
    /// any later one. That it is registered by now is no error while the database is this execution's: nobody had
    /// the location when that was made, so it was this execution, by an attempt whose reply was lost. A registration under
    /// another role is somebody else's.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_RegisterResource.html>
    static let register = Block(entrance: "RememberRegistering") { graph, exits in
        graph.addPass("RememberRegistering", at: Place.made, [\.more: true], next: Self.registering)
        Block.task(
            Self.registering, .LakeFormation.registerResource(arn: .room.locationARN),
            catching: [(ServiceAction.LakeFormation.alreadyExists, "MayRegistrationBeOurs")]
        ).build(&graph, Exits(next: "ReadRegistration", failed: exits.failed))
        RoomMarker.isOurs("MayRegistrationBeOurs", next: "ReadRegistration", missing: "MissDatabaseOfRegistration")
            .build(&graph, exits)
        RoomMarker.addMissing("MissDatabaseOfRegistration", to: &graph, next: exits.failed)
        Block.task(
            "ReadRegistration", .LakeFormation.describeResource(arn: .room.locationARN),
            result: .at(Place.registration, [\.resource.whole: .reply("ResourceInfo")]),
            lookingAgainFor: ServiceAction.LakeFormation.notFound
        ).build(&graph, Exits(next: "IsRegistrationOurs", failed: exits.failed))
        graph.addChoice(
            "IsRegistrationOurs",
            [
                (.and([isUnderLocationRole, .present(.registration.resource.lastModified)]), "RememberRegistration"),
                (isUnderLocationRole, exits.next),
            ],
            default: "MissRegistration")
        graph.addPass(
            "RememberRegistration", at: Place.made,
            [\.more: true, \.registeredAt: .registration.resource.lastModified], next: exits.next)
        graph.addPass(
            "MissRegistration", at: Place.failure,
            [\.error: .text(otherRole), \.cause: "the location is registered under another role by now"],
            next: exits.failed)
    }

    /// The state from which on the location may be registered.
    static let registering = "RegisterLocation"

    /// The error of a location that somebody else has registered meanwhile.
    static let otherRole = "RegisteredUnderAnotherRole"

    private static let isUnderLocationRole = Condition.and([
        .isText(.registration.resource.roleARN), .equals(.registration.resource.roleARN, "${LocationRoleArn}"),
    ])

    // MARK: Rollback

    /// Finds out whether the location is registered, and provably by this execution. As long as that registration
    /// stands, every other request for the name is refused, so nothing that was granted there can be another's.
    ///
    /// With the database of this execution in place, the location role is proof enough: the location was looked for
    /// when the database stood. Where the database is gone, only the time of the registration is. An execution that had not
    /// come to registering has registered nothing.
    static let findRegistration = Block(entrance: "MayBeRegistered") { graph, exits in
        graph.addChoice(
            "MayBeRegistered", [(.isTrue(.made.more), "FindRegistration")], default: "RememberUnregistered")
        Block.task(
            "FindRegistration", .LakeFormation.describeResource(arn: .room.locationARN),
            result: .at(Place.registration, [\.resource.whole: .reply("ResourceInfo")]),
            catching: [(ServiceAction.LakeFormation.notFound, "RememberUnregistered")],
            lookingAgainFor: ServiceAction.LakeFormation.notFound
        ).build(&graph, Exits(next: "WhoseRegistrationIsIt", failed: "RememberUnknownRegistration"))
        graph.addChoice(
            "WhoseRegistrationIsIt",
            [
                (.and([.isTrue(.anchor.own), isUnderLocationRole]), "RememberRegistered"),
                (.and([isUnderLocationRole, isProven]), "RememberRegistered"),
                (.and([.not(.isTrue(.anchor.own)), isUnderLocationRole]), "LeaveUnprovenRegistration"),
            ], default: "RememberUnregistered")
        func remember(_ name: String, _ isRegistered: Bool, next: String) {
            graph.addPass(
                name, at: Place.rollback,
                [\.isRegistered: Argument(booleanLiteral: isRegistered), \.isReplaced: false],
                next: next)
        }
        remember("RememberRegistered", true, next: exits.next)
        remember("RememberUnregistered", false, next: exits.next)
        remember("RememberUnknownRegistration", false, next: exits.failed)
        graph.addLeftover(
            "LeaveUnprovenRegistration",
            "the registration of {} and what was granted with it, unless another has it: the database is gone",
            [.room.location], next: "RememberUnregistered")
    }

    /// Whether the registration that was found is the one that this execution read right after it registered.
    private static let isProven = Condition.and([
        .isText(.made.registeredAt), .present(.registration.resource.lastModified),
        .equalsPlace(.made.registeredAt, .registration.resource.lastModified),
    ])

    /// Leads on while what was registered and granted is provably this execution's: with its database in place, or with
    /// none and its own registration. Where another database stands by now, nothing more is touched.
    ///
    /// - Parameter next: the state that undoes something.
    /// - Parameter skip: the state after the part, for when it is another's.
    static func guarded(_ name: String, next: String, skip: String) -> Block {
        Block(entrance: name) { graph, exits in
            let (replaced, leaves) = ("Remember\(name)Replaced", "\(name)LeavesReplaced")
            RoomMarker.recognition.block(
                name, .init(own: next, sameRequest: replaced, foreign: replaced, gone: "Is\(name)Proven"),
                awaitsAnchor: true
            ).build(&graph, exits)
            graph.outline.isEntered(next, from: [name + "ReadOwner", "Is\(name)Proven"])
            graph.addChoice("Is\(name)Proven", [(isProven, next)], default: replaced)
            graph.addPass(
                replaced, at: Place.rollback, [\.isRegistered: false, \.isReplaced: true], next: leaves)
            graph.addLeftover(
                leaves, "what was registered and granted for it, unless that is another's by now as {} is",
                [.request.database], next: skip)
        }
    }

    /// Deregisters the location if this execution has registered it. Everything that was granted on it is revoked by
    /// then, since nothing can be revoked on a location that is not registered; where something was not, the registration
    /// stays, by which the rest is found again.
    static let deregister = Block(entrance: "IsThereARegistration") { graph, exits in
        let limit = 8
        let again = "MayDeregisterAgain"
        graph.addChoice(
            "IsThereARegistration",
            [
                (.and([.isTrue(.rollback.isRegistered), .equals(.left.text, "")]), "MayDeregister"),
                (.isTrue(.rollback.isRegistered), "KeepRegistration"),
            ], default: exits.next)
        graph.addPass(
            "KeepRegistration", at: Place.left,
            [\.text: .format("{} Kept for that: the registration of {}.", .left.text, .room.location)], next: exits.next
        )
        guarded("MayDeregister", next: "DeregisterLocation", skip: exits.next)
            .build(&graph, Exits(next: "DeregisterLocation", failed: again))
        Block.task(
            "DeregisterLocation", .LakeFormation.deregisterResource(arn: .room.locationARN),
            catching: [(ServiceAction.LakeFormation.notFound, exits.next)], isLooped: true
        ).build(&graph, Exits(next: exits.next, failed: again))
        graph.addChoice(
            again, [(.number(Tries.deregister.count, .lessThan, Int64(limit)), "DeregisterCount")],
            default: exits.failed)
        Tries.deregister.addNext(to: &graph, limit: limit, next: "MayDeregister", from: again)
    }
}
