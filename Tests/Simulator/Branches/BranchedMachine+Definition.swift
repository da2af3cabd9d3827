package import StatesLanguage

/// The definition of a machine with branches, in both query languages.
extension BranchedMachine {
    /// - Parameters:
    ///   - bug: what is wrong with the machine that runs.
    ///   - patience: how many times longer than usual the time-outs of tasks are.
    package func definition(planting bug: BranchBug? = nil, patience: Int64 = 1) -> JSONValue {
        var states = BranchDefinition(isQuery: isQuery, bug: bug, patience: patience).states(of: body)
        var start = body.steps[0].name
        if paddingBytes > 0 {
            let padding = JSONValue.string(String(repeating: "x", count: paddingBytes))
            let values: JSONObject = ["padding": padding, Self.firstVariable: .string(Self.firstValue)]
            states["Padding"] = ["Type": "Pass", "Assign": .object(values), "Next": .string(start)]
            start = "Padding"
        }
        var definition: JSONObject = ["StartAt": .string(start), "States": .object(states)]
        if isQuery { definition["QueryLanguage"] = "JSONata" }
        definition["TimeoutSeconds"] = timeoutSeconds.map { .integer($0) }
        return .object(definition)
    }
}

private struct BranchDefinition {
    /// Whether the states around are in JSONata, so that those inside need not say so.
    let isQuery: Bool
    let bug: BranchBug?
    let patience: Int64

    func states(of body: BranchBody) -> JSONObject {
        var states = JSONObject()
        for (index, step) in body.steps.enumerated() {
            let next = index + 1 < body.steps.count ? body.steps[index + 1].name : nil
            for (name, state) in self.states(of: step, next: next) {
                var state = state
                if step.isQuery, !isQuery { state["QueryLanguage"] = "JSONata" }
                states[name] = .object(state)
            }
        }
        return states
    }

    private func going(to next: String?) -> JSONObject { next.map { ["Next": .string($0)] } ?? ["End": true] }

    /// The states of a step.
    private func states(of step: BranchStep, next: String?) -> [(String, JSONObject)] {
        let (name, isQuery) = (step.name, step.isQuery)
        let going = going(to: next)
        switch step.kind {
        case .task(let task):
            var state: JSONObject = ["Type": "Task", "Resource": .string("arn:aws:states:::" + task.resource.name)]
            var parameters: [(String, String, String)] = [
                ("p", "$.p", "$states.input.p"), ("v", "$.v", "$states.input.v"),
            ]
            if let variable = task.variable { parameters.append(("x", "$" + named(variable), "$" + named(variable))) }
            state[isQuery ? "Arguments" : "Parameters"] = .object(
                JSONObject([("task", .string(name))]).merging(payload(parameters, isQuery)))
            state["TimeoutSeconds"] = task.timeoutSeconds.map { .integer($0 * patience) }
            return caught(step, state.merging(going), going)
        case .wait(let seconds):
            return [(name, JSONObject([("Type", "Wait"), ("Seconds", .integer(seconds))]).merging(going))]
        case .assign(let variable):
            let value = payload(
                [(named(variable), "States.Format('\(name)@{}', $.p)", "'\(name)@' & $states.input.p")], isQuery)
            return [(name, JSONObject([("Type", "Pass"), ("Assign", .object(value))]).merging(going))]
        case .lookFor(let variable):
            let isSeen = isQuery ? "{% $exists($\(variable)) %}" : nil as String?
            var rule: JSONObject = ["Next": .string(name + "Fail")]
            if let isSeen {
                rule["Condition"] = .string(isSeen)
            } else {
                (rule["Variable"], rule["IsPresent"]) = (.string("$" + variable), true)
            }
            return [
                (name, choice(rule, else: name + "Go")), (name + "Go", JSONObject([("Type", "Pass")]).merging(going)),
                (name + "Fail", ["Type": "Fail", "Error": "Test.Leaked", "Cause": .string(name)]),
            ]
        case .choose(let number):
            return [
                (name, choice(rule(number, name + "Yes", isQuery), else: name + "No")),
                (name + "Yes", giving("yes", as: name, isQuery).merging(going)),
                (name + "No", giving("no", as: name, isQuery).merging(going)),
            ]
        case .fail(let number):
            let failing: JSONObject = ["Type": "Fail", "Error": "Test.Thrown", "Cause": .string(name)]
            guard let number else { return [(name, failing)] }
            return [
                (name, choice(rule(number, name + "Fail", isQuery), else: name + "Go")), (name + "Fail", failing),
                (name + "Go", JSONObject([("Type", "Pass")]).merging(going)),
            ]
        case .parallel(let bodies): return parallel(step, bodies, going)
        case .map(let map): return self.map(step, map, going)
        }
    }

    // MARK: Forks

    private func parallel(
        _ step: BranchStep, _ bodies: [BranchBody], _ going: JSONObject
    ) -> [(String, JSONObject)] {
        var state: JSONObject = ["Type": "Parallel"]
        state[step.isQuery ? "Arguments" : "Parameters"] = .object(
            payload([("p", "$.p", "$states.input.p"), ("v", "$.v", "$states.input.v")], step.isQuery))
        state["Branches"] = .array(bodies.map { scope($0, step) })
        return caught(step, leaking(state, bodies[0], step).merging(going), going)
    }

    private func map(_ step: BranchStep, _ map: BranchMap, _ going: JSONObject) -> [(String, JSONObject)] {
        let name = step.name
        var state: JSONObject = ["Type": "Map"]
        state[step.isQuery ? "Items" : "ItemsPath"] = .string(
            step.isQuery
                ? "{% $states.context.Execution.Input.lists.\(name) %}" : "$$.Execution.Input.lists.\(name)")
        state["ItemSelector"] = .object(
            payload(
                [
                    (
                        "p", "States.Format('{}/\(name).{}', $.p, $$.Map.Item.Index)",
                        "$states.input.p & '/\(name).' & $string($states.context.Map.Item.Index)"
                    ), ("v", "$$.Map.Item.Value", "$states.context.Map.Item.Value"),
                ], step.isQuery))
        let surplus = bug == .runsOneIterationMore && map.maxConcurrency > 0 ? 1 : 0
        state["MaxConcurrency"] = .integer(Int64(map.maxConcurrency + surplus))
        state["ToleratedFailureCount"] = map.toleratedFailures.map { .integer($0) }
        var body = map.body
        if bug == .toleratesFailures, map.toleratedFailures != nil { body = tolerating(body) }
        state["ItemProcessor"] = scope(body, step)
        return caught(step, leaking(state, map.body, step).merging(going), going)
    }

    private func scope(_ body: BranchBody, _ step: BranchStep) -> JSONValue {
        let inside = BranchDefinition(isQuery: step.isQuery || isQuery, bug: bug, patience: patience)
        return ["StartAt": .string(body.steps[0].name), "States": .object(inside.states(of: body))]
    }

    /// The same where an error of a task counts for nothing.
    private func tolerating(_ body: BranchBody) -> BranchBody {
        let steps = body.steps.map { step in
            var step = step
            if case .task = step.kind { step.catches = ["States.ALL"] }
            return step
        }
        return BranchBody(variable: body.variable, steps: steps)
    }

    /// What a variable is called: where one leaks, what leaks is another one, since a machine may not assign both.
    private func named(_ variable: String) -> String {
        bug == .leaksVariables && variable != BranchedMachine.firstVariable ? variable + "inside" : variable
    }

    private func leaking(_ state: JSONObject, _ body: BranchBody, _ step: BranchStep) -> JSONObject {
        guard bug == .leaksVariables, body.steps.contains(where: \.isAssignment) else { return state }
        return state.merging(["Assign": [body.variable: "leaked"]])
    }

    // MARK: Fields

    /// A state that adds its result to its input and may be retried, and where its catcher leads.
    private func caught(
        _ step: BranchStep, _ state: JSONObject, _ going: JSONObject
    ) -> [(String, JSONObject)] {
        var state = state
        if step.isQuery {
            state["Output"] = .string("{% $merge([$states.input, {'\(step.name)': $states.result}]) %}")
        } else {
            state["ResultPath"] = .string("$." + step.name)
        }
        var retriers: [JSONValue] = []
        if step.retriesTransient {
            // As often as a slow computer, or a process that is down again and again, may have it run out of time.
            retriers.append([
                "ErrorEquals": .array(BranchTask.transientErrors.map { .string($0) }), "MaxAttempts": 99,
                "MaxDelaySeconds": 20,
            ])
        }
        if step.retriesOfAny > 0 {
            retriers.append([
                "ErrorEquals": ["States.ALL"], "MaxAttempts": .integer(step.retriesOfAny),
                "JitterStrategy": "FULL",
            ])
        }
        if !retriers.isEmpty { state["Retry"] = .array(retriers) }
        guard let catches = step.catches else { return [(step.name, state)] }
        let name = step.name + "Caught"
        var catcher: JSONObject = [
            "ErrorEquals": .array(catches.map { .string($0) }), "Next": .string(name),
        ]
        if step.isQuery {
            catcher["Output"] = .string("{% $merge([$states.input, {'\(step.name)': $states.errorOutput}]) %}")
        } else {
            catcher["ResultPath"] = .string("$." + step.name)
        }
        state["Catch"] = .array([.object(catcher)])
        return [(step.name, state), (name, JSONObject([("Type", "Pass")]).merging(going))]
    }

    private func choice(_ rule: JSONObject, else name: String) -> JSONObject {
        ["Type": "Choice", "Choices": .array([.object(rule)]), "Default": .string(name)]
    }

    private func rule(_ number: Int64, _ next: String, _ isQuery: Bool) -> JSONObject {
        if isQuery { return ["Condition": .string("{% $states.input.v = \(number) %}"), "Next": .string(next)] }
        return ["Variable": "$.v", "NumericEquals": .integer(number), "Next": .string(next)]
    }

    private func giving(_ text: String, as name: String, _ isQuery: Bool) -> JSONObject {
        if isQuery {
            return ["Type": "Pass", "Output": .string("{% $merge([$states.input, {'\(name)': '\(text)'}]) %}")]
        }
        return ["Type": "Pass", "Result": .string(text), "ResultPath": .string("$." + name)]
    }

    private func payload(_ members: [(String, String, String)], _ isQuery: Bool) -> JSONObject {
        JSONObject(
            members.map { name, path, expression in
                isQuery ? (name, .string("{% \(expression) %}")) : (name + ".$", .string(path))
            })
    }
}

extension BranchStep {
    var isAssignment: Bool { if case .assign = kind { true } else { false } }
}
