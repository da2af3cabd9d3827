extension Saga {
    /// The machine: the way through, and derived from the steps where each error leads, the undo graph and the ends.
    ///
    /// 1. The way through, from the request to success.
    /// 2. For each check and step a state that says in `$.error` what failed. Before the first effect it leads to the
    ///    error answer, after it to the undo graph.
    /// 3. The undo graph: only if the anchor is this execution's own, the steps in reverse. Where one cannot be undone
    ///    that is noted, and the next is undone all the same.
    /// 4. The anchor goes last, and stays if something else does: it is the mark by which the rest is found again.
    /// 5. The error answer: the first error, with all that is left; then the execution fails.
    package func assemble() -> Assembled {
        var graph = Graph(leftBehind: contract.leftBehind)
        // 1.
        let forward = checks.map(\.block) + [anchor.block] + steps.map(\.block) + [pivot.block, success]
        let roles =
            checks.map { _ in Outline.Role.check } + ([anchor] + steps).map { .step(undo: undo(of: $0)) } + [.pivot]
        let (first, other) = (duplicates.lookForFirst, duplicates.lookForOther)
        graph.build(receive, as: .intake, Exits(next: first.entrance, failed: other.entrance))
        graph.build(other, as: .intake, Exits(next: Waypoint.tellError, failed: Waypoint.tellError))
        graph.build(first, as: .intake, Exits(next: forward[0].entrance, failed: Waypoint.tellError))
        for (position, (block, role)) in zip(forward, roles).enumerated() {
            let exits = Exits(next: forward[position + 1].entrance, failed: block.entrance + "Failed")
            graph.build(block, as: role, exits)
        }
        graph.build(success, as: .answer, Exits(next: contract.ends.success, failed: contract.ends.success))
        graph.addSuccess(contract.ends.success, .told(by: OutcomeDelivery.State.success), output: .outcome.whole)
        // 2.
        for check in checks { graph.complain(check.complaint, about: check.block, next: Waypoint.tellError) }
        for step in [anchor] + steps { graph.complain(step.complaint, about: step.block, next: Waypoint.undo) }
        graph.complain(pivot.complaint, about: pivot.block, next: Waypoint.isRepeat)
        addRepeats(to: &graph, verifiesOwn: true)
        // 3. and 4.
        addUndoGraph(to: &graph)
        // 5.
        OutcomeDelivery(contract).addError(to: &graph, end: .failure)
        return graph.machine(comment: comment, startAt: receive.entrance)
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

    /// The state that finds out whose the anchor is that stands before there is any effect.
    private var owner: String { Recognition.owner(in: checks[0].block.entrance) }

    /// What a repeat does, the same for the machine and for its recovery: it undoes nothing, and tells an error only
    /// where it has seen that what was made is not whole.
    ///
    /// - Parameter verifiesOwn: whether what this execution has made itself is verified as well.
    package func addRepeats(to graph: inout Graph, verifiesOwn: Bool) {
        let isRepeat = Condition.isTrue(.mode.repeat)
        graph.outline.isEntered(success.entrance, from: pivot.verdicts)
        graph.outline.follows(Waypoint.isRepeat, .rules)
        graph.addChoice(
            Waypoint.isRepeat,
            [
                (.and([isRepeat, .equals(.failure.error, pivot.notWhole)]), Waypoint.tellError),
                (isRepeat, Waypoint.notAnswered),
            ], default: Waypoint.undo)
        duplicates.add(to: &graph, pivot: pivot.block.entrance, verifiesOwn: verifiesOwn)
        if verifiesOwn {
            graph.outline.isEntered(Waypoint.verifyAgain, from: [owner])
        }
        graph.outline.isEntered(Waypoint.answerAgain, from: [owner, Waypoint.isThereMoreOfRepeat])
    }
}

extension Graph {
    /// Says in `$.error` what failed, with the service's error from `$.failure`.
    fileprivate mutating func complain(_ complaint: Saga.Complaint, about block: Block, next: String) {
        let cause = Argument.format(
            complaint.text + ": {}: {}", complaint.places.map(Argument.init) + [.failure.error, .failure.cause])
        outline.complains(block.entrance + "Failed", about: block.entrance)
        addPass(
            block.entrance + "Failed", at: Place.error,
            [\.message: .text(complaint.message), \.cause: cause], next: next)
    }
}
