/// Where the states of a machine stand: in which branch of which Parallel or Map.
struct BranchPlaces {
    /// A sequence of states: that of the machine, a branch of a Parallel, or what a Map does with each item.
    struct Scope: Hashable {
        /// The Parallel or Map around it; `nil` for the machine.
        let fork: String?
        /// Which of the branches of a Parallel.
        let index: Int
    }

    /// The scope of each state.
    private(set) var scopes: [String: Scope] = [:]
    /// Each Parallel and Map.
    private(set) var forks: [String: BranchStep] = [:]

    init(_ machine: BranchedMachine) {
        scopes["Padding"] = Scope(fork: nil, index: 0)
        add(machine.body, Scope(fork: nil, index: 0))
    }

    private mutating func add(_ body: BranchBody, _ scope: Scope) {
        for step in body.steps {
            for suffix in ["", "Caught", "Go", "Fail", "Yes", "No"] { scopes[step.name + suffix] = scope }
            if step.isFork { forks[step.name] = step }
            for (index, body) in step.bodies.enumerated() { add(body, Scope(fork: step.name, index: index)) }
        }
    }
}
