import StatesLanguage

/// Parallel and Map states: the branches inside them begin, end, and give their results to the branch around them.
///
/// Source: the order of AWS's events and what each names as its predecessor, as recorded by LocalStack's tests.
extension Interpreter {
    mutating func fork(_ parallel: ParallelState, _ input: JSONValue, _ retries: [Int64]) throws(StateFailure) {
        let taken = try select(branch.state.inputPath, input)
        let given: JSONValue
        if let template = parallel.arguments {
            given = try evaluate(template, "Arguments", taken, retryCount: retries.reduce(0, +))
        } else if let template = parallel.parameters {
            given = try evaluate(template, taken, retryCount: retries.reduce(0, +))
        } else {
            given = taken
        }
        let extent = try bounded(extent(of: given), of: given)
        emit(.parallelStateStarted)
        let scopes = branch.state.branches
        var fork = Fork(count: scopes.count, retries: retries, taken: .whole(given))
        let variables = branch.variables.inside
        let value = CompactValue.whole(given)
        while let index = fork.begin(BranchID(number: branchCount)) {
            begin(
                Branch(
                    BranchID(number: branchCount), of: branch.id, index: index, in: scopes[index], input: value, extent,
                    variables: variables, lastEventID: branch.lastEventID, at: now, item: branch.item))
        }
        branch.position = .forked(fork)
    }

    mutating func fork(_ map: MapState, _ input: JSONValue, _ retries: [Int64]) throws(StateFailure) {
        let taken = try select(branch.state.inputPath, input)
        let limit = try concurrency(map, taken)
        let found = try items(of: map, taken, retries)
        guard case .array(let items) = found else {
            throw .runtime("Reference path '\(map.itemsPath?.text.quoted ?? "$")' must point to array.")
        }
        for tolerance in map.tolerances { _ = try find(tolerance.path, taken) }
        for (field, expression) in map.queryTolerances { _ = try evaluate(expression, field, as: .number, taken) }
        emit(.mapStateStarted) { _ in ["length": .integer(Int64(items.count))] }
        let fork = Fork(count: items.count, retries: retries, taken: .whole(taken), items: .whole(found))
        if items.isEmpty { return gather(fork) }
        branch.position = .forked(fork)
        hold(extent(of: found).bytes)
        for _ in 0..<limit where !beginIteration(after: branch.lastEventID) { break }
    }

    private mutating func items(
        of map: MapState, _ input: JSONValue, _ retries: [Int64]
    ) throws(StateFailure) -> JSONValue {
        if let path = map.itemsPath { return try find(path, input) }
        guard branch.state.query != nil else { return input }
        guard let template = map.items else {
            if input.arrayValue != nil { return input }
            let text = input.text(upTo: MessageText.maximumCauseLength)
            let reason = "Map state input must be an array but was: \(text)"
            throw .query(QueryFailure(reason, at: nil, isOfEvaluation: true))
        }
        let count = retries.reduce(0, +)
        return try evaluate(template, "Items", as: .array, input, retryCount: count)
    }

    /// How many iterations of a Map run at a time.
    private mutating func concurrency(_ map: MapState, _ input: JSONValue) throws(StateFailure) -> Int {
        let wanted: Int64
        switch map.maxConcurrency {
        case .fixed(let number): wanted = number
        case .query(let expression):
            let value = try evaluate(expression, "MaxConcurrency", as: .number, input)
            guard let number = value.integerValue, number >= 0 else {
                let reason = "Expected non-negative integer for MaxConcurrency, got '\(value.quoted)' instead."
                throw .query(QueryFailure(reason, at: "MaxConcurrency"))
            }
            wanted = number
        case .path(let path):
            let value = try find(path, input)
            guard let number = value.integerValue ?? value.stringValue.flatMap({ Int64($0) }) else {
                let text = value.stringValue?.quoted ?? value.quoted
                throw .runtime(
                    "The MaxConcurrencyPath field refers to value \"\(text)\" which is not a valid integer: "
                        + path.text.quoted)
            }
            if number < 0 {
                throw .runtime("Expected non-negative integer for MaxConcurrency, got '\(number)' instead.")
            }
            wanted = number
        }
        return wanted == 0 ? MapState.maximumConcurrency : Int(min(wanted, Int64(MapState.maximumConcurrency)))
    }

    /// Has the next iteration of the current branch's Map begin; `false` when there is none.
    private mutating func beginIteration(after event: Int64) -> Bool {
        guard case .forked(var fork) = branch.position,
            let index = fork.begin(BranchID(number: branchCount))
        else { return false }
        branch.position = .forked(fork)
        var iteration = Branch(
            BranchID(number: branchCount), of: branch.id, index: index, in: branch.state.branches[0],
            input: .whole(.null), extent(of: .null), variables: branch.variables.inside, lastEventID: event, at: now)
        iteration.position = .ready(.iterate)
        begin(iteration)
        return true
    }

    private mutating func begin(_ inner: Branch) {
        branchCount += 1
        branchBytes += inner.extent.bytes
        resting[inner.id] = inner
        changed.insert(inner.id)
        ready.append(inner.id)
    }

    /// What it takes to begin the iteration whose turn it is.
    var iterationCost: StateWeight.Cost {
        guard let around = branch.parent.flatMap({ resting[$0] }), case .map(let map) = around.state.kind,
            case .forked(let fork) = around.position
        else { return StateWeight.Cost(1) }
        return cost(map.itemWeight, around.extent.bytes) + (fork.items?.cost ?? 0) + fork.taken.cost
    }

    /// Begins an iteration: gives it its item, or what the selector of the Map makes of it.
    mutating func iterate() {
        guard let around = branch.parent.flatMap({ resting[$0] }), case .map(let map) = around.state.kind,
            case .forked(var fork) = around.position, let items = fork.items?.value, let item = items[branch.index]
        else { preconditionFailure("an iteration is one of a Map") }
        // Read once, for all iterations that follow.
        if fork.items?.textSize != nil {
            fork.items = .whole(items)
            resting[around.id]?.position = .forked(fork)
        }
        let index = branch.index
        emit(.mapIterationStarted) { _ in ["name": .string(around.state.name), "index": .integer(Int64(index))] }
        let size = extent(of: item)
        branch.item = Branch.Item(index: index, value: .whole(item), bytes: size.bytes)
        do throws(StateFailure) {
            let given: JSONValue
            if let selector = map.selector {
                given = try evaluate(selector, "ItemSelector", fork.taken.value, in: around)
            } else if let selector = map.itemSelector {
                given = try evaluate(selector, fork.taken.value, in: around)
            } else {
                return proceed(to: .enter(branch.state, input: .whole(item), size))
            }
            let extent = extent(of: given)
            if extent.exceeds(bytes: Self.maximumDataBytes) { throw .dataLimit(around.state.name) }
            proceed(to: .enter(branch.state, input: .whole(given), extent))
        } catch {
            let failure = failure(error, in: around)
            report(error, failure, in: around)
            end(failure)
        }
    }

    /// Ends the current branch with what its last state gives.
    mutating func end(with output: JSONValue, _ extent: JSONExtent) {
        guard let parent = branch.parent else {
            branch.position = .ended
            emit(.executionSucceeded) { ["output": $0.told(output), "outputDetails": ["truncated": false]] }
            return finish(.succeeded(output: output))
        }
        let ended = branch
        branch.position = .ended
        release(ended)
        turn(to: parent)
        guard case .forked(var fork) = branch.position else { preconditionFailure("nothing waits for the branch") }
        let before = fork.heldBytes
        fork.end(ended.id, index: ended.index, with: .whole(output), bytes: self.extent(of: output).bytes)
        branch.position = .forked(fork)
        hold(branch.heldBytes + fork.heldBytes - before)
        branch.lastEventID = ended.lastEventID
        if case .map = branch.state.kind {
            emit(.mapIterationSucceeded) { Self.iteration(ended.index, of: $0.branch.state) }
            if beginIteration(after: ended.lastEventID) { return }
        }
        if fork.isDone { gather(fork) }
    }

    /// Goes on behind the branches inside, of which all have ended.
    private mutating func gather(_ fork: Fork) {
        // More than a state may have is refused by its size.
        let result = fork.result
        let extent = result.map { self.extent(of: $0) } ?? JSONExtent.tooMuch
        proceed(to: .complete(nil, retries: fork.retries, result: .whole(result ?? []), extent))
    }

    /// Counts what a branch holds no more.
    mutating func release(_ ended: Branch) {
        branchBytes -= ended.extent.bytes + ended.heldBytes
        variableBytes -= ended.variables.bytes
    }

    static func iteration(_ index: Int, of state: State) -> JSONObject {
        ["name": .string(state.name), "index": .integer(Int64(index))]
    }
}
