import StatesLanguage

/// A transaction over services that have none in common.
///
/// Checks come first and change nothing. Then come the compensatable steps, each with what undoes it; the first is the
/// *anchor*: its effect carries the marker of the execution, by which all the rest is known to be the execution's own.
/// Then the pivot, from which there is no way back, and the answer, which is tried until it arrives.
///
/// The terms are those of Garcia-Molina and Salem (Sagas, 1987) and of
/// <https://learn.microsoft.com/azure/architecture/patterns/saga>.
package struct Saga: Sendable {
    /// How an error is told: its name, and what could not be done.
    package struct Complaint: Sendable {
        package let message: String
        package let text: Expression<String>

        package init(_ message: String, _ text: Expression<String>) { (self.message, self.text) = (message, text) }
    }

    /// Something that has to be so before there is any effect.
    package struct Check: Sendable {
        package let block: Block
        package let complaint: Complaint

        package init(block: Block, complaint: Complaint) { (self.block, self.complaint) = (block, complaint) }
    }

    /// An effect, and what takes it back.
    package struct Step: Sendable {
        package enum Undo: Sendable {
            case by([Undoing])
            /// The effect is part of the anchor's and goes with it.
            case includedInAnchor
        }

        package let block: Block
        package let complaint: Complaint
        package let undo: Undo

        package init(block: Block, complaint: Complaint, undo: Undo) {
            (self.block, self.complaint, self.undo) = (block, complaint, undo)
        }
    }

    /// What takes an effect back. It finds what is there, tolerates what is gone, and is harmless when run twice.
    package struct Undoing: Sendable {
        package let block: Block
        /// What is left behind where the block fails; `nil` where a later part would show it.
        package let leaves: Left?

        /// - Parameter leaves: what is left behind where the block fails; `nil` where a later part would show it.
        package init(block: Block, leaves: Left?) { (self.block, self.leaves) = (block, leaves) }
    }

    /// Something that may be left behind: a text, with a value for each `{}`.
    package struct Left: Sendable {
        package let text: String
        package let values: [Expression<String>]

        package init(_ text: String, _ values: Expression<String>...) { (self.text, self.values) = (text, values) }
    }

    /// Finds out whether what looks absent is absent.
    package struct Trust: Sendable {
        package let block: Block
        /// The rule for what cannot be relied on, for the choice behind the block.
        package let refusal: @Sendable (Failing) -> Rule

        package init(block: Block, refusal: @escaping @Sendable (Failing) -> Rule) {
            (self.block, self.refusal) = (block, refusal)
        }
    }

    /// Verifies the whole, after which there is no way back.
    package struct Pivot: Sendable {
        package let block: Block
        package let complaint: Complaint
        /// The error of a whole that was read and is not as it has to be.
        package let notWhole: String
        /// The states of the block that lead to success.
        package let verdicts: [String]
        /// The states of the block that find that the requestId is another request's.
        package let refusing: [String]

        /// - Parameters:
        ///   - notWhole: the error of a whole that was read and is not as it has to be.
        ///   - verdicts: the states of the block that lead to success.
        ///   - refusing: the states of the block that find that the requestId is another request's.
        package init(block: Block, complaint: Complaint, notWhole: String, verdicts: [String], refusing: [String]) {
            (self.block, self.complaint, self.notWhole) = (block, complaint, notWhole)
            (self.verdicts, self.refusing) = (verdicts, refusing)
        }
    }

    package let comment: String
    /// The name of the machine, with `${…}`.
    package let machine: String
    /// Takes the request in, or refuses it with `$.error`. That is told if no other request has the requestId; what has none
    /// leads to `Waypoint.tellError` by itself.
    package let receive: Block
    /// The first looks for the anchor, by `recognition`.
    package let checks: [Check]
    /// What the name of the state ends in that compares the marker there.
    package let existing: String
    package let anchor: Step
    package let steps: [Step]
    /// Finds out whether what looks absent is absent.
    package let trust: Trust
    /// Finds out, before anything is undone, what is there to be undone besides the anchor.
    package let survey: Undoing
    /// What is left where another anchor stands in the place of this execution's.
    package let replaced: Left
    /// Leads on when the whole is verified; an error of it is undone, or told where this execution only repeats.
    package let pivot: Pivot
    /// What a request that has succeeded comes to, delivered.
    package let success: Block
    /// Finds out whose the anchor is.
    package let recognition: Recognition
    /// The members that requests of one requestId have in common.
    package let identity: [Place]
    /// The data from which a recovery can go on.
    package let kept: [Place]
    package let contract: OutcomeContract

    package init(
        comment: String, machine: String, receive: Block, checks: [Check], existing: String, anchor: Step,
        steps: [Step], trust: Trust,
        survey: Undoing, replaced: Left, pivot: Pivot, success: Block, recognition: Recognition,
        identity: [Place], kept: [Place], contract: OutcomeContract
    ) {
        (self.comment, self.machine, self.receive) = (comment, machine, receive)
        (self.checks, self.existing) = (checks, existing)
        (self.anchor, self.steps, self.trust, self.survey) = (anchor, steps, trust, survey)
        (self.replaced, self.pivot, self.success, self.recognition) = (replaced, pivot, success, recognition)
        (self.identity, self.kept, self.contract) = (identity, kept, contract)
    }
}
