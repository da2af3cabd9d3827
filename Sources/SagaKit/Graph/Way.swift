import StatesLanguage

/// A way out of a state: where it leads, and which variables are assigned on it.
package struct Way: ExpressibleByStringLiteral, Sendable {
    package let next: String
    /// Says in words what a long expression assigns.
    let comment: String?
    let assigned: [VariableAssignment]
    /// What goes on as the input of the next state; nothing for what the state gives by itself.
    let output: Payload?

    package init(stringLiteral next: String) { self.init(to: next) }

    /// - Parameters:
    ///   - comment: says in words what a long expression assigns.
    ///   - output: what goes on as the input of the next state, for who reads the history later.
    package init(
        to next: String, _ assigned: [VariableAssignment] = [], output: Payload? = nil, comment: String? = nil
    ) {
        (self.next, self.assigned, self.output, self.comment) = (next, assigned, output, comment)
    }

    /// The same way, on which more is assigned.
    package func assigning(_ more: [VariableAssignment], comment: String? = nil) -> Way {
        Way(to: next, assigned + more, output: output, comment: comment ?? self.comment)
    }

    /// The same way, on which is laid out what a caller is told, with no failure of a service behind it.
    package func telling(_ message: String, _ text: Expression<String>) -> Way {
        assigning([change(of: .error.whole, [(.error.message, Expression.text(message)), (.error.cause, text)])])
    }

    /// The same way, on which this goes on as the input of the next state.
    package func going(on output: Payload) -> Way { Way(to: next, assigned, output: output, comment: comment) }

    /// Adds the fields of a state, a rule or a catcher that say so.
    func apply(to json: inout JSONObject) {
        if !assigned.isEmpty { json["Assign"] = VariableAssignment.json(assigned) }
        if let output { json["Output"] = output.json }
        json["Next"] = .string(next)
    }
}

/// Why something failed, as AWS names it.
package struct Failure: Sendable {
    /// The error and its cause, as `Place.Failure`.
    package let whole: any AnyExpression
    let error, cause: any AnyExpression
    /// Whether it is the one that was kept.
    var isKept: Bool { whole.syntax == Self.kept.whole.syntax }

    /// - Parameters:
    ///   - error: the name of the error.
    package init(_ error: Expression<String>, _ cause: Expression<String>) {
        whole = Expression<JSONValue>.object(
            at: Place.failure.whole, [(.failure.error, error), (.failure.cause, cause)])
        (self.error, self.cause) = (error, cause)
    }

    private init(_ whole: Expression<JSONValue?>) {
        (self.whole, error, cause) = (whole, whole.member("Error"), whole.member("Cause"))
    }

    /// What a catcher catches.
    package static let caught = Failure(.errorOutput)
    /// What was kept of an earlier one.
    package static let kept = Failure(.from(Place.failure.whole))
}

/// Where a part of a machine leads when it fails, and what is kept of why.
package struct Failing: Sendable {
    package let next: String
    private let way: @Sendable (Failure) -> Way

    private init(to way: Way, _ kept: @escaping @Sendable (Failure) -> [VariableAssignment]) {
        next = way.next
        self.way = { way.assigning(kept($0)) }
    }

    /// Keeps the failure, for who looks whether to try again.
    package static func keeping(to way: Way) -> Failing {
        Failing(to: way) { $0.isKept ? [] : [assigned(Place.failure.whole, $0.whole)] }
    }

    /// Keeps nothing.
    package static func dropping(to way: Way) -> Failing { Failing(to: way) { _ in [] } }

    /// Lays out what a caller is told, with the failure behind it.
    package static func complaining(_ message: String, _ text: Expression<String>, to way: Way) -> Failing {
        Failing(to: way) { failure in
            [
                change(
                    of: .error.whole,
                    [
                        (.error.message, Expression.text(message)), (.error.cause, text),
                        (.error.failure.whole, failure.whole),
                    ])
            ]
        }
    }

    /// Adds a sentence to what is left behind.
    ///
    /// - Parameter left: gives the text for a failure.
    static func leaving(to way: Way, _ left: @escaping @Sendable (Failure) -> VariableAssignment) -> Failing {
        Failing(to: way) { [left($0)] }
    }

    /// Gives the failure to a state that ends the execution.
    package static func ending(at end: String) -> Failing {
        Failing(next: end) {
            Way(to: end, output: Payload(Expression<JSONValue>.object([("failure", $0.whole)])))
        }
    }

    private init(next: String, way: @escaping @Sendable (Failure) -> Way) { (self.next, self.way) = (next, way) }

    /// The way for a failure.
    package func callAsFunction(_ failure: Failure) -> Way { way(failure) }

    /// The way for a failure that the machine finds out itself.
    package func callAsFunction(_ error: Expression<String>, _ cause: Expression<String>) -> Way {
        way(Failure(error, cause))
    }
}

extension Graph {
    /// What is left behind, with a sentence more.
    package func left(_ what: String, _ values: Expression<String>...) -> VariableAssignment { left(what, values) }

    func left(_ what: String, _ values: [Expression<String>]) -> VariableAssignment {
        change(
            of: .left.whole, [(.left.text, Expression.format("{}\(leftBehind)\(what).", [Self.leftBefore] + values))])
    }

    /// What is left behind, with a sentence more that says by which failure.
    func left(_ what: String, _ values: [Expression<String>], by failure: Failure) -> VariableAssignment {
        let why = Expression.words("{}: {}", failure.error, failure.cause).prefix(1000)
        let text = Expression.format("{}\(leftBehind)\(what) ({}).", [Self.leftBefore] + values + [why])
        return change(of: .left.whole, [(.left.text, text)])
    }

    private static let leftBefore = Expression<JSONValue?>.from(.left.text).trusted(as: String.self)
}
