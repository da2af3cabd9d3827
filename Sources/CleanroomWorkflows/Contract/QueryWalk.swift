import SagaKit
import StatesLanguage

/// Goes through states in JSONata, one after the other, with replies that are given for the calls of their tasks.
struct QueryWalk {
    enum Reply {
        case result(JSONValue)
        case error(String)
    }

    /// A state that is not in JSONata, to which the way has led, and its input.
    struct End {
        let state: String
        let input: JSONValue
    }

    /// How many states are gone through: a way that is longer goes round in circles.
    private static let limit = 60

    let scope: MachineScope
    /// What an action replies to arguments; `nil` for a call that is not to be made.
    let reply: (_ action: String, _ arguments: JSONValue) -> Reply?
    private var variables = Variables()

    init(_ scope: MachineScope, reply: @escaping (_ action: String, _ arguments: JSONValue) -> Reply?) {
        (self.scope, self.reply) = (scope, reply)
    }

    /// Goes from a state to the first that is not in JSONata; `nil` where a state fails, or a call is not to be made.
    mutating func end(from state: String, _ input: JSONValue) -> End? {
        var end = End(state: state, input: input)
        for _ in 0..<Self.limit {
            guard let state = scope.state(end.state) else { return nil }
            if state.query == nil { return end }
            guard let next = try? step(state, end.input) else { return nil }
            end = next
        }
        return nil
    }

    private mutating func step(_ state: State, _ input: JSONValue) throws(QueryFailure) -> End? {
        switch state.kind {
        case .task(let task): return try call(task, of: state, input)
        case .pass: return try leave(state, input, result: nil)
        case .queryChoice(let choice):
            var (scope, budget) = (scope(input), EvaluationBudget())
            for rule in choice.rules where try rule.condition.holds(in: &scope, at: "", budget: &budget) {
                return try leave(rule.assignment, rule.output, &scope, &budget, input, next: rule.next)
            }
            return nil
        default: return nil
        }
    }

    private mutating func call(_ task: TaskState, of state: State, _ input: JSONValue) throws(QueryFailure) -> End? {
        var (scope, budget) = (scope(input), EvaluationBudget())
        let arguments = try task.arguments?.evaluate(in: &scope, at: "", budget: &budget)
        switch reply(task.resource.split(separator: ":").last.map(String.init) ?? "", arguments ?? .null) {
        case nil: return nil
        case .result(let result): return try leave(state, input, result: result)
        case .error(let error):
            let catcher = task.catchers.first { !Set($0.errorEquals).isDisjoint(with: [error, StatesError.all]) }
            guard let catcher else { return nil }
            let failure: JSONValue = ["Error": .string(error), "Cause": "why"]
            var caught = QueryScope(
                input: input, errorOutput: failure, variables: variables, now: Timestamp(milliseconds: 0),
                random: SeededRandom(seed: 1))
            return try leave(catcher.assignment, catcher.output, &caught, &budget, failure, next: catcher.next)
        }
    }

    private mutating func leave(_ state: State, _ input: JSONValue, result: JSONValue?) throws(QueryFailure) -> End? {
        guard case .next(let next) = state.transition else { return nil }
        var (scope, budget) = (scope(input, result: result), EvaluationBudget())
        return try leave(state.assignment, state.query?.output, &scope, &budget, result ?? input, next: next)
    }

    private mutating func leave(
        _ assignment: Assignment?, _ output: QueryTemplate?, _ scope: inout QueryScope,
        _ budget: inout EvaluationBudget, _ given: JSONValue, next: String
    ) throws(QueryFailure) -> End {
        let output = try output?.evaluate(in: &scope, at: "", budget: &budget) ?? given
        if let assigned = try assignment?.evaluate("", &scope, &budget)?.objectValue { variables.assign(assigned) }
        return End(state: next, input: output)
    }

    private func scope(_ input: JSONValue, result: JSONValue? = nil) -> QueryScope {
        QueryScope(
            input: input, result: result, variables: variables, now: Timestamp(milliseconds: 0),
            random: SeededRandom(seed: 1))
    }
}
