/// A function that an expression can call by its name: one of the language, or of the host.
package struct JSONataBuiltIn: Sendable {
    /// What the function does with its arguments, which fit its signature.
    package typealias Body = @Sendable (JSONataCall) throws(JSONataFailure) -> JSONataValue

    /// The name without `$`.
    package let name: String
    let signature: Signature
    let arity: Int
    let body: Body

    /// Makes a function; a signature that cannot be read is a mistake in the program.
    ///
    /// - Parameter arity: how many arguments a function like `$map` hands to it; as many as the signature has, if not
    ///   given.
    package init(_ name: String, _ signature: String, arity: Int? = nil, body: @escaping Body) {
        do {
            self.signature = try Signature(parsing: signature)
        } catch {
            preconditionFailure("\(signature): \(error)")
        }
        self.name = name
        self.arity = arity ?? self.signature.parameters.count
        self.body = body
    }
}
