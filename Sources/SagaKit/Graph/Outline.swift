package import StatesLanguage

/// What a machine is meant to be: its parts, and what each of them is for.
///
/// It is written down while the machine is put together, and the compiled JSON is held against it (`SagaCheck`).
package struct Outline: Sendable {
    /// A part of a machine with one entrance.
    package struct Region: Sendable {
        package let entrance: String
        /// The region around it.
        package let parent: Int?
    }

    /// What a part of a saga is for.
    package enum Role: Sendable, Equatable {
        /// Takes the request in.
        case intake
        /// Changes nothing.
        case check
        /// Changes something, and has these entrances of what takes it back.
        case step(undo: [String])
        case pivot
        case undoing
        /// Tells an outcome.
        case answer
        /// Has an effect that is not one of a saga, such as starting another execution.
        case dispatch
    }

    package struct Part: Sendable {
        package let role: Role
        package let entrance: String
        package var states: Set<String>
    }

    /// What an execution has told when it ends here.
    package enum End: Sendable, Equatable {
        case told(by: String)
        /// It tells nothing: the reason, and the states that may lead here, if not any may.
        case silent(String, from: [String]? = nil)
    }

    private(set) var regions: [Region] = []
    private(set) var regionOfState: [String: Int] = [:]
    private(set) var parts: [Part] = []
    /// The entrances of what is undone up to the anchor, the first to be undone first.
    private(set) var undoing: [String] = []
    private(set) var ends: [String: End] = [:]
    /// The states that tell an outcome.
    private(set) var tellers: Set<String> = []
    /// States inside a region that others lead to all the same, and those that do.
    private(set) var sideDoors: [String: Set<String>] = [:]
    /// The states that lead to some, and nothing else does.
    private(set) var sources: [String: Set<String>] = [:]
    /// Where only a repeat goes from a state, which follows another execution: to the pivot without a step of its own, or
    /// to an answer without undoing.
    private var repeats: [String: Set<String>] = [:]
    /// The states that ask whether an execution is a repeat.
    private var decisions: Set<String> = []
    /// The tasks that no retrier tries again, but the machine itself by coming back to them.
    private(set) var looped: Set<String> = []
    /// The errors after which a task is not tried again, since they say something.
    private(set) var expected: [String: Set<String>] = [:]
    /// The batches of which a list says later what came of them, whatever was refused.
    private(set) var listed: Set<String> = []
    /// The retriers of a task that wait for something and are not for its faults, by what they wait for.
    private(set) var waiting: [String: Set<String>] = [:]

    /// Where those who have waited begin their next round.
    private(set) var rounds: [String: String] = [:]

    /// The states that take the first of a list off it, so that who comes to them again has less before them.
    private(set) var shortening: Set<String> = []

    /// The states that ask whose an anchor is.
    private(set) var comparisons: Set<String> = []

    private var partOfState: [String: Int] = [:]
    private var openRegion: Int?
    private var openPart: Int?

    // MARK: Writing it down

    package mutating func add(_ state: String) {
        if let openRegion { regionOfState[state] = openRegion }
        if let openPart {
            parts[openPart].states.insert(state)
            partOfState[state] = openPart
        }
    }

    package mutating func open(_ entrance: String) {
        regions.append(Region(entrance: entrance, parent: openRegion))
        openRegion = regions.count - 1
    }

    package mutating func close() { openRegion = openRegion.flatMap { regions[$0].parent } }

    package mutating func begin(_ role: Role, _ entrance: String) {
        parts.append(Part(role: role, entrance: entrance, states: []))
        openPart = parts.count - 1
    }

    package mutating func finish() { openPart = nil }

    package mutating func undoes(_ entrance: String) { undoing.append(entrance) }
    package mutating func ends(_ state: String, _ end: End) { ends[state] = end }
    package mutating func tells(_ state: String) { tellers.insert(state) }
    package mutating func hasSideDoor(_ state: String, from source: String) {
        sideDoors[state, default: []].insert(source)
    }
    package mutating func isEntered(_ state: String, from states: [String]) { sources[state] = Set(states) }
    package mutating func follows(_ state: String, _ targets: [String]) {
        repeats[state, default: []].formUnion(targets)
    }
    /// - Parameter state: asks whether the execution is a repeat, so that only a repeat goes the ways of one.
    package mutating func decides(_ state: String) { decisions.insert(state) }
    package mutating func loops(_ state: String) { looped.insert(state) }
    package mutating func expects(_ state: String, _ error: String) { expected[state, default: []].insert(error) }
    package mutating func isListed(_ state: String) { listed.insert(state) }
    package mutating func waits(_ state: String, for errors: [String]) { waiting[state, default: []].formUnion(errors) }
    package mutating func beginsAnew(_ wait: String, at state: String) { rounds[wait] = state }

    package mutating func shortens(_ state: String) { shortening.insert(state) }
    package mutating func compares(_ state: String) { comparisons.insert(state) }

    // MARK: Reading it

    /// The regions around a state, the outermost first.
    package func regions(around state: String) -> [Int] {
        var around: [Int] = []
        var region = regionOfState[state]
        while let current = region {
            around.insert(current, at: 0)
            region = regions[current].parent
        }
        return around
    }

    /// Whether only a repeat goes this way.
    package func isOfRepeat(_ edge: State.Edge, of state: String) -> Bool {
        repeats[state]?.contains(edge.target) ?? false
    }

    /// Whether no repeat goes this way, since it is asked there.
    package func isClosedToRepeats(_ edge: State.Edge, of state: String) -> Bool {
        decisions.contains(state) && isOfOthers(edge, of: state)
    }

    /// Whether the way is that of the others where a repeat goes its own.
    package func isOfOthers(_ edge: State.Edge, of state: String) -> Bool {
        repeats[state].map { !$0.contains(edge.target) } ?? false
    }

    /// The part that a state belongs to.
    package func part(of state: String) -> Part? { partOfState[state].map { parts[$0] } }

    /// The parts on the way to success, in their order.
    package var forward: [Part] {
        parts.filter {
            switch $0.role {
            case .check, .step, .pivot: true
            default: false
            }
        }
    }

    /// The part that tells success.
    package var success: Part? { parts.first { $0.role == .answer } }
}
