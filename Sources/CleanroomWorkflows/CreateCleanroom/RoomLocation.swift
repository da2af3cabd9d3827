import CleanroomModel
import SagaKit
import StatesLanguage

/// The tasks on the location of a room: its registration with Lake Formation, and what lies there.
enum RoomLocation {
    // MARK: Checks

    /// Nobody has registered the location: what is deregistered later is provably this execution's own.
    static let isUnregistered = Block(entrance: "CheckLocationIsUnregistered") { graph, exits in
        look(
            "CheckLocationIsUnregistered",
            registered: .refusing(
                to: Waypoint.tellError, .locationNotFree, "the location {} is registered already", RoomValues.location),
            unregistered: exits.next
        ).build(&graph, exits)
    }

    /// Nobody has registered the location by the time the database stands, either: whoever has its name by then is
    /// refused, so what is registered later is this execution's own. What stands now is of a room that somebody has
    /// dropped meanwhile, or a stranger's.
    static let isStillUnregistered = Block(entrance: "CheckLocationIsStillUnregistered") { graph, exits in
        look(
            "CheckLocationIsStillUnregistered",
            registered: .refusing(
                to: exits.failed.next, .locationNotFree, "the location {} is registered by now", RoomValues.location),
            unregistered: exits.next
        ).build(&graph, exits)
    }

    /// Looks for a registration of the location, by which the request is refused.
    private static func look(_ name: String, registered: Way, unregistered: Way) -> Block {
        Block(entrance: name) { graph, exits in
            Block.task(
                name, .LakeFormation.describeResource(arn: RoomValues.locationARN),
                catching: [.init(ServiceAction.LakeFormation.notFound, unregistered)]
            ).build(&graph, Exits(next: registered, failed: exits.failed))
        }
    }

    /// No object lies at the location, but for a folder's mark: an empty object whose key is the location itself.
    static let isEmpty = Block(entrance: "CheckLocationIsEmpty") { graph, exits in
        listObjects("CheckLocationIsEmpty", assigning: [hasNothing.assigned(holdsNothing)])
            .build(&graph, Exits(next: "IsLocationEmpty", failed: exits.failed))
        graph.addChoice(
            "IsLocationEmpty",
            [
                Rule(if: hasNothing.value, exits.next),
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
        .task(name, .S3.listObjects(prefix: RoomValues.prefix, limit: 2), assigning: assigned)
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
    static let register = Block(
        arrival: Way(
            to: registering, [made(more: true)], output: Checkpoint.data(changing: made(more: true)))
    ) { graph, exits in
        Block.task(
            registering, .LakeFormation.registerResource(arn: RoomValues.locationARN),
            catching: [.init(ServiceAction.LakeFormation.alreadyExists, "ReadMarkerOfRegisteredLocation")]
        ).build(&graph, Exits(next: "ReadRegistration", failed: exits.failed))
        RoomMarker.isOurs("OfRegisteredLocation", next: "ReadRegistration", lost: exits.failed)
            .build(&graph, exits)
        read("ReadRegistration").build(&graph, Exits(next: "IsRegistrationOurs", failed: exits.failed))
        let made = change(
            of: .made.whole, [(.made.more, true as Expression<Bool>), (.made.registeredAt, registeredAt)])
        graph.addChoice(
            "IsRegistrationOurs",
            [
                Rule(if: isUnderLocationRole, exits.next.assigning([made])),
                .otherwise(exits.failed(.text(otherRole), "the location is registered under another role by now")),
            ])
    }

    private static func made(more: Expression<Bool>) -> VariableAssignment {
        change(of: .made.whole, [(.made.more, more)])
    }

    /// Reads the registration of the location, which may not be seen yet.
    private static func read(_ name: String, catching: [Block.Catch] = []) -> Block {
        let info = Value.result.member("ResourceInfo")
        return .task(
            name, .LakeFormation.describeResource(arn: RoomValues.locationARN),
            assigning: [
                assigned(Place.registration.whole, info.required("the reply describes no registration", info))
            ],
            catching: catching, lookingAgainFor: ServiceAction.LakeFormation.notFound)
    }

    /// Before the registration of the location is read.
    static let unread = change(of: .registration.whole, [])

    /// The state from which on the location may be registered.
    static let registering = "RegisterLocation"

    /// The error of a location that somebody else has registered meanwhile.
    static let otherRole = "RegisteredUnderAnotherRole"

    private static let isUnderLocationRole: Expression<Bool> =
        .registration.roleARN == Expression.text("${LocationRoleArn}")
    /// When the registration that was read was made.
    private static let registeredAt = Value.registration.lastModified

    // MARK: Rollback

    /// Finds out whether the location is registered, and provably by this execution. As long as that registration
    /// stands, every other request for the name is refused, so nothing that was granted there can be another's.
    ///
    /// With the database of this execution in place, the location role is proof enough: the location was looked for
    /// when the database stood. Where the database is gone, only the time of the registration is. An execution that had not
    /// come to registering has registered nothing.
    static let findRegistration = Block(entrance: "MayLocationBeRegistered") { graph, exits in
        let unregistered = exits.next.assigning([found(false)])
        graph.addChoice(
            "MayLocationBeRegistered",
            [Rule(if: Value.made.more == true, "FindRegistration"), .otherwise(unregistered)])
        read(
            "FindRegistration",
            catching: [
                .init(ServiceAction.LakeFormation.notFound, unregistered),
                .init(StatesError.all, exits.failed(.caught).assigning([found(false)])),
            ]
        ).build(&graph, Exits(next: "WhoseRegistrationIsIt", failed: exits.failed))
        let unproven = graph.left(
            "the registration of {} and what was granted with it, unless another has it: the database is gone",
            RoomValues.location)
        graph.addChoice(
            "WhoseRegistrationIsIt",
            [
                Rule(
                    if: isUnderLocationRole && (Value.anchor.own == true || isProven),
                    exits.next.assigning([found(true)])),
                Rule(if: isUnderLocationRole, unregistered.assigning([unproven])), .otherwise(unregistered),
            ])
    }

    /// What is noted of a registration that was looked for.
    private static func found(_ isRegistered: Expression<Bool>) -> VariableAssignment {
        noted(isRegistered: isRegistered, isReplaced: false)
    }

    private static func noted(
        isRegistered: Expression<Bool>, isReplaced: Expression<Bool>
    ) -> VariableAssignment {
        change(of: .rollback.whole, [(.rollback.isRegistered, isRegistered), (.rollback.isReplaced, isReplaced)])
    }

    /// Whether the registration that was found is the one that this execution read right after it registered.
    private static let isProven: Expression<Bool> = .made.registeredAt == registeredAt

    /// Leads on while what was registered and granted is provably this execution's: with its database in place, or with
    /// none and its own registration. Where another database stands by now, nothing more is touched.
    ///
    /// - Parameter what: what the names of the states end in.
    /// - Parameter next: the state that undoes something.
    /// - Parameter skip: the state after the part, for when it is another's.
    static func guarded(_ what: String, next: Way, skip: Way) -> Block {
        Block(entrance: Recognition.read(what)) { graph, exits in
            let replaced = skip.assigning(
                [
                    noted(isRegistered: false, isReplaced: true),
                    graph.left(
                        "what was registered and granted for it, unless that is another's by now as {} is",
                        RoomValues.database),
                ], comment: "Names what is left, and touches nothing more.")
            let whose = Recognition.comparison(what)
            RoomMarker.recognition.block(
                what,
                .init(
                    own: next, notOwn: Rule(if: Value.marker.isGone == true && isProven, next), foreign: replaced,
                    gone: Way(to: whose, [RoomMarker.gone])), awaitsAnchor: true
            ).build(&graph, exits)
            graph.outline.isEntered(next.next, from: [whose])
        }
    }

    /// Deregisters the location if this execution has registered it. Everything that was granted on it is revoked by
    /// then, since nothing can be revoked on a location that is not registered; where something was not, the registration
    /// stays, by which the rest is found again.
    static let deregister = Block(entrance: "IsLocationToDeregister") { graph, exits in
        let again = "MayRetryDeregister"
        let left = Value.left.text
        let kept = change(
            of: .left.whole,
            [
                (
                    .left.text,
                    Expression.format(
                        "{} Kept for that: the registration of {}.", left.trusted(as: String.self), RoomValues.location)
                )
            ])
        graph.addChoice(
            "IsLocationToDeregister",
            [
                Rule(if: !(Value.rollback.isRegistered == true), exits.next),
                Rule(if: left == "", "ReadMarkerBeforeDeregister"),
                .otherwise(exits.next.assigning([kept], comment: "Keeps the registration, and names it.")),
            ])
        let retry = Failing.keeping(to: Way(to: again))
        guarded("BeforeDeregister", next: "DeregisterLocation", skip: exits.next)
            .build(&graph, Exits(next: "DeregisterLocation", failed: retry))
        Block.task(
            "DeregisterLocation", .LakeFormation.deregisterResource(arn: RoomValues.locationARN),
            catching: [.init(ServiceAction.LakeFormation.notFound, exits.next)], isLooped: true
        ).build(&graph, Exits(next: exits.next, failed: retry))
        graph.addChoice(
            again,
            [
                Rule(if: Tries.deregister.isLeft(of: 8), Way(to: Tries.deregister.wait)),
                .otherwise(exits.failed(.kept)),
            ])
        Tries.deregister.addWait(to: &graph, next: "ReadMarkerBeforeDeregister", from: again)
    }
}
