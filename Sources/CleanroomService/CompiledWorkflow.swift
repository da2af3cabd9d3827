package import CleanroomModel
package import CleanroomWorkflows
package import StatesLanguage

/// The compiled machines of a workflow.
package struct CompiledWorkflow: Sendable {
    package let machine: CompiledMachine
    package let recovery: CompiledMachine?
    private let toldErrors: [String]

    /// - Throws: `DefinitionError` with every problem of what was assembled.
    package init(_ workflow: Workflow) throws(DefinitionError) {
        machine = try CompiledMachine(workflow.machine)
        if let recovery = workflow.recovery { self.recovery = try CompiledMachine(recovery) } else { recovery = nil }
        toldErrors = workflow.toldErrors
    }

    private init(machine: CompiledMachine, recovery: CompiledMachine?, toldErrors: [String]) {
        (self.machine, self.recovery, self.toldErrors) = (machine, recovery, toldErrors)
    }

    /// All workflows of the service.
    ///
    /// - Throws: `DefinitionError` with every problem of what was assembled.
    package static func all() throws(DefinitionError) -> [CompiledWorkflow] {
        var all: [CompiledWorkflow] = []
        for workflow in Workflows.all { all.append(try CompiledWorkflow(workflow)) }
        return all
    }

    /// Its machines, the recovery last.
    package var machines: [CompiledMachine] { [machine] + (recovery.map { [$0] } ?? []) }

    /// The workflow with another machine of that file.
    package func replacing(_ machine: CompiledMachine) -> CompiledWorkflow {
        let isRecovery = machine.fileName == recovery?.fileName
        return CompiledWorkflow(
            machine: isRecovery ? self.machine : machine, recovery: isRecovery ? machine : recovery,
            toldErrors: toldErrors)
    }

    /// The workflow as a deployment on this machine runs it.
    package func deployed(for deployment: Deployment) throws(DefinitionError) -> DeployedWorkflow {
        let version = try machine.version(for: deployment)
        guard let recovery else { return DeployedWorkflow(machine: version, recovery: nil, toldErrors: toldErrors) }
        return DeployedWorkflow(
            machine: version, recovery: try recovery.version(for: deployment), toldErrors: toldErrors)
    }

    /// Where the machine and its recovery do differently what both do.
    package func unlikeProblems() -> [Problem] { recovery.map(machine.problems(beside:)) ?? [] }
}

extension DeployedWorkflow {
    /// All workflows of the service, as a deployment on this machine runs them.
    ///
    /// - Throws: `DefinitionError` with every problem of what was assembled.
    package static func all(for deployment: Deployment) throws(DefinitionError) -> [DeployedWorkflow] {
        var all: [DeployedWorkflow] = []
        for workflow in try CompiledWorkflow.all() { all.append(try workflow.deployed(for: deployment)) }
        return all
    }
}
