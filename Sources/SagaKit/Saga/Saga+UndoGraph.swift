extension Saga {
    /// The undo graph, the same for the machine and for its recovery.
    ///
    /// Where the anchor is gone although there was more than it, somebody has taken it away: then what else there was
    /// is undone as far as the survey proves that nobody else can have come by it meanwhile. Where another stands in its
    /// place nothing is touched, and what may be left is named.
    package func addUndoGraph(to graph: inout Graph) {
        // Nobody gets into the middle of it.
        graph.outline.open(Waypoint.undo)
        defer { graph.outline.close() }
        func parts(_ step: Step) -> [Undoing] { if case .by(let parts) = step.undo { parts } else { [] } }
        let before = steps.reversed().flatMap(parts)
        let last = parts(anchor)
        precondition(!before.isEmpty && !last.isEmpty, "the anchor is what the others go with")
        graph.outline.undoes(survey.block.entrance)
        for part in before { graph.outline.undoes(part.block.entrance) }
        graph.outline.undoes(Waypoint.isAnchorNeeded)
        graph.outline.undoes(last[0].block.entrance)
        let owner = Recognition.owner(in: Waypoint.undo)
        let unknown = Left("whatever was made of it, since it could not be read")
        let whose = recognition.block(
            Waypoint.undo,
            Recognition.Outcome(
                own: "RememberOwn", sameRequest: Waypoint.isThereMoreOfRepeat, foreign: "IsThereMore",
                gone: trust.entrance), awaitsAnchor: true)
        graph.build(whose, as: .undoing, Exits(next: Waypoint.tellError, failed: "UndoLeavesUnknown"))
        graph.note(unknown, as: "UndoLeavesUnknown", about: Waypoint.undo, next: Waypoint.tellError)
        graph.build(trust, as: .undoing, Exits(next: Waypoint.isThereMoreOfGone, failed: "UndoLeavesUnknown"))
        graph.outline.isEntered("RememberOwn", from: [owner])
        graph.addPass("RememberOwn", at: Place.anchor, [\.own: true], next: survey.block.entrance)
        let more = Condition.isTrue(.made.more)
        graph.outline.isEntered("UndoLeavesReplaced", from: [Waypoint.isThereMoreOfRepeat, "IsThereMore"])
        graph.outline.isEntered(Waypoint.isThereMoreOfRepeat, from: [owner])
        graph.outline.isEntered("IsThereMore", from: [Recognition.marked(in: Waypoint.undo), owner])
        graph.addChoice(Waypoint.isThereMoreOfRepeat, [(more, "UndoLeavesReplaced")], default: Waypoint.answerAgain)
        graph.addChoice("IsThereMore", [(more, "UndoLeavesReplaced")], default: Waypoint.tellError)
        graph.addLeftover("UndoLeavesReplaced", replaced.text, replaced.places, next: Waypoint.tellError)
        let afterDrop = last.count > 1 ? last[1].block.entrance : Waypoint.tellError
        graph.addChoice(Waypoint.isThereMoreOfGone, [(more, "RememberGone")], default: afterDrop)
        graph.addPass("RememberGone", at: Place.anchor, [\.own: false], next: survey.block.entrance)
        graph.undo([survey] + before, next: Waypoint.isAnchorNeeded)
        graph.addChoice(
            Waypoint.isAnchorNeeded,
            [
                (.or([.not(.isTrue(.anchor.own)), .isTrue(.rollback.isReplaced)]), afterDrop),
                (.equals(.left.text, ""), last[0].block.entrance),
            ],
            default: "KeepAnchor")
        graph.outline.isEntered("KeepAnchor", from: [Waypoint.isAnchorNeeded])
        guard let kept = last[0].leaves else { preconditionFailure("an anchor that stays is named") }
        graph.addPass(
            "KeepAnchor", at: Place.left,
            [
                \.text: .format(
                    "{} Kept for that: \(kept.text), by whose marker the rest is found.",
                    [.left.text] + kept.places.map(Argument.init))
            ],
            next: Waypoint.tellError)
        // What cannot be dropped keeps its maker's grants.
        for (position, part) in last.enumerated() {
            let next = position + 1 < last.count ? last[position + 1].block.entrance : Waypoint.tellError
            graph.undo(part, next: next, afterFailure: Waypoint.tellError)
        }
    }
}

extension Graph {
    /// The parts one after the other, going on where one fails.
    fileprivate mutating func undo(_ parts: [Saga.Undoing], next: String) {
        for (position, part) in parts.enumerated() {
            let next = position + 1 < parts.count ? parts[position + 1].block.entrance : next
            undo(part, next: next, afterFailure: next)
        }
    }

    fileprivate mutating func undo(_ part: Saga.Undoing, next: String, afterFailure: String) {
        guard let leaves = part.leaves else {
            build(part.block, as: .undoing, Exits(next: next, failed: afterFailure))
            return
        }
        let name = part.block.entrance + "Leaves"
        build(part.block, as: .undoing, Exits(next: next, failed: name))
        note(leaves, as: name, about: part.block.entrance, next: afterFailure)
    }

    /// Adds what is left to `$.left`, with the service's error from `$.failure`.
    fileprivate mutating func note(_ left: Saga.Left, as name: String, about entrance: String, next: String) {
        outline.complains(name, about: entrance)
        let text = Argument.format(
            "{}\(leftBehind)\(left.text) ({}: {}).",
            [.left.text] + left.places.map(Argument.init) + [.failure.error, .failure.cause])
        addPass(name, at: Place.left, [\.text: text], next: next)
    }
}
