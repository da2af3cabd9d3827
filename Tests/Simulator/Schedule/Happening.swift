package import StatesLanguage

/// Something that goes wrong at a call, or comes to pass while it is under way.
package struct Happening: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        // Before the effect; what is retried passes after `amount` attempts.
        case throttled
        case conflict
        /// Throttling in the guise of `InvalidInputException: Rate exceeded`.
        case rateExceeded
        case broken
        /// The action is refused to the role for `amount` seconds.
        case denied

        // The effect and its reply.
        /// The effect takes place, and its reply is lost with the connection, for `amount` attempts.
        case lostReply
        /// The effect takes place, and nothing comes back.
        case silence
        /// No effect, and nothing comes back.
        case hang
        /// The call arrives twice.
        case twice
        /// The first entry of a batch fails while the call succeeds, for `amount` attempts.
        case partial
        /// The same with the entry that is about tables; with the last where none is.
        case partialOfTables
        /// The read shows the lake as it was `amount` milliseconds ago.
        case stale
        /// The statement takes `amount` seconds.
        case slow
        /// The statement takes effect and is reported as failed because the name is taken: tried again inside Athena.
        case falseFailure
        /// The statement takes effect although it is stopped.
        case stopIneffective
        /// A reply of another shape, which no path finds its way in.
        case malformed
        /// A reply of more than 256 KiB.
        case oversized

        // The engine.
        /// Somebody stops the execution while the call is under way.
        case stop
        /// The process dies before the call leaves it.
        case crashBefore
        /// The process dies when the effect has taken place and before its result is known.
        case crashAfter
        /// The process dies in the commit of the call's result.
        case crashInCommit
        /// The machine's clock is set back by `amount` seconds.
        case clockBack
        /// The next status event is lost.
        case eventLost
        case eventTwice

        // Others.
        case strangerTakesName
        case strangerDropsDatabase
        /// The location is registered by somebody else, under another role.
        case strangerRegisters
        /// The same, under the role that this deployment registers with.
        case strangerRegistersWithOurRole
        /// Somebody takes the registration of the location away.
        case strangerDeregisters
        case strangerGrants
        case tableAppears
        case objectAppears
        /// The customer's account is no principal any more.
        case accountVanishes
        /// The role is taken off the data-lake administrators.
        case administratorRemoved
        /// Another account is made a member of the room, and gets its grants.
        case memberJoins
        /// The account of the request stops being a member of the room, and loses its grants.
        case memberLeaves

        // The account service.
        /// It cannot be reached for `amount` seconds.
        case receiverDown
        /// It answers 500 to the next `amount` deliveries.
        case receiverFails
    }

    package let kind: Kind
    /// How often, how long or how much; what it counts is said by the kind.
    package let amount: Int

    package init(_ kind: Kind, _ amount: Int = 1) {
        self.kind = kind
        self.amount = amount
    }
}

extension Happening.Kind {
    /// Whether a room is there for it, once it was told to stand.
    var isUse: Bool {
        [.tableAppears, .objectAppears, .strangerGrants, .memberJoins, .memberLeaves].contains(self)
    }

    /// Whether it makes an account a member of a room, or takes the membership away.
    var changesMembers: Bool { self == .memberJoins || self == .memberLeaves }
}

extension Happening: CustomStringConvertible {
    package var description: String { amount == 1 ? kind.rawValue : "\(kind.rawValue)(\(amount))" }

    init?(parsing text: Substring) {
        guard let open = text.firstIndex(of: "(") else {
            guard let kind = Kind(rawValue: String(text)) else { return nil }
            self.init(kind)
            return
        }
        guard text.last == ")", let kind = Kind(rawValue: String(text[..<open])),
            let amount = Int(text[open...].dropFirst().dropLast())
        else { return nil }
        self.init(kind, amount)
    }
}

extension Happening {
    /// How long the reads that it concerns lag behind, in milliseconds.
    package var lag: Int64 { kind == .stale ? Int64(amount) : 0 }

    /// Whether it goes wrong at calls of one execution alone, and leaves alone what others do.
    var concernsOneExecution: Bool {
        switch kind {
        case .throttled, .conflict, .rateExceeded, .broken, .lostReply, .silence, .hang, .twice, .partial,
            .partialOfTables, .stale,
            .slow, .falseFailure, .stopIneffective, .malformed, .oversized, .stop:
            true
        default: false
        }
    }

    /// Whether it makes a difference at a call of this action.
    package func applies(to resource: TaskResource, in setting: Schedule.Setting) -> Bool {
        let isQuery = resource.service == "athena"
        let action = resource.action
        switch kind {
        case .partial, .partialOfTables: return action.hasPrefix("batch")
        case .stale:
            // What S3 lists is what is there: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html
            return ["get", "describe", "list"].contains { action.hasPrefix($0) }
                && !["http", "aws-sdk:s3"].contains(resource.service)
        case .slow, .falseFailure, .stopIneffective: return isQuery && setting != .here
        case .crashBefore, .crashAfter, .crashInCommit, .clockBack: return setting != .aws
        case .eventLost, .eventTwice: return setting == .aws
        case .receiverDown, .receiverFails: return resource.service == "http"
        case .rateExceeded: return resource.service.hasSuffix("lakeformation")
        case .oversized, .twice: return resource.service != "http"
        // A list that is not in a reply may be empty, and is read so.
        case .malformed:
            return resource.service != "http" && !["batch", "list", "getTables"].contains { action.hasPrefix($0) }
        default: return true
        }
    }

    /// Whether it passes by itself and within the retries, so that the request has to succeed all the same.
    ///
    /// A statement is not sent again when its reply is lost: whether it took effect is only known by looking.
    package func isPassing(at resource: TaskResource) -> Bool {
        switch kind {
        case .throttled, .conflict, .rateExceeded, .broken, .partial, .partialOfTables: amount <= 2
        case .lostReply: amount <= 2 && resource.service != "athena"
        case .silence, .hang: resource.service != "athena"
        case .stale: amount <= 1000
        case .twice, .crashBefore, .crashAfter, .crashInCommit, .clockBack, .eventLost, .eventTwice: true
        case .slow: amount < 500
        case .receiverDown: amount < 3600
        case .receiverFails: amount <= 5
        default: false
        }
    }

    /// The actions that only make a room or look whether it is whole, and undo nothing.
    private static let making: Set = [
        "updateDatabase", "getTags", "tagResource", "registerResource", "batchGrantPermissions", "getTables",
        "listObjectsV2",
    ]

    /// Whether it may keep a clean-up from getting done, so that something may be left, which is then named.
    ///
    /// What an effect was whose reply is lost is found out by reading, unless the replies of reads are lost, or no reply
    /// ever arrives.
    func mayBlockUndoing(at resource: TaskResource) -> Bool {
        let mayBeOfUndoing = !Self.making.contains(resource.action)
        return switch kind {
        case .strangerDropsDatabase, .strangerTakesName, .strangerRegisters, .strangerRegistersWithOurRole,
            .strangerGrants, .strangerDeregisters, .tableAppears, .accountVanishes, .administratorRemoved:
            true
        case .denied, .malformed: mayBeOfUndoing
        case .throttled, .conflict, .rateExceeded, .broken, .partial, .partialOfTables: amount > 2 && mayBeOfUndoing
        case .lostReply:
            mayBeOfUndoing
                && amount > (["get", "describe", "list"].contains { resource.action.hasPrefix($0) } ? 2 : 8)
        case .slow: amount >= 500
        default: false
        }
    }
}
