import StatesLanguage

/// A way out of a state in JSONata: where it leads, and what is made anew of the data on it.
package struct Way: ExpressibleByStringLiteral, Sendable {
    package let next: String
    /// Says in words what a long expression makes anew.
    let comment: String?
    private let changes: [Change]

    package init(stringLiteral next: String) { self.init(to: next) }

    /// - Parameters:
    ///   - changes: members of all the data, and what they are on this way.
    ///   - comment: says in words what a long expression makes anew.
    package init(
        to next: String, _ changes: [Change] = [], comment: String? = nil
    ) {
        (self.next, self.changes, self.comment) = (next, changes, comment)
    }

    /// A way to a state that finds a failure in the data.
    package static func failing(
        to next: String, _ error: Expression<String>, _ cause: Expression<String>,
        _ changes: [Change] = [], comment: String? = nil
    ) -> Way {
        Way(to: next, changes + [(Place.failure.whole, Expression<JSONValue>.failure(error, cause))], comment: comment)
    }

    /// What goes on; `nil` for what came in.
    var output: Payload? { changes.isEmpty ? nil : Payload(Expression<JSONValue>.part(.root, with: changes)) }
}

extension Graph {
    /// What is left behind, with a sentence more.
    package func left(_ what: String, _ values: Expression<String>...) -> Change {
        left(what, values)
    }

    func left(_ what: String, _ values: [Expression<String>]) -> Change {
        let before = Expression<JSONValue?>.from(.left.text).trusted(as: String.self)
        let text = Expression.format("{}\(leftBehind)\(what).", [before] + values)
        return change(of: .left.whole, [(.left.text, text)])
    }
}
