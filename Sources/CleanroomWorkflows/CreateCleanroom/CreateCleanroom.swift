import CleanroomModel
package import StatesLanguage

/// What a cleanroom is, and how one comes to be: a new database of its own at a location of its own, shared with the
/// customer's account and with nobody else.
package enum CreateCleanroom {
    /// The machine, with `${…}` for what a deployment sets.
    package static func assembled() -> Assembled { saga.assemble() }

    /// The definition of the machine.
    package static func definition() -> JSONValue { assembled().definition }

    /// What the input of an execution can have.
    package static let input = ["requestId", "account", "database"]

    /// The state with which undoing begins.
    package static let undoState = Saga.Waypoint.undo

    static let saga = Saga(
        comment: "Makes a data cleanroom for an account, whole and verified, or undoes everything and says why.",
        receive: RequestIntake.block,
        checks: [
            Saga.Check(
                block: Lake.nameIsFree,
                complaint: .init(.lakeNotReadable, "Could not look for the database {}", .request.database)),
            Saga.Check(
                block: Lake.locationIsNotRegistered,
                complaint: .init(.lakeNotReadable, "Could not look for the location {}", .room.location)),
            Saga.Check(
                block: Lake.locationIsEmpty,
                complaint: .init(.lakeNotReadable, "Could not list the location {}", .room.location)),
        ],
        anchor: Saga.Step(
            block: .sequence([Lake.createDatabase, Lake.databaseBearsMarker]),
            complaint: .init(.databaseNotCreated, "Could not create the database {}", .request.database),
            undo: .by([
                .init(
                    block: Lake.dropDatabase,
                    leaves: .init("the database {} with its maker's grants", .request.database)),
                .init(
                    block: Lake.revokeMakersGrants,
                    leaves: .init("grants of the maker on {}, which is gone", .request.database)),
            ])),
        steps: [
            Saga.Step(
                block: Lake.closeTableDefaults,
                complaint: .init(.notGivenAway, "Could not close the default permissions of {}", .request.database),
                undo: .goesWithAnchor),
            // Before sharing, which fails while everybody has it in lakes with older cross-account settings.
            Saga.Step(
                block: BatchPermissions(name: .dismissEverybody, kind: .revoke, entries: [Lake.everybody]).block,
                complaint: .init(.notGivenAway, "Could not revoke IAM_ALLOWED_PRINCIPALS from {}", .request.database),
                undo: .goesWithAnchor),
            Saga.Step(
                block: Lake.registerLocation,
                complaint: .init(.locationNotRegistered, "Could not register the location {}", .room.location),
                undo: .by([
                    .init(
                        block: Lake.deregisterLocation,
                        leaves: .init("the registration of {}", .room.location))
                ])),
            Saga.Step(
                block: BatchPermissions(
                    name: .shareWithCustomer, kind: .grant, entries: CustomerGrant.all.map(\.entry)
                ).block,
                complaint: .init(.notShared, "Could not share {} with account {}", .request.database, .request.account),
                undo: .by([
                    .init(
                        block: BatchPermissions(
                            name: .unshare, kind: .revoke, entries: CustomerGrant.all.map(\.entry)
                        ).block,
                        leaves: .init(
                            "grants of account {} on {} and its location", .request.account, .request.database))
                ])),
            // Last: who has given away their own permissions can no longer undo.
            Saga.Step(
                block: BatchPermissions(name: .giveAway, kind: .revoke, entries: Lake.makersGrants).block,
                complaint: .init(.notGivenAway, "Could not give away the permissions on {}", .request.database),
                undo: .by([.init(block: Lake.regainDrop, leaves: nil)])),
        ],
        pivot: Saga.Check(
            block: VerifyRoom.block,
            complaint: .init(.notVerified, "Could not verify the cleanroom {}", .request.database)),
        success: Telling.success,
        recognition: Recognition())
}
