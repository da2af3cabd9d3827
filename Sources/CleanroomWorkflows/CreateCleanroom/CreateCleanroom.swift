import CleanroomModel
package import SagaKit
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

    static let saga = Saga(
        comment: "Makes a data cleanroom for an account, whole and verified, or undoes everything and says why.",
        machine: "${Name}",
        receive: RequestIntake.block,
        checks: [
            Saga.Check(
                block: RoomDatabase.nameIsFree,
                complaint: .init(.lakeNotReadable, "Could not look for the database {}", RoomValues.database)),
            Saga.Check(
                block: PermissionLists.administrator(reading: "ReadDataLakeSettings", "IsDataLakeAdministrator"),
                complaint: .init(.lakeNotReadable, "Could not rely on what the lake shows")),
            Saga.Check(
                block: RoomLocation.isUnregistered,
                complaint: .init(.lakeNotReadable, "Could not look for the location {}", RoomValues.location)),
            Saga.Check(
                block: .sequence([RequestIntake.isExecutionNameValid, RoomLocation.isEmpty]),
                complaint: .init(.lakeNotReadable, "Could not list the location {}", RoomValues.location)),
        ],
        existing: RoomDatabase.existing,
        anchor: Saga.Step(
            block: .sequence([RoomDatabase.create, RoomDatabase.bearsMarker, RoomLocation.isStillUnregistered]),
            complaint: .init(.databaseNotCreated, "Could not create the database {}", RoomValues.database),
            undo: .by([
                .init(
                    block: RoomDatabase.drop,
                    leaves: .init("the database {} with its maker's grants", RoomValues.database)),
                .init(
                    block: RoomPermissions.revokeRest,
                    leaves: .init("grants of the maker on {}, which is gone", RoomValues.database)),
            ])),
        steps: [
            // Before sharing, so that an interruption shows as a member without grants and not as a stranger's grants.
            Saga.Step(
                block: RoomDatabase.describe,
                complaint: .init(
                    .notGivenAway, "Could not clear the default permissions of {} and record its member",
                    RoomValues.database),
                undo: .includedInAnchor),
            // Before sharing, which fails while everybody has it in lakes with older cross-account settings.
            Saga.Step(
                block: RoomPermissions.revokeEverybody.block,
                complaint: .init(.notGivenAway, "Could not revoke IAM_ALLOWED_PRINCIPALS from {}", RoomValues.database),
                undo: .includedInAnchor),
            Saga.Step(
                block: RoomLocation.register,
                complaint: .init(.locationNotRegistered, "Could not register the location {}", RoomValues.location),
                undo: .by([
                    .init(
                        block: RoomLocation.deregister,
                        leaves: .init("the registration of {}", RoomValues.location))
                ])),
            Saga.Step(
                block: RoomPermissions.grantToAccount.block,
                complaint: .init(
                    .notShared, "Could not share {} with account {}", RoomValues.database, RoomValues.account),
                undo: .by([
                    .init(
                        block: RoomPermissions.unshare,
                        leaves: .init(
                            "grants of account {} and of the service's role on {} and its location", RoomValues.account,
                            RoomValues.database))
                ])),
            Saga.Step(
                block: RoomPermissions.giveAway.block,
                complaint: .init(.notGivenAway, "Could not give away the permissions on {}", RoomValues.database),
                undo: .includedInAnchor),
        ],
        trust: .init(block: PermissionLists.settings("ReadSettingsToRollBack"), refusal: PermissionLists.refusal),
        survey: .init(
            block: RoomLocation.findRegistration,
            leaves: .init("the registration of {} and what was granted with it", RoomValues.location)),
        replaced: .init(
            "what was registered and granted for it, since {} is another's now", RoomValues.database),
        pivot: Saga.Pivot(
            block: VerifyRoom.block,
            complaint: .init(.notVerified, "Could not verify the cleanroom {}", RoomValues.database),
            notWhole: VerifyRoom.notWhole, verdicts: VerifyRoom.verdicts, refusing: VerifyRoom.refusing),
        success: RoomOutcome.success, recognition: RoomMarker.recognition,
        identity: [.request.account, .request.database], kept: Checkpoint.kept,
        contract: RoomOutcome.contract)
}
