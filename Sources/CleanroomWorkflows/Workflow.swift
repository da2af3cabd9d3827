package import SagaKit

/// A workflow as everything around it sees it: what is compiled, deployed, run and checked of it.
package struct Workflow: Sendable {
    /// A machine of a workflow.
    package struct Machine: Sendable {
        /// What is added to the name of the service to make that of the machine.
        package let nameSuffix: String
        /// The members that the input of an execution can have.
        package let input: [String]
        /// Puts the machine together, with `${…}` for what a deployment sets.
        package let assemble: @Sendable () -> Assembled

        /// The file to which it is compiled.
        package var fileName: String {
            nameSuffix.split(separator: "-").map { $0 + "_" }.joined() + "state_machine.json"
        }
    }

    /// By what the command line and the pages know it.
    package let name: String
    package let machine: Machine
    /// Sees to what could not tell its outcome.
    package let recovery: Machine?
    /// Where its outcomes are delivered, and by which names they are told apart.
    package let contract: OutcomeContract
    /// The states that deliver an outcome.
    package let deliveryStates: Set<String>
    /// The state with which undoing begins.
    package let undoState: String

    /// The errors of an execution that has delivered an error. A rule starts a recovery for each other one, which looks
    /// first whether there is anything to recover (`OutcomeContract.needsNoRecovery`).
    package var toldErrors: [String] { [contract.errors.undone, contract.errors.leftovers] }

    /// Its machines, the recovery last.
    package var machines: [Machine] { [machine] + (recovery.map { [$0] } ?? []) }
}
