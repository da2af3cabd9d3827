import JSONata

/// An expression in JSONata as a machine has it, `{% … %}`: read once, and evaluated as often as its state is entered.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>
package struct QueryExpression: Sendable {
    /// Which members `$states` has where an expression stands, besides `input` and `context`.
    package enum Surroundings: Sendable {
        case entering
        /// The fields that are evaluated when a task, or the machines inside a state, have given a result.
        case result
        /// The fields of a catcher.
        case errorOutput
    }

    private static let opening = "{%"
    private static let closing = "%}"

    /// The expression without its brackets, as AWS quotes it.
    package let text: String
    private let expression: JSONataExpression
    /// The place that the expression names, if that is all that it does.
    private let named: QueryPlace?
    /// What the expression reads that it does not make itself.
    let references: [QueryReference]
    /// Whether it looks into the context object, which is costly to make.
    let usesContext: Bool
    /// Whether a path in it reads what it names and nothing beside that: `%` would lead back, and `@` stay where it is.
    let readsWhatItNames: Bool
    /// Its work, as far as it can be foreseen.
    let growth: JSONataGrowth
    /// What can be said of its value before it is evaluated.
    var result: JSONataResult { expression.result }

    /// Whether a text stands for an expression.
    static func isExpression(_ text: String) -> Bool {
        text.hasPrefix(opening) && text.hasSuffix(closing) && text.utf8.count >= opening.utf8.count + closing.utf8.count
    }

    /// Reads an expression with its brackets.
    ///
    /// - Returns: `nil` for one that cannot be read; what is wrong with it is a problem.
    init?(
        _ text: String, in surroundings: Surroundings, at place: @autoclosure () -> ProblemPath,
        _ problems: ProblemCollector
    ) {
        let inner = text.dropFirst(Self.opening.count).dropLast(Self.closing.count)
        self.text = inner.trimmingSpaces
        do {
            expression = try JSONataExpression(parsing: self.text)
        } catch {
            problems.add(.invalidJSONata) { QueryProblem.syntax(error, at: place()) }
            return nil
        }
        growth = expression.growth(with: JSONataLibrary.stepFunctionNames)
        references = expression.references.map(QueryReference.init)
        named = QueryPlace(references, of: self.text)
        usesContext = references.contains { $0.mayBe(member: "context") }
        readsWhatItNames = !self.text.utf8.contains { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "@") }
        for reference in references {
            guard let reason = reference.refusal(in: surroundings) else { continue }
            problems.add(
                .unsupportedJSONata, at: place(), reason, hint: QueryProblem.position(reference.position))
        }
    }

    /// The expression of a text, with its brackets; `nil` for none, and for one that cannot be read, which is a problem of
    /// its own.
    static func parsed(_ text: String) -> JSONataExpression? {
        guard isExpression(text) else { return nil }
        return try? JSONataExpression(parsing: text.dropFirst(opening.count).dropLast(closing.count).trimmingSpaces)
    }

    /// Whether a text is an expression that may give nothing or fail: one that reads anything but the whole input or
    /// result of its state.
    static func mayFail(_ text: String) -> Bool {
        guard let expression = parsed(text) else { return false }
        let references = expression.references.map(QueryReference.init)
        return !references.isEmpty && !(QueryPlace(references, of: expression.text)?.isWhole ?? false)
    }

    /// What is given on as it is: all that the state is given, if that is what the expression names.
    func wholeInput(in scope: QueryScope) -> JSONValue? {
        guard let named, named.isWholeInput else { return nil }
        return scope.value(at: named)
    }

    /// What the expression gives, as JSON.
    ///
    /// - Parameters:
    ///   - location: the name of the field, as AWS writes it.
    ///   - expected: of which type the value has to be.
    package func evaluate(
        in scope: inout QueryScope, at location: @autoclosure () -> String, expecting expected: QueryKind? = nil,
        budget: inout EvaluationBudget
    ) throws(QueryFailure) -> JSONValue {
        if let named, let value = scope.value(at: named), expected.map({ QueryKind(of: value) == $0 }) ?? true,
            budget.takes(copyOf: value)
        {
            return value
        }
        let value: JSONataValue
        let json: JSONValue?
        do throws(JSONataFailure) {
            var query = budget.query
            defer { budget.take(query) }
            let bindings = try scope.bindings(for: self, &query)
            value = try expression.evaluate(bindings: bindings, host: scope.host, budget: &query)
            json = try value.json(&budget)
        } catch {
            throw .thrown(self, location(), error)
        }
        if case .undefined = value { throw .undefined(self, location()) }
        guard let json else { throw .unsupported(self, location()) }
        if let expected, QueryKind(of: json) != expected {
            throw .unexpected(self, location(), json, expected: expected)
        }
        return json
    }
}

extension Substring {
    /// The text without the white space at both ends.
    fileprivate var trimmingSpaces: String {
        func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }
        let scalars = unicodeScalars.drop(while: isSpace)
        guard let last = scalars.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(scalars[...last])
    }
}
