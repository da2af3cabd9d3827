import StatesLanguage

/// What the states say of their data, evaluated within the budget of the state.
extension Interpreter {
    /// - Parameter around: the state for which it is evaluated, if that is not the current one.
    func failure(_ reason: StateFailure, in around: Branch) -> BranchFailure {
        let name = around.state.name
        // Whatever has been said of it: what has no budget left says nothing of the data.
        switch evaluation.excess {
        case .bytes: return BranchFailure(StatesError.dataLimitExceeded, Self.dataLimit(name))
        case .steps:
            return BranchFailure(StatesError.runtime, prefix("\(EvaluationBudget.Excess.steps).", in: around))
        case nil: break
        }
        switch reason {
        case .dataLimit(let name): return BranchFailure(StatesError.dataLimitExceeded, Self.dataLimit(name))
        case .runtime(let reason): return BranchFailure(StatesError.runtime, prefix(reason, in: around))
        case .intrinsic(let reason):
            // Only these have something that could take it.
            let error =
                switch around.state.kind {
                case .task, .parallel, .map: StatesError.intrinsicFailure
                default: StatesError.runtime
                }
            return BranchFailure(error, prefix(reason, in: around))
        case .query(let failure): return BranchFailure(StatesError.queryEvaluation, prefix(failure.cause, in: around))
        }
    }

    static func dataLimit(_ name: String) -> String {
        "The state/task '\(name)' returned a result with a size exceeding the maximum number of bytes service limit."
    }

    func prefix(_ reason: String, in around: Branch) -> String {
        ("An error occurred while executing the state '\(around.state.name)' "
            + "(entered at the event id #\(around.enteredID)). \(reason)")
            .shortened(to: MessageText.maximumCauseLength)
    }

    func extent(of value: JSONValue) -> JSONExtent { JSONExtent(of: value, limit: Self.maximumDataBytes) }

    /// Refuses data that are too large. Where they could be, they are measured.
    func bounded(_ extent: JSONExtent, of output: JSONValue) throws(StateFailure) -> JSONExtent {
        if !extent.exceeds(bytes: Self.maximumDataBytes) { return extent }
        let measured = self.extent(of: output)
        if measured.exceeds(bytes: Self.maximumDataBytes) { throw .dataLimit(branch.state.name) }
        return measured
    }

    // MARK: Scopes

    /// - Parameter around: the branch whose state is evaluated, if it is not the current one.
    mutating func scope(
        _ input: JSONValue, usesContext: Bool, retryCount: Int64? = nil, in around: Branch? = nil
    ) -> JSONPath.Scope {
        let variables = (around ?? branch).variables
        if !usesContext { return JSONPath.Scope(input: input, variables: variables) { .null } }
        readStartInput()
        let context = contextObject(retryCount, around ?? branch)
        return JSONPath.Scope(input: input, variables: variables) { context }
    }

    /// Reads what the execution was started with once, for all states that follow.
    mutating func readStartInput() {
        if startInput.textSize == nil { return }
        budget -= startInput.cost
        startInput = .whole(startInput.value)
    }

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>
    ///
    /// - Parameter retryCount: how often the task has been tried again; other states have no such count.
    func contextObject(_ retryCount: Int64?, _ around: Branch) -> JSONValue {
        var state: JSONObject = ["Name": .string(around.state.name), "EnteredTime": .string(around.enteredAt.text)]
        if let retryCount { state["RetryCount"] = .integer(retryCount) }
        var execution: JSONObject = [
            "Id": .string(start.arn.text), "Input": startInput.value, "StartTime": .string(start.startedAt.text),
            "Name": .string(start.name), "RoleArn": .string(start.machine.roleARN),
            "RedriveCount": .integer(redriveCount),
        ]
        if let redrivenAt { execution["RedriveTime"] = .string(redrivenAt.text) }
        var context: JSONObject = [
            "Execution": .object(execution),
            "StateMachine": ["Id": .string(start.machine.arn), "Name": .string(start.machine.name)],
            "State": .object(state),
        ]
        if let item = branch.item {
            context["Map"] = ["Item": ["Index": .integer(Int64(item.index)), "Value": item.value.value]]
        }
        return .object(context)
    }

    // MARK: Templates and paths

    mutating func evaluate(
        _ template: PayloadTemplate, _ input: JSONValue, retryCount: Int64? = nil, in around: Branch? = nil
    ) throws(StateFailure) -> JSONValue {
        do {
            var random = random
            let scope = scope(input, usesContext: template.usesContext, retryCount: retryCount, in: around)
            let value = try template.evaluate(in: scope, random: &random, budget: &evaluation)
            self.random = random
            return value
        } catch {
            throw error.isOfFunction ? .intrinsic(error.description) : .runtime(error.description)
        }
    }

    mutating func find(_ path: JSONPath, _ input: JSONValue) throws(StateFailure) -> JSONValue {
        do {
            return try path.evaluate(in: scope(input, usesContext: path.root == .context), budget: &evaluation)
        } catch {
            throw .runtime(error.description)
        }
    }

    mutating func select(_ selection: State.Selection?, _ document: JSONValue) throws(StateFailure) -> JSONValue {
        switch selection {
        case nil: document
        case .nothing: [:]
        case .path(let path): try find(path, document)
        }
    }

    func combine(_ path: ResultPath, _ result: JSONValue, _ input: JSONValue) throws(StateFailure) -> JSONValue {
        do {
            return try path.combine(result, with: input)
        } catch {
            throw .runtime(error.description)
        }
    }

    mutating func text(_ text: FailState.Text?, _ field: String, _ input: JSONValue) throws(StateFailure) -> String? {
        switch text {
        case nil: return nil
        case .fixed(let value): return value
        case .computed(let template):
            let value: JSONValue
            do {
                let scope = scope(input, usesContext: template.usesContext)
                value = try template.evaluate(in: scope, random: &random, budget: &evaluation, field: field + "Path")
            } catch {
                throw .runtime(error.description)
            }
            if let text = value.stringValue { return text }
            throw .runtime("The \(field)Path field must be a text, not \(value.kind)")
        case .query(let expression):
            return try evaluate(expression, field, as: .string, input).stringValue
        }
    }

    // MARK: Variables

    /// The values that are to be assigned: all of them are computed before any is.
    mutating func evaluate(_ assignment: Assignment?, _ input: JSONValue) throws(StateFailure) -> JSONObject? {
        guard let assignment else { return nil }
        guard case .payload(let template) = assignment.values else { return nil }
        let values = try evaluate(template, input)
        if values.exceeds(bytes: Variables.maximumAssignedBytes) { throw .dataLimit(branch.state.name) }
        return values.objectValue
    }

    mutating func assign(_ values: JSONObject?) throws(StateFailure) {
        guard let values, !values.isEmpty else { return }
        let before = branch.variables.bytes
        branch.variables.assign(values)
        variableBytes += branch.variables.bytes - before
        if variableBytes > Variables.maximumBytes { throw .dataLimit(branch.state.name) }
    }
}
