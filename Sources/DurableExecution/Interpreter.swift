package import StatesLanguage

/// An execution of a state machine as a pure reducer: an event goes in, the state changes, actions come out.
///
/// Nothing here reads a clock, a file or a network. The same start and the same events give the same execution, which
/// is what replaying a journal and deriving a history rest on. There is one branch, for the language's sequential
/// states; Parallel and Map will make `position` a tree of them.
package struct Interpreter: Sendable {
    /// AWS's bounds: <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
    package static let maximumDataBytes = 262_144
    package static let maximumHistoryEvents: Int64 = 25_000

    /// Where the execution stands.
    private enum Position: Sendable {
        case notStarted
        case task(TaskRequest, input: JSONValue, retries: [Int64])
        case backoff(id: Int64, input: JSONValue, retries: [Int64])
        case waiting(id: Int64, output: JSONValue)
        case finished(ExecutionOutcome)
    }

    package let start: ExecutionStart
    private let machine: StateMachine
    private var position = Position.notStarted
    private var stateName = ""
    /// What the current state was entered with: a redrive starts it again with this.
    private var stateInput: JSONValue
    /// How large that is at most.
    private var stateExtent: JSONExtent
    private var enteredAt: Timestamp
    /// The history event with which the current state was entered.
    private var enteredID: Int64 = 0
    private var lastEventID: Int64 = 0
    /// The time of the last event.
    package private(set) var now: Timestamp
    /// How often the execution was started again after its end, and when it last was.
    package private(set) var redriveCount: Int64 = 0
    private var redrivenAt: Timestamp?
    private var random: SeededRandom
    /// The history events since they were last taken, if they are wanted; else history costs only its numbers.
    private var history: [HistoryEvent]?
    /// Whether all events are recorded, with what went in and came out; else only those that are followed, without that.
    /// Writing everything out takes longer than everything else together.
    private let historyHasData: Bool

    package init(
        start: ExecutionStart, machine: StateMachine, recordsHistory: Bool = false, historyHasData: Bool = true
    ) {
        self.start = start
        self.machine = machine
        random = SeededRandom(seed: start.seed)
        stateInput = start.input
        stateExtent = JSONExtent(of: start.input, limit: Self.maximumDataBytes)
        enteredAt = start.startedAt
        now = start.startedAt
        history = recordsHistory ? [] : nil
        self.historyHasData = historyHasData
    }

    package var outcome: ExecutionOutcome? {
        if case .finished(let outcome) = position { outcome } else { nil }
    }

    /// When the whole execution's time runs out; it begins anew with a redrive.
    package var deadline: Timestamp? {
        machine.timeoutSeconds.map { (redrivenAt ?? start.startedAt).advanced(byMilliseconds: $0 * 1000) }
    }

    /// How many events the history has.
    package var eventCount: Int64 { lastEventID }

    /// The history events since this was last asked for.
    package mutating func takeHistory() -> [HistoryEvent] {
        defer { if history != nil { history = [] } }
        return history ?? []
    }

    /// Enters the first state.
    package mutating func begin() -> [ExecutionAction] {
        guard case .notStarted = position else { return [] }
        emit(.executionStarted) {
            [
                "input": $0.told($0.start.input), "inputDetails": ["truncated": false],
                "roleArn": .string($0.start.machine.roleARN),
            ]
        }
        return run(machine.startAt, start.input, stateExtent)
    }

    /// Takes in what happened at `time` and says what is to be done next; an event that nothing waits for is nothing.
    package mutating func apply(_ event: ExecutionEvent, at time: Timestamp) -> [ExecutionAction] {
        now = max(now, time)
        switch (event, position) {
        case (.redriven, .finished(let outcome)) where outcome.status != .succeeded:
            return redrive()
        case (_, .finished):
            return []
        case (.taskSucceeded(let result), .task(let request, let input, let retries)):
            return complete(request, input, retries, result)
        case (.taskFailed(let failure), .task(let request, let input, let retries)):
            return fail(request, input, retries, failure)
        case (.timerFired, .backoff(_, let input, let retries)):
            return schedule(input, retries)
        case (.timerFired, .waiting(_, let output)):
            return leave(output)
        case (.stopped(let error, let cause), _):
            emit(.executionAborted) { _ in Self.errorDetails(error, cause) }
            return finish(.aborted(error: error, cause: cause))
        case (.timedOut, _):
            emit(.executionTimedOut) { _ in [:] }
            return finish(.timedOut)
        default:
            return []
        }
    }

    /// What an execution waits for.
    package enum Awaited: Hashable, Sendable {
        case task(TaskRequest)
        case timer(id: Int64)
        /// It has not begun, or has ended.
        case nothing
    }

    /// What the execution waits for now.
    package var awaited: Awaited {
        switch position {
        case .task(let request, _, _): .task(request)
        case .backoff(let id, _, _), .waiting(let id, _): .timer(id: id)
        case .notStarted, .finished: .nothing
        }
    }

    /// Whether a result for the task attempt `id` is still waited for.
    package func awaits(task id: Int64) -> Bool {
        if case .task(let request, _, _) = position { request.id == id } else { false }
    }

    /// Whether the timer `id` is still waited for.
    package func awaits(timer id: Int64) -> Bool {
        switch position {
        case .backoff(let timer, _, _), .waiting(let timer, _): timer == id
        default: false
        }
    }

    // MARK: States

    /// Goes from state to state until one has to wait for something from outside.
    private mutating func run(_ name: String, _ input: JSONValue, _ extent: JSONExtent) -> [ExecutionAction] {
        var (name, input, extent) = (name, input, extent)
        while true {
            switch enter(name, input, extent) {
            case .go(let next, let output, let bound): (name, input, extent) = (next, output, bound)
            case .act(let actions): return actions
            }
        }
    }

    private enum Step {
        /// To another state, with the data for it and how large they are at most.
        case go(String, JSONValue, JSONExtent)
        case act([ExecutionAction])
    }

    private mutating func enter(_ name: String, _ input: JSONValue, _ extent: JSONExtent) -> Step {
        stateName = name
        stateInput = input
        stateExtent = extent
        // A loop without end stops where AWS's history does.
        if lastEventID >= Self.maximumHistoryEvents - 10 {
            return .act(
                end(
                    StatesError.runtime,
                    "The execution reached the maximum number of history events (\(Self.maximumHistoryEvents))."))
        }
        guard let state = machine.state(name) else { preconditionFailure("the machine was checked: \(name)") }
        enteredAt = now
        emit(.stateEntered(state.typeName)) {
            if !$0.historyHasData { return ["name": .string(name)] }
            return ["name": .string(name), "input": .string(input.text), "inputDetails": ["truncated": false]]
        }
        enteredID = lastEventID
        return carryOut(state, input)
    }

    private mutating func carryOut(_ state: State, _ input: JSONValue) -> Step {
        do {
            switch state.kind {
            case .task:
                return .act(schedule(input, []))
            case .pass(let pass):
                let taken = try select(state.inputPath, input)
                let result = try pass.result ?? pass.parameters.map { try evaluate($0, taken) } ?? taken
                return try exit(state, input, result, pass.resultPath)
            case .choice(let choice):
                let taken = try select(state.inputPath, input)
                guard let next = try choice.next(in: scope(taken, usesContext: choice.usesContext)) else {
                    return .act(
                        end(
                            "States.NoChoiceMatched",
                            prefix(
                                "Failed to transition out of the state. The state does "
                                    + "not match any of the choices and has no default.")))
                }
                let output = try select(state.outputPath, taken)
                emitExit(state, output)
                return .go(next, output, selected(state) ? extent(of: output) : stateExtent)
            case .wait(let wait):
                let taken = try select(state.inputPath, input)
                let output = try select(state.outputPath, taken)
                let until = try moment(wait, taken)
                position = .waiting(id: enteredID, output: output)
                return .act([.wait(until: until, id: enteredID)])
            case .succeed:
                let output = try select(state.outputPath, try select(state.inputPath, input))
                return try exit(state, output, selected(state) ? extent(of: output) : stateExtent)
            case .fail(let fail):
                let error = try text(fail.error, "ErrorPath", input)
                let cause = try text(fail.cause, "CausePath", input)
                return .act(end(error, cause))
            }
        } catch {
            return .act(end(runtime(error)))
        }
    }

    /// Starts the state again in which the execution ended, with the same input and all of its attempts. It has been
    /// entered before; only Fail, which AWS enters again, is so once more.
    ///
    /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html>
    private mutating func redrive() -> [ExecutionAction] {
        redriveCount += 1
        redrivenAt = now
        position = .notStarted
        emit(.executionRedriven) { ["redriveCount": .integer($0.redriveCount)] }
        guard let state = machine.state(stateName) else { preconditionFailure("the machine was checked: \(stateName)") }
        if case .fail = state.kind { return run(stateName, stateInput, stateExtent) }
        return follow(carryOut(state, stateInput))
    }

    private mutating func leave(_ output: JSONValue) -> [ExecutionAction] {
        guard let state = machine.state(stateName) else { preconditionFailure("the machine was checked") }
        do {
            return follow(try exit(state, output, extent(of: output)))
        } catch {
            return end(runtime(error))
        }
    }

    private mutating func follow(_ step: Step) -> [ExecutionAction] {
        switch step {
        case .go(let name, let output, let extent): run(name, output, extent)
        case .act(let actions): actions
        }
    }

    /// Leaves a state with its result put into its input.
    private mutating func exit(
        _ state: State, _ input: JSONValue, _ result: JSONValue, _ path: ResultPath
    ) throws(StateFailure) -> Step {
        let output = try combine(path, result, input)
        if selected(state) {
            let output = try select(state.outputPath, output)
            return try exit(state, output, extent(of: output))
        }
        return try exit(state, output, path.extent(of: extent(of: result), with: stateExtent))
    }

    /// - Parameter extent: how large the output is at most.
    private mutating func exit(
        _ state: State, _ output: JSONValue, _ extent: JSONExtent
    ) throws(StateFailure) -> Step {
        let extent = try bounded(extent, of: output, in: state)
        emitExit(state, output)
        switch state.transition {
        case .next(let next): return .go(next, output, extent)
        case .end, nil:
            emit(.executionSucceeded) {
                ["output": $0.told(output), "outputDetails": ["truncated": false]]
            }
            return .act(finish(.succeeded(output: output)))
        }
    }

    /// Whether a state takes or gives only a part of its data.
    private func selected(_ state: State) -> Bool { state.inputPath != nil || state.outputPath != nil }

    private func extent(of value: JSONValue) -> JSONExtent { JSONExtent(of: value, limit: Self.maximumDataBytes) }

    /// Refuses data that are too large. Where they could be, they are measured.
    private func bounded(
        _ extent: JSONExtent, of output: JSONValue, in state: State
    ) throws(StateFailure) -> JSONExtent {
        if !extent.exceeds(bytes: Self.maximumDataBytes) { return extent }
        let measured = self.extent(of: output)
        if measured.exceeds(bytes: Self.maximumDataBytes) { throw .dataLimit(state.name) }
        return measured
    }

    private mutating func finish(_ outcome: ExecutionOutcome) -> [ExecutionAction] {
        position = .finished(outcome)
        return [.finish(outcome)]
    }

    private mutating func end(_ error: String?, _ cause: String?) -> [ExecutionAction] {
        emit(.executionFailed) { _ in Self.errorDetails(error, cause) }
        return finish(.failed(error: error, cause: cause))
    }

    private mutating func end(_ failure: TaskFailure) -> [ExecutionAction] {
        end(failure.error, failure.cause.isEmpty ? nil : failure.cause)
    }

    // MARK: Tasks

    private mutating func schedule(_ input: JSONValue, _ retries: [Int64]) -> [ExecutionAction] {
        guard let state = machine.state(stateName), case .task(let task) = state.kind,
            let resource = task.call
        else { preconditionFailure("the machine was checked: \(stateName)") }
        let parameters: JSONValue
        var deadline: Timestamp?
        do {
            let taken = try select(state.inputPath, input)
            let retryCount = retries.reduce(0, +)
            parameters = try task.parameters.map { try evaluate($0, taken, retryCount: retryCount) } ?? taken
            if parameters.exceeds(bytes: Self.maximumDataBytes) { throw StateFailure.dataLimit(state.name) }
            deadline = try timeout(task, taken).map { now.advanced(byMilliseconds: $0 * 1000) }
        } catch {
            return end(runtime(error))
        }
        emit(.taskScheduled) { interpreter in
            if !interpreter.historyHasData { return Self.details(resource) }
            var details: JSONObject = [
                "resourceType": .string(resource.service), "resource": .string(resource.action),
                "region": .string(interpreter.region), "parameters": .string(parameters.text),
            ]
            if case .fixed(let seconds) = task.timeout { details["timeoutInSeconds"] = .integer(seconds) }
            return details
        }
        let request = TaskRequest(
            execution: start, stateName: stateName, resource: resource, parameters: parameters, id: lastEventID,
            scheduledAt: now, deadline: deadline)
        emit(.taskStarted) { _ in Self.details(resource) }
        if resource.action.hasSuffix(".sync") || resource.action.hasSuffix(".sync:2") {
            emit(.taskSubmitted) { _ in Self.details(resource) }
        }
        position = .task(request, input: input, retries: retries)
        return [.runTask(request)]
    }

    private mutating func complete(
        _ request: TaskRequest, _ input: JSONValue, _ retries: [Int64], _ result: JSONValue
    ) -> [ExecutionAction] {
        guard let state = machine.state(stateName), case .task(let task) = state.kind else {
            preconditionFailure("the machine was checked: \(stateName)")
        }
        // AWS keeps no such result: the task has failed, and who names this error catches it.
        if result.exceeds(bytes: Self.maximumDataBytes) {
            let failure = TaskFailure(StatesError.dataLimitExceeded, Self.dataLimit(task.resource))
            return fail(request, input, retries, failure)
        }
        emit(.taskSucceeded) {
            if !$0.historyHasData { return [:] }
            return Self.details(request.resource).merging([
                "output": .string(result.text), "outputDetails": ["truncated": false],
            ])
        }
        do {
            let selected = try task.resultSelector.map { try evaluate($0, result) } ?? result
            return follow(try exit(state, input, selected, task.resultPath))
        } catch {
            return end(runtime(error))
        }
    }

    private mutating func fail(
        _ request: TaskRequest, _ input: JSONValue, _ retries: [Int64], _ failure: TaskFailure
    ) -> [ExecutionAction] {
        guard let state = machine.state(stateName), case .task(let task) = state.kind else {
            preconditionFailure("the machine was checked: \(stateName)")
        }
        emit(failure.error == StatesError.timeout ? .taskTimedOut : .taskFailed) { _ in
            Self.details(request.resource).merging(
                Self.errorDetails(failure.error, failure.cause.isEmpty ? nil : failure.cause))
        }
        // 1. Try again, if the first retrier for this error has attempts left.
        if let index = task.retriers.firstIndex(where: { StatesError.matches(failure.error, $0.errorEquals) }) {
            var retries = retries
            while retries.count < task.retriers.count { retries.append(0) }
            if retries[index] < task.retriers[index].maxAttempts {
                retries[index] += 1
                let delay = task.retriers[index].delay(beforeAttempt: retries[index], random: &random)
                position = .backoff(id: lastEventID, input: input, retries: retries)
                return [.wait(until: now.advanced(byMilliseconds: delay), id: lastEventID)]
            }
        }
        // 2. Else go where the first catcher for it leads.
        guard let catcher = task.catchers.first(where: { StatesError.matches(failure.error, $0.errorEquals) }) else {
            return end(failure)
        }
        do {
            let error: JSONValue = ["Error": .string(failure.error), "Cause": .string(failure.cause)]
            let output = try combine(catcher.resultPath, error, input)
            let extent = try bounded(
                catcher.resultPath.extent(of: extent(of: error), with: stateExtent), of: output, in: state)
            emitExit(state, output)
            return run(catcher.next, output, extent)
        } catch {
            return end(runtime(error))
        }
    }

    private func timeout(_ task: TaskState, _ input: JSONValue) throws(StateFailure) -> Int64? {
        switch task.timeout {
        case nil: return nil
        case .fixed(let seconds): return seconds
        case .path(let path):
            do {
                let seconds = try path.evaluate(in: scope(input, usesContext: path.root == .context)).integerValue
                if let seconds, (1...99_999_999).contains(seconds) { return seconds }
            } catch {
                throw .runtime(error.description)
            }
            throw .runtime("The TimeoutSecondsPath parameter is not a whole number from 1 to 99999999: \(path.text)")
        }
    }

    // MARK: Data

    /// Why a state could not be carried out; neither kind can be caught.
    private enum StateFailure: Error {
        case runtime(String)
        case dataLimit(String)
    }

    private func runtime(_ failure: any Error) -> TaskFailure {
        switch failure {
        case StateFailure.dataLimit(let name):
            TaskFailure(StatesError.dataLimitExceeded, Self.dataLimit(name))
        case StateFailure.runtime(let reason): TaskFailure(StatesError.runtime, prefix(reason))
        default: TaskFailure(StatesError.runtime, prefix("\(failure)"))
        }
    }

    private static func dataLimit(_ name: String) -> String {
        "The state/task '\(name)' returned a result with a size exceeding the maximum number of bytes service limit."
    }

    private func prefix(_ reason: String) -> String {
        "An error occurred while executing the state '\(stateName)' (entered at the event id #\(enteredID)). \(reason)"
    }

    private func scope(_ input: JSONValue, usesContext: Bool, retryCount: Int64? = nil) -> JSONPath.Scope {
        if !usesContext { return JSONPath.Scope(input: input) { .null } }
        let context = contextObject(retryCount)
        return JSONPath.Scope(input: input) { context }
    }

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>
    ///
    /// - Parameter retryCount: how often the task has been tried again; other states have no such count.
    private func contextObject(_ retryCount: Int64?) -> JSONValue {
        var state: JSONObject = ["Name": .string(stateName), "EnteredTime": .string(enteredAt.text)]
        if let retryCount { state["RetryCount"] = .integer(retryCount) }
        var execution: JSONObject = [
            "Id": .string(start.arn.text), "Input": start.input, "StartTime": .string(start.startedAt.text),
            "Name": .string(start.name), "RoleArn": .string(start.machine.roleARN),
            "RedriveCount": .integer(redriveCount),
        ]
        if let redrivenAt { execution["RedriveTime"] = .string(redrivenAt.text) }
        return [
            "Execution": .object(execution),
            "StateMachine": ["Id": .string(start.machine.arn), "Name": .string(start.machine.name)],
            "State": .object(state),
        ]
    }

    private mutating func evaluate(
        _ template: PayloadTemplate, _ input: JSONValue, retryCount: Int64? = nil
    ) throws(StateFailure) -> JSONValue {
        do {
            var random = random
            let scope = scope(input, usesContext: template.usesContext, retryCount: retryCount)
            let value = try template.evaluate(in: scope, random: &random)
            self.random = random
            return value
        } catch {
            throw .runtime(error.description)
        }
    }

    private func select(_ selection: State.Selection?, _ document: JSONValue) throws(StateFailure) -> JSONValue {
        switch selection {
        case nil: return document
        case .nothing: return [:]
        case .path(let path):
            do {
                return try path.evaluate(in: scope(document, usesContext: path.root == .context))
            } catch {
                throw .runtime(error.description)
            }
        }
    }

    private func combine(
        _ path: ResultPath, _ result: JSONValue, _ input: JSONValue
    ) throws(StateFailure) -> JSONValue {
        do {
            return try path.combine(result, with: input)
        } catch {
            throw .runtime(error.description)
        }
    }

    private mutating func text(
        _ text: FailState.Text?, _ field: String, _ input: JSONValue
    ) throws(StateFailure) -> String? {
        switch text {
        case nil: return nil
        case .fixed(let value): return value
        case .computed(let template):
            do {
                let scope = scope(input, usesContext: template.usesContext)
                let value = try template.evaluate(in: scope, random: &random, field: field)
                guard let text = value.stringValue else {
                    throw StateFailure.runtime("The \(field) field must be a text, not \(value.kind)")
                }
                return text
            } catch let error as PayloadFailure {
                throw .runtime(error.description)
            } catch let error as StateFailure {
                throw error
            } catch {
                preconditionFailure("no other error is thrown: \(error)")
            }
        }
    }

    private func moment(_ wait: WaitState, _ input: JSONValue) throws(StateFailure) -> Timestamp {
        switch wait {
        case .seconds(let seconds): return now.advanced(byMilliseconds: seconds * 1000)
        case .timestamp(let timestamp): return timestamp
        case .secondsPath(let path):
            let value = try found(path, "SecondsPath", input)
            guard case .integer(let seconds) = value else {
                throw .runtime(
                    "The SecondsPath parameter cannot be parsed as a long value: \(path.text) == \(value.text)")
            }
            guard (0...99_999_999).contains(seconds) else {
                throw .runtime("The SecondsPath parameter is not from 0 to 99999999: \(path.text) == \(seconds)")
            }
            return now.advanced(byMilliseconds: seconds * 1000)
        case .timestampPath(let path):
            let value = try found(path, "TimestampPath", input)
            guard let timestamp = value.stringValue.flatMap(Timestamp.init(parsing:)) else {
                throw .runtime(
                    "The TimestampPath parameter cannot be parsed as a time of RFC 3339: \(path.text) == \(value.text)")
            }
            return timestamp
        }
    }

    private func found(_ path: JSONPath, _ field: String, _ input: JSONValue) throws(StateFailure) -> JSONValue {
        do {
            return try path.evaluate(in: scope(input, usesContext: path.root == .context))
        } catch {
            throw .runtime("The \(field) parameter does not reference an input value: \(path.text)")
        }
    }

    // MARK: History

    private mutating func emit(_ kind: HistoryEvent.Kind, _ details: (Interpreter) -> JSONObject) {
        lastEventID += 1
        if history == nil || !historyHasData && !kind.isFollowed { return }
        // The first state follows the start of the execution, and AWS numbers its predecessor 0.
        let previous = lastEventID == 2 ? 0 : lastEventID - 1
        let event = HistoryEvent(
            execution: start.arn, id: lastEventID, previousID: previous, timestamp: now, kind: kind,
            details: details(self))
        history?.append(event)
    }

    /// What an event says of a value: its text, or nothing where history goes without data.
    private func told(_ value: JSONValue) -> JSONValue { historyHasData ? .string(value.text) : .null }

    private mutating func emitExit(_ state: State, _ output: JSONValue) {
        emit(.stateExited(state.typeName)) {
            if !$0.historyHasData { return ["name": .string(state.name)] }
            return ["name": .string(state.name), "output": .string(output.text), "outputDetails": ["truncated": false]]
        }
    }

    private static func details(_ resource: TaskResource) -> JSONObject {
        ["resourceType": .string(resource.service), "resource": .string(resource.action)]
    }

    private static func errorDetails(_ error: String?, _ cause: String?) -> JSONObject {
        var details = JSONObject()
        if let error { details["error"] = .string(error) }
        if let cause { details["cause"] = .string(cause) }
        return details
    }

    /// The region in the machine's name.
    private var region: String {
        let parts = start.machine.arn.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count > 3 ? String(parts[3]) : ""
    }
}
