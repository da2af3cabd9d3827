import StatesLanguage

/// The ways through a machine.
struct Ways {
    let scope: MachineScope
    let outline: Outline
    private let targets: [String: [String]]

    /// - Parameter isRepeat: whether the ways are those of a repeat that follows another execution; else those of all
    ///   others.
    init(_ scope: MachineScope, _ outline: Outline, isRepeat: Bool = false) {
        (self.scope, self.outline) = (scope, outline)
        targets = scope.inOrder.reduce(into: [:]) { targets, state in
            targets[state.name] = state.edges.filter {
                !(isRepeat ? outline.isOfOthers($0, of: state.name) : outline.isOfRepeat($0, of: state.name))
            }.map(\.target)
        }
    }

    /// What can be reached, but not through some states.
    func reached(from start: [String], without barriers: Set<String> = []) -> Set<String> {
        var reached = Set(start).subtracting(barriers)
        var unvisited = Array(reached)
        while let name = unvisited.popLast() {
            for target in targets[name] ?? [] where !barriers.contains(target) && reached.insert(target).inserted {
                unvisited.append(target)
            }
        }
        return reached
    }

    /// Which outcomes may have been told, and in which sets, when a state is entered; repeats included.
    func told() -> [String: Set<Set<String>>] {
        var told: [String: Set<Set<String>>] = [scope.startAt: [[]]]
        var unvisited: [(String, Set<String>)] = [(scope.startAt, [])]
        while let (name, before) = unvisited.popLast() {
            guard let state = scope.state(name) else { continue }
            for edge in state.edges {
                var after = before
                // Told twice is more than one, too.
                if edge.kind == .next, outline.tellers.contains(name) {
                    after.insert(before.contains(name) ? name + " again" : name)
                }
                if told[edge.target, default: []].insert(after).inserted { unvisited.append((edge.target, after)) }
            }
        }
        return told
    }
}
