package import CleanroomWorkflows
package import StatesLanguage

/// The compiled machines of a workflow.
package struct CompiledWorkflow: Sendable {
    package let machine: CompiledMachine
    package let recovery: CompiledMachine?

    /// Assembles its machines at the same time, since neither needs the other.
    ///
    /// - Throws: `DefinitionError` with every problem of what was assembled.
    package init(_ workflow: Workflow) async throws {
        async let assembling = workflow.recovery.map { try CompiledMachine($0.machine) }
        machine = try CompiledMachine(workflow.machine)
        recovery = try await assembling
    }

    /// All workflows of the service, assembled at the same time.
    ///
    /// - Throws: `DefinitionError` with every problem of what was assembled.
    package static func all() async throws -> [CompiledWorkflow] {
        try await withThrowingTaskGroup(of: (Int, CompiledWorkflow).self) { group in
            for (number, workflow) in Workflows.all.enumerated() {
                group.addTask { (number, try await CompiledWorkflow(workflow)) }
            }
            let all = try await group.reduce(into: []) { $0.append($1) }
            return all.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// Its machines, the recovery last.
    package var machines: [CompiledMachine] { [machine] + (recovery.map { [$0] } ?? []) }

    /// Where the machine and its recovery do differently what both do.
    package func unlikeProblems() -> [Problem] { recovery.map(machine.problems(beside:)) ?? [] }
}
