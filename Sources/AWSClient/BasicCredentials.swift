import Foundation

/// The credentials of the kind Basic.
///
/// Source: <https://www.rfc-editor.org/rfc/rfc7617>
enum BasicCredentials {
    /// The value of an `Authorization` header.
    static func header(_ username: String, _ password: Secret) -> String { "Basic " + encoded(username, password) }

    static func encoded(_ username: String, _ password: Secret) -> String {
        Data("\(username):\(password.revealed)".utf8).base64EncodedString()
    }
}
