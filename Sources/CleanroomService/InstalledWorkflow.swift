import CleanroomModel
import CleanroomWorkflows
import DurableExecution
import EmbeddedLake
import StatesLanguage

/// The machines of a workflow as a deployment on this machine runs them.
struct InstalledWorkflow: Sendable {
    let machine: StateMachineVersion
    let recovery: StateMachineVersion?
    /// The errors of an execution that has delivered its outcome, and needs no recovery.
    private let toldErrors: [String]

    /// - Throws: `DefinitionError`, also for what no handler is there for.
    init(
        _ workflow: Workflow, for deployment: Deployment, handlers: TaskHandlers<LakeTransaction>, in store: LakeStore
    ) throws(DefinitionError) {
        func version(_ machine: Workflow.Machine) throws(DefinitionError) -> StateMachineVersion {
            try CompiledMachine.version(of: machine, for: deployment, handlers: handlers, in: store)
        }
        machine = try version(workflow.machine)
        if let recovery = workflow.recovery { self.recovery = try version(recovery.machine) } else { recovery = nil }
        toldErrors = workflow.toldErrors
    }

    /// Its machines, the recovery last.
    var machines: [StateMachineVersion] { [machine] + (recovery.map { [$0] } ?? []) }

    /// Has a recovery start for each execution that ends and has not told its outcome.
    func addRule(to store: LakeStore) throws {
        guard let recovery else { return }
        try store.addRule(source: machine, target: recovery, exceptErrors: toldErrors)
    }
}
