import StatesLanguage

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
        let owner = Recognition.comparison(Waypoint.toUndo)
        let told = Way(to: Waypoint.tellError)
        let unknown = graph.failing(Left("whatever was made of it, since it could not be read"), to: told)
        let isMore: Expression<Bool> = .made.more == true
        func found(isOwn: Expression<Bool>) -> Way {
            survey.block.arrival.assigning([change(of: .anchor.whole, [(.anchor.own, isOwn)])])
        }
        let whose = recognition.block(
            Waypoint.toUndo, reading: Waypoint.undo,
            Recognition.Outcome(
                own: found(isOwn: true),
                notOwn: Rule(
                    if: isMore,
                    told.assigning([graph.left(replaced.text, replaced.values)], comment: "Names what is left.")),
                sameRequest: recognition.followingMaker, foreign: told, gone: trust.block.arrival),
            awaitsAnchor: true)
        graph.build(whose, as: .undoing, Exits(next: told, failed: unknown))
        graph.build(trust.block, as: .undoing, Exits(next: Way(to: Waypoint.isThereMoreOfGone), failed: unknown))
        graph.outline.isEntered(survey.block.entrance, from: [owner, Waypoint.isThereMoreOfGone])
        let afterDrop = last.count > 1 ? last[1].block.arrival : told
        graph.addChoice(
            Waypoint.isThereMoreOfGone,
            [trust.refusal(unknown), Rule(if: isMore, found(isOwn: false)), .otherwise(afterDrop)])
        graph.undo([survey] + before, next: Way(to: Waypoint.isAnchorNeeded))
        guard let kept = last[0].leaves else { preconditionFailure("an anchor that stays is named") }
        let (left, anchor) = (Expression<JSONValue?>.left.text, Expression<JSONValue?>.anchor)
        let keeping = Expression.format(
            "{} Kept for that: \(kept.text), by whose marker the rest is found.",
            [left.trusted(as: String.self)] + kept.values)
        graph.addChoice(
            Waypoint.isAnchorNeeded,
            [
                Rule(if: !(anchor.own == true) || .rollback.isReplaced == true, afterDrop),
                Rule(if: left == "", last[0].block.arrival.going(on: checkpoint)),
                .otherwise(
                    told.assigning(
                        [change(of: .left.whole, [(.left.text, keeping)])], comment: "Keeps the anchor, and names it.")),
            ])
        // What cannot be dropped keeps its maker's grants.
        for (position, part) in last.enumerated() {
            let next = position + 1 < last.count ? last[position + 1].block.arrival : told
            graph.undo(part, next: next, afterFailure: told)
        }
    }
}

extension Graph {
    /// The parts one after the other, going on where one fails.
    fileprivate mutating func undo(_ parts: [Saga.Undoing], next: Way) {
        for (position, part) in parts.enumerated() {
            let next = position + 1 < parts.count ? parts[position + 1].block.arrival : next
            undo(part, next: next, afterFailure: next)
        }
    }

    fileprivate mutating func undo(_ part: Saga.Undoing, next: Way, afterFailure: Way) {
        let failed = part.leaves.map { failing($0, to: afterFailure) } ?? .dropping(to: afterFailure)
        build(part.block, as: .undoing, Exits(next: next, failed: failed))
    }

    /// Names what is left where something fails, and by which error.
    fileprivate func failing(_ left: Saga.Left, to way: Way) -> Failing {
        .leaving(to: way) { [self] in self.left(left.text, left.values, by: $0) }
    }
}
