package import StatesLanguage

/// Holds a compiled machine against what it is meant to be: a saga that tells each request one outcome and leaves
/// nothing behind.
package struct SagaCheck {
    private let scope: MachineScope
    private let outline: Outline
    private let ways: Ways
    private let waysOfRepeats: Ways

    package init(_ scope: MachineScope, _ outline: Outline) {
        (self.scope, self.outline) = (scope, outline)
        ways = Ways(scope, outline)
        waysOfRepeats = Ways(scope, outline, isRepeat: true)
    }

    /// What is wrong, in the order of the rules.
    ///
    /// 1. A part is entered by its entrance only, and the whole never again.
    /// 2. Every effect has an undo, and every error after the first effect leads to the undo graph.
    /// 3. The steps come one after the other, none is left out or done twice; and so do their undos.
    /// 4. After the pivot only the outcome is told.
    /// 5. An execution tells one outcome, or is one of those that tell none.
    /// 6. Every task is tried again, at random times, and no error leads back to it at once.
    package func problems() -> [Problem] {
        let problems: [[Problem]] = [
            sideDoors(), effectsWithoutUndo(), errorsWithoutUndo(), order(), undoOrder(), undoByRepeats(), afterPivot(),
            outcomes(), silentEnds(), circles(), scope.inOrder.flatMap(retries),
        ]
        return problems.flatMap { $0 }
    }

    private func problem(_ code: Problem.Code, at state: String, _ message: String) -> Problem {
        Problem(code, at: scope.state(state)?.place ?? scope.place.appending("States"), message)
    }

    // MARK: 1. Parts

    private func sideDoors() -> [Problem] {
        scope.inOrder.flatMap { state -> [Problem] in
            let around = outline.regions(around: state.name)
            return state.edges.compactMap { edge -> Problem? in
                if outline.sources[edge.target]?.contains(state.name) == false {
                    return Problem(.sagaSideDoor, at: edge.place, "\(edge.target) is not for \(state.name)")
                }
                if edge.target == scope.startAt {
                    return Problem(.sagaSideDoor, at: edge.place, "a way leads back to where the machine begins")
                }
                if scope.state(edge.target) == nil || outline.sideDoors[edge.target]?.contains(state.name) == true {
                    return nil
                }
                let entered = outline.regions(around: edge.target).filter { !around.contains($0) }
                guard let region = entered.first(where: { outline.regions[$0].entrance != edge.target }) else {
                    return nil
                }
                return Problem(
                    .sagaSideDoor, at: edge.place,
                    "\(edge.target) is inside the part that begins with \(outline.regions[region].entrance)")
            }
        }
    }

    // MARK: 2. Undo

    private func effectsWithoutUndo() -> [Problem] {
        var problems: [Problem] = []
        for state in scope.inOrder {
            guard case .task(let task) = state.kind, !outline.tellers.contains(state.name),
                ServiceAction.of(task.resource)?.changes ?? true
            else { continue }
            switch outline.part(of: state.name)?.role {
            case .undoing, .answer, .dispatch: break
            case .step(let undo) where !undo.isEmpty: break
            default:
                problems.append(problem(.sagaNoUndo, at: state.name, "nothing takes the effect of \(state.name) back"))
            }
        }
        let undone = ways.reached(from: [Waypoint.undo])
        for part in outline.parts {
            guard case .step(let undo) = part.role else { continue }
            for entrance in undo where !undone.contains(entrance) {
                problems.append(
                    problem(
                        .sagaNoUndo, at: part.entrance, "\(entrance), which takes it back, is not in the undo graph"))
            }
        }
        return problems
    }

    /// From the first effect on, an error is told only after undoing.
    private func errorsWithoutUndo() -> [Problem] {
        guard let success = outline.success else { return [] }
        return outline.parts.compactMap { part -> Problem? in
            let isLate = if case .step = part.role { true } else { part.role == .pivot }
            let after = ways.reached(from: [part.entrance], without: [Waypoint.undo, success.entrance])
            guard isLate, !after.isDisjoint(with: outline.tellers) else { return nil }
            return problem(
                .sagaNoUndo, at: part.entrance,
                "from \(part.entrance) a way leads to an answer past \(Waypoint.undo)")
        }
    }

    // MARK: 3. Order

    private func order() -> [Problem] {
        guard let success = outline.success else { return [] }
        var problems: [Problem] = []
        let forward = outline.forward.map(\.entrance)
        for (position, entrance) in forward.enumerated() {
            let past = ways.reached(from: [scope.startAt], without: [entrance])
            if past.contains(success.entrance) {
                problems.append(problem(.sagaStepBypassed, at: entrance, "a way leads past \(entrance) to success"))
            }
            if position == 0 { continue }
            let after = ways.reached(from: [entrance])
            for earlier in forward[..<position] where after.contains(earlier) {
                problems.append(problem(.sagaStepRepeated, at: earlier, "a way leads back to it from \(entrance)"))
            }
        }
        problems += edges { state, edge in
            guard let position = forward.firstIndex(of: edge.target), outline.forward[position].role != .pivot,
                outline.part(of: state.name)?.entrance != edge.target
            else { return nil }
            let part = outline.part(of: state.name)
            let isBeginning = part?.role == .intake || part == nil && outline.forward[0].role != .check
            if position > 0 ? part?.entrance == forward[position - 1] : isBeginning { return nil }
            return Problem(
                .sagaStepBypassed, at: edge.place, "\(edge.target) does not come after \(part?.entrance ?? state.name)")
        }
        let undone = ways.reached(from: [Waypoint.undo])
        let beginning = outline.parts.filter { $0.role == .intake || $0.role == .dispatch }.map(\.entrance)
        for entrance in forward + beginning where undone.contains(entrance) {
            problems.append(problem(.sagaStepRepeated, at: entrance, "a way leads to it from \(Waypoint.undo)"))
        }
        return problems
    }

    private func undoOrder() -> [Problem] {
        let undoing = outline.undoing
        guard let first = undoing.first, let last = undoing.last else { return [] }
        var problems: [Problem] = []
        for (position, entrance) in undoing.enumerated() {
            if position > 0, position < undoing.count - 1 {
                let past = ways.reached(from: [first], without: [entrance])
                if !past.isDisjoint(with: outline.tellers.union([last])) {
                    problems.append(
                        problem(.sagaStepBypassed, at: entrance, "a way leads past \(entrance) to \(last) or an answer")
                    )
                }
            }
            let after = ways.reached(from: [entrance])
            for earlier in undoing[..<position] where after.contains(earlier) {
                problems.append(problem(.sagaStepRepeated, at: earlier, "a way leads back to it from \(entrance)"))
            }
        }
        return problems
    }

    /// What only a repeat goes does not lead to undoing: the room is not its own.
    private func undoByRepeats() -> [Problem] {
        scope.inOrder.flatMap { state in
            state.edges.compactMap { edge -> Problem? in
                guard outline.isOfRepeat(edge, of: state.name) else { return nil }
                let after = waysOfRepeats.reached(from: [edge.target])
                guard let entrance = outline.undoing.first(where: after.contains) else { return nil }
                return Problem(
                    .sagaStepRepeated, at: edge.place, "a repeat undoes nothing, and this leads to \(entrance)")
            }
        }
    }

    // MARK: 4. After the pivot

    private func afterPivot() -> [Problem] {
        guard let success = outline.success else { return [] }
        return ways.reached(from: [success.entrance]).sorted().compactMap { name -> Problem? in
            guard case .task = scope.state(name)?.kind, !outline.tellers.contains(name) else { return nil }
            return problem(
                .sagaEffectAfterPivot, at: name, "it comes after \(success.entrance), from where there is no way back")
        }
    }

    // MARK: 5. Outcomes

    private func outcomes() -> [Problem] {
        let told = ways.told()
        return scope.inOrder.filter(\.isEnd).flatMap { state -> [Problem] in
            (told[state.name] ?? []).sorted { $0.count < $1.count }.compactMap { told -> Problem? in
                if told.count > 1 {
                    return problem(.sagaTwoOutcomes, at: state.name, "a way ends here that tells more than one outcome")
                }
                switch outline.ends[state.name] {
                case .silent(let reason, _) where !told.isEmpty:
                    return problem(
                        .sagaTwoOutcomes, at: state.name, "a way that has told an outcome ends here: \(reason)")
                case .silent: return nil
                case .told(let teller) where told != [teller]:
                    return problem(.sagaNoOutcome, at: state.name, "a way ends here that has not passed \(teller)")
                case nil where told.isEmpty:
                    return problem(.sagaNoOutcome, at: state.name, "a way ends here that tells no outcome")
                default: return nil
                }
            }
        }
    }

    private func silentEnds() -> [Problem] {
        scope.inOrder.flatMap { state in
            state.edges.compactMap { edge -> Problem? in
                guard case .silent(let reason, let from?) = outline.ends[edge.target], !from.contains(state.name) else {
                    return nil
                }
                return Problem(
                    .sagaNoOutcome, at: edge.place,
                    "\(edge.target) tells nothing, which is not for \(state.name): \(reason)")
            }
        }
    }

    // MARK: 6. Retries

    /// An error leads back to its task only by a state that waits, which leads to a task; but where a queue gets shorter.
    private func circles() -> [Problem] {
        let waits = Set(scope.inOrder.filter { $0.typeName == "Wait" }.map(\.name))
        return edges { state, edge in
            if state.typeName == "Wait", scope.state(edge.target)?.typeName != "Task" {
                return Problem(.sagaStepBypassed, at: edge.place, "who waits looks again, or tries again")
            }
            if let start = outline.rounds[state.name], edge.target != start {
                return Problem(.sagaStepBypassed, at: edge.place, "who has waited begins anew at \(start)")
            }
            guard case .catcher = edge.kind, outline.part(of: state.name)?.role != .dispatch else { return nil }
            let comingCloser = waits.union(outline.shortening)
            if !ways.reached(from: [edge.target], without: comingCloser).contains(state.name) { return nil }
            return Problem(.sagaStepRepeated, at: edge.place, "an error of \(state.name) leads back to it at once")
        }
    }

    private func edges(_ problem: (State, State.Edge) -> Problem?) -> [Problem] {
        scope.inOrder.flatMap { state in state.edges.compactMap { problem(state, $0) } }
    }

    private func retries(of state: State) -> [Problem] {
        guard case .task(let task) = state.kind else { return [] }
        let place = state.place.appending("Retry")
        guard let action = ServiceAction.of(task.resource) else { return [] }
        if outline.looped.contains(state.name) { return loops(state, task, at: place) }
        if outline.tellers.contains(state.name) { return delivery(of: task, at: place) }
        var problems: [Problem] = []
        let caught = Set(task.retriers.flatMap(\.errorEquals))
        let expected = outline.expected[state.name, default: []]
        let missing = action.transientErrors.filter { !caught.contains($0) && !expected.contains($0) }
        if !missing.isEmpty {
            problems.append(
                Problem(.sagaNoRetry, at: place, "not tried again after \(missing.joined(separator: ", "))"))
        }
        if !action.isIdempotent,
            !caught.isDisjoint(with: [StatesError.all, StatesError.taskFailed, StatesError.timeout])
        {
            problems.append(
                Problem(.sagaNoRetry, at: place, "tried again although the attempt before may still have its effect"))
        }
        for (index, retrier) in task.retriers.enumerated() {
            if outline.waiting[state.name, default: []].isSuperset(of: retrier.errorEquals) {
                if retrier.hasJitter || retrier.maxAttempts < 2 {
                    problems.append(
                        Problem(
                            .sagaNoRetry, at: place.appending(index),
                            "waiting for what is not seen yet is not cut short"))
                }
                continue
            }
            if !retrier.hasJitter {
                problems.append(
                    Problem(.sagaNoJitter, at: place.appending(index), "without jitter all come back at once"))
            }
            if retrier.maxAttempts == 0 || retrier.backoffRate < 1.5 || retrier.maxDelaySeconds ?? .max > 60 {
                problems.append(
                    Problem(
                        .sagaNoRetry, at: place.appending(index),
                        "a delay grows, up to a minute at the most, for at least one attempt"))
            }
        }
        return problems
    }

    /// What the machine itself comes back to is tried again by no retrier, which would not look anew before it.
    private func loops(_ state: State, _ task: TaskState, at place: ProblemPath) -> [Problem] {
        if !task.retriers.isEmpty {
            return [Problem(.sagaNoRetry, at: place, "\(state.name) is come back to, and looked before it each time")]
        }
        let after = ways.reached(from: task.catchers.map(\.next))
        if after.contains(state.name) { return [] }
        return [Problem(.sagaNoRetry, at: place, "no way leads back to \(state.name) after a failure")]
    }

    /// An answer is tried for close to 24 hours, whatever goes wrong, and its failure is the execution's.
    private func delivery(of task: TaskState, at place: ProblemPath) -> [Problem] {
        guard let retrier = task.retriers.first, task.retriers.count == 1, retrier.errorEquals == [StatesError.all],
            task.catchers.isEmpty
        else {
            return [Problem(.sagaNoRetry, at: place, "an answer is tried again after every error, and has no catch")]
        }
        var random = SeededRandom(seed: 0)
        let seconds = (1...max(1, min(retrier.maxAttempts, 100_000))).reduce(into: Int64(0)) { sum, attempt in
            sum += retrier.delay(beforeAttempt: attempt, random: &random) / 1000
        }
        if (82_800...86_400).contains(seconds), retrier.maxDelaySeconds ?? .max <= 900 { return [] }
        return [
            Problem(
                .sagaNoRetry, at: place,
                "an answer is tried for 23 to 24 hours, at least every 15 minutes, not \(seconds) s")
        ]
    }
}
