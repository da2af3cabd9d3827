package import CleanroomService
import DurableExecution
import EmbeddedLake
package import SagaKit
package import StatesLanguage

/// Plays schedules on the machines of a deployment, and checks what came of them.
package struct Player: Sendable {
    let machines: Machines
    let engineBug: Simulation.EngineBug?
    /// Under which the machines act; without one they may do everything.
    package var role: Role?

    /// - Throws: `DefinitionError` for a definition that is none.
    package init(_ workflows: [DeployedWorkflow], role: Role? = nil) throws(DefinitionError) {
        try self.init(workflows, engineBug: nil)
        self.role = role
    }

    init(_ workflows: [DeployedWorkflow], engineBug: Simulation.EngineBug?) throws(DefinitionError) {
        machines = try Machines(workflows)
        self.engineBug = engineBug
    }

    /// What came of a schedule.
    package struct Report: Sendable {
        package let violations: [Violation]
        /// The calls in the order in which they were begun: the state of each and its action.
        package let calls: [(state: String, resource: TaskResource)]
        package let executionCount: Int
        package let answerCount: Int
        package let hasSucceeded: Bool
        /// What the calls were about, as far as access depends on it; empty without a role.
        package let subjects: Set<AccessSubject>
        /// What the role was not allowed to do.
        package let refusals: Set<AccessRequest>
        /// What happened, line by line, if that was asked for.
        package let trace: [String]
    }

    /// A way that an execution has gone: from a state to the one after it, which is empty for an end.
    struct Way: Hashable, Sendable {
        let state: String
        let next: String
    }

    /// Plays a schedule to its end, and says which ways its executions have gone, in whichever machine.
    func ways(goneIn schedule: Schedule) -> (report: Report, ways: Set<Way>) {
        let simulation = Simulation(schedule, machines: machines, bug: engineBug)
        simulation.run()
        let ways = simulation.executions.order.compactMap { simulation.executions.records[$0] }
            .flatMap { record -> [Way] in
                var interpreter = Interpreter(
                    start: record.start, machine: machines.machine(of: record.start.machine),
                    entries: record.entries, recording: HistoryWindow(.names))
                _ = interpreter.begin()
                let states = interpreter.takeHistory().compactMap { event -> String? in
                    guard case .stateEntered = event.kind else { return nil }
                    return event.details["name"]?.stringValue
                }
                return zip(states, states.dropFirst() + [""]).map(Way.init)
            }
        return (report(of: simulation, access: nil), Set(ways))
    }

    /// Plays a schedule to its end.
    package func play(_ schedule: Schedule, isTraced: Bool = false) -> Report {
        let access = role.map(AccessLog.init)
        let simulation = Simulation(
            schedule, machines: machines, bug: engineBug, access: access, isTraced: isTraced)
        simulation.run()
        return report(of: simulation, access: access)
    }

    /// Plays a schedule, and says what does not hold; `nil` where more calls are begun than `callLimit`.
    func violations(playing schedule: Schedule, callLimit: Int) -> [Violation]? {
        let simulation = Simulation(schedule, machines: machines, bug: engineBug, callLimit: callLimit)
        simulation.run()
        return simulation.isCutShort ? nil : Inspection.violations(of: simulation)
    }

    private func report(of simulation: Simulation, access: AccessLog?) -> Report {
        Report(
            violations: (access?.violations ?? []) + Inspection.violations(of: simulation),
            calls: simulation.calls.map { ($0.state, $0.resource) },
            executionCount: simulation.executions.order.count,
            answerCount: simulation.receiver.deliveries.count,
            hasSucceeded: simulation.receiver.deliveries.contains { $0.path.hasSuffix("/create") },
            subjects: access?.subjects ?? [], refusals: access?.refusals ?? [],
            trace: simulation.trace ?? [])
    }
}
