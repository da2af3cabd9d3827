import DurableExecution
import StatesLanguage

/// What the checks read of an event of a history.
struct BranchEvent {
    let id: Int64
    let previousID: Int64
    let timestamp: Timestamp
    let kind: HistoryEvent.Kind
    let details: JSONObject

    init(_ event: HistoryEvent, id: Int64? = nil, previousID: Int64? = nil) {
        self.id = id ?? event.id
        self.previousID = previousID ?? event.previousID
        (timestamp, kind, details) = (event.timestamp, event.kind, event.details)
    }
}

/// Reads the history of an execution with branches, and says what in it cannot be.
///
/// It knows the tree of the machine and AWS's rules, and nothing of the engine: to which branch an event belongs follows
/// from the event before it and from the names of states.
struct BranchHistory {
    /// A branch or an iteration as far as it has come, or the machine itself.
    private struct Branch {
        let scope: BranchPlaces.Scope
        /// The branch whose state it is in; `nil` for the machine itself.
        let parent: Int?
        /// Which iteration of a Map.
        var item = 0
        var state: String?
        var hasEnded = false
        var openTask = false
        /// What runs inside the current state, while it is a Parallel or Map.
        var inside: [Int] = []
        /// Whether its Parallel or Map has begun.
        var isForked = false
    }

    private let places: BranchPlaces
    private var branches: [Branch] = [Branch(scope: .init(fork: nil, index: 0), parent: nil)]
    /// The branch of each event.
    private var owners: [Int] = []
    private(set) var violations: [BranchViolation] = []

    /// - Parameter events: the whole history, without redrives.
    static func violations(of events: [BranchEvent], _ machine: BranchedMachine) -> [BranchViolation] {
        var history = BranchHistory(places: BranchPlaces(machine))
        for (index, event) in events.enumerated() {
            history.take(event, events, index)
            if !history.violations.isEmpty { return history.violations }
        }
        history.end(events)
        return history.violations
    }

    private init(places: BranchPlaces) { self.places = places }

    /// What holds of a history with redrives, too: events count up, and name earlier ones.
    static func order(of events: [BranchEvent]) -> [BranchViolation] {
        var last = Timestamp(milliseconds: .min)
        for (index, event) in events.enumerated() {
            defer { last = event.timestamp }
            // AWS names no predecessor for the first state, nor for a stop.
            let isFirst = index < 2 || event.kind == .executionAborted || event.kind == .executionTimedOut
            if event.id == Int64(index + 1), event.previousID < event.id, event.previousID > 0 || isFirst,
                event.timestamp >= last
            {
                continue
            }
            return [BranchViolation(.eventsCountUp, "event \(index + 1) is \(event.id) behind \(event.previousID)")]
        }
        return []
    }

    private mutating func report(_ invariant: BranchInvariant, _ event: BranchEvent, _ detail: String) {
        violations.append(
            BranchViolation(invariant, "\(event.id) \(event.kind.name) behind \(event.previousID): \(detail)"))
    }

    // MARK: Events

    private mutating func take(_ event: BranchEvent, _ events: [BranchEvent], _ index: Int) {
        let name = event.details["name"]?.stringValue ?? ""
        let previous = event.previousID > 0 ? owners[Int(event.previousID) - 1] : 0
        let before = event.previousID > 0 ? events[Int(event.previousID) - 1].kind : .executionStarted
        var owner = previous
        defer { owners.append(owner) }
        switch event.kind {
        case .executionStarted: break
        case .executionSucceeded, .executionFailed, .executionAborted, .executionTimedOut, .executionRedriven:
            owner = 0
        case .stateEntered:
            guard let found = enter(name, event, previous, before) else { return }
            owner = found
        case .stateExited:
            guard let found = ancestor(of: previous, in: name), branches[found].state == name else {
                return report(.predecessorIsOfBranch, event, "it is not in \(name)")
            }
            owner = found
            if branches[owner].openTask { report(.tasksEndOnce, event, "its task has not ended") }
            branches[owner].state = nil
            if !branches[owner].inside.isEmpty { report(.branchesEndOnce, event, "branches run in it") }
        case .taskScheduled:
            if branches[owner].openTask { report(.tasksEndOnce, event, "another task is open") }
            branches[owner].openTask = true
        case .taskStarted, .taskSubmitted:
            if !branches[owner].openTask { report(.tasksEndOnce, event, "no task is open") }
        case .taskSucceeded, .taskFailed, .taskTimedOut:
            if !branches[owner].openTask { report(.tasksEndOnce, event, "the task has ended before") }
            branches[owner].openTask = false
        case .stateAborted(let type):
            // Of the branch that has failed, or of one of its siblings.
            if type == "Parallel" || type == "Map" { owner = aborting(previous, before) }
            branches[owner].openTask = false
            branches[owner].hasEnded = true
        case .parallelStateStarted, .mapStateStarted:
            owner = forking(previous, before)
            fork(owner, event)
        case .parallelStateSucceeded, .mapStateSucceeded: owner = succeed(previous, before, event)
        case .parallelStateFailed, .mapStateFailed:
            owner = forking(previous, before)
            close(owner)
        case .mapIterationStarted: owner = iterate(forking(previous, before), name, event)
        case .mapIterationSucceeded, .mapIterationFailed, .mapIterationAborted:
            owner = endIteration(previous, name, event)
        case .evaluationFailed: report(.endIsExpected, event, "no expression fails")
        }
        if branches[owner].hasEnded, event.kind.isOfBranch {
            report(.endedBranchesAreSilent, event, "its branch has ended")
        }
    }

    /// The branch among this one and those around it whose states have a name.
    private func ancestor(of branch: Int, in name: String) -> Int? {
        guard let scope = places.scopes[name] else { return nil }
        var next: Int? = branch
        while let branch = next {
            if branches[branch].scope == scope { return branch }
            next = branches[branch].parent
        }
        return nil
    }

    /// The branch whose Parallel or Map something happens in, from the event before that.
    private func forking(_ previous: Int, _ before: HistoryEvent.Kind) -> Int {
        switch before {
        case .stateEntered where !branches[previous].isForked && places.forks[branches[previous].state ?? ""] != nil:
            previous
        case .mapStateStarted, .parallelStateStarted, .mapIterationSucceeded: previous
        default: branches[previous].parent ?? 0
        }
    }

    /// The branch whose Parallel or Map is aborted, from the event before that.
    private func aborting(_ previous: Int, _ before: HistoryEvent.Kind) -> Int {
        switch before {
        // It has failed itself, and so has its branch. Where a state inside it has, its branch had ended by then.
        case .parallelStateFailed, .mapStateFailed:
            branches[previous].hasEnded ? branches[previous].parent ?? 0 : previous
        default: forking(previous, before)
        }
    }

    private mutating func enter(
        _ name: String, _ event: BranchEvent, _ previous: Int, _ before: HistoryEvent.Kind
    ) -> Int? {
        guard let scope = places.scopes[name] else {
            report(.predecessorIsOfBranch, event, "there is no \(name)")
            return nil
        }
        var owner = previous
        if before == .parallelStateStarted, scope.fork != nil, scope.fork == branches[previous].state {
            owner = branches.count
            let siblings = branches[previous].inside.map { branches[$0].scope }
            if siblings.contains(scope) { report(.branchesEndOnce, event, "its branch has begun before") }
            branches.append(Branch(scope: scope, parent: previous))
            branches[previous].inside.append(owner)
        } else if let found = ancestor(of: previous, in: name) {
            owner = found
        } else {
            report(.predecessorIsOfBranch, event, "\(name) is in another branch")
            return nil
        }
        if let state = branches[owner].state { report(.predecessorIsOfBranch, event, "it is in \(state) still") }
        branches[owner].state = name
        branches[owner].isForked = false
        return owner
    }

    // MARK: Forks

    private mutating func fork(_ owner: Int, _ event: BranchEvent) {
        guard let step = places.forks[branches[owner].state ?? ""] else {
            return report(.predecessorIsOfBranch, event, "its branch is in no Parallel or Map")
        }
        if case .map(let map) = step.kind, event.details["length"]?.integerValue != Int64(map.count) {
            report(.branchesEndOnce, event, "it has another number of items than \(map.count)")
        }
        // The state is retried: what ran in it has ended.
        close(owner)
        branches[owner].isForked = true
    }

    /// Has everything end that runs in a state.
    private mutating func close(_ owner: Int) {
        for inner in branches[owner].inside {
            branches[inner].hasEnded = true
            close(inner)
        }
        branches[owner].inside = []
        branches[owner].isForked = false
    }

    private mutating func iterate(_ owner: Int, _ name: String, _ event: BranchEvent) -> Int {
        guard branches[owner].state == name, case .map(let map) = places.forks[name]?.kind else {
            report(.predecessorIsOfBranch, event, "its branch is not in \(name)")
            return owner
        }
        let item = Int(event.details["index"]?.integerValue ?? -1)
        let inside = branches[owner].inside
        if item != inside.count || item >= map.count { report(.branchesEndOnce, event, "\(item) is not its turn") }
        let running = inside.count { !branches[$0].hasEnded } + 1
        if running > map.limit { report(.concurrencyIsKept, event, "\(running) run, of \(map.limit)") }
        branches.append(Branch(scope: .init(fork: name, index: 0), parent: owner, item: item))
        branches[owner].inside.append(branches.count - 1)
        return branches.count - 1
    }

    private mutating func endIteration(_ previous: Int, _ name: String, _ event: BranchEvent) -> Int {
        let item = Int(event.details["index"]?.integerValue ?? -1)
        // One that is aborted may be in a Parallel or Map of its own.
        var next: Int? = previous
        while let branch = next, branches[branch].scope.fork != name || branches[branch].item != item {
            next = branches[branch].parent
        }
        guard let found = next, let parent = branches[found].parent else {
            report(.predecessorIsOfBranch, event, "the event before is not of iteration \(item) of \(name)")
            return previous
        }
        if event.kind == .mapIterationSucceeded, branches[found].hasEnded || branches[found].state != nil {
            report(.branchesEndOnce, event, "it is in the midst of it")
        }
        if branches[found].openTask { report(.tasksEndOnce, event, "its task has not ended") }
        branches[found].hasEnded = true
        return parent
    }

    private mutating func succeed(_ previous: Int, _ before: HistoryEvent.Kind, _ event: BranchEvent) -> Int {
        let owner = forking(previous, before)
        let inside = branches[owner].inside
        switch places.forks[branches[owner].state ?? ""]?.kind {
        case .map(let map):
            if inside.count != map.count || inside.contains(where: { !branches[$0].hasEnded }) {
                report(.branchesEndOnce, event, "not all iterations have ended")
            }
        case .parallel(let bodies):
            if inside.count != bodies.count || inside.contains(where: { branches[$0].state != nil }) {
                report(.branchesEndOnce, event, "not all branches have ended")
            }
        default: report(.predecessorIsOfBranch, event, "its branch is in no Parallel or Map")
        }
        close(owner)
        return owner
    }

    private mutating func end(_ events: [BranchEvent]) {
        guard let last = events.last else { return }
        switch last.kind {
        case .executionSucceeded, .executionFailed:
            if let open = branches.firstIndex(where: { $0.openTask }) {
                let state = branches[open].state ?? ""
                report(.tasksEndOnce, last, "a task in \(state) has neither ended nor been aborted")
            }
        case .executionAborted, .executionTimedOut: break
        default: report(.everythingEnds, last, "it is the last event")
        }
        let ends = events.dropLast().contains { $0.kind.isEnd }
        if ends { report(.nothingRunsAfterEnd, last, "there are events behind the end") }
    }
}

extension HistoryEvent.Kind {
    fileprivate var isEnd: Bool {
        switch self {
        case .executionSucceeded, .executionFailed, .executionAborted, .executionTimedOut: true
        default: false
        }
    }

    /// Whether it is something that a branch does which has not ended.
    fileprivate var isOfBranch: Bool {
        switch self {
        case .stateEntered, .stateExited, .taskScheduled, .taskStarted, .taskSubmitted, .taskSucceeded, .taskFailed,
            .taskTimedOut, .parallelStateStarted, .mapStateStarted, .parallelStateSucceeded, .mapStateSucceeded:
            true
        default: false
        }
    }
}
