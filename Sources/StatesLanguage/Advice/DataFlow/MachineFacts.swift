import OrderedCollections

/// What holds for all states of a machine, and of those inside it, while its data is followed.
struct MachineFacts {
    /// What the actions of the tasks give, by their resources.
    let results: [String: Shape]
    /// The variables that some state assigns, on whatever way.
    let assigned: Set<String>
    let context = Shape(
        ServiceShape(
            parsing: "{Execution!:{Id!:s,Input!:*,Name!:s,RoleArn!:s,StartTime!:s,RedriveCount:n,RedriveTime:s},"
                + "State!:{EnteredTime!:s,Name!:s,RetryCount:n},StateMachine!:{Id!:s,Name!:s},Task:{Token!:s},"
                + "Map:{Item!:{Index!:n,Key:s,Value!:*,Source:s}}}"))

    init(of scope: MachineScope) {
        var results: [String: Shape] = [:]
        var assigned: Set<String> = []
        for state in scope.all.lazy.flatMap(\.states.values) {
            for assignment in state.assignments { assigned.formUnion(assignment.names) }
            guard case .task(let task) = state.kind, results[task.resource] == nil else { continue }
            results[task.resource] = ServiceIntegration(task.resource)?.output.map { Shape($0) } ?? .unknown
        }
        (self.results, self.assigned) = (results, assigned)
    }
}
