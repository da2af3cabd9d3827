import CleanroomModel
package import StatesLanguage

/// A transaction over services that have none in common.
///
/// Checks come first and change nothing. Then come the compensatable steps, each with what undoes it; the first is the
/// *anchor*: its effect carries the marker of the execution, by which all the rest is known to be the execution's own.
/// Then the pivot, from which there is no way back, and the answer, which is tried until it arrives.
///
/// The terms are those of Garcia-Molina and Salem (Sagas, 1987) and of
/// <https://learn.microsoft.com/azure/architecture/patterns/saga>.
struct Saga: Sendable {
    /// How an error is told: its name, and what could not be done as a text of `States.Format` with what is at some places.
    struct Complaint: Sendable {
        let message: ErrorMessage
        let text: String
        let places: [Place]

        init(_ message: ErrorMessage, _ text: String, _ places: Place...) {
            self.message = message
            self.text = text
            self.places = places
        }
    }

    /// Something that has to be so before there is any effect.
    struct Check: Sendable {
        let block: Block
        let complaint: Complaint
    }

    /// An effect, and what takes it back.
    struct Step: Sendable {
        enum Undo: Sendable {
            case by([Undoing])
            /// The effect is part of the anchor's and goes with it.
            case goesWithAnchor
        }

        let block: Block
        let complaint: Complaint
        let undo: Undo
    }

    /// What takes an effect back. It finds what is there, tolerates what is gone, and is harmless when run twice.
    struct Undoing: Sendable {
        let block: Block
        /// What is left behind where the block fails; `nil` where a later part would show it.
        let leaves: Left?
    }

    /// Something that may be left behind, as a text of `States.Format` with what is at some places.
    struct Left: Sendable {
        let text: String
        let places: [Place]

        init(_ text: String, _ places: Place...) {
            self.text = text
            self.places = places
        }
    }

    /// The states that errors and choices lead to from anywhere in the workflow.
    enum Waypoint {
        /// Undoes what is there and then tells `$.error`.
        static let undo = "Undo"
        /// Tells `$.error`.
        static let tellError = "DescribeError"
        /// Answers a request whose room another execution has made (`Following`), and changes nothing.
        static let answerAgain = "AnswerAgain"
        /// Undoes what is there, unless this execution only repeats another.
        static let isRepeat = "IsRepeat"
    }

    let comment: String
    /// Takes the request in, or sets `$.error` and leads to `Waypoint.tellError`.
    let receive: Block
    let checks: [Check]
    let anchor: Step
    let steps: [Step]
    /// Leads on only if what looks absent is absent.
    let trust: Block
    /// Finds out, before anything is undone, what is there to be undone besides the anchor.
    let survey: Undoing
    /// Leads on when the whole is verified; an error of it is undone, or told where this execution only repeats.
    let pivot: Check
    /// Tells success, and ends.
    let success: Block
    /// Finds out whose the anchor is.
    let recognition: Recognition
}

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
    func assemble() -> Assembled {
        var graph = Graph()
        // 1.
        let forward = checks.map(\.block) + [anchor.block] + steps.map(\.block) + [pivot.block, success]
        let roles =
            checks.map { _ in Outline.Role.check } + ([anchor] + steps).map { .step(undo: undo(of: $0)) } + [.pivot]
        graph.build(receive, as: .intake, Exits(next: Following.lookForFirst.entrance, failed: Waypoint.tellError))
        graph.build(Following.lookForFirst, as: .intake, Exits(next: forward[0].entrance, failed: Waypoint.tellError))
        for (position, (block, role)) in zip(forward, roles).enumerated() {
            let exits = Exits(next: forward[position + 1].entrance, failed: block.entrance + "Failed")
            graph.build(block, as: role, exits)
        }
        graph.build(success, as: .answer, Exits(next: "Created", failed: "Created"))
        graph.addSuccess("Created", .told(by: Telling.Teller.success), output: .outcome.whole)
        // 2.
        for check in checks { graph.complain(check.complaint, about: check.block, next: Waypoint.tellError) }
        for step in [anchor] + steps { graph.complain(step.complaint, about: step.block, next: Waypoint.undo) }
        graph.complain(pivot.complaint, about: pivot.block, next: Waypoint.isRepeat)
        addRepeats(to: &graph, verifiesOwn: true)
        // 3. and 4.
        addUndoGraph(to: &graph)
        // 5.
        Telling.addErrorAnswer(to: &graph, end: .failure)
        return graph.machine(comment: comment, startAt: receive.entrance)
    }

    /// The entrances of what takes a step back.
    func undo(of step: Step) -> [String] {
        switch step.undo {
        case .by(let parts): parts.map(\.block.entrance)
        case .goesWithAnchor: undo(of: anchor)
        }
    }

    /// What a repeat does, the same for the machine and for its recovery: it undoes nothing, and tells an error only
    /// where it has seen that the room is not whole.
    ///
    /// - Parameter verifiesOwn: whether a room of this execution's own is verified as well.
    func addRepeats(to graph: inout Graph, verifiesOwn: Bool) {
        let isRepeat = Condition.isTrue(.mode.repeat)
        graph.outline.isEntered(success.entrance, from: ["IsWhole", "DoesRoomStand", "HasAccountItsGrants"])
        graph.outline.follows(Waypoint.isRepeat, .rules)
        graph.addChoice(
            Waypoint.isRepeat,
            [
                (.and([isRepeat, .equals(.failure.error, VerifyRoom.notWhole)]), Waypoint.tellError),
                (isRepeat, Following.Waypoint.notAnswered),
            ], default: Waypoint.undo)
        Following.add(to: &graph, pivot: pivot.block.entrance, verifiesOwn: verifiesOwn)
        if verifiesOwn {
            graph.outline.isEntered(Following.Waypoint.verifyAgain, from: ["LookForDatabaseReadOwner"])
        }
        graph.outline.isEntered(Waypoint.answerAgain, from: ["LookForDatabaseReadOwner", "IsThereMoreOfRepeat"])
    }

    /// The undo graph, the same for the machine and for its recovery.
    ///
    /// Where the anchor is gone although there was more than it, somebody has taken it away: then what else there was
    /// is undone as far as the survey proves that nobody else can have come by it meanwhile. Where another stands in its
    /// place nothing is touched, and what may be left is named.
    func addUndoGraph(to graph: inout Graph) {
        // Nobody gets into the middle of it.
        graph.outline.open(Waypoint.undo)
        defer { graph.outline.close() }
        func parts(_ step: Step) -> [Undoing] { if case .by(let parts) = step.undo { parts } else { [] } }
        let before = steps.reversed().flatMap(parts)
        let last = parts(anchor)
        precondition(!before.isEmpty && !last.isEmpty, "the anchor is what the others go with")
        graph.outline.undoes(survey.block.entrance)
        for part in before { graph.outline.undoes(part.block.entrance) }
        graph.outline.undoes("IsAnchorNeeded")
        graph.outline.undoes(last[0].block.entrance)
        let unknown = Left("whatever was made of it, since it could not be read")
        let replaced = Left("what was registered and granted for it, since {} is another's now", .request.database)
        let whose = recognition.block(
            Waypoint.undo,
            Recognition.Outcome(
                own: "RememberOwn", sameRequest: "IsThereMoreOfRepeat", foreign: "IsThereMore",
                gone: trust.entrance), awaitsDatabase: true)
        graph.build(whose, as: .undoing, Exits(next: Waypoint.tellError, failed: "UndoLeavesUnknown"))
        graph.note(unknown, as: "UndoLeavesUnknown", about: Waypoint.undo, next: Waypoint.tellError)
        graph.build(trust, as: .undoing, Exits(next: "IsThereMoreOfGone", failed: "UndoLeavesUnknown"))
        graph.outline.isEntered("RememberOwn", from: ["UndoReadOwner"])
        graph.addPass("RememberOwn", at: Place.anchor, [\.own: true], next: survey.block.entrance)
        let more = Condition.isTrue(.made.more)
        graph.outline.isEntered("UndoLeavesReplaced", from: ["IsThereMoreOfRepeat", "IsThereMore"])
        graph.outline.isEntered("IsThereMoreOfRepeat", from: ["UndoReadOwner"])
        graph.outline.isEntered("IsThereMore", from: ["UndoReadMarker", "UndoReadOwner"])
        graph.addChoice("IsThereMoreOfRepeat", [(more, "UndoLeavesReplaced")], default: Waypoint.answerAgain)
        graph.addChoice("IsThereMore", [(more, "UndoLeavesReplaced")], default: Waypoint.tellError)
        graph.addPass(
            "UndoLeavesReplaced", at: Place.left,
            [
                \.text: .format(
                    "{}\(Answer.leftBehind)\(replaced.text).", [.left.text] + replaced.places.map(Argument.init))
            ],
            next: Waypoint.tellError)
        let afterDrop = last.count > 1 ? last[1].block.entrance : Waypoint.tellError
        graph.addChoice("IsThereMoreOfGone", [(more, "RememberGone")], default: afterDrop)
        graph.addPass("RememberGone", at: Place.anchor, [\.own: false], next: survey.block.entrance)
        graph.undo([survey] + before, next: "IsAnchorNeeded")
        graph.addChoice(
            "IsAnchorNeeded",
            [
                (.or([.not(.isTrue(.anchor.own)), .isTrue(.rollback.isReplaced)]), afterDrop),
                (.equals(.left.text, ""), last[0].block.entrance),
            ],
            default: "KeepAnchor")
        graph.outline.isEntered("KeepAnchor", from: ["IsAnchorNeeded"])
        graph.addPass(
            "KeepAnchor", at: Place.left,
            [
                \.text: .format(
                    "{} Kept for that: the database {} with its maker's grants, by whose marker the rest is found.",
                    .left.text, .request.database)
            ],
            next: Waypoint.tellError)
        // What cannot be dropped keeps its maker's grants.
        for (position, part) in last.enumerated() {
            let next = position + 1 < last.count ? last[position + 1].block.entrance : Waypoint.tellError
            graph.undo(part, next: next, afterFailure: Waypoint.tellError)
        }
    }
}

/// A machine that was put together, and what it is meant to be.
package struct Assembled: Sendable {
    package let definition: JSONValue
    package let outline: Outline

    /// The same with another definition.
    package func with(_ definition: JSONValue) -> Assembled { Assembled(definition: definition, outline: outline) }
}

extension Graph {
    /// The machine of these states. Its limit of a week is far beyond what delivering an answer may take.
    func machine(comment: String, startAt: String) -> Assembled {
        Assembled(
            definition: [
                "Comment": .string(comment), "StartAt": .string(startAt), "TimeoutSeconds": 604_800,
                "States": .object(states),
            ], outline: outline)
    }

    /// Says in `$.error` what failed, with the service's error from `$.failure`.
    fileprivate mutating func complain(_ complaint: Saga.Complaint, about block: Block, next: String) {
        let cause = Argument.format(
            complaint.text + ": {}: {}", complaint.places.map(Argument.init) + [.failure.error, .failure.cause])
        outline.complains(block.entrance + "Failed", about: block.entrance)
        addPass(
            block.entrance + "Failed", at: Place.error,
            [\.message: .text(complaint.message.rawValue), \.cause: cause], next: next)
    }

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
            "{}\(Answer.leftBehind)\(left.text) ({}: {}).",
            [.left.text] + left.places.map(Argument.init) + [.failure.error, .failure.cause])
        addPass(name, at: Place.left, [\.text: text], next: next)
    }
}
