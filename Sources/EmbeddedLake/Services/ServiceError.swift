/// An error of a service, with the name and the status that AWS gives it.
package struct ServiceError: Error, Hashable, Sendable {
    /// Such as `EntityNotFoundException`.
    package let code: String
    package let message: String

    init(_ code: String, _ message: String) {
        self.code = code
        self.message = message
    }
}
