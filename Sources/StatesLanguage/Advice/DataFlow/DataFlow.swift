import OrderedCollections

/// Follows what is known of the data along every way through a machine, and finds what is read and cannot be there.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html>
struct DataFlow {
    private let scope: MachineScope
    private let facts: MachineFacts
    /// What is known of the input of each state that is reached.
    private var inputs: [String: KnownData] = [:]
    private let budget: AdviceBudget

    /// - Parameter start: what is known where the machine begins.
    init(_ scope: MachineScope, start: KnownData, _ facts: MachineFacts, _ budget: AdviceBudget) {
        (self.scope, self.facts, self.budget) = (scope, facts, budget)
        inputs[scope.startAt] = start
        // A state comes after those that lead to it, but for loops: so most are looked at once.
        let order = scope.inOrderOfWays
        let positions = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
        var isWaiting = order.map { $0 == scope.startAt }
        // Before this one none waits.
        var first = 0
        while let position = isWaiting[first...].firstIndex(of: true), !budget.isSpent {
            isWaiting[position] = false
            first = position
            guard let state = scope.states[order[position]], let input = inputs[state.name] else { continue }
            var visit = StateVisit(facts, budget)
            for (target, output) in visit.outcomes(of: state, input) {
                if let known = inputs[target] {
                    guard let joined = known.joining(output, budget) else { continue }
                    inputs[target] = joined
                } else {
                    inputs[target] = output
                }
                if let position = positions[target] {
                    isWaiting[position] = true
                    first = min(first, position)
                }
            }
        }
    }

    func check(_ problems: ProblemCollector) {
        for state in scope.states.values {
            guard let input = inputs[state.name] else { continue }
            var visit = StateVisit(facts, budget)
            visit.isTelling = true
            _ = visit.outcomes(of: state, input)
            // What was not followed to its end says nothing.
            if budget.isSpent { return }
            for (branch, start) in zip(state.branches, visit.begun) {
                DataFlow(branch, start: start, facts, budget).check(problems)
            }
            for miss in visit.missed {
                problems.add(.pathNotThere) { problem(miss, at: state, problems) }
            }
            for (place, reason) in visit.neverTaken { problems.add(.neverTaken, at: place, reason) }
            for mismatch in visit.mismatches { mismatch.tell(problems) }
        }
    }

    private func problem(_ miss: MissedValue, at state: State, _ problems: ProblemCollector) -> Problem {
        if let dropper = dropper(of: miss, at: state) {
            return Problem(
                .droppedResult, at: miss.place,
                "the result of \(dropper) is dropped, so there is no '\(miss.text.quoted)'",
                hint: "give \(dropper) a ResultPath")
        }
        return miss.problem(comingFrom: wayWithout(miss, to: state), problems)
    }

    /// A state from which the missing value does not come.
    private func wayWithout(_ miss: MissedValue, to state: State) -> String? {
        for before in scope.states.values {
            if !budget.take(1 + before.edges.count) { return nil }
            guard before.edges.contains(where: { $0.target == state.name }), let input = inputs[before.name] else {
                continue
            }
            var visit = StateVisit(facts, budget)
            for (target, output) in visit.outcomes(of: before, input)
            where target == state.name && miss.isMissing(from: output) {
                return before.name
            }
        }
        return nil
    }

    /// The task on the way whose result would have had what is missing, and is dropped.
    private func dropper(of miss: MissedValue, at state: State) -> String? {
        guard miss.document == .input, case .member(let name)? = miss.segments.first else { return nil }
        for before in scope.states.values {
            guard case .task(let task) = before.kind, case .discard = task.resultPath, gives(task, name),
                budget.take(scope.states.count), scope.reached(from: before.name).contains(state.name)
            else { continue }
            return before.name
        }
        return nil
    }

    /// Whether the result of a task has a member.
    private func gives(_ task: TaskState, _ name: String) -> Bool {
        budget.take(1)
        switch task.resultSelector?.root {
        case .object(let members)?: return members.contains { $0.name == name }
        case nil:
            guard case .object(let members, _)? = facts.results[task.resource] else { return false }
            return members[name] != nil
        default: return false
        }
    }
}
