package import StatesLanguage

// Values that are there: what may be missing has a default before it gets into one.

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
        // Only & takes what is no text.
        return isCasting ? Self(.joined(.concatenate, parts.map(\.syntax))) : joined(parts)
    }

    package static func format(_ text: String, _ values: Self...) -> Self { format(text, values) }
}

extension Expression where Value == JSONValue {
    /// An object; a member whose value is not there is not there either.
    package static func object(_ members: [(String, any AnyExpression)]) -> Expression<JSONValue> {
        Expression<JSONValue>(.object(members.map { .init(name: .literal(.string($0)), value: $1.syntax) }))
    }

    /// An object whose members are those of a part of the data; one whose value is not there is not there either.
    package static func object(at part: Place, _ members: [(place: Place, value: any AnyExpression)]) -> Expression<
        JSONValue
    > {
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
    package static func words(_ text: String, _ values: any AnyExpression...) -> Self {
        format(text, values.map { Self($0.syntax) }, isCasting: true)
    }

    /// The beginning of the text.
    package func prefix(_ length: Int64) -> Self {
        Self(.call("substring", [syntax, .literal(0), .literal(.integer(length))]))
    }
}

extension Expression where Value == JSONValue {
    /// All that a state gets, with a part of the data made anew.
    ///
    /// - Parameter part: a member of all the data.
    package static func input(with part: Place, _ value: any AnyExpression) -> Expression<JSONValue> {
        let members = object(at: .root, [(part, value)])
        return Expression<JSONValue>(.call("merge", [.array([Expression<JSONValue?>.input.syntax, members.syntax])]))
    }
}
