import DurableExecution
package import StatesLanguage

/// A machine with Parallel and Map states as a tree, from which follow its definition, the answers of its tasks, and the
/// outcome that it must have whatever the order of the answers.
package struct BranchedMachine: Sendable {
    let seed: UInt64
    let body: BranchBody
    /// The time of the whole execution; `nil` for a machine without.
    let timeoutSeconds: Int64?
    /// Whether all states are in JSONata.
    let isQuery: Bool
    /// How large a variable is that all states see: evaluating states that read variables then takes several slices.
    let paddingBytes: Int

    /// The variable of the outermost branch, and what the padding has it be first.
    static let firstVariable = "x0"
    static let firstValue = "Padding@r"

    /// What an execution is started with: the place in the tree, a number, and the items of each Map.
    package var input: JSONValue {
        var lists = JSONObject()
        for step in body.allSteps {
            guard case .map(let map) = step.kind else { continue }
            lists[step.name] = .array((0..<Int64(map.count)).map { .integer($0) })
        }
        return ["p": "r", "v": 1, "lists": .object(lists)]
    }

    /// The tasks by the names of their states.
    var tasks: [String: BranchTask] {
        var tasks: [String: BranchTask] = [:]
        for step in body.allSteps {
            if case .task(let task) = step.kind { tasks[step.name] = task }
        }
        return tasks
    }
}

/// The states of one branch, one after the other.
struct BranchBody: Sendable {
    /// The variable that this branch may assign, and that its siblings have under the same name.
    let variable: String
    let steps: [BranchStep]

    var allSteps: [BranchStep] { steps.flatMap { [$0] + $0.bodies.flatMap(\.allSteps) } }
}

/// A state, with those that come with it: where its catcher leads, and the ways of a choice.
struct BranchStep: Sendable {
    indirect enum Kind: Sendable {
        case task(BranchTask)
        case wait(seconds: Int64)
        /// Assigns the variable of the branch.
        case assign(variable: String)
        /// Fails if a variable can be seen that belongs to other branches.
        case lookFor(variable: String)
        /// Goes one of two ways.
        case choose(ifEqual: Int64)
        /// Fails for one number; `nil` for all.
        case fail(ifEqual: Int64?)
        case parallel([BranchBody])
        case map(BranchMap)
    }

    let name: String
    let isQuery: Bool
    let kind: Kind
    /// Whether the state is retried for as long as a transient error can last.
    var retriesTransient = false
    /// How often it is retried for any error; zero for no retrier.
    var retriesOfAny: Int64 = 0
    /// The errors that a catcher takes; `nil` for no catcher.
    var catches: [String]?

    var bodies: [BranchBody] {
        switch kind {
        case .parallel(let bodies): bodies
        case .map(let map): [map.body]
        case .task, .wait, .assign, .lookFor, .choose, .fail: []
        }
    }

    var isFork: Bool { !bodies.isEmpty }

    /// Whether the catcher takes an error.
    func isCaught(_ error: String) -> Bool { catches.map { $0 == ["States.ALL"] || $0.contains(error) } ?? false }
}

/// A Map that runs inline.
struct BranchMap: Sendable {
    let body: BranchBody
    /// How many items it has: their values are their indices.
    let count: Int
    /// How many iterations may run at a time; zero is 40.
    let maxConcurrency: Int
    /// A Map that runs inline has no use for it, and fails with the first iteration that does.
    let toleratedFailures: Int64?

    var limit: Int { maxConcurrency == 0 ? 40 : maxConcurrency }
}

/// A task, with what the service answers that it calls.
struct BranchTask: Sendable {
    /// How a service fails.
    enum Failure: String, Sendable, CaseIterable {
        case error = "Test.Failed"
        case throttling = "Test.Throttled"
        /// It does not answer, until the time of the task runs out.
        case silence = "States.Timeout"
    }

    enum Behavior: Sendable {
        case works
        /// The service fails for so many seconds after the beginning of the execution, whoever asks.
        case transient(Failure, seconds: Int64)
        /// It always fails.
        case permanent(Failure)
    }

    static let service = "branch"
    static let local = TaskResource(service: service, action: "local")
    static let remote = TaskResource(service: service, action: "remote")
    /// The error of a service that always fails.
    static let broken = "Test.Broken"
    /// Of which a retrier can be sure that they pass.
    static let transientErrors = Failure.allCases.map(\.rawValue)

    let behavior: Behavior
    /// The number for which it behaves like that, and works for all others; `nil` for all.
    let onlyFor: Int64?
    /// Whether its effect is in the transaction of the journal.
    let isLocal: Bool
    let timeoutSeconds: Int64?
    /// A variable that it is given.
    let variable: String?

    var resource: TaskResource { isLocal ? Self.local : Self.remote }

    /// What the service answers; `nil` for nothing. It depends on nothing but the attempt, so a second
    /// request gets the same answer.
    func answer(to request: TaskRequest) -> TaskResult? {
        let success = TaskResult.success(["of": request.parameters])
        if let onlyFor, request.parameters["v"]?.integerValue != onlyFor { return success }
        let failure: Failure
        let name: String
        switch behavior {
        case .works: return success
        case .transient(let kind, let seconds):
            let elapsed = request.scheduledAt.milliseconds - request.execution.startedAt.milliseconds
            if elapsed >= seconds * 1000 { return success }
            (failure, name) = (kind, kind.rawValue)
        case .permanent(let kind): (failure, name) = (kind, Self.broken)
        }
        if failure == .silence { return nil }
        return .failure(TaskFailure(name, request.stateName))
    }
}
