import CleanroomModel
import SagaKit
import StatesLanguage

/// The tasks on the location of a room: its registration with Lake Formation, and what lies there.
enum RoomLocation {
    // MARK: Checks

    /// Nobody has registered the location: what is deregistered later is provably this execution's own.
    static let isUnregistered = Block(entrance: "LookForLocation") { graph, exits in
        look(
            "LookForLocation",
            refusing: Way.refusal(.locationNotFree, "the location {} is registered already", RoomValues.location),
            unregistered: exits.next
        ).build(&graph, Exits(next: Waypoint.tellError, failed: exits.failed))
    }

    /// Nobody has registered the location by the time the database stands, either: whoever has its name by then is
    /// refused, so what is registered later is this execution's own. What stands now is of a room that somebody has
    /// dropped meanwhile, or a stranger's.
    static let isStillUnregistered = Block(entrance: "LookForLocationAgain") { graph, exits in
        look(
            "LookForLocationAgain",
            refusing: Way.refusal(.locationNotFree, "the location {} is registered by now", RoomValues.location),
            unregistered: exits.next
        ).build(&graph, Exits(next: Waypoint.undo, failed: exits.failed))
    }

    /// Looks for a registration of the location, by which the request is refused.
    private static func look(
        _ name: String, refusing refusal: Change, unregistered: String
    ) -> Block {
        .query(
            name, .LakeFormation.describeResource(arn: RoomValues.locationARN), changing: [refusal],
            catching: [.init(ServiceAction.LakeFormation.notFound, Way(to: unregistered))])
    }

    /// No object lies at the location, but for a folder's mark: an empty object whose key is the location itself.
    static let isEmpty = Block(entrance: "LookForObjects") { graph, exits in
        listObjects("LookForObjects", assigning: [hasNothing.assigned(holdsNothing)])
            .build(&graph, Exits(next: "IsLocationEmpty", failed: exits.failed))
        graph.addQueryChoice(
            "IsLocationEmpty",
            [
                QueryRule(if: hasNothing.value, next: exits.next),
                .otherwise(
                    .refusing(
                        to: Waypoint.tellError, .locationNotFree, "there are objects at {} already",
                        RoomValues.location)),
            ])
    }

    private static let hasNothing = Variable<Bool>("isLocationEmpty")

    /// Lists as many objects as it takes to tell a folder's mark from content. The mark comes first in the order of
    /// keys.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
    static func listObjects(_ name: String, assigning assigned: [VariableAssignment]) -> Block {
        .query(name, .S3.listObjects(prefix: RoomValues.prefix, limit: 2), assigning: assigned)
    }

    /// Whether the objects that were listed are none, or a folder's mark alone.
    static let holdsNothing: Expression<Bool> = {
        let (count, first) = (Value.result.member("KeyCount"), Value.result.member("Contents").element(0))
        let isMark = count == 1 && first.member("Key") == RoomValues.prefix && first.member("Size") == 0
        return count == 0 || isMark
    }()

    private typealias Value = Expression<JSONValue?>

    // MARK: Registration

    /// Registers the location under the location role, and keeps when that was: the time tells this registration from
    /// any later one. That it is registered by now is no error while the database is this execution's: nobody had
    /// the location when that was made, so it was this execution, by an attempt whose reply was lost. A registration under
    /// another role is somebody else's.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_RegisterResource.html>
    static let register = Block(entrance: "RememberRegistering") { graph, exits in
        graph.addPass("RememberRegistering", at: Place.made, [\.more: true], next: Self.registering)
        Block.query(
            Self.registering, .LakeFormation.registerResource(arn: RoomValues.locationARN),
            catching: [.init(ServiceAction.LakeFormation.alreadyExists, Way(to: "MayRegistrationBeOurs"))]
        ).build(&graph, Exits(next: "ReadRegistration", failed: exits.failed))
        RoomMarker.isOurs("MayRegistrationBeOurs", next: "ReadRegistration", lost: exits.failed)
            .build(&graph, exits)
        read("ReadRegistration").build(&graph, Exits(next: "IsRegistrationOurs", failed: exits.failed))
        let made = change(
            of: .made.whole, [(.made.more, true as Expression<Bool>), (.made.registeredAt, registeredAt)])
        graph.addQueryChoice(
            "IsRegistrationOurs",
            [
                QueryRule(
                    if: isUnderLocationRole && registeredAt.exists, Way(to: exits.next, [made])),
                QueryRule(if: isUnderLocationRole, next: exits.next),
                .otherwise(
                    .failing(
                        to: exits.failed, .text(otherRole), "the location is registered under another role by now")),
            ])
    }

    /// Reads the registration of the location, which may not be seen yet.
    private static func read(_ name: String, catching: [Block.Catch] = []) -> Block {
        .query(
            name, .LakeFormation.describeResource(arn: RoomValues.locationARN),
            changing: [
                change(
                    of: .registration.whole, [(.registration.resource.whole, Value.result.member("ResourceInfo"))])
            ], catching: catching, lookingAgainFor: ServiceAction.LakeFormation.notFound)
    }

    /// The state from which on the location may be registered.
    static let registering = "RegisterLocation"

    /// The error of a location that somebody else has registered meanwhile.
    static let otherRole = "RegisteredUnderAnotherRole"

    private static let isUnderLocationRole: Expression<Bool> =
        .registration.resource.roleARN == Expression.text("${LocationRoleArn}")
    /// When the registration that was read was made.
    private static let registeredAt = Value.registration.resource.lastModified

    // MARK: Rollback

    /// Finds out whether the location is registered, and provably by this execution. As long as that registration
    /// stands, every other request for the name is refused, so nothing that was granted there can be another's.
    ///
    /// With the database of this execution in place, the location role is proof enough: the location was looked for
    /// when the database stood. Where the database is gone, only the time of the registration is. An execution that had not
    /// come to registering has registered nothing.
    static let findRegistration = Block(entrance: "MayBeRegistered") { graph, exits in
        let unregistered = found(false)
        graph.addQueryChoice(
            "MayBeRegistered",
            [
                QueryRule(if: Value.made.more == true, next: "FindRegistration"),
                .otherwise(Way(to: exits.next, [unregistered])),
            ])
        read(
            "FindRegistration",
            catching: [
                .init(ServiceAction.LakeFormation.notFound, Way(to: exits.next, [unregistered])),
                .init(
                    StatesError.all, Way(to: exits.failed, [unregistered, (Place.failure.whole, Value.errorOutput)])),
            ]
        ).build(&graph, Exits(next: "WhoseRegistrationIsIt", failed: exits.failed))
        let unproven = graph.left(
            "the registration of {} and what was granted with it, unless another has it: the database is gone",
            RoomValues.location)
        graph.addQueryChoice(
            "WhoseRegistrationIsIt",
            [
                QueryRule(
                    if: isUnderLocationRole && (Value.anchor.own == true || isProven),
                    Way(to: exits.next, [found(true)])),
                QueryRule(if: isUnderLocationRole, Way(to: exits.next, [unregistered, unproven])),
                .otherwise(Way(to: exits.next, [unregistered])),
            ])
    }

    /// What is noted of a registration that was looked for.
    private static func found(_ isRegistered: Expression<Bool>) -> Change {
        noted(isRegistered: isRegistered, isReplaced: false)
    }

    private static func noted(
        isRegistered: Expression<Bool>, isReplaced: Expression<Bool>
    ) -> Change {
        change(of: .rollback.whole, [(.rollback.isRegistered, isRegistered), (.rollback.isReplaced, isReplaced)])
    }

    /// Whether the registration that was found is the one that this execution read right after it registered.
    private static let isProven: Expression<Bool> = .made.registeredAt == registeredAt

    /// Leads on while what was registered and granted is provably this execution's: with its database in place, or with
    /// none and its own registration. Where another database stands by now, nothing more is touched.
    ///
    /// - Parameter next: the state that undoes something.
    /// - Parameter skip: the state after the part, for when it is another's.
    static func guarded(_ name: String, next: String, skip: String) -> Block {
        Block(entrance: name) { graph, exits in
            let replaced = Way(
                to: skip,
                [
                    noted(isRegistered: false, isReplaced: true),
                    graph.left(
                        "what was registered and granted for it, unless that is another's by now as {} is",
                        RoomValues.database),
                ], comment: "Names what is left, and touches nothing more.")
            let proven = "Is\(name)Proven"
            RoomMarker.recognition.block(
                name, .init(own: Way(to: next), foreign: replaced, gone: Way(to: proven)), awaitsAnchor: true
            ).build(&graph, exits)
            graph.outline.isEntered(next, from: [Recognition.owner(in: name), proven])
            graph.outline.isEntered(proven, from: [name])
            graph.addQueryChoice(proven, [QueryRule(if: isProven, Way(to: next)), .otherwise(replaced)])
        }
    }

    /// Deregisters the location if this execution has registered it. Everything that was granted on it is revoked by
    /// then, since nothing can be revoked on a location that is not registered; where something was not, the registration
    /// stays, by which the rest is found again.
    static let deregister = Block(entrance: "IsThereARegistration") { graph, exits in
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
        graph.addQueryChoice(
            again,
            [
                QueryRule(if: Tries.deregister.isLeft(of: 8), next: Tries.deregister.wait),
                .otherwise(next: exits.failed),
            ])
        Tries.deregister.addWait(to: &graph, next: "MayDeregister", from: again)
    }
}
