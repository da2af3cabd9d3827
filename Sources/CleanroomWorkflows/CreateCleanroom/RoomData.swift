import SagaKit

// The data of the machine that makes cleanrooms and of its recovery, beside what every saga has.

extension Reference {
    // What the request lays out.
    static var room: Place.Room<Self> { Self["room"] }

    // What services have said.
    static var registration: Place.Registration<Self> { Self["registration"] }
}

extension Place.Request {
    var account: Leaf { self["account"] }
    var database: Leaf { self["database"] }
}

extension Place.Marker {
    /// The description of the database.
    var description: Leaf { self["description"] }
    /// Whether there is no database.
    var isGone: Leaf { self["isGone"] }
}

extension Place.Made {
    /// When Lake Formation registered the location for this execution, as its description says.
    var registeredAt: Leaf { self["registeredAt"] }
}

extension Place.Rollback {
    /// Whether the location is registered, and provably by this execution.
    var isRegistered: Leaf { self["isRegistered"] }
}

extension Place {
    struct Room<Leaf: Reference>: Part {
        let place: Place
        var location: Leaf { self["location"] }
        var locationARN: Leaf { self["locationArn"] }
        var prefix: Leaf { self["prefix"] }
        /// The description that the database is made with.
        var marker: Leaf { self["marker"] }
    }
}

// MARK: - What services have said

extension Place {
    /// A registration as Lake Formation describes it.
    struct Registration<Leaf: Reference>: Part {
        let place: Place
        var roleARN: Leaf { self["RoleArn"] }
        var lastModified: Leaf { self["LastModified"] }
    }
}

extension Tries {
    static let update = Tries("updateTries", wait: "WaitToRetryUpdate")
    static let revokeDefaults = Tries("revokeDefaultsTries", wait: "WaitToRetryRevokeIAMAllowedPrincipals")
    static let grant = Tries("grantTries", wait: "WaitToRetryGrantToAccount")
    static let revokeCreator = Tries("revokeCreatorTries", wait: "WaitToRetryRevokeCreatorPermissions")
    static let revokeAccount = Tries("revokeAccountTries", wait: "WaitToRetryRevokeFromAccount")
    static let revokeRemaining = Tries("revokeRemainingTries", wait: "WaitToRetryRevokeRemainingPermissions")
    static let deregister = Tries("deregisterTries", wait: "WaitToRetryDeregister")
    static let drop = Tries("dropTries", wait: "WaitToRetryDrop")
    static let query = Tries("queryLooks", wait: "WaitForQuery")
    static let dropQuery = Tries("dropQueryLooks", wait: "WaitForDropQuery")
    static let verify = Tries("verifyTries", wait: "WaitToVerifyAgain")

    /// All that undoing and verifying count; who looks for a statement begins to count there.
    static let ofRecovery: [Tries] = [
        .revokeAccount, .revokeRemaining, .deregister, .drop, .verify,
    ]
    /// All that the machine counts.
    static let ofRoom: [Tries] = [.update, .revokeDefaults, .grant, .revokeCreator] + ofRecovery
}
