/// An error of an expression, under the code that the language gives it.
///
/// Source of the codes: the language's own test suite, <https://github.com/jsonata-js/jsonata/tree/master/test>.
package struct JSONataError: Error {
    package let code: Code
    /// Where in the expression, in Unicode scalars: behind the token that the error is about, as the reference counts.
    package internal(set) var position: Int?
    /// What stands there: an operator, a name, or the function that was called.
    package internal(set) var token: String?
    /// What is wrong, as text.
    package let value: String?
    /// Which argument of a function is wrong, counted from 1.
    package let argument: Int?
    /// What `$error` or `$assert` was given, or what else is to be said.
    package let detail: String?

    /// Makes an error; a function of the host names its own reason in `detail`.
    package init(
        _ code: Code, position: Int? = nil, token: String? = nil, value: String? = nil, argument: Int? = nil,
        detail: String? = nil
    ) {
        self.code = code
        self.position = position
        self.token = token
        self.value = value
        self.argument = argument
        self.detail = detail
    }
}

extension JSONataError: CustomStringConvertible {
    /// The code and what it means: `T1006: Attempted to invoke a non-function`.
    package var description: String { "\(code.rawValue): \(message)" }
}
