import DurableExecution
import StatesLanguage

/// What has to come of a machine with branches, derived from its tree by itself: nothing of the engine is in it.
extension BranchedMachine {
    /// How an execution ends that nobody ends from outside; `nil` where that depends on which of several errors comes first.
    var expectation: ExecutionOutcome? {
        var variables = paddingBytes > 0 ? [Self.firstVariable: Self.firstValue] : [:]
        let data: JSONObject = ["p": "r", "v": 1, "lists": input["lists"] ?? [:]]
        switch Expectation.of(body, data, &variables) {
        case .value(let value): return .succeeded(output: .object(value))
        case .failure(let failure):
            return .failed(error: failure.error, cause: failure.cause.isEmpty ? nil : failure.cause)
        case .open: return nil
        }
    }
}

/// What comes of a branch.
private enum Expectation {
    case value(JSONObject)
    case failure(TaskFailure)
    /// It depends on the order in which things happen.
    case open

    /// - Parameter variables: those that can be seen.
    static func of(_ body: BranchBody, _ data: JSONObject, _ variables: inout [String: String]) -> Expectation {
        var data = data
        for step in body.steps {
            guard let given = of(step, data, &variables) else { continue }
            switch given {
            case .value(let member): data = data.merging(member)
            case .failure(let failure) where step.isCaught(failure.error):
                data[step.name] = ["Error": .string(failure.error), "Cause": .string(failure.cause)]
            case .failure, .open: return given
            }
        }
        return .value(data)
    }

    /// What a step adds to the data; `nil` for nothing.
    private static func of(
        _ step: BranchStep, _ data: JSONObject, _ variables: inout [String: String]
    ) -> Expectation? {
        let (place, number) = (data["p"] ?? .null, data["v"] ?? .null)
        func adding(_ value: JSONValue) -> Expectation { .value([step.name: value]) }
        switch step.kind {
        case .wait, .lookFor: return nil
        case .assign(let variable):
            variables[variable] = "\(step.name)@\(place.stringValue ?? "")"
            return nil
        case .choose(let other): return adding(number.integerValue == other ? "yes" : "no")
        case .fail(let other):
            if let other, number.integerValue != other { return nil }
            return .failure(TaskFailure("Test.Thrown", step.name))
        case .task(let task):
            if case .permanent(let kind) = task.behavior,
                task.onlyFor == nil || task.onlyFor == number.integerValue
            {
                let failure =
                    kind == .silence
                    ? TaskFailure(StatesError.timeout, "") : TaskFailure(BranchTask.broken, step.name)
                return .failure(failure)
            }
            var given: JSONObject = ["task": .string(step.name), "p": place, "v": number]
            if let variable = task.variable { given["x"] = .string(variables[variable] ?? "") }
            return adding(["of": .object(given)])
        case .parallel(let bodies):
            return gather(
                step.name,
                bodies.map { body in
                    var inside = variables
                    return of(body, ["p": place, "v": number], &inside)
                })
        case .map(let map):
            return gather(
                step.name,
                (0..<map.count).map { index in
                    var inside = variables
                    let path = "\(place.stringValue ?? "")/\(step.name).\(index)"
                    return of(map.body, ["p": .string(path), "v": .integer(Int64(index))], &inside)
                })
        }
    }

    private static func gather(_ name: String, _ branches: [Expectation]) -> Expectation {
        var values: [JSONValue] = []
        var failures: Set<TaskFailure> = []
        for branch in branches {
            switch branch {
            case .value(let value): values.append(.object(value))
            case .failure(let failure): failures.insert(failure)
            // Whether it or another one is first.
            case .open: return .open
            }
        }
        if let failure = failures.first { return failures.count == 1 ? .failure(failure) : .open }
        return .value([name: .array(values)])
    }
}
