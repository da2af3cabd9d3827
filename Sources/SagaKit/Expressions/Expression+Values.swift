package import StatesLanguage

// Values that are there: what may be missing has a default before it gets into one.

/// A member of a part of the data, and what it becomes.
package typealias PlacedValue = (place: Place, value: any AnyExpression)

/// A value that a list of one does not change: `[value, default][0]` is either of them.
package protocol ScalarValue {}
extension String: ScalarValue {}
extension Int64: ScalarValue {}
extension Bool: ScalarValue {}

extension Expression where Value == JSONValue? {
    /// The value, or another where there is none. It must be known to be none of the lists, of which this takes the first
    /// element.
    package func or<Default: ScalarValue>(_ value: Expression<Default>) -> Expression<Default> {
        Expression<Default>(.element(.array([syntax, value.syntax]), 0))
    }

    /// The text that it is, or else another.
    package func text(or other: Expression<String>) -> Expression<String> {
        has(.string).then(trusted(as: String.self), else: other)
    }
}

extension Expression where Value == String {
    /// Texts one after the other.
    package static func joined(_ parts: [Self], by separator: String? = nil) -> Self {
        if parts.count == 1 { return parts[0] }
        if separator == nil, parts.count <= 3 { return Self(.joined(.concatenate, parts.map(\.syntax))) }
        // Each & is a level of the tree, and a list none.
        let list = ExpressionSyntax.array(parts.map(\.syntax))
        return Self(.call("join", [list] + (separator.map { [.literal(.string($0))] } ?? [])))
    }

    /// A text with a value for each `{}`.
    package static func format(_ text: String, _ values: [Self]) -> Self { format(text, values, isCasting: false) }

    private static func format(_ text: String, _ values: [Self], isCasting: Bool) -> Self {
        let pieces = text.split(separator: "{}", omittingEmptySubsequences: false).map(String.init)
        precondition(pieces.count == values.count + 1, "\(text) has not as many {} as there are values")
        var parts: [Self] = []
        for (index, piece) in pieces.enumerated() {
            if !piece.isEmpty { parts.append(.text(piece)) }
            if index < values.count { parts.append(values[index]) }
        }
        // Only & takes what is no text, and makes one of it only beside another.
        if isCasting, parts.count == 1 { parts.insert("", at: 0) }
        return isCasting ? Self(.joined(.concatenate, parts.map(\.syntax))) : joined(parts)
    }

    package static func format(_ text: String, _ values: Self...) -> Self { format(text, values) }
}

extension Expression where Value == Int64 {
    package static func + (one: Self, other: Self) -> Self { Self(.chain(.add, [one.syntax, other.syntax])) }

    /// A number to the power of another.
    package static func power(of base: Self, _ exponent: Self) -> Self {
        Self(.call("power", [base.syntax, exponent.syntax]))
    }

    /// The least of some numbers.
    package static func least(of numbers: [Self]) -> Self {
        Self(.call("min", [.array(numbers.map(\.syntax))]))
    }

    /// A random number from 0 on that is less than a positive one.
    package static func random(below limit: Self) -> Self {
        Self(.call("floor", [.chain(.multiply, [.call("random", []), limit.syntax])]))
    }
}

extension Expression where Value == JSONValue {
    /// An object; a member whose value is not there is not there either.
    package static func object(_ members: [(String, any AnyExpression)]) -> Expression<JSONValue> {
        Expression<JSONValue>(.object(members.map { .init(name: .literal(.string($0)), value: $1.syntax) }))
    }

    /// An object of one member, with a name that is computed.
    package static func object(named name: Expression<String>, _ value: Expression<String>) -> Expression<JSONValue> {
        Expression<JSONValue>(.object([.init(name: name.syntax, value: value.syntax)]))
    }

    /// An object whose members are those of a part of the data; one whose value is not there is not there either.
    package static func object(at part: Place, _ members: [PlacedValue]) -> Expression<JSONValue> {
        Expression<JSONValue>(
            .object(
                members.map { place, value in
                    .init(name: .literal(.string(place.names(below: part).joined())), value: value.syntax)
                }))
    }
}

extension Expression where Value == String {
    /// A text with a value for each `{}`, of whatever type that is: what is no text becomes one, and what is not there
    /// nothing.
    package static func words(_ text: String, _ values: any AnyExpression...) -> Self { words(text, values) }

    package static func words(_ text: String, _ values: [any AnyExpression]) -> Self {
        format(text, values.map { Self($0.syntax) }, isCasting: true)
    }

    /// The SHA-256 of the text in hexadecimal digits.
    package static func sha256(_ text: Self) -> Self { Self(.call("hash", [text.syntax, .literal("SHA-256")])) }

    /// The beginning of the text.
    package func prefix(_ length: Int64) -> Self {
        Self(.call("substring", [syntax, .literal(0), .literal(.integer(length))]))
    }

    /// Whether the text is not before another in the order of characters.
    package static func >= (one: Self, other: Self) -> Expression<Bool> {
        Expression<Bool>(.chain(.atLeast, [one.syntax, other.syntax]))
    }
}

extension Expression where Value == JSONValue? {
    /// The value that a text is in JSON. What is no JSON is an error, so this stands in tasks only.
    package static func parse(_ text: Self) -> Self { Self(.call("parse", [text.syntax])) }

    /// The value, or another one where there is none, or an empty object where neither is there.
    package func or(_ other: Self) -> Expression<JSONValue> {
        Expression<JSONValue>(.element(.array([syntax, other.syntax, .object([])]), 0))
    }

    /// Another value where this one is there, and else an error. It stands in tasks only, where an error leads to their
    /// catchers, or ends the execution, for which a recovery looks then.
    ///
    /// - Parameter reason: why it is an error.
    package func required<Made>(_ reason: String, _ made: Expression<Made>) -> Expression<Made> {
        exists.then(made, else: Expression<Made>(.call("error", [.literal(.string(reason))])))
    }

    /// The value, or an empty object where there is none.
    package var orEmpty: Expression<JSONValue> {
        Expression<JSONValue>(.element(.array([syntax, .object([])]), 0))
    }

    /// Names a value, which another one is made of.
    ///
    /// - Parameter name: what it is called.
    package func named<Made>(_ name: String, _ made: (Self) -> Expression<Made>) -> Expression<Made> {
        Expression<Made>(.block([.init(name: name, value: syntax)], made(Self(.variable(name))).syntax))
    }
}

extension Expression where Value == String {
    /// The value as JSON.
    package static func json(_ value: any AnyExpression) -> Self { Self(.call("string", [value.syntax])) }

    /// A time in ISO 8601 so many milliseconds before another one.
    package static func time(_ milliseconds: Int64, before time: Self) -> Self {
        let difference = ExpressionSyntax.chain(
            .subtract, [.call("toMillis", [time.syntax]), .literal(.integer(milliseconds))])
        return Self(.call("fromMillis", [difference]))
    }

    /// A part of the text between the occurrences of another.
    package func part(_ index: Int, by separator: String) -> Expression<JSONValue?> {
        Expression<JSONValue?>(.element(.call("split", [syntax, .literal(.string(separator))]), index))
    }
}
