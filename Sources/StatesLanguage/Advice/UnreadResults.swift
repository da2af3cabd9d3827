import BitCollections
import OrderedCollections

/// Finds results that are kept where nothing looks for them before something else is put there.
///
/// What is read behind each state is followed from the ends to the beginning (live variables).
struct UnreadResults {
    private let scope: MachineScope
    /// The places that are read anywhere, each by the names of members that lead to it.
    private let places: OrderedSet<[String]>
    /// What is read of the input of each state, there or later, as positions in `places`.
    private var live: [String: BitSet] = [:]
    /// The same, whatever is put there before.
    private var behind: [String: BitSet] = [:]
    private let budget: AdviceBudget

    init(_ scope: MachineScope, _ budget: AdviceBudget) {
        (self.scope, self.budget) = (scope, budget)
        var places: OrderedSet<[String]> = []
        let reads = scope.states.mapValues { state in Self.reads(of: state).map { places.append($0).index } }
        self.places = places
        // A state comes before those that lead to it, but for loops.
        let order = scope.inOrderOfWays.reversed().compactMap { scope.states[$0] }
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for state in order {
                // Each way out takes along what is read behind it, place by place.
                if !budget.take(1 + (1 + state.edges.count) * (1 + places.count / 8)) { return }
                let read = BitSet(reads[state.name] ?? [])
                var now = read
                now.formUnion(passedOn(by: state))
                let later = state.targets.reduce(into: read) { $0.formUnion(behind[$1] ?? []) }
                if live[state.name] == now, behind[state.name] == later { continue }
                (live[state.name], behind[state.name]) = (now, later)
                hasChanged = true
            }
        }
    }

    func check(_ problems: ProblemCollector) {
        for state in scope.states.values where !state.isOpaque && state.query == nil {
            if !budget.take(1 + state.edges.count * (1 + places.count / 8)) { return }
            if let path = Self.resultPath(of: state), case .next(let next) = state.transition, state.outputPath == nil {
                check(path, state.place, live[next] ?? [], problems)
            }
            guard case .task(let task) = state.kind else { continue }
            for (index, catcher) in task.catchers.enumerated() {
                // An error is kept for whoever tells it, and on some ways another is told.
                let place = state.place.appending("Catch").appending(index)
                check(catcher.resultPath, place, behind[catcher.next] ?? [], problems)
            }
        }
    }

    private func check(_ path: ResultPath, _ place: ProblemPath, _ live: BitSet, _ problems: ProblemCollector) {
        guard case .path(let path) = path else { return }
        let written = Self.names(path.path)
        let isRead = live.contains { places[$0].starts(with: written) || written.starts(with: places[$0]) }
        if isRead { return }
        problems.add(
            .unreadResult, at: place.appending("ResultPath"),
            "nothing reads what is put at '\(path.path.text.quoted)', or only after something else is put there")
    }

    /// What is read behind a state, and is not put there by it.
    private func passedOn(by state: State) -> BitSet {
        if state.isOpaque || state.query != nil || state.outputPath != nil { return [] }
        var passed = BitSet()
        for edge in state.edges {
            var behind = live[edge.target] ?? []
            if case .catcher(let index) = edge.kind {
                behind = less(behind, state.catchers[index].resultPath)
            } else if let path = Self.resultPath(of: state) {
                behind = less(behind, path)
            }
            passed.formUnion(behind)
        }
        return passed
    }

    private func less(_ live: BitSet, _ path: ResultPath) -> BitSet {
        switch path {
        case .discard: return live
        case .replace: return []
        case .path(let path):
            let written = Self.names(path.path)
            return live.filter { !places[$0].starts(with: written) }
        }
    }

    // MARK: One state

    /// Where a state puts its result; `nil` for one that passes on what it gets.
    private static func resultPath(of state: State) -> ResultPath? {
        switch state.kind {
        case .task(let task): return task.resultPath
        case .parallel(let parallel): return parallel.outcome.resultPath
        case .map(let map): return map.outcome.resultPath
        case .pass(let pass):
            let isSame = pass.parameters == nil && pass.result == nil && state.inputPath == nil
            if isSame, case .replace = pass.resultPath { return nil }
            return pass.resultPath
        default: return nil
        }
    }

    private static func reads(of state: State) -> [[String]] {
        if state.isOpaque || state.query != nil { return [[]] }
        var reads: [[String]] = []
        if case .path(let path) = state.inputPath {
            // What is below it is read of what it gives.
            reads.append(names(path))
        } else {
            reads = StatePaths(of: state).all.filter { $0.path.root == .input }.map { names($0.path) }
            if takesAll(state) { reads.append([]) }
        }
        if case .path(let path) = state.outputPath { reads.append(names(path)) }
        if state.isEnd, state.outputPath == nil, !replacesAll(state) { reads.append([]) }
        return reads
    }

    private static func replacesAll(_ state: State) -> Bool {
        if case .replace? = resultPath(of: state) { true } else { state.typeName == "Fail" }
    }

    /// Whether its whole input is what a state works on.
    private static func takesAll(_ state: State) -> Bool {
        switch state.kind {
        case .task(let task): task.parameters == nil
        case .parallel(let parallel): parallel.parameters == nil
        case .map(let map): map.itemsPath == nil
        case .pass(let pass): resultPath(of: state) != nil && pass.parameters == nil && pass.result == nil
        default: false
        }
    }

    /// The names on the way, as far as they are names.
    private static func names(_ path: JSONPath) -> [String] {
        var names: [String] = []
        for segment in path.segments {
            guard case .member(let name) = segment else { break }
            names.append(name)
        }
        return names
    }
}
