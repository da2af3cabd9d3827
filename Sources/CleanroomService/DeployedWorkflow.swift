import CleanroomModel
import CleanroomWorkflows
import DurableExecution
package import EmbeddedLake
import StatesLanguage

/// The machines of a workflow as a deployment runs them.
package struct DeployedWorkflow: Sendable {
    package let machine: StateMachineVersion
    package let recovery: StateMachineVersion?
    /// The errors of an execution that has delivered its outcome, and needs no recovery.
    package let toldErrors: [String]

    /// - Throws: `DefinitionError`, also for what no handler is there for.
    init(
        _ workflow: Workflow, for deployment: Deployment, handlers: TaskHandlers<LakeTransaction>, in store: LakeStore
    ) throws(DefinitionError) {
        func version(_ machine: Workflow.Machine) throws(DefinitionError) -> StateMachineVersion {
            try CompiledMachine.version(of: machine, for: deployment, handlers: handlers, in: store)
        }
        machine = try version(workflow.machine)
        if let recovery = workflow.recovery { self.recovery = try version(recovery) } else { recovery = nil }
        toldErrors = workflow.toldErrors
    }

    package init(machine: StateMachineVersion, recovery: StateMachineVersion?, toldErrors: [String]) {
        (self.machine, self.recovery, self.toldErrors) = (machine, recovery, toldErrors)
    }

    /// Its machines, the recovery last.
    package var machines: [StateMachineVersion] { [machine] + (recovery.map { [$0] } ?? []) }

    /// The workflow with other machines.
    package func mapMachines(
        _ change: (StateMachineVersion) throws -> StateMachineVersion
    ) rethrows -> DeployedWorkflow {
        DeployedWorkflow(machine: try change(machine), recovery: try recovery.map(change), toldErrors: toldErrors)
    }

    /// Has a recovery start for each execution that ends and has not told its outcome.
    func addRule(to store: LakeStore) throws {
        guard let recovery else { return }
        try store.addRule(source: machine, target: recovery, exceptErrors: toldErrors)
    }
}
