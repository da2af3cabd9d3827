/// What has to hold of every schedule, whatever goes wrong in it.
package enum Invariant: String, CaseIterable, Sendable {
    /// Every execution ends.
    case everythingEnds
    /// No execution breaks off by an error of its own, unless a reply has another shape or is too large.
    case nothingBreaksOff
    /// Every request is told its outcome, unless nobody takes the answer for a day.
    case outcomeIsTold
    /// What is told of a request is always the same.
    case answersAgree
    /// A success that is told stands, whole; an error that is told is of the closed list.
    case answersAreTrue
    /// After an error nothing is left, or what is left is named.
    case nothingUnnamedIsLeft
    /// What was there before, and what others have made meanwhile, is untouched.
    case othersAreUntouched
    /// Where nothing kept the undoing from getting done, nothing is left.
    case undoingIsWhole
    /// What passes by itself within the retries does not cost the request its room.
    case passingFaultsPass
    /// An execution that breaks off is recovered five times at most.
    case recoveriesAreBounded
    /// The journal replays to the state in which the execution is.
    case journalReplays
    /// The same request under the same name is one execution, and with other content is refused.
    case repeatsAreOne
    /// The role may make every call, with all that AWS needs behind it.
    case callsAreAllowed

    /// The invariant in words.
    package var text: String {
        switch self {
        case .everythingEnds: "every execution ends"
        case .nothingBreaksOff: "no execution breaks off where every reply can be read"
        case .outcomeIsTold: "every request is told its outcome"
        case .answersAgree: "all answers to a request are the same"
        case .answersAreTrue: "the answer told is true"
        case .nothingUnnamedIsLeft: "nothing is left that the error does not name"
        case .othersAreUntouched: "what is another's stays as it is"
        case .undoingIsWhole: "nothing is left where nothing kept the undoing from getting done"
        case .passingFaultsPass: "faults that pass within the retries cost nobody the room"
        case .recoveriesAreBounded: "an execution is recovered five times at most"
        case .journalReplays: "the journal replays to the state"
        case .repeatsAreOne: "a repeat is the first execution, and other content is refused"
        case .callsAreAllowed: "the role may do what every call needs"
        }
    }
}

/// Something that did not hold.
package struct Violation: Hashable, Sendable, CustomStringConvertible {
    package let invariant: Invariant
    package let detail: String

    package var description: String { "\(invariant.rawValue): \(detail)" }
}
