/// A state that has machines run beside each other on the same input, and gives what comes of each as an array.
///
/// Source: <https://states-language.net/#parallel-state>
package struct ParallelState: Sendable {
    /// What the branches are given; `nil` is what the state takes.
    package let parameters: PayloadTemplate?
    /// The same in JSONata.
    package let arguments: QueryTemplate?
    package let outcome: CompositeOutcome

    init(_ reader: FieldReader, _ errors: ErrorHandling) {
        (parameters, arguments) = (reader.template("Parameters"), nil)
        outcome = CompositeOutcome(reader, errors)
    }

    init(jsonata reader: FieldReader, _ errors: ErrorHandling) {
        (parameters, arguments) = (nil, reader.query("Arguments"))
        outcome = CompositeOutcome(errors)
    }
}

/// What becomes of the results, or of the error, of the machines inside a state.
package struct CompositeOutcome: Sendable {
    package let resultSelector: PayloadTemplate?
    package let resultPath: ResultPath
    package let retriers: [Retrier]
    package let catchers: [Catcher]

    init(_ reader: FieldReader, _ errors: ErrorHandling) {
        resultSelector = reader.template("ResultSelector")
        resultPath = reader.resultPath()
        (retriers, catchers) = (errors.retriers, errors.catchers)
    }

    /// The outcome of a state in JSONata, whose `Output` says more of it.
    init(_ errors: ErrorHandling) {
        (resultSelector, resultPath) = (nil, .replace)
        (retriers, catchers) = (errors.retriers, errors.catchers)
    }
}
