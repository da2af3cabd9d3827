/// A function as a value.
package final class JSONataFunction {
    indirect enum Kind {
        /// One of the language, or of the host.
        case builtIn(JSONataBuiltIn)
        /// One of the expression, with the context and the variables it was made among.
        case lambda(Node.Lambda, input: JSONataValue, scope: Scope)
        /// A function some of whose arguments are given.
        case partial(JSONataFunction, [JSONataValue?])
        /// The second function applied to what the first one gives.
        case composed(JSONataFunction, JSONataFunction)
        case pattern(RegularExpression)
        /// The search for the next match of a pattern in a text.
        case nextMatch(RegularExpression, PreparedText, from: Int)
        case transformation(Node.Transformation, input: JSONataValue, scope: Scope)
    }

    let kind: Kind
    /// How many parameters the function declares.
    let arity: Int
    /// How deep functions stand in one another.
    let nesting: Int

    init(_ kind: Kind) {
        self.kind = kind
        switch kind {
        case .builtIn(let function): (arity, nesting) = (function.arity, 0)
        case .lambda(let lambda, _, _): (arity, nesting) = (lambda.parameters.count, 0)
        case .partial(let function, let arguments):
            arity = arguments.count { $0 == nil }
            nesting = 1 + arguments.reduce(function.nesting) { max($0, $1?.nesting ?? 0) }
        case .composed(let first, let second):
            (arity, nesting) = (1, 1 + max(first.nesting, second.nesting))
        case .pattern: (arity, nesting) = (2, 0)
        case .nextMatch: (arity, nesting) = (0, 0)
        case .transformation: (arity, nesting) = (1, 0)
        }
    }
}
