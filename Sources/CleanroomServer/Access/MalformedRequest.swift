/// A request that is none of HTTP's, or not clearly one.
struct MalformedRequest: Error {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}
