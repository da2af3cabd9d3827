package import StatesLanguage

/// An expression in JSONata that gives a value of a type. It is built of parts and printed when a state is put together,
/// so it cannot be misspelt, and what would fail on AWS with some data does not compile.
///
/// `JSONValue?` is what nobody has looked at: it may be of any type, or not there. A text, a number, a truth or a list is
/// there, and what takes one takes nothing else. So a condition gives true or false, whatever the data is.
///
/// Source: <https://docs.jsonata.org/>,
/// <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>
package struct Expression<Value>: Sendable {
    package let syntax: ExpressionSyntax

    package init(_ syntax: ExpressionSyntax) { self.syntax = syntax }

    /// How deep a tree may be: AWS ends the evaluation of one near a hundred.
    private static var maximumDepth: Int { 50 }

    /// The text as a state has it.
    package var text: String {
        precondition(syntax.depth <= Self.maximumDepth, "the expression is too deep for AWS")
        return "{% " + ExpressionPrinter.text(of: syntax) + " %}"
    }

    /// The same with another type, which an earlier state has made sure of.
    package func trusted<Other>(as type: Other.Type) -> Expression<Other> { Expression<Other>(syntax) }
}

// MARK: - Where values come from

extension Expression: Reference where Value == JSONValue? {
    /// What is at a place of the data, of which each member is a variable.
    package init(_ place: Place) {
        self = place.names.dropFirst().reduce(Self(.variable(place.variable))) { $0.member($1) }
    }
}

extension Expression where Value == JSONValue? {
    private static func states(_ name: String) -> Self { Self(.member(.variable("states"), name)) }

    /// All that a state gets.
    package static var input: Expression<JSONValue?> { states("input") }
    /// What a task gives.
    package static var result: Self { states("result") }
    /// The error that is caught: `Error` and `Cause`.
    package static var errorOutput: Self { states("errorOutput") }

    /// What is at a place of the data.
    package static func from(_ place: Place) -> Self { Self(place) }

    /// A member of what may be an object.
    package func member(_ name: String) -> Self { Self(.member(syntax, name)) }
    /// An element of what may be a list.
    package func element(_ index: Int) -> Self { Self(.element(syntax, index)) }
}

/// What is known of an execution besides its data.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>
package enum ExecutionContext: String {
    case executionID = "Execution.Id"
    case executionName = "Execution.Name"
    case executionStartTime = "Execution.StartTime"
    case stateMachineID = "StateMachine.Id"
}

extension Expression where Value == String {
    /// What is known of an execution besides its data.
    package static func context(_ context: ExecutionContext) -> Self {
        let whole = ExpressionSyntax.member(.variable("states"), "context")
        return Self(context.rawValue.split(separator: ".").reduce(whole) { .member($0, String($1)) })
    }
}

// MARK: - Literals

extension Expression: ExpressibleByStringLiteral, ExpressibleByUnicodeScalarLiteral,
    ExpressibleByExtendedGraphemeClusterLiteral
where Value == String {
    package init(stringLiteral value: String) { self.init(.literal(.string(value))) }
    package static func text(_ text: String) -> Self { Self(.literal(.string(text))) }
}

extension Expression: ExpressibleByIntegerLiteral where Value == Int64 {
    package init(integerLiteral value: Int64) { self.init(.literal(.integer(value))) }
    package static func number(_ number: Int64) -> Self { Self(.literal(.integer(number))) }
}

extension Expression: ExpressibleByBooleanLiteral where Value == Bool {
    package init(booleanLiteral value: Bool) { self.init(.literal(.bool(value))) }
}

extension Expression where Value == [String] {
    package static func texts(_ texts: [String]) -> Self { Self(.array(texts.map { .literal(.string($0)) })) }
}
