/// An expression of JSONata 2.0.6, read once, which threads may evaluate as often as they like.
///
/// Source: <https://docs.jsonata.org/>; the language's own test suite decides where that says nothing.
package struct JSONataExpression: Sendable {
    /// What an evaluation is given from outside, so that the same evaluation gives the same result.
    package struct Host {
        package let library: JSONataLibrary
        /// The time, in milliseconds since 1970, which stays the same during an evaluation.
        package let now: Double
        package let random: () -> UInt64

        package init(library: JSONataLibrary = .standard, now: Double, random: @escaping () -> UInt64) {
            self.library = library
            self.now = now
            self.random = random
        }
    }

    /// The expression as it was written.
    package let text: String
    let tree: Node
    /// How many levels of it are inside each other.
    package let height: Int
    /// Whether what goes through the tree may use up the stack of the caller.
    private let isDeep: Bool

    /// Reads an expression.
    ///
    /// - Throws: an error S… with its place, or an excess of depth.
    package init(parsing text: String) throws(JSONataFailure) {
        self.text = text
        let (tree, height) = try Self.tree(of: text)
        (self.tree, self.height, isDeep) = (tree, height, height > Self.shallowHeight)
    }

    /// How high a tree may be that is gone through on the stack of the caller.
    private static let shallowHeight = 24

    /// How long a text may be that is read on the stack of the caller: it is not deep.
    private static let shallowLength = 32
    /// How much of the stack it takes at most to read an expression, or to look through it.
    static let stackBytes = 8192 * (Parser.maximumHeight + 64)

    /// The tree of an expression, and how high it is.
    ///
    /// - Throws: an error S… with its place, or an excess of depth.
    static func tree(of text: String) throws(JSONataFailure) -> (Node, height: Int) {
        func read() throws(JSONataFailure) -> (Node, height: Int) {
            let syntax = try Parser.syntax(of: text)
            return (try TreeBuilder.tree(of: syntax), syntax.height)
        }
        return text.utf8.count <= shallowLength ? try read() : try LargeStack.run(bytes: stackBytes, read)
    }

    /// Looks through the tree on a stack that is large enough for it.
    func look<Result>(_ body: @escaping (Node) -> Result) -> Result {
        if !isDeep { return body(tree) }
        do throws(JSONataFailure) {
            return try LargeStack.run(bytes: Self.stackBytes) { () throws(JSONataFailure) in body(tree) }
        } catch {
            preconditionFailure("nothing throws there: \(error)")
        }
    }

    /// What the expression gives.
    ///
    /// - Parameters:
    ///   - input: the document that names begin in: `$$`, and at the top `$`.
    ///   - bindings: variables, by their names without `$`.
    /// - Throws: an error T… or D… with its place, or an excess when the budget is used up.
    package func evaluate(
        _ input: JSONataValue = .undefined, bindings: JSONataObject = JSONataObject(), host: Host,
        budget: inout JSONataBudget
    ) throws(JSONataFailure) -> JSONataValue {
        let evaluator = Evaluator(
            library: host.library, root: input, now: host.now, random: host.random, budget: budget)
        defer { budget = evaluator.budget }
        return try evaluator.evaluate(tree: tree, bindings: bindings)
    }
}
