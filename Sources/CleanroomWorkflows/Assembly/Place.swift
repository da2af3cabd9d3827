/// A place in the data of an execution, where something can be put and looked for.
///
/// None is made of a text: the data is declared here, so a misspelt place does not compile. In a template a place
/// stands for what is there (`Argument`).
struct Place: Reference, Equatable {
    /// The reference path that AWS knows it by.
    let path: String

    fileprivate init(path: String) { self.path = path }

    init(_ place: Place) { self = place }

    /// All the data.
    static let root = Place(path: "$")

    fileprivate func member(_ name: String) -> Place { Place(path: "\(path).\(name)") }

    /// The names that lead here from a part of the data.
    func names(below part: Place) -> [String] {
        let (all, before) = (path.utf8, part.path.utf8)
        let dot = UInt8(ascii: ".")
        precondition(
            all.starts(with: before) && all.dropFirst(before.count).first == dot, "\(path) is not in \(part.path)")
        return all.dropFirst(before.count + 1).split(separator: dot).map { String(Substring($0)) }
    }
}

/// What stands for a member of the data: its place, or its value in a template.
protocol Reference: Sendable {
    init(_ place: Place)
}

/// A part of the data, with its members.
protocol Part<Leaf>: Sendable {
    associatedtype Leaf: Reference
    var place: Place { get }
    init(place: Place)
}

extension Part {
    /// The part with all that is in it.
    var whole: Leaf { Leaf(place) }

    fileprivate subscript(name: String) -> Leaf { Leaf(place.member(name)) }
    fileprivate subscript<Member: Part>(name: String) -> Member { Member(place: place.member(name)) }
}

// MARK: - The data of both machines

extension Reference {
    private static subscript<Member: Part>(name: String) -> Member { Member(place: Place.root.member(name)) }

    // What the request lays out.
    static var request: Place.Request<Self> { Self["request"] }
    static var execution: Place.Execution<Self> { Self["execution"] }
    static var answer: Place.Answer<Self> { Self["answer"] }
    static var room: Place.Room<Self> { Self["room"] }
    static var mode: Place.Mode<Self> { Self["mode"] }
    static var left: Place.Left<Self> { Self["left"] }
    static var made: Place.Made<Self> { Self["made"] }
    static var seen: Place.Seen<Self> { Self["seen"] }
    static var grants: Place.GrantSums<Self> { Self["grants"] }
    static var tries: Place.TriesMade<Self> { Self["tries"] }

    // What comes on the way.
    static var spelling: Place.Spelling<Self> { Self["spelling"] }
    static var failure: Place.Failure<Self> { Self["failure"] }
    static var error: Place.ErrorToTell<Self> { Self["error"] }
    static var outcome: Place.Outcome<Self> { Self["outcome"] }
    static var anchor: Place.Anchor<Self> { Self["anchor"] }
    static var marker: Place.Marker<Self> { Self["marker"] }
    static var first: Place.First<Self> { Self["first"] }
    static var told: Place.Told<Self> { Self["told"] }
    static var query: Place.Query<Self> { Self["query"] }
    static var objects: Place.Objects<Self> { Self["objects"] }
    static var settings: Place.Settings<Self> { Self["settings"] }
    static var tags: Place.Tags<Self> { Self["tags"] }
    static var grant: Place.Grant<Self> { Self["grant"] }
    static var member: Place.Member<Self> { Self["member"] }
    static var rollback: Place.Rollback<Self> { Self["rollback"] }

    // What services have said.
    static var found: Place.Found<Self> { Self["found"] }
    static var registration: Place.Registration<Self> { Self["registration"] }
    static var batch: Place.Batch<Self> { Self["batch"] }
    static var page: Place.Page<Self> { Self["page"] }
    static var described: Place.Described<Self> { Self["described"] }
}

extension Place {
    struct Request<Leaf: Reference>: Part {
        let place: Place
        var requestID: Leaf { self["requestId"] }
        var account: Leaf { self["account"] }
        var database: Leaf { self["database"] }
    }

    struct Execution<Leaf: Reference>: Part {
        let place: Place
        var id: Leaf { self["id"] }
        var name: Leaf { self["name"] }
        var startTime: Leaf { self["startTime"] }
        /// The number of the recovery that goes on in its place, from 1; nothing where none was counted.
        var attempts: List<Leaf> { self["attempts"] }
    }

    struct Answer<Leaf: Reference>: Part {
        let place: Place
        var requestID: Leaf { self["requestId"] }
        var error: ErrorToTell<Leaf> { self["error"] }
    }

    struct ErrorToTell<Leaf: Reference>: Part {
        let place: Place
        var message: Leaf { self["message"] }
        var cause: Leaf { self["cause"] }
    }

    struct Room<Leaf: Reference>: Part {
        let place: Place
        var location: Leaf { self["location"] }
        var locationARN: Leaf { self["locationArn"] }
        var prefix: Leaf { self["prefix"] }
        /// The description that the database is made with.
        var marker: Leaf { self["marker"] }
    }

    struct Mode<Leaf: Reference>: Part {
        let place: Place
        /// Whether the execution answers for another one.
        var `repeat`: Leaf { self["repeat"] }
    }

    struct Left<Leaf: Reference>: Part {
        let place: Place
        /// What is left behind, as sentences.
        var text: Leaf { self["text"] }
    }

    struct Made<Leaf: Reference>: Part {
        let place: Place
        /// Whether there may be more than the anchor.
        var more: Leaf { self["more"] }
        /// When Lake Formation registered the location for this execution, as its description says.
        var registeredAt: Leaf { self["registeredAt"] }
    }

    struct TriesMade<Leaf: Reference>: Part {
        let place: Place
        subscript(tries: Tries) -> Count<Leaf> { self[tries.rawValue] }
    }

    struct Count<Leaf: Reference>: Part {
        let place: Place
        var count: Leaf { self["count"] }
        /// How long to wait before the next one.
        var seconds: Leaf { self["seconds"] }
    }

    struct List<Leaf: Reference>: Part {
        let place: Place
        var first: Leaf { Leaf(Place(path: place.path + "[0]")) }
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

    /// The error of a task, as AWS names its members.
    struct Failure<Leaf: Reference>: Part {
        let place: Place
        var error: Leaf { self["Error"] }
        var cause: Leaf { self["Cause"] }
    }

    struct Outcome<Leaf: Reference>: Part {
        let place: Place
        var requestID: Leaf { self["requestId"] }
        var account: Leaf { self["account"] }
        var database: Leaf { self["database"] }
        var location: Leaf { self["location"] }
    }

    struct Anchor<Leaf: Reference>: Part {
        let place: Place
        /// Whether it is there, and this execution's own.
        var own: Leaf { self["own"] }
    }

    struct Marker<Leaf: Reference>: Part {
        let place: Place
        var execution: Leaf { self["execution"] }
        var requestID: Leaf { self["requestId"] }
    }

    struct First<Leaf: Reference>: Part {
        let place: Place
        var execution: Leaf { self["execution"] }
    }

    struct Told<Leaf: Reference>: Part {
        let place: Place
        var answer: Answer<Leaf> { self["answer"] }
    }

    struct Query<Leaf: Reference>: Part {
        let place: Place
        var id: Leaf { self["id"] }
        var state: Leaf { self["state"] }
    }

    struct Objects<Leaf: Reference>: Part {
        let place: Place
        var count: Leaf { self["count"] }
        var first: S3Object<Leaf> { S3Object(place: Place(path: place.path + ".list[0]")) }
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

    /// What the rollback has found out about the location.
    struct Rollback<Leaf: Reference>: Part {
        let place: Place
        /// Whether the location is registered, and provably by this execution.
        var isRegistered: Leaf { self["isRegistered"] }
        /// Whether another database stands in the place of this execution's, so that nothing more is touched.
        var isReplaced: Leaf { self["isReplaced"] }
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
        var first: GrantEntry<Leaf> { GrantEntry(place: Place(path: entries.place.path + "[0]")) }
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
        var firstError: BatchError<Leaf> { BatchError(place: Place(path: failures.place.path + "[0].Error")) }
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

    /// An execution, as Step Functions describes it.
    struct Described<Leaf: Reference>: Part {
        let place: Place
        var name: Leaf { self["name"] }
        var status: Leaf { self["status"] }
        var startDate: Leaf { self["startDate"] }
        var input: Leaf { self["input"] }
        /// The error with which it failed; none for one that did not.
        var error: Leaf { errors.first }
        var cause: Leaf { causes.first }
        /// What it was asked for.
        var request: Request<Leaf> { self["request"] }
        var errors: List<Leaf> { self["errors"] }
        var causes: List<Leaf> { self["causes"] }
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

// MARK: - The data of the recovery alone

extension Reference {
    private static subscript(name: String) -> Self { Self(Place.root.member(name)) }

    static var executionARN: Self { Self["executionArn"] }
    static var recover: Self { Self["recover"] }
    static var sweep: Self { Self["sweep"] }
    static var queue: Place.Queue<Self> { Self["queue"] }
    static var lists: Place.ExecutionLists<Self> { Self["lists"] }
    static var listed: Place.Listed<Self> { Self["listed"] }
    static var sweepDate: Place.SweepDate<Self> { Self["sweepDate"] }
    static var lost: Place.Lost<Self> { Self["lost"] }
    static var recovery: Place.Recovery<Self> { Self["recovery"] }
    static var histories: Place.Histories<Self> { Self["histories"] }
    static var sifted: Place.Sifted<Self> { Self["sifted"] }
    static func turn(_ turn: Turn) -> Place.Kept<Self> { Self[turn.rawValue] }
}

extension Place {
    /// The executions that are still to be looked at.
    struct Queue<Leaf: Reference>: Part {
        let place: Place
        var items: List<Leaf> { self["items"] }
        var first: QueuedExecution<Leaf> { QueuedExecution(place: Place(path: items.place.path + "[0]")) }
    }

    /// An execution as Step Functions lists it.
    struct QueuedExecution<Leaf: Reference>: Part {
        let place: Place
        var arn: Leaf { self["ExecutionArn"] }
        var startDate: Leaf { self["StartDate"] }
    }

    /// The lists of executions that are still to be read.
    struct ExecutionLists<Leaf: Reference>: Part {
        let place: Place
        var items: List<Leaf> { self["items"] }
        var first: ListedMachine<Leaf> { ListedMachine(place: Place(path: items.place.path + "[0]")) }
    }

    struct ListedMachine<Leaf: Reference>: Part {
        let place: Place
        var machine: Leaf { self["machine"] }
        /// What Step Functions calls the way in which the executions ended.
        var status: Leaf { self["status"] }
    }

    /// A page of a list of executions.
    struct Listed<Leaf: Reference>: Part {
        let place: Place
        var executions: List<Leaf> { self["Executions"] }
        var nextToken: Leaf { self["NextToken"] }
    }

    /// When the sweep began, as the parts of a date, and the day before which it looks at nothing.
    struct SweepDate<Leaf: Reference>: Part {
        let place: Place
        var parts: List<Leaf> { self["parts"] }
        func part(_ index: Int) -> Leaf { Leaf(Place(path: parts.place.path + "[\(index)]")) }
        var since: Leaf { self["since"] }
    }

    struct Lost<Leaf: Reference>: Part {
        let place: Place
        /// The input of a recovery that did not come to its end.
        var input: Recovery<Leaf> { self["input"] }
    }

    struct Recovery<Leaf: Reference>: Part {
        let place: Place
        var recover: Leaf { self["recover"] }
        var executionARN: Leaf { self["executionArn"] }
        /// The number of the recovery among those of the same execution, from 1.
        var attempt: Leaf { self["attempt"] }
        var histories: Histories<Leaf> { self["histories"] }
    }

    /// The executions whose histories say how far things have come, the last one first: the recoveries that did not come
    /// to their end, and then the execution itself.
    struct Histories<Leaf: Reference>: Part {
        let place: Place
        var arn: Leaf { self["arn"] }
        /// The rest of them.
        var before: Histories { self["before"] }
    }

    /// What a page of a history shows.
    struct Sifted<Leaf: Reference>: Part {
        let place: Place
        var told: List<Leaf> { self["told"] }
        /// Where a recovery had found nothing in any history.
        var undecided: List<Leaf> { self["undecided"] }
        var events: List<Leaf> { self["events"] }
        var tokens: List<Leaf> { self["tokens"] }
        subscript(turn: Turn) -> List<Leaf> { self[turn.rawValue] }
    }

    /// The data of the execution to recover, as it stood at a turn.
    struct Kept<Leaf: Reference>: Part {
        let place: Place
        var data: Leaf { self["data"] }
    }
}
