package import StatesLanguage

/// What `make smoke` has seen of an account, from its file `out/lake_behavior.json`: schedules can be played in a lake
/// that behaves as that account does.
package struct RecordedBehavior: Sendable {
    /// What stands for a setting of `LakeBehavior`: each value with the variations of a schedule that make it so.
    static let settings: [String: [JSONValue: Set<Schedule.Variation>]] = [
        "dropsGrantsWithDatabase": [true: [], false: [.keepsGrants]],
        "keepsDatabaseProperties": [true: [], false: [.losesProperties]],
        "keepsDatabaseComment": [true: [], false: [.losesComment]],
        "refusesNestedLocations": [true: [.refusesNested], false: []],
        "registeringGivesAccess": [true: [.givesAccess], false: []],
        "creatorHoldsEachPermission": [true: [], false: [.listsAllAlone]],
        "refusalOfMissing": [
            "invalidInput": [], "entityNotFound": [.missingIsNotFound], "accessDenied": [.missingIsDenied],
        ],
        "revokesWhatIsThere": [true: [], false: [.revokesAllOrNothing]],
        "leavesFolderMark": [true: [.leavesMark], false: []],
        "keepsTagsOfDroppedDatabases": [true: [.keepsTags], false: []],
        "administratorsMayAlter": [true: [.administratorsAlter], false: []],
    ]

    /// The variations that the account settles, and those of them that it has.
    private var settled: Set<Schedule.Variation> = []
    private var present: Set<Schedule.Variation> = []

    /// Reads the file's text. A setting that is `null` was not seen, and stays open.
    ///
    /// - Throws: `RecordedBehaviorError` for a setting or a value that is none.
    package init(json: JSONValue) throws(RecordedBehaviorError) {
        guard let behavior = json["behavior"]?.objectValue else {
            throw RecordedBehaviorError(description: "'behavior' is an object with the settings of LakeBehavior")
        }
        for (name, value) in behavior where value != .null {
            guard let variations = Self.settings[name] else {
                throw RecordedBehaviorError(
                    description: "behavior.\(name) is not one of \(Self.settings.keys.sorted().joined(separator: ", "))"
                )
            }
            guard let chosen = variations[value] else {
                let values = variations.keys.map(\.text).sorted().joined(separator: ", ")
                throw RecordedBehaviorError(description: "behavior.\(name): \(value.text) is not one of \(values)")
            }
            settled.formUnion(variations.values.joined())
            present.formUnion(chosen)
        }
    }

    /// The schedule in a lake as the account has shown it; what it has not shown stays as it is in the schedule.
    package func applied(to schedule: Schedule) -> Schedule {
        var schedule = schedule
        schedule.lake.subtract(settled)
        schedule.lake.formUnion(present)
        // The marker arrives in one place at least, as in all schedules; an account of which more is known is as it is.
        if schedule.lake.isSuperset(of: [.losesProperties, .losesComment]) {
            schedule.lake.remove(present.contains(.losesComment) ? .losesProperties : .losesComment)
            schedule.lake.formUnion(present)
        }
        return schedule
    }
}

/// What is wrong with a file of `make smoke`.
package struct RecordedBehaviorError: Error, CustomStringConvertible {
    package let description: String
}
