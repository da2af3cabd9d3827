import EmbeddedLake

/// All that a simulation is given: where the machines run, what the lake is like, what stands in it, who asks for what,
/// and what goes wrong at which call.
///
/// A schedule has a text form that reads back, so that a failure can be kept, cut down and played again:
///
///     seed=7 setting=aws lake=keepsGrants ground=strangersDatabase requests=first@0,again@40 5:lostReply 9:denied(600)
package struct Schedule: Hashable, Sendable {
    /// Where the machines run, and with it what can be lost.
    package enum Setting: String, CaseIterable, Sendable {
        /// On Step Functions, which never crashes; its status events may be lost or come twice.
        case aws
        /// On the embedded engine, which may crash between any two steps, against the services of AWS.
        case bridge
        /// On the embedded engine and its own lake: effects commit together with the journal.
        case here
    }

    /// In what the lake differs from a fresh account in which everything arrives.
    package enum Variation: String, CaseIterable, Sendable {
        /// Grants outlive their database.
        case keepsGrants
        /// `WITH DBPROPERTIES` does not arrive in `Database.Parameters`.
        case losesProperties
        /// `COMMENT` does not arrive in `Database.Description`.
        case losesComment
        /// A location below a registered one cannot be registered.
        case refusesNested
        /// Who registers a location gets access to it.
        case givesAccess
        /// New databases and tables are given to nobody by default.
        case closedDefaults
        /// The cross-account settings are of version 4, and sharing does not mind `IAM_ALLOWED_PRINCIPALS`.
        case version4
        /// The creator of a database is listed with `ALL` alone.
        case listsAllAlone
        /// What is not there is refused as `EntityNotFoundException`.
        case missingIsNotFound
        /// What is not there is refused as `AccessDeniedException`.
        case missingIsDenied
        /// A revocation of which something is not there revokes nothing.
        case revokesAllOrNothing
        /// `CREATE DATABASE` leaves an empty object whose key is the location.
        case leavesMark
        /// A database inherits the tags of an earlier one of its name.
        case keepsTags
        /// An administrator may change a database without `ALTER`.
        case administratorsAlter
        /// A page of a list has one entry, and the first page of permissions has none.
        case shortPages
    }

    /// What is there already under the name, or at the location, that is asked for.
    package enum Ground: String, CaseIterable, Sendable {
        case strangersDatabase
        /// One of which Glue says more than the 256 KiB that a state may have.
        case largeDatabase
        /// A room that an earlier request has made.
        case standingRoom
        case registeredByStranger
        /// Registered by somebody else, under the role that this deployment registers with.
        case registeredWithOurRole
        case objects
        /// The location above that of all cleanrooms is registered.
        case parentRegistered
        /// An empty object whose key is the location.
        case folderMark
        /// An empty object whose key is that of a folder in the location.
        case subfolderMark
        /// Tags of members of an earlier room of the name, on a name without a database.
        case earlierMembers
    }

    /// A request as it is sent.
    package struct Submission: Hashable, Sendable {
        package enum Kind: String, CaseIterable, Sendable {
            case first
            /// The first request once more.
            case again
            /// The first request once more, as an execution of another name.
            case renamed
            /// The requestId of the first request with other content.
            case changed
            /// The requestId of the first request with an account that breaks the rule, as an execution of another name.
            case misspelt
            /// Another request for the same name, for another account.
            case rival
            /// Another request for another name.
            case neighbour
            /// A request whose account breaks the rule.
            case invalid
            /// The request whose account breaks the rule once more, as an execution of another name.
            case invalidAgain
            /// The requestId of the first request with a database that breaks the rule, as an execution of another name.
            case misnamed
            /// The requestId of the first request with the provider's own account, as an execution of another name.
            case ownAccount
            /// The first request once more, as an execution of a name that Step Functions takes and a statement does not.
            case oddlyNamed
            /// A request with so much beside its fields that what Step Functions says of it has over 256 KiB.
            case large
        }

        package let kind: Kind
        /// Seconds after the beginning.
        package let at: Int
    }

    /// Something that goes wrong at a call.
    package struct Occurrence: Hashable, Sendable {
        /// The number of the call, from 1, counted over all executions in the order in which calls are begun.
        package let call: Int
        package let happening: Happening

        package init(call: Int, happening: Happening) {
            self.call = call
            self.happening = happening
        }
    }

    /// Feeds delays, and all that is random in the executions.
    package var seed: UInt64
    package var setting: Setting
    package var lake: Set<Variation>
    package var ground: Ground?
    package var requests: [Submission]
    package var occurrences: [Occurrence]

    package init(
        seed: UInt64 = 1, setting: Setting = .aws, lake: Set<Variation> = [], ground: Ground? = nil,
        requests: [Submission] = [Submission(kind: .first, at: 0)], occurrences: [Occurrence] = []
    ) {
        self.seed = seed
        self.setting = setting
        self.lake = lake
        self.ground = ground
        self.requests = requests
        self.occurrences = occurrences
    }

    /// The variations as the embedded services know them.
    var behavior: LakeBehavior {
        var behavior = LakeBehavior()
        behavior.dropsGrantsWithDatabase = !lake.contains(.keepsGrants)
        behavior.keepsDatabaseProperties = !lake.contains(.losesProperties)
        behavior.keepsDatabaseComment = !lake.contains(.losesComment)
        behavior.refusesNestedLocations = lake.contains(.refusesNested)
        behavior.registeringGivesAccess = lake.contains(.givesAccess)
        behavior.creatorHoldsEachPermission = !lake.contains(.listsAllAlone)
        if lake.contains(.missingIsNotFound) { behavior.refusalOfMissing = .entityNotFound }
        if lake.contains(.missingIsDenied) { behavior.refusalOfMissing = .accessDenied }
        behavior.revokesWhatIsThere = !lake.contains(.revokesAllOrNothing)
        behavior.leavesFolderMark = lake.contains(.leavesMark)
        behavior.keepsTagsOfDroppedDatabases = lake.contains(.keepsTags)
        behavior.administratorsMayAlter = lake.contains(.administratorsAlter)
        return behavior
    }
}

extension Schedule: CustomStringConvertible {
    package var description: String {
        var words = ["seed=\(seed)", "setting=\(setting.rawValue)"]
        if !lake.isEmpty { words.append("lake=" + lake.map(\.rawValue).sorted().joined(separator: ",")) }
        if let ground { words.append("ground=" + ground.rawValue) }
        words.append("requests=" + requests.map { "\($0.kind.rawValue)@\($0.at)" }.joined(separator: ","))
        return (words + occurrences.map { "\($0.call):\($0.happening)" }).joined(separator: " ")
    }

    /// Reads what `description` gives.
    ///
    /// - Throws: `ScheduleSyntaxError`, which names the word that cannot be read.
    package init(parsing text: String) throws(ScheduleSyntaxError) {
        self.init()
        for word in text.split(separator: " ") {
            func fail() -> ScheduleSyntaxError { ScheduleSyntaxError(word: String(word)) }
            func list<Value>(_ value: Substring, _ read: (Substring) -> Value?) throws(ScheduleSyntaxError) -> [Value] {
                let values = value.split(separator: ",").map(read)
                guard values.allSatisfy({ $0 != nil }) else { throw fail() }
                return values.compactMap(\.self)
            }
            if let colon = word.firstIndex(of: ":") {
                guard let call = Int(word[..<colon]), call > 0,
                    let happening = Happening(parsing: word[colon...].dropFirst())
                else { throw fail() }
                occurrences.append(Occurrence(call: call, happening: happening))
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { throw fail() }
            switch parts[0] {
            case "seed":
                guard let seed = UInt64(parts[1]) else { throw fail() }
                self.seed = seed
            case "setting":
                guard let setting = Setting(rawValue: String(parts[1])) else { throw fail() }
                self.setting = setting
            case "lake": lake = Set(try list(parts[1]) { Variation(rawValue: String($0)) })
            case "ground":
                guard let ground = Ground(rawValue: String(parts[1])) else { throw fail() }
                self.ground = ground
            case "requests": requests = try list(parts[1]) { Submission(parsing: $0) }
            default: throw fail()
            }
        }
    }
}

extension Schedule.Submission {
    fileprivate init?(parsing text: Substring) {
        let parts = text.split(separator: "@")
        guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])), let at = Int(parts[1]), at >= 0 else {
            return nil
        }
        self.init(kind: kind, at: at)
    }
}

/// A word of a schedule that cannot be read.
package struct ScheduleSyntaxError: Error, Hashable, CustomStringConvertible {
    package let word: String

    package init(word: String) {
        self.word = word
    }

    package var description: String {
        "the schedule's word '\(word)' is not one of seed=, setting=, lake=, ground=, requests= or CALL:HAPPENING"
    }
}
