package import StatesLanguage

/// An execution of a state machine as a pure reducer: an event goes in, the state changes, actions come out.
///
/// Nothing here reads a clock, a file or a network. The same start and the same events give the same execution, which
/// is what replaying a journal and deriving a history rest on. There is one branch, for the language's sequential
/// states; Parallel and Map will make `position` a tree of them.
///
/// States can follow each other for hours without waiting for anything. So each call does no more than `budget` allows,
/// and then pauses between two states, with `goOn` for its action. Whether and where it pauses changes nothing of what
/// the execution does.
package struct Interpreter: Sendable {
    /// AWS's bounds: <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
    package static let maximumDataBytes = EvaluationBudget.maximumValueBytes
    package static let maximumHistoryEvents: Int64 = 25_000

    /// Where the execution stands.
    private enum Position: Sendable {
        case notStarted
        case task(TaskRequest, retries: [Int64])
        case backoff(id: Int64, retries: [Int64])
        case waiting(id: Int64, output: CompactValue)
        case paused(before: Continuation)
        case finished(ExecutionOutcome)
    }

    /// What is done next without waiting for anything.
    private enum Continuation: Sendable {
        /// Enter a state, with the data for it and how large they are at most.
        case enter(State, input: CompactValue, JSONExtent)
        /// Carry out the current state, which has been entered.
        case carryOut(State)
        /// Schedule the current state's task.
        case schedule(State, retries: [Int64])
        /// Leave the current state with the result of its task.
        case complete(State, TaskResource, retries: [Int64], result: CompactValue, JSONExtent)
        /// Leave the current state for where the failure of its task leads.
        case `catch`(State, Catcher, TaskFailure)
        /// Leave the current state, which has waited.
        case leave(State, output: CompactValue)
    }

    package let start: ExecutionStart
    private let machine: StateMachine
    private var position = Position.notStarted
    private var stateName = ""
    /// What the current state was entered with: a task is tried again with this, and a redrive starts it again.
    private var stateInput: CompactValue
    /// What the execution was started with.
    private var startInput: CompactValue
    /// How large the context object is at most: what the execution was started with, and some names.
    private let contextBytes: Int
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
    /// What the evaluation of the current state may still cost.
    private var evaluation = EvaluationBudget()
    /// The steps of evaluation that were taken in the states before the current one.
    private var earlierSteps = 0
    /// The history events since they were last taken, if they are wanted; else history costs only its numbers.
    private var history: HistoryRecorder?
    /// Whether all events are recorded, with what went in and came out; else only those that are followed, without that.
    /// Writing everything out takes longer than everything else together.
    private let historyHasData: Bool
    /// How much work may be done before the interpreter pauses, in the units of `StateWeight`; counted down, and below
    /// zero by what a state has taken that was not foreseen.
    package var budget = Int.max
    /// What has happened and is still to be taken in, while a journal is replayed.
    private var entries: ArraySlice<JournalEntry>
    /// The number of events at which the next of `entries` is taken in, if the interpreter waits for nothing then.
    private var entersNextEntryAt = Int64.max

    /// - Parameter entries: what has happened already: the interpreter takes it in as it comes to it.
    package init(
        start: ExecutionStart, machine: StateMachine, entries: [JournalEntry] = [], recordsHistory: Bool = false,
        historyHasData: Bool = true
    ) {
        let window = HistoryWindow(historyHasData ? .full : .followed)
        self.init(start: start, machine: machine, entries: entries, recording: recordsHistory ? window : nil)
    }

    /// - Parameter recording: the events of the history that are recorded; `nil` for none.
    package init(
        start: ExecutionStart, machine: StateMachine, entries: [JournalEntry] = [], recording window: HistoryWindow?
    ) {
        self.entries = entries[...]
        self.start = start
        self.machine = machine
        random = SeededRandom(seed: start.seed)
        let input = start.input
        startInput = .whole(input)
        stateInput = .whole(input)
        stateExtent = JSONExtent(of: input, limit: Self.maximumDataBytes)
        contextBytes = stateExtent.bytes + 2048
        enteredAt = start.startedAt
        now = start.startedAt
        history = window.map { HistoryRecorder($0) }
        historyHasData = window.map { $0.detail == .full } ?? true
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

    /// How many steps its states have taken to evaluate so far, as `EvaluationBudget` counts them: each state at least
    /// one. It only grows, so the difference between two readings is the work done in between.
    package var evaluationSteps: Int { earlierSteps + evaluation.steps }

    /// The history events since this was last asked for.
    package mutating func takeHistory() -> [HistoryEvent] {
        history?.take() ?? []
    }

    /// Whether the interpreter has paused between two states.
    package var isPaused: Bool { if case .paused = position { true } else { false } }

    /// Whether the interpreter has paused since its budget is spent.
    package var hasSpentBudget: Bool { isPaused && lastEventID < entersNextEntryAt }

    /// Whether the journal's entries have not been taken in yet.
    package var isReplaying: Bool { !entries.isEmpty }

    /// Enters the first state, and goes on as far as the budget reaches.
    package mutating func begin() -> [ExecutionAction] {
        guard case .notStarted = position else { return [] }
        emit(.executionStarted) {
            [
                "input": $0.told($0.startInput.value), "inputDetails": ["truncated": false],
                "roleArn": .string($0.start.machine.roleARN),
            ]
        }
        if !entries.isEmpty { expectEntry(at: entries.first?.atEvent) }
        return takeEntries(after: follow(enter(machine.startAt, startInput, stateExtent)))
    }

    /// Says where the next entry of the journal was written; the interpreter pauses there. For who applies the entries one
    /// by one: before `begin`, and before each is applied.
    ///
    /// - Parameter event: `nil` for an entry for which the interpreter waits, or for none.
    package mutating func expectEntry(at event: Int64?) { entersNextEntryAt = event ?? .max }

    /// Goes on where the interpreter has paused: at least by one state, and as far as the budget reaches.
    package mutating func goOn() -> [ExecutionAction] {
        guard case .paused(let next) = position else { return [] }
        if lastEventID >= entersNextEntryAt { return takeEntries(after: [.goOn]) }
        return takeEntries(after: follow(.go(next), goesOn: true))
    }

    /// Takes in the journal's entries, each where it was written.
    private mutating func takeEntries(after actions: [ExecutionAction]) -> [ExecutionAction] {
        var actions = actions
        while let entry = entries.first, !isPaused || lastEventID >= entersNextEntryAt {
            entries.removeFirst()
            entersNextEntryAt = entries.first?.atEvent ?? .max
            actions = apply(entry.event, at: entry.at)
        }
        return isPaused ? [.goOn] : actions
    }

    /// Takes in what ends the execution from outside although its journal has not been replayed to the end: it happens
    /// directly behind the last entry.
    package mutating func endUnreplayed(_ event: ExecutionEvent, at time: Timestamp) -> [ExecutionAction] {
        entries = []
        return apply(event, at: time)
    }

    /// Takes in what happened at `time` and says what is to be done next; an event that nothing waits for is nothing.
    package mutating func apply(_ event: ExecutionEvent, at time: Timestamp) -> [ExecutionAction] {
        now = max(now, time)
        renewBudget()
        switch (event, position) {
        case (.redriven, .finished(let outcome)) where outcome.status != .succeeded:
            return follow(redrive())
        case (_, .finished):
            return []
        case (.taskSucceeded(let result), .task(let request, let retries)):
            let step = Continuation.complete(
                current, request.resource, retries: retries, result: .whole(result), extent(of: result))
            return follow(.go(step))
        case (.taskFailed(let failure), .task(let request, let retries)):
            return follow(fail(request.resource, retries, failure))
        case (.timerFired, .backoff(_, let retries)):
            return follow(.go(.schedule(current, retries: retries)))
        case (.timerFired, .waiting(_, let output)):
            return follow(.go(.leave(current, output: output)))
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
        /// It has not begun, has paused, or has ended.
        case nothing
    }

    /// What the execution waits for now.
    package var awaited: Awaited {
        switch position {
        case .task(let request, _): .task(request)
        case .backoff(let id, _), .waiting(let id, _): .timer(id: id)
        case .notStarted, .paused, .finished: .nothing
        }
    }

    /// Whether a result for the task attempt `id` is still waited for.
    package func awaits(task id: Int64) -> Bool {
        if case .task(let request, _) = position { request.id == id } else { false }
    }

    /// Whether the timer `id` is still waited for.
    package func awaits(timer id: Int64) -> Bool {
        switch position {
        case .backoff(let timer, _), .waiting(let timer, _): timer == id
        default: false
        }
    }

    // MARK: States

    /// Goes from state to state until one has to wait for something from outside, the budget is spent, or the next entry
    /// of the journal is to be taken in.
    ///
    /// - Parameter goesOn: whether the first of them is carried out whatever it costs.
    private mutating func follow(_ step: Step, goesOn: Bool = false) -> [ExecutionAction] {
        var step = step
        var goesOn = goesOn
        while true {
            switch step {
            case .go(let next):
                let cost = cost(of: next)
                if cost > budget && !goesOn || lastEventID >= entersNextEntryAt {
                    position = .paused(before: next)
                    return [.goOn]
                }
                goesOn = false
                let before = evaluationSteps
                step = carryOut(next)
                // What was not foreseen: all steps of one state at most.
                budget -= max(cost, (evaluationSteps - before) / StateWeight.stepsPerUnit)
            case .act(let actions): return actions
            }
        }
    }

    /// A state, or what it does with what happened, begins.
    private mutating func renewBudget() {
        earlierSteps += evaluation.steps + 1
        evaluation = EvaluationBudget()
    }

    private enum Step {
        case go(Continuation)
        case act([ExecutionAction])
    }

    private mutating func carryOut(_ next: Continuation) -> Step {
        switch next {
        case .enter(let state, let input, let extent): enter(state, input, extent)
        case .carryOut(let state): carryOut(state, stateInput.value)
        case .schedule(let state, let retries): .act(schedule(state, stateInput.value, retries))
        case .complete(let state, let resource, let retries, let result, let extent):
            complete(state, resource, retries, result.value, extent)
        case .catch(let state, let catcher, let failure): self.catch(state, catcher, failure)
        case .leave(let state, let output): leave(state, output.value)
        }
    }

    /// How much work something is, as far as that can be foreseen. What is kept as a text has to be read for it.
    private func cost(of next: Continuation) -> Int {
        switch next {
        case .enter(let state, let input, let extent):
            state.weight.cost(bytes: extent.bytes, contextBytes: contextBytes) + input.cost
        case .carryOut(let state), .schedule(let state, _):
            state.weight.cost(bytes: stateExtent.bytes, contextBytes: contextBytes) + stateInput.cost
        case .complete(let state, _, _, let result, let extent):
            state.resultWeight.cost(bytes: stateExtent.bytes + extent.bytes, contextBytes: contextBytes)
                + stateInput.cost + result.cost
        case .catch: 1 + stateInput.cost
        case .leave(_, let output): 1 + output.cost
        }
    }

    private func enter(_ name: String, _ input: JSONValue, _ extent: JSONExtent) -> Step {
        enter(name, .whole(input), extent)
    }

    private func enter(_ name: String, _ input: CompactValue, _ extent: JSONExtent) -> Step {
        .go(.enter(state(name), input: input, extent))
    }

    private func state(_ name: String) -> State {
        guard let state = machine.state(name) else { preconditionFailure("the machine was checked: \(name)") }
        return state
    }

    /// The state in which the execution is.
    private var current: State { state(stateName) }

    private mutating func enter(_ state: State, _ kept: CompactValue, _ extent: JSONExtent) -> Step {
        let name = state.name
        let input = kept.value
        stateName = name
        stateInput = kept
        stateExtent = extent
        renewBudget()
        // A loop without end stops where AWS's history does.
        if lastEventID >= Self.maximumHistoryEvents - 10 {
            return .act(
                end(
                    StatesError.runtime,
                    "The execution reached the maximum number of history events (\(Self.maximumHistoryEvents))."))
        }
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
                return .act(schedule(state, input, []))
            case .pass(let pass):
                let taken = try select(state.inputPath, input)
                let result = try pass.result ?? pass.parameters.map { try evaluate($0, taken) } ?? taken
                return try exit(state, input, result, pass.resultPath)
            case .choice(let choice):
                let taken = try select(state.inputPath, input)
                guard
                    let next = try choice.next(
                        in: scope(taken, usesContext: choice.usesContext), budget: &evaluation)
                else {
                    return .act(
                        end(
                            "States.NoChoiceMatched",
                            prefix(
                                "Failed to transition out of the state. The state does "
                                    + "not match any of the choices and has no default.")))
                }
                let output = try select(state.outputPath, taken)
                emitExit(state, output)
                return enter(next, output, selected(state) ? extent(of: output) : stateExtent)
            case .wait(let wait):
                let taken = try select(state.inputPath, input)
                let output = try select(state.outputPath, taken)
                let until = try moment(wait, taken)
                position = .waiting(id: enteredID, output: selected(state) ? .whole(output) : stateInput)
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
    private mutating func redrive() -> Step {
        redriveCount += 1
        redrivenAt = now
        position = .notStarted
        emit(.executionRedriven) { ["redriveCount": .integer($0.redriveCount)] }
        let state = current
        if case .fail = state.kind { return .go(.enter(state, input: stateInput, stateExtent)) }
        return .go(.carryOut(state))
    }

    private mutating func leave(_ state: State, _ output: JSONValue) -> Step {
        do {
            return try exit(state, output, extent(of: output))
        } catch {
            return .act(end(runtime(error)))
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
        case .next(let next): return enter(next, output, extent)
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

    // MARK: Keeping

    /// Keeps the execution's data as small as they can be, since it is not gone on with now; where it is, they are read
    /// again as far as they are needed.
    ///
    /// - Returns: how much work it was.
    package mutating func compact() -> Int {
        var cost = 0
        func kept(_ value: CompactValue) -> CompactValue {
            let kept = value.compacted
            if value.textSize == nil { cost += kept.cost }
            return kept
        }
        startInput = start.keptInput
        let whole = stateInput
        // Nearly always it is known to be small.
        if stateExtent.exceeds(bytes: CompactValue.smallest) { stateInput = kept(stateInput).sharing(startInput) }
        func shared(_ value: CompactValue) -> CompactValue { value == whole ? stateInput : kept(value) }
        switch position {
        case .waiting(let id, let output): position = .waiting(id: id, output: shared(output))
        case .paused(.enter(let state, let input, let extent)):
            position = .paused(before: .enter(state, input: shared(input), extent))
        case .paused(.complete(let state, let resource, let retries, let result, let extent)):
            position = .paused(before: .complete(state, resource, retries: retries, result: kept(result), extent))
        case .paused(.leave(let state, let output)): position = .paused(before: .leave(state, output: shared(output)))
        case .notStarted, .task, .backoff, .paused, .finished: break
        }
        return cost
    }

    /// What is kept beside the inputs.
    private var keptData: CompactValue? {
        switch position {
        case .waiting(_, let value), .paused(.enter(_, let value, _)), .paused(.complete(_, _, _, let value, _)),
            .paused(.leave(_, let value)):
            value
        case .notStarted, .task, .backoff, .paused, .finished: nil
        }
    }

    /// How many bytes of text the execution keeps, beside what is small: what its input, the input of its state and what
    /// it goes on with have in common is kept once.
    package var keptBytes: Int {
        Set([start.keptInput, startInput, stateInput] + [keptData].compactMap { $0 })
            .reduce(0) { $0 + ($1.textSize ?? 0) }
    }

    /// Whether a value that is large is kept as a tree.
    package var keepsTrees: Bool {
        ([startInput, stateInput] + [keptData].compactMap { $0 }).contains {
            $0.textSize == nil && $0.compacted.textSize != nil
        }
    }

    private mutating func finish(_ outcome: ExecutionOutcome) -> [ExecutionAction] {
        position = .finished(outcome)
        return [.finish(outcome)]
    }

    private mutating func end(_ error: String?, _ cause: String?) -> [ExecutionAction] {
        let cause = cause?.shortened(to: MessageText.maximumCauseLength)
        emit(.executionFailed) { _ in Self.errorDetails(error, cause) }
        return finish(.failed(error: error, cause: cause))
    }

    private mutating func end(_ failure: TaskFailure) -> [ExecutionAction] {
        end(failure.error, failure.cause.isEmpty ? nil : failure.cause)
    }

    // MARK: Tasks

    private mutating func schedule(
        _ state: State, _ input: JSONValue, _ retries: [Int64]
    ) -> [ExecutionAction] {
        guard case .task(let task) = state.kind, let resource = task.call else {
            preconditionFailure("the machine was checked: \(stateName)")
        }
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
        position = .task(request, retries: retries)
        return [.runTask(request)]
    }

    private mutating func complete(
        _ state: State, _ resource: TaskResource, _ retries: [Int64], _ result: JSONValue, _ extent: JSONExtent
    ) -> Step {
        guard case .task(let task) = state.kind else {
            preconditionFailure("the machine was checked: \(stateName)")
        }
        // AWS keeps no such result: the task has failed, and who names this error catches it.
        if extent.exceeds(bytes: Self.maximumDataBytes) {
            let failure = TaskFailure(StatesError.dataLimitExceeded, Self.dataLimit(task.resource))
            return fail(resource, retries, failure)
        }
        emit(.taskSucceeded) {
            if !$0.historyHasData { return [:] }
            return Self.details(resource).merging([
                "output": .string(result.text), "outputDetails": ["truncated": false],
            ])
        }
        do {
            let selected = try task.resultSelector.map { try evaluate($0, result) } ?? result
            return try exit(state, stateInput.value, selected, task.resultPath)
        } catch {
            return .act(end(runtime(error)))
        }
    }

    private mutating func fail(
        _ resource: TaskResource, _ retries: [Int64], _ failure: TaskFailure
    ) -> Step {
        let state = current
        guard case .task(let task) = state.kind else {
            preconditionFailure("the machine was checked: \(stateName)")
        }
        emit(failure.error == StatesError.timeout ? .taskTimedOut : .taskFailed) { _ in
            Self.details(resource).merging(
                Self.errorDetails(failure.error, failure.cause.isEmpty ? nil : failure.cause))
        }
        // 1. Try again, if the first retrier for this error has attempts left.
        if let index = task.retriers.firstIndex(where: { StatesError.matches(failure.error, $0.errorEquals) }) {
            var retries = retries
            while retries.count < task.retriers.count { retries.append(0) }
            if retries[index] < task.retriers[index].maxAttempts {
                retries[index] += 1
                let delay = task.retriers[index].delay(beforeAttempt: retries[index], random: &random)
                position = .backoff(id: lastEventID, retries: retries)
                return .act([.wait(until: now.advanced(byMilliseconds: delay), id: lastEventID)])
            }
        }
        // 2. Else go where the first catcher for it leads.
        guard let catcher = task.catchers.first(where: { StatesError.matches(failure.error, $0.errorEquals) }) else {
            return .act(end(failure))
        }
        return .go(.catch(state, catcher, failure))
    }

    private mutating func `catch`(_ state: State, _ catcher: Catcher, _ failure: TaskFailure) -> Step {
        do {
            let error: JSONValue = ["Error": .string(failure.error), "Cause": .string(failure.cause)]
            let output = try combine(catcher.resultPath, error, stateInput.value)
            let extent = try bounded(
                catcher.resultPath.extent(of: extent(of: error), with: stateExtent), of: output, in: state)
            emitExit(state, output)
            return enter(catcher.next, output, extent)
        } catch {
            return .act(end(runtime(error)))
        }
    }

    private mutating func timeout(_ task: TaskState, _ input: JSONValue) throws(StateFailure) -> Int64? {
        switch task.timeout {
        case nil: return nil
        case .fixed(let seconds): return seconds
        case .path(let path):
            do {
                let seconds = try path.evaluate(
                    in: scope(input, usesContext: path.root == .context), budget: &evaluation
                ).integerValue
                if let seconds, (1...99_999_999).contains(seconds) { return seconds }
            } catch {
                throw .runtime(error.description)
            }
            throw .runtime(
                "The TimeoutSecondsPath parameter is not a whole number from 1 to 99999999: \(path.text.quoted)")
        }
    }

    // MARK: Data

    /// Why a state could not be carried out; neither kind can be caught.
    private enum StateFailure: Error {
        case runtime(String)
        case dataLimit(String)
    }

    private func runtime(_ failure: any Error) -> TaskFailure {
        // Whatever has been said of it: what has no budget left says nothing of the data.
        switch evaluation.excess {
        case .bytes: return TaskFailure(StatesError.dataLimitExceeded, Self.dataLimit(stateName))
        case .steps: return TaskFailure(StatesError.runtime, prefix("\(EvaluationBudget.Excess.steps)."))
        case nil: break
        }
        return switch failure {
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
            .shortened(to: MessageText.maximumCauseLength)
    }

    private mutating func scope(_ input: JSONValue, usesContext: Bool, retryCount: Int64? = nil) -> JSONPath.Scope {
        if !usesContext { return JSONPath.Scope(input: input) { .null } }
        // Read once, for all states that follow.
        if startInput.textSize != nil {
            budget -= startInput.cost
            startInput = .whole(startInput.value)
        }
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
            "Id": .string(start.arn.text), "Input": startInput.value, "StartTime": .string(start.startedAt.text),
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
            let value = try template.evaluate(in: scope, random: &random, budget: &evaluation)
            self.random = random
            return value
        } catch {
            throw .runtime(error.description)
        }
    }

    private mutating func select(_ selection: State.Selection?, _ document: JSONValue) throws(StateFailure) -> JSONValue
    {
        switch selection {
        case nil: return document
        case .nothing: return [:]
        case .path(let path):
            do {
                return try path.evaluate(
                    in: scope(document, usesContext: path.root == .context), budget: &evaluation)
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
                let value = try template.evaluate(
                    in: scope, random: &random, budget: &evaluation, field: field)
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

    private mutating func moment(_ wait: WaitState, _ input: JSONValue) throws(StateFailure) -> Timestamp {
        switch wait {
        case .seconds(let seconds): return now.advanced(byMilliseconds: seconds * 1000)
        case .timestamp(let timestamp): return timestamp
        case .secondsPath(let path):
            let value = try found(path, "SecondsPath", input)
            guard case .integer(let seconds) = value else {
                throw .runtime(
                    "The SecondsPath parameter cannot be parsed as a long value: \(path.text.quoted) == \(value.quoted)"
                )
            }
            guard (0...99_999_999).contains(seconds) else {
                throw .runtime("The SecondsPath parameter is not from 0 to 99999999: \(path.text.quoted) == \(seconds)")
            }
            return now.advanced(byMilliseconds: seconds * 1000)
        case .timestampPath(let path):
            let value = try found(path, "TimestampPath", input)
            guard let timestamp = value.stringValue.flatMap(Timestamp.init(parsing:)) else {
                throw .runtime(
                    "The TimestampPath parameter cannot be parsed as a time of RFC 3339: "
                        + "\(path.text.quoted) == \(value.quoted)")
            }
            return timestamp
        }
    }

    private mutating func found(_ path: JSONPath, _ field: String, _ input: JSONValue) throws(StateFailure) -> JSONValue
    {
        do {
            return try path.evaluate(in: scope(input, usesContext: path.root == .context), budget: &evaluation)
        } catch {
            throw .runtime("The \(field) parameter does not reference an input value: \(path.text.quoted)")
        }
    }

    // MARK: History

    private mutating func emit(_ kind: HistoryEvent.Kind, _ details: (Interpreter) -> JSONObject) {
        lastEventID += 1
        if history?.wants(lastEventID, kind) != true { return }
        // The first state follows the start of the execution, and AWS numbers its predecessor 0.
        let previous = lastEventID == 2 ? 0 : lastEventID - 1
        let event = HistoryEvent(
            execution: start.arn, id: lastEventID, previousID: previous, timestamp: now, kind: kind,
            details: details(self))
        history?.record(event)
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
