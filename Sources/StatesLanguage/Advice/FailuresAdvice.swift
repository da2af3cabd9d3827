import OrderedCollections

/// Finds batches of which each part may fail on its own, and of which nobody asks whether it did.
///
/// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_BatchGrantPermissions.html>
struct FailuresAdvice {
    let scope: MachineScope

    func check(_ problems: ProblemCollector) {
        for state in scope.states.values {
            guard case .task(let task) = state.kind, let output = ServiceIntegration(task.resource)?.output,
                case .structure(let members) = output, members.contains(where: { $0.name == "Failures" })
            else { continue }
            let places = places(of: task)
            let isRead =
                if case .next(let next) = state.transition { !places.isEmpty && areRead(places, from: next) } else {
                    false
                }
            if !isRead {
                problems.add(
                    .failuresNotRead, at: state.place,
                    "parts of this batch may fail while the call succeeds, and nobody looks at Failures[]")
            }
        }
    }

    /// Where the failures are after the task.
    private func places(of task: TaskState) -> [[JSONPath.Segment]] {
        let base: [JSONPath.Segment]
        switch task.resultPath {
        case .discard: return []
        case .replace: base = []
        case .path(let path): base = path.path.segments
        }
        guard let selector = task.resultSelector else { return [base + [.member("Failures")]] }
        guard case .object(let members) = selector.root else { return [] }
        return members.compactMap { member in
            guard case .path(let path) = member.template, path.root == .input else { return nil }
            if path.segments.isEmpty { return base + [.member(member.name), .member("Failures")] }
            return path.segments.first == .member("Failures") ? base + [.member(member.name)] : nil
        }
    }

    /// Whether every way from a state comes to one that reads a place, before there is another task or an end.
    private func areRead(_ places: [[JSONPath.Segment]], from name: String) -> Bool {
        var seen: Set = [name]
        var unvisited = [name]
        while let name = unvisited.popLast() {
            guard let state = scope.states[name] else { return false }
            let paths = StatePaths(of: state).all.map(\.path)
            if state.isOpaque || places.contains(where: { place in paths.contains { $0.segments.starts(with: place) } })
            {
                continue
            }
            if state.typeName == "Task" || state.isEnd { return false }
            for target in state.targets where seen.insert(target).inserted { unvisited.append(target) }
        }
        return true
    }
}
