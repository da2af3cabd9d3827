import StatesLanguage

/// One sequence of states: that of the machine itself, of a branch of a Parallel state, or of an iteration of a Map.
struct Branch: Sendable {
    /// Where a branch stands.
    enum Position: Sendable {
        /// It can go on.
        case ready(Continuation)
        case task(TaskRequest, retries: [Int64])
        /// It waits before the current state is tried again.
        case backoff(id: Int64, until: Timestamp, retries: [Int64])
        /// It is in a Wait state.
        case waiting(id: Int64, until: Timestamp, output: CompactValue)
        /// It is in a Parallel or Map state.
        case forked(Fork)
        /// The execution ended before the branch did: where it goes on if the execution is redriven.
        case halted(Continuation)
        case ended
    }

    /// The element of a Map that a branch is for, as the context object has it.
    struct Item: Sendable {
        let index: Int
        var value: CompactValue
        /// How large it is.
        let bytes: Int
    }

    let id: BranchID
    /// The branch that waits for this one; `nil` for that of the machine itself.
    let parent: BranchID?
    /// Which of the branches or iterations of its state this is.
    let index: Int
    /// The states among which it moves.
    let scope: MachineScope
    var item: Item?
    /// The current state.
    var state: State
    /// What the current state was entered with: a task is tried again with this, and a redrive starts it again.
    var input: CompactValue
    /// How large that is at most.
    var extent: JSONExtent
    var enteredAt: Timestamp
    /// The history event with which the current state was entered.
    var enteredID: Int64 = 0
    /// The history event before that one.
    var enteredAfter: Int64 = 0
    /// The history event that comes before the next one of this branch.
    var lastEventID: Int64
    var variables: Variables
    /// How large what it holds is besides its input: the parameters of its task, or what it will give.
    var heldBytes = 0
    var position: Position

    /// A branch that is about to begin.
    init(
        _ id: BranchID, of parent: BranchID?, index: Int, in scope: MachineScope, input: CompactValue,
        _ extent: JSONExtent, variables: Variables, lastEventID: Int64, at time: Timestamp, item: Item? = nil
    ) {
        guard let state = scope.state(scope.startAt) else {
            preconditionFailure("the machine was checked: \(scope.startAt)")
        }
        (self.id, self.parent, self.index, self.scope, self.item) = (id, parent, index, scope, item)
        (self.state, self.input, self.extent, self.enteredAt) = (state, input, extent, time)
        (self.variables, self.lastEventID) = (variables, lastEventID)
        position = .ready(.enter(state, input: input, extent))
    }

    /// What the branch waits for from outside.
    var awaited: Int64? {
        switch position {
        case .task(let request, _): request.id
        case .backoff(let id, _, _), .waiting(let id, _, _): id
        case .ready, .forked, .halted, .ended: nil
        }
    }

    /// What is to be done outside so that the branch comes on.
    var action: ExecutionAction? {
        switch position {
        case .task(let request, _): .runTask(request)
        case .backoff(let id, let until, _), .waiting(let id, let until, _): .wait(until: until, id: id)
        case .ready, .forked, .halted, .ended: nil
        }
    }

    /// Ends what the branch does, so that it can only go on by a redrive: with what it was about to do, or its state again.
    mutating func halt() {
        switch position {
        case .ready(let next): position = .halted(next)
        case .task, .backoff, .waiting: position = .halted(.carryOut(retries: []))
        case .forked, .halted, .ended: break
        }
    }

    // MARK: Keeping

    /// Every value that is kept here.
    var kept: [CompactValue] {
        let others: [CompactValue] =
            switch position {
            case .waiting(_, _, let value), .ready(.enter(_, let value, _)), .ready(.complete(_, _, let value, _)),
                .ready(.leave(let value)):
                [value]
            case .forked(let fork): fork.kept
            case .task, .backoff, .ready, .halted, .ended: []
            }
        return [input] + (item.map { [$0.value] } ?? []) + variables.kept + others
    }

    /// Keeps the branch's data as small as they can be.
    mutating func compact(sharing start: CompactValue, _ compacted: (CompactValue) -> CompactValue) {
        let whole = input
        // Nearly always it is known to be small.
        if extent.exceeds(bytes: CompactValue.smallest) { input = compacted(input).sharing(start) }
        func shared(_ value: CompactValue) -> CompactValue { value == whole ? input : compacted(value) }
        if let item { self.item?.value = compacted(item.value) }
        switch position {
        case .waiting(let id, let until, let output):
            position = .waiting(id: id, until: until, output: shared(output))
        case .ready(.enter(let state, let input, let extent)):
            position = .ready(.enter(state, input: shared(input), extent))
        case .ready(.complete(let resource, let retries, let result, let extent)):
            position = .ready(.complete(resource, retries: retries, result: compacted(result), extent))
        case .ready(.leave(let output)): position = .ready(.leave(output: shared(output)))
        case .forked(var fork):
            fork.compact(compacted)
            position = .forked(fork)
        case .task, .backoff, .ready, .halted, .ended: break
        }
    }
}
