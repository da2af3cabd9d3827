import StatesLanguage

/// What becomes of an error: the state is tried again, a catcher takes it, or the branch ends with it, and with the branch
/// its siblings, up to the state that takes it.
extension Interpreter {
    /// Why a state could not be carried out.
    enum StateFailure: Error {
        /// No state can take these two, but for the second by its name.
        case runtime(String)
        case dataLimit(String)
        /// A function failed.
        case intrinsic(String)
        /// An expression in JSONata failed, or gave what its field cannot take.
        case query(QueryFailure)
    }

    /// Tries the current state again, goes where a catcher leads, or ends the branch.
    ///
    /// 1. Try again, if the first retrier for this error has attempts left.
    /// 2. Else go where the first catcher for it leads.
    mutating func recover(from failure: BranchFailure, _ retries: [Int64]) {
        let state = branch.state
        let error = failure.error ?? ""
        // 1.
        let retriers = state.retriers
        if let index = retriers.firstIndex(where: { StatesError.matches(error, $0.errorEquals) }) {
            var retries = retries
            while retries.count < retriers.count { retries.append(0) }
            if retries[index] < retriers[index].maxAttempts {
                retries[index] += 1
                let delay = retriers[index].delay(beforeAttempt: retries[index], random: &random)
                discardFork()
                return wait(
                    at: .backoff(id: nextWait(), until: now.advanced(byMilliseconds: delay), retries: retries))
            }
        }
        switch state.kind {
        case .parallel: emit(.parallelStateFailed)
        case .map: emit(.mapStateFailed)
        default: break
        }
        // 2.
        if let catcher = state.catchers.first(where: { StatesError.matches(error, $0.errorEquals) }) {
            discardFork()
            return proceed(to: .catch(catcher, failure))
        }
        end(failure)
    }

    /// Ends the current state with the reason why it could not be carried out.
    mutating func end(with reason: StateFailure, _ retries: [Int64] = []) {
        let failure = failure(reason, in: branch)
        report(reason, failure, in: branch)
        switch (branch.state.kind, failure.error) {
        case (.map, StatesError.queryEvaluation), (.parallel, StatesError.queryEvaluation),
            (.task, StatesError.queryEvaluation), (_, StatesError.intrinsicFailure):
            recover(from: failure, retries)
        default: end(failure)
        }
    }

    /// Tells of an expression that has failed. Where it is the first that is known of a state after it was entered, AWS
    /// names the event before that one as its predecessor.
    ///
    /// - Parameter around: the branch whose state it is of.
    mutating func report(_ reason: StateFailure, _ failure: BranchFailure, in around: Branch) {
        guard case .query(let query) = reason, failure.error == StatesError.queryEvaluation else { return }
        let isFirst = query.isOfEvaluation && branch.id == around.id && branch.lastEventID == branch.enteredID
        emit(.evaluationFailed, previous: isFirst ? branch.enteredAfter : nil) { _ in
            var details = Self.errorDetails(failure.error, failure.cause)
            if let location = query.location { details["location"] = .string(location.quoted) }
            details["state"] = .string(around.state.name)
            return details
        }
    }

    /// Ends the current branch with an error that no state in it takes, and has the state around it deal with that.
    mutating func end(_ failure: BranchFailure) {
        guard let parent = branch.parent else {
            haltCurrent()
            let cause = failure.cause?.shortened(to: MessageText.maximumCauseLength)
            emit(.executionFailed) { _ in Self.errorDetails(failure.error, cause?.isEmpty == true ? nil : cause) }
            return finish(.failed(error: failure.error, cause: cause?.isEmpty == true ? nil : cause))
        }
        abortState()
        haltCurrent()
        let (last, index, id) = (branch.lastEventID, branch.index, branch.id)
        turn(to: parent)
        let state = branch.state
        guard case .forked(let fork) = branch.position else { preconditionFailure("nothing waits for the branch") }
        branch.lastEventID = last
        if case .map = state.kind {
            emit(.mapIterationFailed, advances: false) { _ in Self.iteration(index, of: state) }
        }
        var halted: Set<BranchID> = []
        for sibling in fork.running where sibling != id { halt(sibling, &halted) }
        ready.remove(halted)
        recover(from: failure, fork.retries)
    }

    /// Ends the execution, whose history can take no more, whatever states there are to take the error.
    mutating func endAtLimit() {
        haltCurrent()
        let cause = "The execution reached the maximum number of history events (\(Self.maximumHistoryEvents))."
        emit(.executionFailed) { _ in Self.errorDetails(StatesError.runtime, cause) }
        finish(.failed(error: StatesError.runtime, cause: cause))
    }

    /// Ends the execution. Branches that have not ended stay as they are, for a redrive.
    mutating func finish(_ outcome: ExecutionOutcome) {
        self.outcome = outcome
        for id in resting.keys { resting[id]?.halt() }
        branch.halt()
        ready.removeAll()
        awaiting = [:]
        actions = [.finish(outcome)]
    }

    /// Starts every branch again that has not ended, each with the state in which it was, the same input and all attempts.
    /// Those states have been entered before; only Fail, which AWS enters again, is so once more.
    ///
    /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html>
    mutating func redrive() {
        redriveCount += 1
        redrivenAt = now
        outcome = nil
        turn(to: .root)
        emit(.executionRedriven, previous: lastEventID) { ["redriveCount": .integer($0.redriveCount)] }
        let redriven = lastEventID
        for id in [.root] + resting.keys.sorted() {
            turn(to: id)
            guard case .halted(let next) = branch.position else { continue }
            branch.lastEventID = redriven
            proceed(to: next)
        }
    }

    // MARK: Siblings

    /// Notes where the current branch, whose state has failed, goes on in a redrive.
    private mutating func haltCurrent() {
        if case .forked = branch.position { return }
        let state = branch.state
        if case .ready(.iterate) = branch.position {
            branch.position = .halted(.iterate)
        } else if case .fail = state.kind {
            branch.position = .halted(.enter(state, input: branch.input, branch.extent))
        } else {
            branch.position = .halted(.carryOut(retries: []))
        }
    }

    /// Ends a branch whose sibling has failed, and those inside it.
    private mutating func halt(_ id: BranchID, _ halted: inout Set<BranchID>) {
        guard let position = resting[id]?.position else { return }
        if case .forked(let fork) = position {
            for inner in fork.running { halt(inner, &halted) }
        }
        halted.insert(id)
        let parent = branch.id
        turn(to: id)
        let index = branch.index
        if let awaited = branch.awaited { cancel(awaited) }
        var hasBegun = true
        switch position {
        case .ready(.iterate): hasBegun = false
        // Between two states.
        case .ready(.enter): break
        // A state that is about to be left with its result, too, has not been left.
        default: abortState()
        }
        branch.halt()
        if hasBegun, let around = branch.parent.flatMap({ resting[$0] }), case .map = around.state.kind {
            emitAborted(.mapIterationAborted) { _ in Self.iteration(index, of: around.state) }
        }
        turn(to: parent)
    }

    /// Tells that the current state is left in the midst of it, where AWS has an event for that.
    private mutating func abortState() {
        switch branch.state.kind {
        case .task, .wait, .parallel, .map:
            if branch.enteredID > 0 { emitAborted(.stateAborted(branch.state.typeName)) }
        case .pass, .choice, .queryChoice, .succeed, .fail: break
        }
    }

    private mutating func emitAborted(
        _ kind: HistoryEvent.Kind, _ details: (Interpreter) -> JSONObject = { _ in [:] }
    ) {
        if lastEventID < Self.lastEventOfStates { emit(kind, advances: false, details) }
    }

    /// Has what is done outside for a branch come to an end, or not even begin.
    private mutating func cancel(_ id: Int64) {
        let wanted = actions.firstIndex {
            switch $0 {
            case .runTask(let request): request.id == id
            case .wait(_, let timer): timer == id
            case .cancel, .finish, .goOn: false
            }
        }
        if let wanted { actions.remove(at: wanted) } else { actions.append(.cancel(id: id)) }
    }

    /// Forgets the branches inside the current state, which is gone on from.
    private mutating func discardFork() {
        guard case .forked(let fork) = branch.position else { return }
        hold(0)
        for inner in fork.running { discard(inner) }
    }

    private mutating func discard(_ id: BranchID) {
        guard let inner = resting.removeValue(forKey: id) else { return }
        if let awaited = inner.awaited { awaiting[awaited] = nil }
        release(inner)
        if case .forked(let fork) = inner.position {
            for inner in fork.running { discard(inner) }
        }
    }
}
