/// A state that goes where the first rule that holds points.
///
/// Source: <https://states-language.net/#choice-state>
package struct ChoiceState: Sendable {
    package struct Rule: Sendable {
        package let condition: ChoiceCondition
        package let next: String
        package let assignment: Assignment?
    }

    package let rules: [Rule]
    package let defaultNext: String?
    /// Whether a rule looks into the context object.
    package let usesContext: Bool

    init(_ reader: FieldReader) {
        rules = reader.elements("Choices", isRequired: true).map { rule in
            let (next, assignment) = (rule.string("Next") ?? "", Assignment(rule))
            return Rule(condition: ChoiceCondition(rule), next: next, assignment: assignment)
        }
        defaultNext = reader.string("Default", isRequired: false)
        usesContext = rules.contains { $0.condition.usesContext }
    }

    /// The ways out of the state.
    func edges(at place: ProblemPath) -> [State.Edge] {
        Self.edges(rules.map(\.next), default: defaultNext, at: place)
    }

    /// The ways out of a Choice in either language.
    static func edges(_ targets: [String], default defaultNext: String?, at place: ProblemPath) -> [State.Edge] {
        var edges: [State.Edge] = []
        for (index, target) in targets.enumerated() where !target.isEmpty {
            let place = place.appending("Choices").appending(index).appending("Next")
            edges.append(State.Edge(kind: .rule(index), target: target, place: place))
        }
        if let defaultNext {
            edges.append(State.Edge(kind: .byDefault, target: defaultNext, place: place.appending("Default")))
        }
        return edges
    }
}

/// What a rule of a choice asks.
package indirect enum ChoiceCondition: Sendable {
    package enum Ordering: String, CaseIterable, Sendable {
        case equals = "Equals"
        case lessThan = "LessThan"
        case greaterThan = "GreaterThan"
        case lessThanEquals = "LessThanEquals"
        case greaterThanEquals = "GreaterThanEquals"
    }

    package enum Comparand: String, CaseIterable, Sendable {
        case string = "String"
        case numeric = "Numeric"
        case boolean = "Boolean"
        case timestamp = "Timestamp"
    }

    package enum TypeTest: String, CaseIterable, Sendable {
        case null = "IsNull"
        case present = "IsPresent"
        case numeric = "IsNumeric"
        case string = "IsString"
        case boolean = "IsBoolean"
        case timestamp = "IsTimestamp"
    }

    package enum Operand: Sendable {
        case literal(JSONValue)
        case path(JSONPath)
    }

    case and([ChoiceCondition])
    case or([ChoiceCondition])
    case not(ChoiceCondition)
    case compare(JSONPath, Comparand, Ordering, Operand)
    case matches(JSONPath, TextPattern)
    case test(JSONPath, TypeTest, expected: Bool)

    /// Whether a path of it begins in the context object.
    fileprivate var usesContext: Bool { paths.contains { $0.root == .context } }

    /// All paths that the condition looks at.
    package var paths: [JSONPath] {
        switch self {
        case .and(let conditions), .or(let conditions): conditions.flatMap(\.paths)
        case .not(let condition): condition.paths
        case .compare(let path, _, _, .path(let other)): [path, other]
        case .compare(let path, _, _, .literal), .matches(let path, _), .test(let path, _, _): [path]
        }
    }

    init(_ reader: FieldReader) {
        defer { reader.finish() }
        reader.allow("Comment")
        reader.exclude("And", "Or", "Not", "Variable")
        if let conditions = reader.conditions("And") {
            self = .and(conditions)
        } else if let conditions = reader.conditions("Or") {
            self = .or(conditions)
        } else if let condition = reader.nested("Not") {
            self = .not(ChoiceCondition(condition))
        } else {
            self = Self.dataTest(reader)
        }
    }

    private static func dataTest(_ reader: FieldReader) -> ChoiceCondition {
        let variable =
            reader.path("Variable", isRequired: true) ?? JSONPath(text: "$", root: .input, segments: [])
        var found: [ChoiceCondition] = []
        reader.offer(Self.testNames)
        for test in TypeTest.allCases where reader.has(test.rawValue) {
            if let expected = reader.boolean(test.rawValue) { found.append(.test(variable, test, expected: expected)) }
        }
        if reader.has("StringMatches"), let pattern = reader.string("StringMatches", isRequired: false) {
            found.append(.matches(variable, TextPattern(pattern)))
        }
        for comparison in Comparison.all {
            let (comparand, ordering) = (comparison.comparand, comparison.ordering)
            if reader.has(comparison.pathName), let path = reader.path(comparison.pathName) {
                found.append(.compare(variable, comparand, ordering, .path(path)))
            }
            if reader.has(comparison.name), let literal = reader.any(comparison.name) {
                if comparand.key(literal) == nil {
                    reader.problems.add(
                        .invalidField, at: reader.place.appending(comparison.name),
                        "the value is a \(comparand.rawValue.lowercased()), not \(literal.kind)")
                }
                found.append(.compare(variable, comparand, ordering, .literal(literal)))
            }
        }
        if found.count != 1 {
            reader.problems.add(
                found.isEmpty ? .missingField : .conflictingFields, at: reader.place,
                "a rule has exactly one comparison, not \(found.count)")
            return .and([])
        }
        return found[0]
    }

    /// The fields of which a rule has one.
    private static let testNames =
        TypeTest.allCases.map(\.rawValue) + ["StringMatches"] + Comparison.all.flatMap { [$0.name, $0.pathName] }

    /// A comparison, by the names of its fields.
    private struct Comparison {
        let comparand: Comparand
        let ordering: Ordering
        let name: String
        let pathName: String

        static let all = Comparand.allCases.flatMap { comparand in
            Ordering.allCases.filter { comparand != .boolean || $0 == .equals }.map { ordering in
                let name = comparand.rawValue + ordering.rawValue
                return Comparison(comparand: comparand, ordering: ordering, name: name, pathName: name + "Path")
            }
        }
    }
}

// MARK: - Evaluation

/// A path in a rule that found nothing; only `IsPresent` may ask for what is not there.
package struct ChoiceFailure: Error, Equatable, CustomStringConvertible {
    package let description: String
}

extension ChoiceState {
    /// The first rule that holds; `nil` when the default counts.
    package func rule(
        in scope: JSONPath.Scope, budget: inout EvaluationBudget
    ) throws(ChoiceFailure) -> Rule? {
        for rule in rules where try rule.condition.holds(in: scope, &budget) { return rule }
        return nil
    }

    /// The state to go to, or `nil` when no rule holds and there is no default.
    package func next(
        in scope: JSONPath.Scope, budget: inout EvaluationBudget
    ) throws(ChoiceFailure) -> String? {
        try rule(in: scope, budget: &budget)?.next ?? defaultNext
    }
}

extension ChoiceCondition {
    func holds(
        in scope: JSONPath.Scope, _ budget: inout EvaluationBudget
    ) throws(ChoiceFailure) -> Bool {
        try Self.take(budget.take(steps: 1), budget)
        switch self {
        case .and(let conditions):
            for condition in conditions where try !condition.holds(in: scope, &budget) { return false }
            return true
        case .or(let conditions):
            for condition in conditions where try condition.holds(in: scope, &budget) { return true }
            return false
        case .not(let condition):
            return try !condition.holds(in: scope, &budget)
        case .test(let variable, .present, let expected):
            return try isPresent(variable, scope, &budget) == expected
        case .test(let variable, let test, let expected):
            return test.accepts(try value(of: variable, scope, &budget)) == expected
        case .matches(let variable, let pattern):
            guard case .string(let text) = try value(of: variable, scope, &budget) else { return false }
            try Self.take(budget.take(steps: pattern.pieceCount), budget)
            return pattern.matches(text)
        case .compare(let variable, let comparand, let ordering, let operand):
            let left = comparand.key(try value(of: variable, scope, &budget))
            let right =
                switch operand {
                case .literal(let literal): comparand.key(literal)
                case .path(let path): comparand.key(try value(of: path, scope, &budget))
                }
            guard let left, let right else { return false }
            return ordering.accepts(left, right)
        }
    }

    private static func take(_ isThere: Bool, _ budget: borrowing EvaluationBudget) throws(ChoiceFailure) {
        if !isThere { throw ChoiceFailure(description: budget.excess.map { "\($0)" } ?? "") }
    }

    private func isPresent(
        _ path: JSONPath, _ scope: JSONPath.Scope, _ budget: inout EvaluationBudget
    ) throws(ChoiceFailure) -> Bool {
        do {
            return try path.isPresent(in: scope, budget: &budget)
        } catch {
            // What is not there is an answer, and a search that was given up is none.
            try Self.take(budget.excess == nil, budget)
            return false
        }
    }

    private func value(
        of path: JSONPath, _ scope: JSONPath.Scope, _ budget: inout EvaluationBudget
    ) throws(ChoiceFailure) -> JSONValue {
        let value: JSONValue
        do {
            value = try path.evaluate(in: scope, budget: &budget)
        } catch {
            try Self.take(budget.excess == nil, budget)
            throw ChoiceFailure(
                description: "Invalid path '\(path.text.quoted)': The choice state's condition path references an "
                    + "invalid value.")
        }
        // A text is gone through to be compared, from one end to the other.
        if case .string(let text) = value { try Self.take(budget.take(textBytes: text.utf8.count), budget) }
        return value
    }
}

extension ChoiceCondition.TypeTest {
    fileprivate func accepts(_ value: JSONValue) -> Bool {
        switch self {
        case .null: value == .null
        case .present: true
        case .numeric: value.doubleValue != nil
        case .string: value.stringValue != nil
        case .boolean: value.boolValue != nil
        case .timestamp: value.stringValue.flatMap(Timestamp.init(parsing:)) != nil
        }
    }
}

extension ChoiceCondition.Comparand {
    fileprivate enum Key {
        case string(String)
        case number(Double)
        case integer(Int64)
    }

    /// What of `value` is compared, when it is of this type.
    fileprivate func key(_ value: JSONValue) -> Key? {
        switch (self, value) {
        case (.string, .string(let text)): .string(text)
        case (.numeric, .integer(let number)): .integer(number)
        case (.numeric, .double(let number)): .number(number)
        case (.boolean, .bool(let flag)): .integer(flag ? 1 : 0)
        case (.timestamp, .string(let text)): Timestamp(parsing: text).map { .integer($0.milliseconds) }
        default: nil
        }
    }
}

extension ChoiceCondition.Ordering {
    fileprivate func accepts(_ left: ChoiceCondition.Comparand.Key, _ right: ChoiceCondition.Comparand.Key) -> Bool {
        let (isLess, isEqual): (Bool, Bool)
        switch (left, right) {
        case (.string(let left), .string(let right)):
            isEqual = left.isIdentical(to: right)
            isLess = self != .equals && !isEqual && left.isOrderedBefore(right)
        case (.integer(let left), .integer(let right)): (isLess, isEqual) = (left < right, left == right)
        case (.number(let left), .number(let right)): (isLess, isEqual) = (left < right, left == right)
        case (.integer(let left), .number(let right)):
            (isLess, isEqual) = (Double(left) < right, Double(left) == right)
        case (.number(let left), .integer(let right)):
            (isLess, isEqual) = (left < Double(right), left == Double(right))
        default: return false
        }
        switch self {
        case .equals: return isEqual
        case .lessThan: return isLess
        case .greaterThan: return !isLess && !isEqual
        case .lessThanEquals: return isLess || isEqual
        case .greaterThanEquals: return !isLess
        }
    }
}
