import StatesLanguage

/// What each type of state does.
extension Interpreter {
    mutating func enter(_ state: State, _ kept: CompactValue, _ extent: JSONExtent) {
        let name = state.name
        let input = kept.value
        branchBytes += extent.bytes - branch.extent.bytes
        branch.state = state
        branch.input = kept
        branch.extent = extent
        branch.enteredAt = now
        branch.enteredAfter = branch.lastEventID
        emit(.stateEntered(state.typeName)) {
            if !$0.historyHasData { return ["name": .string(name)] }
            // The first state is entered with what the execution was started with, as it was sent.
            let text = $0.lastEventID == 2 ? $0.toldInput : .string(input.text)
            return ["name": .string(name), "input": text, "inputDetails": ["truncated": false]]
        }
        branch.enteredID = lastEventID
        if branchBytes > Self.maximumBranchBytes { return end(with: StateFailure.dataLimit(name)) }
        carryOutState(input, [])
    }

    /// - Parameter retries: how often each retrier has had a Task, Parallel or Map carried out again.
    mutating func carryOutState(_ input: JSONValue, _ retries: [Int64]) {
        let state = branch.state
        do throws(StateFailure) {
            switch state.kind {
            case .task: schedule(input, retries)
            case .parallel(let parallel): try fork(parallel, input, retries)
            case .map(let map): try fork(map, input, retries)
            case .pass where state.query != nil: try exitQuery(input)
            case .pass(let pass):
                let taken = try select(state.inputPath, input)
                var result = pass.result ?? taken
                if pass.result == nil, let template = pass.parameters { result = try evaluate(template, taken) }
                try exit(input, result, pass.resultPath)
            case .choice(let choice): try choose(choice, input)
            case .queryChoice(let choice): try choose(choice, input)
            case .wait(let wait):
                let taken = try select(state.inputPath, input)
                let output = try select(state.outputPath, taken)
                let until = try moment(wait, taken)
                let isWhole = state.inputPath == nil && state.outputPath == nil
                self.wait(
                    at: .waiting(
                        id: nextWait(), until: until, output: isWhole ? branch.input : .whole(output)),
                    holding: isWhole ? 0 : extent(of: output).bytes)
            case .succeed where state.query != nil: try exitQuery(input)
            case .succeed:
                let output = try select(state.outputPath, try select(state.inputPath, input))
                try exit(output, selects(state) ? extent(of: output) : branch.extent, assigned: nil)
            case .fail(let fail):
                let error = try text(fail.error, "Error", input)
                let cause = try text(fail.cause, "Cause", input)
                end(BranchFailure(error, cause))
            }
        } catch {
            end(with: error)
        }
    }

    private mutating func choose(_ choice: ChoiceState, _ input: JSONValue) throws(StateFailure) {
        let state = branch.state
        let taken = try select(state.inputPath, input)
        let rule: ChoiceState.Rule?
        do {
            rule = try choice.rule(in: scope(taken, usesContext: choice.usesContext), budget: &evaluation)
        } catch {
            throw .runtime(error.description)
        }
        guard let next = rule?.next ?? choice.defaultNext else { return end(noChoiceMatched) }
        let assigned = try evaluate(rule == nil ? state.assignment : rule?.assignment, taken)
        let output = try select(state.outputPath, taken)
        try assign(assigned)
        emitExit(output, assigned)
        proceed(to: next, output, selects(state) ? extent(of: output) : branch.extent)
    }

    /// Why a Choice leads nowhere.
    var noChoiceMatched: BranchFailure {
        let reason =
            "Failed to transition out of the state. The state does not match any of the choices and has no default."
        return BranchFailure(StatesError.noChoiceMatched, prefix(reason, in: branch))
    }

    /// Leaves a Wait state whose time has come.
    mutating func leave(_ output: JSONValue) {
        do throws(StateFailure) {
            if branch.state.query != nil { return try exitQuery(branch.input.value) }
            var assigned: JSONObject?
            if let assignment = branch.state.assignment {
                assigned = try evaluate(assignment, try select(branch.state.inputPath, branch.input.value))
            }
            try exit(output, extent(of: output), assigned: assigned)
        } catch {
            end(with: error)
        }
    }

    /// Leaves a state with its result put into its input.
    mutating func exit(_ input: JSONValue, _ result: JSONValue, _ path: ResultPath) throws(StateFailure) {
        let state = branch.state
        let assigned = try evaluate(state.assignment, result)
        let output = try combine(path, result, input)
        if selects(state) {
            let output = try select(state.outputPath, output)
            return try exit(output, extent(of: output), assigned: assigned)
        }
        try exit(output, path.extent(of: extent(of: result), with: branch.extent), assigned: assigned)
    }

    /// - Parameters:
    ///   - extent: how large the output is at most.
    ///   - assigned: the variables that the state assigns.
    mutating func exit(
        _ output: JSONValue, _ extent: JSONExtent, assigned: JSONObject?
    ) throws(StateFailure) {
        let extent = try bounded(extent, of: output)
        try assign(assigned)
        emitExit(output, assigned)
        switch branch.state.transition {
        case .next(let next): proceed(to: next, output, extent)
        case .end, nil: end(with: output, extent)
        }
    }

    /// Leaves the current state, which has failed, for where a catcher leads.
    mutating func `catch`(_ catcher: Catcher, _ failure: BranchFailure) {
        do throws(StateFailure) {
            if branch.state.query != nil { return try catchQuery(catcher, failure) }
            let assigned = try evaluate(catcher.assignment, failure.output)
            let output = try combine(catcher.resultPath, failure.output, branch.input.value)
            let extent = try bounded(
                catcher.resultPath.extent(of: extent(of: failure.output), with: branch.extent), of: output)
            try assign(assigned)
            emitExit(output, assigned)
            proceed(to: catcher.next, output, extent)
        } catch {
            // Nothing takes this one: the same catcher would, again and again.
            let failure = self.failure(error, in: branch)
            report(error, failure, in: branch)
            end(failure)
        }
    }

    mutating func proceed(to name: String, _ input: JSONValue, _ extent: JSONExtent) {
        guard let state = branch.scope.state(name) else { preconditionFailure("the machine was checked: \(name)") }
        proceed(to: .enter(state, input: .whole(input), extent))
    }

    /// Whether a state takes or gives only a part of its data.
    private func selects(_ state: State) -> Bool { state.inputPath != nil || state.outputPath != nil }
}
