import SagaKit

// The data of the machine that makes cleanrooms and of its recovery, beside what every saga has.

extension Reference {
    // What the request lays out.
    static var room: Place.Room<Self> { Self["room"] }
    static var seen: Place.Seen<Self> { Self["seen"] }
    static var grants: Place.GrantSums<Self> { Self["grants"] }

    // What comes on the way.
    static var spelling: Place.Spelling<Self> { Self["spelling"] }
    static var query: Place.Query<Self> { Self["query"] }
    static var objects: Place.Objects<Self> { Self["objects"] }
    static var settings: Place.Settings<Self> { Self["settings"] }
    static var tags: Place.Tags<Self> { Self["tags"] }
    static var grant: Place.Grant<Self> { Self["grant"] }
    static var member: Place.Member<Self> { Self["member"] }

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

    /// What is left of each when the allowed characters are taken away.
    struct Spelling<Leaf: Reference>: Part {
        let place: Place
        var requestID: List<Leaf> { self["requestId"] }
        var account: List<Leaf> { self["account"] }
        var database: List<Leaf> { self["database"] }
        var execution: List<Leaf> { self["execution"] }
        var number: Leaf { self["number"] }
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

    /// What the account of the request holds, and whether it is a member of the room.
    struct Member<Leaf: Reference>: Part {
        let place: Place
        var onDatabase: Held<Leaf> { self["onDatabase"] }
        var onOthers: Held<Leaf> { self["onOthers"] }
        var isMember: Leaf { self["isMember"] }
    }

    struct Held<Leaf: Reference>: Part {
        let place: Place
        var entries: List<Leaf> { self["entries"] }
        func has(_ permission: Permission) -> Leaf { self["has\(permission.rawValue)"] }
    }

    /// The entries of lists of permissions that are still to be looked at.
    struct Grant<Leaf: Reference>: Part {
        let place: Place
        var entries: List<Leaf> { self["entries"] }
        var first: GrantEntry<Leaf> { GrantEntry(place: entries.place.element(0)) }
    }

    struct GrantEntry<Leaf: Reference>: Part {
        let place: Place
        var principal: Leaf { Leaf(place.member("Principal").member("DataLakePrincipalIdentifier")) }
        /// There for a permission on the database itself, and not for one on its tables.
        var database: Leaf { Leaf(place.member("Resource").member("Database")) }
    }
}

// MARK: - What services have said

extension Place {
    struct Database<Leaf: Reference>: Part {
        let place: Place
        var description: Leaf { self["Description"] }
        var locationURI: Leaf { self["LocationUri"] }
        var tableDefaults: List<Leaf> { self["CreateTableDefaultPermissions"] }
        /// One of the properties of the database (`MarkerProperty`).
        func property(_ name: String) -> Leaf { Leaf(place.member("Parameters").member(name)) }
    }

    struct Resource<Leaf: Reference>: Part {
        let place: Place
        var roleARN: Leaf { self["RoleArn"] }
        var hybridAccessEnabled: Leaf { self["HybridAccessEnabled"] }
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

// MARK: - What is read to verify a room

extension Place {
    struct Seen<Leaf: Reference>: Part {
        let place: Place
        var database: SeenDatabase<Leaf> { self["database"] }
        var registration: SeenRegistration<Leaf> { self["registration"] }
        var content: Content<Leaf> { self["content"] }
        var objects: Objects<Leaf> { self["objects"] }
        var lists: Lists<Leaf> { self["lists"] }
        func grants(on resource: PermittedResource) -> Grants<Leaf> { self[resource.rawValue + "Grants"] }
    }

    struct SeenDatabase<Leaf: Reference>: Part {
        let place: Place
        var `is`: Database<Leaf> { self["is"] }
    }

    struct SeenRegistration<Leaf: Reference>: Part {
        let place: Place
        var `is`: Resource<Leaf> { self["is"] }
    }

    struct Content<Leaf: Reference>: Part {
        let place: Place
        var tables: List<Leaf> { self["tables"] }
    }

    struct Grants<Leaf: Reference>: Part {
        let place: Place
        var pages: List<Leaf> { self["pages"] }
    }

    /// Who has permissions on each resource, and which.
    struct Lists<Leaf: Reference>: Part {
        let place: Place
        subscript(resource: PermittedResource) -> Holders<Leaf> { self[resource.rawValue] }
    }

    struct Holders<Leaf: Reference>: Part {
        let place: Place
        var principals: Leaf { self["principals"] }
        var permissions: Leaf { self["permissions"] }
        var grantable: Leaf { self["grantable"] }
    }

    /// What the lists come to, and what they have to say of the customer.
    struct GrantSums<Leaf: Reference>: Part {
        let place: Place
        subscript(resource: PermittedResource) -> GrantSum<Leaf> { self[resource.rawValue] }
    }

    struct GrantSum<Leaf: Reference>: Part {
        let place: Place
        /// How many principals hold something.
        var principals: Leaf { self["principals"] }
        /// Whether the account of the request is one of them.
        var hasAccount: Leaf { self["hasAccount"] }
        /// Whether the role of the machines is one of them.
        var hasRole: Leaf { self["hasRole"] }
        var hasEverybody: Leaf { self["hasEverybody"] }
        var permissions: Leaf { self["permissions"] }
        var grantable: Leaf { self["grantable"] }
        func has(_ permission: Permission) -> Leaf { self["has\(permission.rawValue)"] }
    }
}

// MARK: - Values in lists

extension Place.Grants where Leaf == Argument {
    var principals: Argument { Argument(computing: pages.place.path + "..DataLakePrincipalIdentifier") }
    var permissions: Argument { Argument(computing: pages.place.path + "..Permissions[*]") }
    var grantable: Argument { Argument(computing: pages.place.path + "..PermissionsWithGrantOption[*]") }
}

extension Place.Seen where Leaf == Argument {
    /// All entries of the lists of permissions that were read.
    var entries: Argument { Argument(computing: place.path + "..PrincipalResourcePermissions[*]") }
}

extension Place.List where Leaf == Argument {
    /// All permissions that the entries give with grant option.
    var grantable: Argument { Argument(computing: place.path + "..PermissionsWithGrantOption[*]") }
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
