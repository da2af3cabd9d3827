import StatesLanguage

/// Task states: a task is scheduled, and its result or its failure comes back as an event.
extension Interpreter {
    mutating func schedule(_ input: JSONValue, _ retries: [Int64]) {
        let state = branch.state
        guard case .task(let task) = state.kind, let resource = task.call else {
            preconditionFailure("the machine was checked: \(state.name)")
        }
        let parameters: JSONValue
        let size: JSONExtent
        var deadline: Timestamp?
        do throws(StateFailure) {
            let taken = try select(state.inputPath, input)
            let retryCount = retries.reduce(0, +)
            if let template = task.arguments {
                parameters = try evaluate(template, "Arguments", taken, retryCount: retryCount)
            } else if let template = task.parameters {
                parameters = try evaluate(template, taken, retryCount: retryCount)
            } else {
                parameters = taken
            }
            size = extent(of: parameters)
            if size.exceeds(bytes: Self.maximumDataBytes) { throw .dataLimit(state.name) }
            deadline = try timeout(task, taken).map { now.advanced(byMilliseconds: $0 * 1000) }
        } catch {
            return end(with: error, retries)
        }
        let seconds = deadline.map { ($0.milliseconds - now.milliseconds) / 1000 }
        emit(.taskScheduled) { interpreter in
            if !interpreter.historyHasData { return Self.details(resource) }
            var details: JSONObject = [
                "resourceType": .string(resource.service), "resource": .string(resource.action),
                "region": .string(interpreter.region), "parameters": .string(parameters.text),
            ]
            if let seconds { details["timeoutInSeconds"] = .integer(seconds) }
            return details
        }
        let request = TaskRequest(
            execution: start, stateName: state.name, resource: resource, parameters: parameters, id: nextWait(),
            scheduledAt: now, deadline: deadline)
        emit(.taskStarted) { _ in Self.details(resource) }
        if resource.action.hasSuffix(".sync") || resource.action.hasSuffix(".sync:2") {
            emit(.taskSubmitted) { _ in Self.details(resource) }
        }
        wait(at: .task(request, retries: retries), holding: size.bytes)
    }

    /// Takes the result of a task, or of the branches inside a state.
    mutating func complete(
        _ resource: TaskResource?, _ retries: [Int64], _ result: JSONValue, _ extent: JSONExtent
    ) {
        // AWS keeps no such result: the state has failed, and who names this error catches it.
        if extent.exceeds(bytes: Self.maximumDataBytes) {
            let name = if case .task(let task) = branch.state.kind { task.resource } else { branch.state.name }
            let failure = TaskFailure(StatesError.dataLimitExceeded, Self.dataLimit(name))
            guard let resource else { return recover(from: BranchFailure(failure), retries) }
            return fail(resource, retries, failure)
        }
        let (selector, path): (PayloadTemplate?, ResultPath)
        switch branch.state.kind {
        case .task(let task):
            (selector, path) = (task.resultSelector, task.resultPath)
            emit(.taskSucceeded) {
                guard $0.historyHasData, let resource else { return [:] }
                return Self.details(resource).merging([
                    "output": .string(result.text), "outputDetails": ["truncated": false],
                ])
            }
        case .parallel(let parallel):
            (selector, path) = (parallel.outcome.resultSelector, parallel.outcome.resultPath)
            emit(.parallelStateSucceeded, advances: false)
        case .map(let map):
            (selector, path) = (map.outcome.resultSelector, map.outcome.resultPath)
            emit(.mapStateSucceeded, advances: false)
        default: preconditionFailure("the state has no result: \(branch.state.name)")
        }
        do throws(StateFailure) {
            if branch.state.query != nil {
                return try exitQuery(branch.input.value, result: result, retryCount: retries.reduce(0, +))
            }
            let selected = if let selector { try evaluate(selector, result) } else { result }
            try exit(branch.input.value, selected, path)
        } catch {
            end(with: error, retries)
        }
    }

    mutating func fail(_ resource: TaskResource, _ retries: [Int64], _ failure: TaskFailure) {
        emit(failure.error == StatesError.timeout ? .taskTimedOut : .taskFailed) { _ in
            Self.details(resource).merging(
                Self.errorDetails(failure.error, failure.cause.isEmpty ? nil : failure.cause))
        }
        recover(from: BranchFailure(failure), retries)
    }

    private mutating func timeout(_ task: TaskState, _ input: JSONValue) throws(StateFailure) -> Int64? {
        switch task.timeout {
        case nil: return nil
        case .fixed(let seconds): return seconds
        case .path(let path):
            if let seconds = try find(path, input).integerValue, (1...99_999_999).contains(seconds) { return seconds }
            throw .runtime(
                "The TimeoutSecondsPath parameter is not a whole number from 1 to 99999999: \(path.text.quoted)")
        case .query(let expression):
            let value = try evaluate(expression, "TimeoutSeconds", as: .number, input)
            if let seconds = value.integerValue, (1...99_999_999).contains(seconds) { return seconds }
            throw .query(
                QueryFailure(
                    "The TimeoutSeconds field is not a whole number from 1 to 99999999: \(value.quoted)",
                    at: "TimeoutSeconds"))
        }
    }

    static func details(_ resource: TaskResource) -> JSONObject {
        ["resourceType": .string(resource.service), "resource": .string(resource.action)]
    }

    /// The region in the machine's name.
    private var region: String {
        let parts = start.machine.arn.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count > 3 ? String(parts[3]) : ""
    }
}
