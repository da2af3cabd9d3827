extension JSONataBuiltIn {
    /// `$eval`: reads a text as an expression and evaluates it. It is not in the standard library, since AWS leaves it
    /// out and no data should be a program.
    package static let eval = JSONataBuiltIn("eval", "<sx?:x>") { call throws(JSONataFailure) in
        guard let text = try call.text(0) else { return .undefined }
        // Reading takes about as long as evaluating once.
        try call.charge(steps: text.utf8.count)
        let tree: Node
        do throws(JSONataFailure) {
            (tree, _) = try JSONataExpression.tree(of: text)
        } catch {
            guard case .error(let error) = error else { throw error }
            throw .error(JSONataError(.evaluatedSyntax, detail: error.description))
        }
        do throws(JSONataFailure) {
            return try call.evaluator.evaluate(
                tree, Evaluator.wrapped(call[1].isUndefined ? call.context : call[1]),
                call.scope ?? Scope(parent: nil))
        } catch {
            guard case .error(let error) = error else { throw error }
            throw .error(JSONataError(.evaluatedFailure, detail: error.description))
        }
    }
}
