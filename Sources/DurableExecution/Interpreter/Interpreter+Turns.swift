import StatesLanguage

/// The branches take turns, a state each, until all of them wait or the budget is spent.
extension Interpreter {
    /// From here on no state is begun: what ends the execution still has a place in its history.
    static let lastEventOfStates = maximumHistoryEvents - 10

    /// Goes from state to state until every branch has to wait for something from outside, the budget is spent, or the next
    /// entry of the journal is to be taken in.
    ///
    /// - Parameter goesOn: whether the first of them is carried out whatever it costs.
    mutating func follow(goesOn: Bool = false) -> [ExecutionAction] {
        var goesOn = goesOn
        while let id = ready.first {
            turn(to: id)
            guard case .ready(let next) = branch.position else { preconditionFailure("branch \(id) is not ready") }
            let cost = cost(of: next)
            if isAtBound { break }
            if goesOn || cost.most <= budget {
                carryOutNext(next, foreseen: cost.most)
            } else if !tryNext(next, foreseen: cost.once) {
                break
            }
            goesOn = false
        }
        if isPaused { actions.append(.goOn) }
        defer { actions = [] }
        return actions
    }

    /// - Parameters:
    ///   - units: what it was foreseen to take.
    ///   - steps: how many steps it may take to evaluate.
    private mutating func carryOutNext(_ next: Continuation, foreseen units: Int, steps: Int = .max) {
        ready.removeFirst()
        revision += 1
        let (before, events) = (evaluationSteps, lastEventID)
        carryOut(next, steps: steps)
        if lastEventID == events { silentTurns += 1 }
        // What was not foreseen: all steps of one state at most.
        budget -= max(units, (evaluationSteps - before) / StateWeight.stepsPerUnit)
    }

    /// Carries out what may take more work than there is budget for, but hardly ever does: a search that may go through
    /// all data for each value in them mostly looks at a few.
    ///
    /// It is done on a copy of the interpreter, so only where that is small: one branch, few variables, and few events that
    /// nobody has taken yet.
    ///
    /// - Returns: whether the budget was enough. Else nothing has happened, except that some of the budget is spent.
    private mutating func tryNext(_ next: Continuation, foreseen units: Int) -> Bool {
        let limit = min(budget, Self.largestTry)
        let units = units + branch.variables.visibleBytes / 256 + (history?.count ?? 0)
        if units > limit || !resting.isEmpty { return false }
        let before = self
        carryOutNext(next, foreseen: units, steps: limit * StateWeight.stepsPerUnit)
        if !evaluation.exceedsTry { return true }
        let spent = before.budget - budget
        self = before
        budget -= max(limit, spent)
        return false
    }

    /// How many units a try may take, all of them in vain where it fails.
    private static let largestTry = 512

    /// Makes a branch the one whose turn it is.
    mutating func turn(to id: BranchID) {
        if id == branch.id { return }
        guard let next = resting.removeValue(forKey: id) else { preconditionFailure("there is no branch \(id)") }
        if case .ended = branch.position {
            // Nothing is left of it.
        } else {
            resting[branch.id] = branch
            changed.insert(branch.id)
            if let awaited = branch.awaited { awaiting[awaited] = branch.id }
        }
        if let awaited = next.awaited { awaiting[awaited] = nil }
        branch = next
    }

    /// Has the current branch go on when its turn comes.
    mutating func proceed(to next: Continuation) {
        branch.position = .ready(next)
        ready.append(branch.id)
    }

    /// Has the current branch wait for what is done outside.
    mutating func wait(at position: Branch.Position, holding bytes: Int = 0) {
        branch.position = position
        hold(bytes)
        if let action = branch.action { actions.append(action) }
    }

    /// A number for what is waited for next, which no other has.
    mutating func nextWait() -> Int64 {
        waitCount += 1
        return waitCount
    }

    /// Counts what the current branch holds besides the input of its state.
    mutating func hold(_ bytes: Int) {
        branchBytes += bytes - branch.heldBytes
        branch.heldBytes = bytes
    }

    /// A state, or what it does with what happened, begins.
    mutating func renewBudget(steps: Int = .max) {
        earlierSteps += evaluation.steps + 1
        evaluation = EvaluationBudget(steps: steps)
    }

    private mutating func carryOut(_ next: Continuation, steps: Int) {
        if lastEventID >= Self.lastEventOfStates { return endAtLimit() }
        renewBudget(steps: steps)
        if branch.heldBytes != 0 { hold(0) }
        switch next {
        case .iterate: iterate()
        case .enter(let state, let input, let extent): enter(state, input, extent)
        case .carryOut(let retries): carryOutState(branch.input.value, retries)
        case .complete(let resource, let retries, let result, let extent):
            complete(resource, retries, result.value, extent)
        case .catch(let catcher, let failure): self.catch(catcher, failure)
        case .leave(let output): leave(output.value)
        }
    }

    /// How much work something is, as far as that can be foreseen. What is kept as a text has to be read for it.
    private func cost(of next: Continuation) -> StateWeight.Cost {
        let state = branch.state
        switch next {
        case .iterate: return iterationCost
        case .enter(let state, let input, let extent): return cost(state.weight, extent.bytes) + input.cost
        case .carryOut: return cost(state.weight, branch.extent.bytes) + branch.input.cost
        case .complete(_, _, let result, let extent):
            return cost(state.resultWeight, branch.extent.bytes + extent.bytes) + branch.input.cost + result.cost
        case .catch(let catcher, _): return cost(catcher.weight, branch.extent.bytes) + branch.input.cost
        case .leave(let output):
            if branch.state.assignment == nil, branch.state.query == nil { return StateWeight.Cost(1 + output.cost) }
            return cost(state.resultWeight, branch.extent.bytes) + branch.input.cost + output.cost
        }
    }

    func cost(_ weight: StateWeight, _ bytes: Int) -> StateWeight.Cost {
        weight.cost(
            bytes: bytes, contextBytes: contextBytes + (branch.item?.bytes ?? 0),
            variableBytes: branch.variables.isEmpty ? 0 : branch.variables.visibleBytes)
    }
}
