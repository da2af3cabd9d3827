package import StatesLanguage

// Conditions are true or false whatever the data is: `=` and `in` compare anything, what is not there included, and what
// takes a text only takes one that is known to be a text. A guard is a `? :`, since it is not known of every engine that
// `and` leaves out its right side.

extension Expression {
    /// Whether both are there and the same. There is no `!=`: what is not there would be neither the same nor another.
    package static func == (one: Self, other: Self) -> Expression<Bool> {
        Expression<Bool>(.chain(.equals, [one.syntax, other.syntax]))
    }

    /// Whether it is there and an element of a list.
    package func isIn(_ list: Expression<[Value]>) -> Expression<Bool> {
        Expression<Bool>(.chain(.in, [syntax, list.syntax]))
    }
}

extension Expression where Value == JSONValue? {
    /// Whether it is there and this text.
    package static func == (value: Self, text: Expression<String>) -> Expression<Bool> {
        Expression<Bool>(.chain(.equals, [value.syntax, text.syntax]))
    }

    package static func == (value: Self, truth: Expression<Bool>) -> Expression<Bool> {
        Expression<Bool>(.chain(.equals, [value.syntax, truth.syntax]))
    }

    package static func == (value: Self, number: Expression<Int64>) -> Expression<Bool> {
        Expression<Bool>(.chain(.equals, [value.syntax, number.syntax]))
    }

    /// Whether it is there and one of some texts.
    package func isIn(_ texts: [String]) -> Expression<Bool> {
        Expression<Bool>(.chain(.in, [syntax, Expression<[String]>.texts(texts).syntax]))
    }

    /// Whether there is anything; `null` is something.
    package var exists: Expression<Bool> { Expression<Bool>(.call("exists", [syntax])) }

    /// Whether it is there and of a type.
    package func has(_ kind: QueryKind) -> Expression<Bool> {
        Expression<Bool>(
            .chain(.equals, [.call("type", [syntax]), .literal(.string(kind.rawValue))]))
    }

    /// Whether it is a text for which a condition holds.
    ///
    /// - Parameter first: what has to hold besides, before the condition is looked at.
    package func isText(
        if first: Expression<Bool>? = nil, and condition: (Expression<String>) -> Expression<Bool>
    ) -> Expression<Bool> {
        let isText = has(.string)
        return (first.map { $0 && isText } ?? isText).guarding(condition(trusted(as: String.self)))
    }

    /// How many elements there are: none of what is not there, one of what is no list.
    package var count: Expression<Int64> { Expression<Int64>(.call("count", [syntax])) }
}

extension Expression where Value == Bool {
    package static func && (one: Self, other: Self) -> Self { Self(.joined(.and, [one.syntax, other.syntax])) }
    package static func || (one: Self, other: Self) -> Self { Self(.joined(.or, [one.syntax, other.syntax])) }
    package static prefix func ! (condition: Self) -> Self {
        if case .call("not", let inner) = condition.syntax { return Self(inner[0]) }
        return Self(.call("not", [condition.syntax]))
    }

    /// Whether all hold.
    package static func all(_ conditions: [Self]) -> Self { Self(.joined(.and, conditions.map(\.syntax))) }
    /// Whether any holds.
    package static func any(_ conditions: [Self]) -> Self { Self(.joined(.or, conditions.map(\.syntax))) }

    /// Whether this holds and then another condition, which is not evaluated where this does not hold.
    package func guarding(_ condition: Self) -> Self {
        Self(.conditional(syntax, condition.syntax, .literal(false)))
    }

    /// One value or the other.
    package func then<Given>(_ value: Expression<Given>, else other: Expression<Given>) -> Expression<Given> {
        Expression<Given>(.conditional(syntax, value.syntax, other.syntax))
    }
}

extension Expression where Value == Int64 {
    package static func < (one: Self, other: Self) -> Expression<Bool> { compare(one, .less, other) }
    package static func <= (one: Self, other: Self) -> Expression<Bool> { compare(one, .atMost, other) }
    package static func > (one: Self, other: Self) -> Expression<Bool> { compare(one, .greater, other) }
    package static func >= (one: Self, other: Self) -> Expression<Bool> { compare(one, .atLeast, other) }

    private static func compare(
        _ one: Self, _ comparison: ExpressionSyntax.Operator, _ other: Self
    ) -> Expression<Bool> {
        Expression<Bool>(.chain(comparison, [one.syntax, other.syntax]))
    }
}
