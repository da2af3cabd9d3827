import JSONata

/// What the expressions of a state can read: `$states`, the variables, and AWS's functions.
///
/// It is there while one state is evaluated, so that what several expressions read is converted once.
package struct QueryScope {
    /// The source of random numbers, which an evaluation shares with what it calls.
    private final class Randomness {
        var source: SeededRandom

        init(_ source: SeededRandom) { self.source = source }
    }

    private let input: JSONValue
    private let result: JSONValue?
    private let errorOutput: JSONValue?
    private let context: JSONValue?
    private let variables: Variables
    private let now: Timestamp
    private let randomness: Randomness
    /// What has been converted: a variable, or a member of `$states`.
    private var converted: [String: JSONataValue] = [:]

    /// - Parameters:
    ///   - context: the context object; `nil` if no expression looks into it.
    ///   - now: the time of the state.
    package init(
        input: JSONValue, result: JSONValue? = nil, errorOutput: JSONValue? = nil, context: JSONValue? = nil,
        variables: Variables, now: Timestamp, random: SeededRandom
    ) {
        (self.input, self.result, self.errorOutput, self.context) = (input, result, errorOutput, context)
        (self.variables, self.now) = (variables, now)
        randomness = Randomness(random)
    }

    /// Where the random numbers go on.
    package var random: SeededRandom { randomness.source }

    var host: JSONataExpression.Host {
        JSONataExpression.Host(library: .stepFunctions, now: Double(now.milliseconds)) { [randomness] in
            randomness.source.next()
        }
    }

    /// What an expression gives that only names a place, such as `$states.input.list`, as it stands there: `nil` where
    /// it has to be evaluated, since the way there leads through something else than objects, or since a number would be
    /// written another way.
    func value(at place: QueryPlace) -> JSONValue? {
        var value: JSONValue?
        var names = place.names[...]
        if place.variable == QueryReference.states {
            switch names.popFirst() {
            case "input": value = input
            case "result": value = result
            case "errorOutput": value = errorOutput
            case "context": value = context
            default: return nil
            }
        } else {
            value = variables[place.variable]
        }
        for name in names {
            guard case .object(let members)? = value else { return nil }
            value = members[name]
        }
        return value.flatMap { $0.hasOnlyNumbersOfQueries ? $0 : nil }
    }

    /// What an expression reads of the state, and nothing else: what is large costs something to convert.
    mutating func bindings(
        for expression: QueryExpression, _ budget: inout JSONataBudget
    ) throws(JSONataFailure) -> JSONataObject {
        var bindings = JSONataObject()
        var readsStates = false
        for reference in expression.references {
            guard let name = reference.variable else { continue }
            if name == QueryReference.states {
                readsStates = true
            } else if bindings[name] == nil, let value = variables[name] {
                let readers = expression.references.lazy.filter { $0.variable == name }.map { $0.members[...] }
                bindings[name] = try part(of: value, at: "$" + name, in: expression, read: Array(readers), &budget)
            }
        }
        if readsStates { bindings[QueryReference.states] = .object(try states(for: expression, &budget)) }
        return bindings
    }

    /// The members of `$states` that an expression reads.
    private mutating func states(
        for expression: QueryExpression, _ budget: inout JSONataBudget
    ) throws(JSONataFailure) -> JSONataObject {
        var states = JSONataObject()
        let members = [("input", input), ("result", result), ("errorOutput", errorOutput), ("context", context)]
        for case (let member, let value?) in members {
            let readers = expression.references.filter { $0.mayBe(member: member) }.map { $0.members.dropFirst() }
            if !readers.isEmpty {
                states[member] = try part(of: value, at: member, in: expression, read: readers, &budget)
            }
        }
        return states
    }

    /// What an expression reads of a value: of an object the members that it names, if it names one wherever it reads it.
    ///
    /// - Parameter readers: the names that follow behind the value, wherever the expression reads it.
    private mutating func part(
        of value: JSONValue, at name: String, in expression: QueryExpression, read readers: [ArraySlice<String>],
        _ budget: inout JSONataBudget
    ) throws(JSONataFailure) -> JSONataValue {
        guard expression.readsWhatItNames, case .object(let whole) = value, readers.allSatisfy({ !$0.isEmpty }) else {
            return try convert(name, value, &budget)
        }
        var part = JSONataObject()
        for case let member? in readers.map(\.first) where part[member] == nil {
            if let value = whole[member] { part[member] = try convert("\(name).\(member)", value, &budget) }
        }
        return .object(part)
    }

    private mutating func convert(
        _ name: String, _ value: JSONValue, _ budget: inout JSONataBudget
    ) throws(JSONataFailure) -> JSONataValue {
        if let value = converted[name] { return value }
        try budget.charge(walkingBytes: JSONExtent(of: value, limit: EvaluationBudget.maximumBytes).byteCount)
        let value = JSONataValue(value)
        converted[name] = value
        return value
    }
}

extension JSONValue {
    /// Whether all numbers in the value are whole ones that JSONata writes as they are.
    fileprivate var hasOnlyNumbersOfQueries: Bool {
        switch self {
        case .null, .bool, .string: true
        case .integer(let number): number.magnitude < 1 << 53
        case .double: false
        case .array(let elements): elements.allSatisfy(\.hasOnlyNumbersOfQueries)
        case .object(let members): members.allSatisfy { $1.hasOnlyNumbersOfQueries }
        }
    }
}
