/// A call of a built-in function: its arguments, and the budget that everything it makes is taken from.
package struct JSONataCall {
    let evaluator: Evaluator
    /// As many as the function has parameters; what was not given is undefined.
    package let arguments: [JSONataValue]
    /// What `$` is where the call stands, and the variables there.
    let context: JSONataValue
    let scope: Scope?

    package subscript(index: Int) -> JSONataValue { index < arguments.count ? arguments[index] : .undefined }

    /// The next number of the host's source of randomness.
    package func random() -> UInt64 { evaluator.random() }

    /// Takes steps from the budget: one for each value that is looked at.
    ///
    /// - Throws: an excess when there are not as many left.
    package func charge(steps: Int) throws(JSONataFailure) { try evaluator.budget.charge(steps: steps) }

    /// Takes the bytes of what is about to be made, and the steps for making it.
    ///
    /// - Throws: an excess when there are not as many left.
    package func charge(bytes: Int) throws(JSONataFailure) { try evaluator.budget.charge(bytes: bytes) }

    /// Takes the bytes of an array that is about to be made.
    ///
    /// - Throws: an excess when there are not as many left.
    package func charge(elements: Int) throws(JSONataFailure) { try evaluator.budget.charge(elements: elements) }

    /// Takes the steps for going through a text.
    ///
    /// - Throws: an excess when there are not as many left.
    package func charge(walkingBytes count: Int) throws(JSONataFailure) {
        try evaluator.budget.charge(walkingBytes: count)
    }

    /// Does something that goes as deep as a value may be nested, on a stack that is large enough for that.
    ///
    /// - Throws: what `body` throws.
    package func deeply<Result>(
        _ body: @escaping () throws(JSONataFailure) -> Result
    ) throws(JSONataFailure) -> Result {
        try evaluator.deeply(body)
    }

    /// What a function that was given as an argument gives.
    ///
    /// - Throws: what the function throws.
    package func apply(
        _ function: JSONataFunction, _ arguments: [JSONataValue]
    ) throws(JSONataFailure) -> JSONataValue {
        try evaluator.apply(function, arguments, context: .null, scope)
    }

    /// Calls a function with a value, its position or name, and the whole, as many of them as it has parameters for.
    func apply(
        _ function: JSONataFunction, to value: JSONataValue, _ place: JSONataValue, of whole: JSONataValue
    ) throws(JSONataFailure) -> JSONataValue {
        let arguments = [value, place, whole]
        return try apply(function, Array(arguments.prefix(max(1, function.arity))))
    }

    /// The error of a wrong argument.
    func error(_ code: JSONataError.Code, argument: Int? = nil) -> JSONataFailure {
        .error(JSONataError(code, value: argument.map { self[$0 - 1] } ?? .undefined, argument: argument))
    }
}
