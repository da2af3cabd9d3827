import OrderedCollections

/// Finds batches of which each part may fail on its own, and of which nobody asks whether it did.
///
/// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_BatchGrantPermissions.html>
struct FailuresAdvice {
    private let scope: MachineScope
    private let budget: AdviceBudget
    /// The paths that each state reads.
    private let reads: [String: [JSONPath]]

    init(_ scope: MachineScope, _ budget: AdviceBudget) {
        (self.scope, self.budget) = (scope, budget)
        let isAsked = scope.states.values.contains { Self.hasFailures($0) }
        reads =
            isAsked ? Dictionary(scope.states.values.map { ($0.name, StatePaths(of: $0).all.map(\.path)) }) { $1 } : [:]
    }

    /// Whether the result of a state says which parts of it have failed.
    private static func hasFailures(_ state: State) -> Bool {
        guard case .task(let task) = state.kind,
            case .structure(let members)? = ServiceIntegration(task.resource)?.output
        else { return false }
        return members.contains { $0.name == "Failures" }
    }

    func check(_ problems: ProblemCollector) {
        for state in scope.states.values {
            guard case .task(let task) = state.kind, Self.hasFailures(state) else { continue }
            let isRead = readsFailures(state) || areHandedOver(by: state, task)
            if budget.isSpent { return }
            if !isRead {
                problems.add(
                    .failuresNotRead, at: state.place,
                    "parts of this batch may fail while the call succeeds, and nobody looks at Failures[]")
            }
        }
    }

    /// Whether a task in JSONata looks at the failures itself.
    private func readsFailures(_ state: State) -> Bool {
        guard state.query != nil else { return false }
        return StateQueries(of: state).all.contains { read in
            budget.take(read.expression.references.count)
            return read.expression.references.contains { reference in
                reference.mayBe(member: "result") && (reference.members.dropFirst().first ?? "Failures") == "Failures"
            }
        }
    }

    /// Whether what comes behind the task looks at the failures.
    private func areHandedOver(by state: State, _ task: TaskState) -> Bool {
        guard case .next(let next) = state.transition, state.query?.output == nil else { return false }
        let places = places(of: task)
        return !places.isEmpty && areRead(places, from: next)
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
            let paths = reads[name] ?? []
            if !budget.take(1 + paths.count + state.edges.count) { return false }
            if state.isOpaque || state.query != nil
                || places.contains(where: { place in paths.contains { $0.segments.starts(with: place) } })
            {
                continue
            }
            if state.typeName == "Task" || state.isEnd { return false }
            for target in state.targets where seen.insert(target).inserted { unvisited.append(target) }
        }
        return true
    }
}
