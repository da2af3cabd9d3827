package import StatesLanguage

// Lists keep being lists. JSONata makes a bare element of a list of one and nothing of an empty one, and puts what is in a
// list beside the elements of the list around it: so each list here is printed in brackets, and is a list of what is in
// it, however much that is.

/// An expression of any type.
package protocol AnyExpression: Sendable {
    var syntax: ExpressionSyntax { get }
}

extension Expression: AnyExpression {}

extension Expression where Value == JSONValue? {
    /// The elements that there are: a list however many there are, none and one included.
    package var list: Expression<[JSONValue?]> { Expression<[JSONValue?]>(.array([syntax])) }

    /// The names of the members of an object: none of what is no object.
    package var names: Expression<[String]> { Expression<[String]>(.array([.call("keys", [syntax])])) }
}

extension Expression where Value == [String] {
    /// A list of these texts, and of those in these lists: brackets inside of brackets would be a list in the list.
    package static func list(_ parts: [any AnyExpression]) -> Self {
        Self(
            .array(
                parts.flatMap { part -> [ExpressionSyntax] in
                    if case .array(let elements) = part.syntax { elements } else { [part.syntax] }
                }))
    }

    /// No texts.
    package static var none: Self { Self(.array([])) }

    /// The texts for which a condition holds.
    ///
    /// - Parameter name: what an element is called.
    package func filter(_ name: String, _ holds: (Expression<String>) -> Expression<Bool>) -> Self {
        let condition = holds(Expression<String>(.variable(name)))
        return Self(.array([.call("filter", [syntax, .function([name], condition.syntax)])]))
    }

    /// Another text for each.
    ///
    /// - Parameter name: what an element is called.
    package func map(_ name: String, _ text: (Expression<String>) -> Expression<String>) -> Self {
        let text = text(Expression<String>(.variable(name)))
        return Self(.array([.call("map", [syntax, .function([name], text.syntax)])]))
    }

    /// How many there are.
    package var count: Expression<Int64> { Expression<Int64>(.call("count", [syntax])) }

    /// The texts in one, with something between them.
    package func joined(by separator: String) -> Expression<String> {
        Expression<String>(.call("join", [syntax, .literal(.string(separator))]))
    }
}

extension Expression where Value == [JSONValue?] {
    /// A text for each element.
    ///
    /// - Parameter name: what an element is called.
    package func map(_ name: String, _ text: (Expression<JSONValue?>) -> Expression<String>) -> Expression<[String]> {
        let text = text(Expression<JSONValue?>(.variable(name)))
        return Expression<[String]>(.array([.call("map", [syntax, .function([name], text.syntax)])]))
    }

    /// The elements for which a condition holds.
    ///
    /// - Parameter name: what an element is called.
    package func filter(_ name: String, _ holds: (Expression<JSONValue?>) -> Expression<Bool>) -> Self {
        let condition = holds(Expression<JSONValue?>(.variable(name)))
        return Self(.array([.call("filter", [syntax, .function([name], condition.syntax)])]))
    }

    /// The first element.
    package var first: Expression<JSONValue?> { Expression<JSONValue?>(.element(syntax, 0)) }

    /// How many elements there are.
    package var count: Expression<Int64> { Expression<Int64>(.call("count", [syntax])) }

    /// The texts of all elements.
    ///
    /// - Parameters:
    ///   - name: what an element is called.
    ///   - texts: what the texts before it are called.
    package func collect(
        _ name: String, into texts: String, _ collected: (Expression<JSONValue?>) -> [Expression<[String]>]
    ) -> Expression<[String]> {
        let before = Expression<[String]>(.variable(texts))
        let all = Expression<[String]>.list([before] + collected(Expression<JSONValue?>(.variable(name))))
        return Expression<[String]>(
            .call("reduce", [syntax, .function([texts, name], all.syntax), .array([])]))
    }
}

extension Expression where Value == [JSONValue] {
    /// The first element.
    package var first: Expression<JSONValue?> { Expression<JSONValue?>(.element(syntax, 0)) }

    /// How many elements there are.
    package var count: Expression<Int64> { Expression<Int64>(.call("count", [syntax])) }

    /// The index of an element in what `rest` looks through.
    static var index: String { "index" }

    /// All elements but the first.
    package var rest: Self {
        let isLater = ExpressionSyntax.chain(.greater, [.variable(Self.index), .literal(0)])
        return Self(.array([.call("filter", [syntax, .function(["element", Self.index], isLater)])]))
    }
}
