import SagaKit

// The data of the machine that makes cleanrooms and of its recovery, beside what every saga has.

extension Reference {
    // What the request lays out.
    static var room: Place.Room<Self> { Self["room"] }
    static var seen: Place.Seen<Self> { Self["seen"] }
    static var grants: Place.GrantSums<Self> { Self["grants"] }

    // What comes on the way.
    static var query: Place.Query<Self> { Self["query"] }
    static var objects: Place.Objects<Self> { Self["objects"] }
    static var settings: Place.Settings<Self> { Self["settings"] }
    static var tags: Place.Tags<Self> { Self["tags"] }

    // What services have said.
    static var found: Place.Found<Self> { Self["found"] }
    static var registration: Place.Registration<Self> { Self["registration"] }
    static var batch: Place.Batch<Self> { Self["batch"] }
    static var page: Place.Page<Self> { Self["page"] }
}

extension Place.Request {
    var account: Leaf { self["account"] }
    var database: Leaf { self["database"] }
}

extension Place.Outcome {
    var requestID: Leaf { self["requestId"] }
    var account: Leaf { self["account"] }
    var database: Leaf { self["database"] }
    var location: Leaf { self["location"] }
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

    struct Query<Leaf: Reference>: Part {
        let place: Place
        var id: Leaf { self["id"] }
        var state: Leaf { self["state"] }
    }

    struct Objects<Leaf: Reference>: Part {
        let place: Place
        var count: Leaf { self["count"] }
        var first: S3Object<Leaf> { S3Object(place: list.place.element(0)) }
        var list: List<Leaf> { self["list"] }
    }

    struct S3Object<Leaf: Reference>: Part {
        let place: Place
        var key: Leaf { self["Key"] }
        /// In bytes.
        var size: Leaf { self["Size"] }
    }

    struct Settings<Leaf: Reference>: Part {
        let place: Place
        /// Whether the role is a data-lake administrator, so that what it lists is all that there is.
        var isAdministrator: Leaf { self["isAdministrator"] }
    }

    /// The tags of a database as text, and taken apart: the keys are among the parts.
    struct Tags<Leaf: Reference>: Part {
        let place: Place
        var text: Leaf { self["text"] }
        var parts: List<Leaf> { self["parts"] }
    }

}

// MARK: - What services have said

extension Place {
    struct Database<Leaf: Reference>: Part {
        let place: Place
        var description: Leaf { self["Description"] }
        var locationURI: Leaf { self["LocationUri"] }
        /// One of the properties of the database (`MarkerProperty`).
        func property(_ name: String) -> Leaf { Leaf(place.member("Parameters").member(name)) }
    }

    struct Resource<Leaf: Reference>: Part {
        let place: Place
        var roleARN: Leaf { self["RoleArn"] }
        var lastModified: Leaf { self["LastModified"] }
    }

    struct Found<Leaf: Reference>: Part {
        let place: Place
        var database: Database<Leaf> { self["Database"] }
    }

    struct Registration<Leaf: Reference>: Part {
        let place: Place
        var resource: Resource<Leaf> { self["ResourceInfo"] }
    }

    struct Batch<Leaf: Reference>: Part {
        let place: Place
        var failures: List<Leaf> { self["failures"] }
        /// The error of the first failure.
        var firstError: BatchError<Leaf> { BatchError(place: failures.place.element(0).member("Error")) }
    }

    struct BatchError<Leaf: Reference>: Part {
        let place: Place
        var code: Leaf { self["ErrorCode"] }
        var message: Leaf { self["ErrorMessage"] }
    }

    struct Page<Leaf: Reference>: Part {
        let place: Place
        var nextToken: Leaf { self["NextToken"] }
    }
}

// MARK: - What is read of permissions

extension Place {
    struct Seen<Leaf: Reference>: Part {
        let place: Place
        var lists: Lists<Leaf> { self["lists"] }
        func grants(on resource: PermittedResource) -> Grants<Leaf> { self[resource.rawValue + "Grants"] }
    }

    struct Grants<Leaf: Reference>: Part {
        let place: Place
        var pages: List<Leaf> { self["pages"] }
    }

    /// Who has permissions on each resource.
    struct Lists<Leaf: Reference>: Part {
        let place: Place
        subscript(resource: PermittedResource) -> Holders<Leaf> { self[resource.rawValue] }
    }

    struct Holders<Leaf: Reference>: Part {
        let place: Place
        var principals: Leaf { self["principals"] }
    }

    /// What the lists come to, and what they have to say of the customer.
    struct GrantSums<Leaf: Reference>: Part {
        let place: Place
        subscript(resource: PermittedResource) -> GrantSum<Leaf> { self[resource.rawValue] }
    }

    struct GrantSum<Leaf: Reference>: Part {
        let place: Place
        /// Whether the account of the request holds something.
        var hasAccount: Leaf { self["hasAccount"] }
        /// Whether the role of the machines holds something.
        var hasRole: Leaf { self["hasRole"] }
        var hasEverybody: Leaf { self["hasEverybody"] }
    }
}

// MARK: - Values in lists

extension Place.Grants where Leaf == Argument {
    var principals: Argument { Argument(computing: pages.place.path + "..DataLakePrincipalIdentifier") }
}

extension Tries {
    static let describe = Tries("Describe")
    static let dismissEverybody = Tries("DismissEverybody")
    static let shareWithCustomer = Tries("ShareWithCustomer")
    static let giveAway = Tries("GiveAway")
    static let unshare = Tries("Unshare")
    static let revokeRest = Tries("RevokeRest")
    static let deregister = Tries("Deregister")
    static let dropDatabase = Tries("DropDatabase")
    static let awaitQuery = Tries("AwaitQuery")
    static let awaitDropQuery = Tries("AwaitDropQuery")
    static let verify = Tries("Verify")

    /// All that the machines count.
    static let ofRoom: [Tries] = [
        .describe, .dismissEverybody, .shareWithCustomer, .giveAway, .unshare, .revokeRest, .deregister, .dropDatabase,
        .awaitQuery, .awaitDropQuery, .verify,
    ]
}
