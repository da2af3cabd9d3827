import StatesLanguage

extension Saga {
    /// The machine: the way through, and derived from the steps where each error leads, the undo graph and the ends.
    ///
    /// 1. The way through, from the request to success.
    /// 2. What goes wrong is kept where it does. Before the first effect that leads to the error answer, after it to the
    ///    undo graph.
    /// 3. The undo graph: only if the anchor is this execution's own, the steps in reverse. Where one cannot be undone
    ///    that is noted, and the next is undone all the same.
    /// 4. The anchor goes last, and stays if something else does: it is the mark by which the rest is found again.
    /// 5. The error answer: the first error, with all that is left; then the execution fails.
    package func assemble() -> Assembled {
        var graph = Graph(leftBehind: contract.leftBehind)
        // 1. and 2.
        let parts: [(block: Block, role: Outline.Role, complaint: Complaint, failed: String)] =
            checks.map { ($0.block, .check, $0.complaint, Waypoint.tellError) }
            + ([anchor] + steps).map { ($0.block, .step(undo: undo(of: $0)), $0.complaint, Waypoint.isRepeat) }
        let (first, other, refused) = (duplicates.lookForFirst, duplicates.lookForOther, Way(to: Waypoint.tellError))
        graph.build(receive, as: .intake, Exits(next: first.arrival, failed: .dropping(to: other.arrival)))
        graph.build(other, as: .intake, Exits(next: refused, failed: .dropping(to: refused)))
        graph.build(first, as: .intake, Exits(next: parts[0].block.arrival, failed: .dropping(to: refused)))
        for (position, part) in parts.enumerated() {
            let next = position + 1 < parts.count ? parts[position + 1].block.arrival : pivot.block.arrival
            graph.build(
                part.block, as: part.role, Exits(next: next, failed: part.complaint.failing(to: Way(to: part.failed))))
        }
        addPivot(to: &graph, complaining: pivot.complaint, in: "DescribeVerificationFailure")
        graph.build(success, as: .answer, Exits(next: Way(to: contract.ends.success), failed: .dropping(to: refused)))
        OutcomeDelivery.addSuccessEnd(contract.ends.success, to: &graph)
        addRepeats(to: &graph, verifiesOwn: true, comparing: existing)
        // 3. and 4.
        addUndoGraph(to: &graph)
        // 5.
        OutcomeDelivery(contract).addError(to: &graph, end: .failure)
        return graph.machine(comment: comment, startAt: receive.entrance)
    }

    /// Adds the pivot, the same for the machine and for its recovery: what they say of its failure is not.
    ///
    /// - Parameter state: the state that says it.
    package func addPivot(to graph: inout Graph, complaining complaint: Complaint, in state: String) {
        graph.build(
            pivot.block, as: .pivot, Exits(next: success.arrival, failed: .keeping(to: Way(to: state))))
        graph.addPass(state, complaint.failing(to: Way(to: Waypoint.isRepeat))(.kept))
    }

    /// The entrances of what takes a step back.
    package func undo(of step: Step) -> [String] {
        switch step.undo {
        case .by(let parts): parts.map(\.block.entrance)
        case .includedInAnchor: undo(of: anchor)
        }
    }

    /// What answers for another execution of the same request.
    package var duplicates: Duplicates {
        Duplicates(machine: machine, identity: identity, refusing: pivot.refusing, contract: contract)
    }

    /// All data from which a recovery can go on, as the input of the next state: so it stands in the history.
    var checkpoint: Payload { .variables(kept) }

    /// What a repeat does, the same for the machine and for its recovery: it undoes nothing, and tells an error only
    /// where it has seen that what was made is not whole.
    ///
    /// - Parameters:
    ///   - verifiesOwn: whether what this execution has made itself is verified as well.
    ///   - what: what the name of the state ends in that compares the marker of what stands before there is any effect.
    ///   - resuming: the states that lead to success as another execution was about to.
    package func addRepeats(
        to graph: inout Graph, verifiesOwn: Bool, comparing what: String, resuming: [String] = []
    ) {
        let owner = Recognition.comparison(what)
        let isRepeat: Expression<Bool> = .mode.repeat == true
        let failure = Expression<JSONValue?>.error.failure
        graph.outline.isEntered(OutcomeDelivery.State.success, from: pivot.verdicts + resuming)
        for state in resuming { graph.outline.follows(state, [OutcomeDelivery.State.success]) }
        graph.outline.follows(Waypoint.isRepeat, [Waypoint.tellError, Waypoint.notAnswered])
        graph.outline.decides(Waypoint.isRepeat)
        graph.addChoice(
            Waypoint.isRepeat,
            [
                Rule(if: isRepeat && failure.error == .text(pivot.notWhole), Way(to: Waypoint.tellError)),
                Rule(
                    if: isRepeat,
                    Way(to: Waypoint.notAnswered, [assigned(Place.failure.whole, failure.whole.orEmpty)])),
                .otherwise(Way(to: Waypoint.undo, output: checkpoint)),
            ])
        duplicates.add(to: &graph, pivot: pivot.block.arrival)
        let repeated = Duplicates.following
        if verifiesOwn { graph.outline.follows(owner, [pivot.block.entrance, repeated]) }
        graph.outline.follows(owner, [repeated])
        graph.outline.follows(Recognition.comparison(Waypoint.toUndo), [repeated])
        graph.outline.isEntered(repeated, from: [owner, Recognition.comparison(Waypoint.toUndo)])
    }
}

extension Saga.Complaint {
    /// Where a part leads of which this is said when it fails.
    package func failing(to way: Way) -> Failing { .complaining(message, text, to: way) }
}
