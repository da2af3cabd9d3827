import Crypto

/// The secret half of an access key. Its description shows nothing of it.
package struct SecretAccessKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let revealed: String

    package init(_ text: String) {
        revealed = text
    }

    package var description: String { "•••" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What a signature is for: a day, a region and a service.
package struct CredentialScope: Hashable, Sendable {
    package let day: String
    package let region: String
    package let service: String

    package init(day: String, region: String, service: String) {
        self.day = day
        self.region = region
        self.service = service
    }

    package var text: String { "\(day)/\(region)/\(service)/aws4_request" }
}

/// The key that signs what is in one scope.
struct SigningKey {
    private let key: SymmetricKey

    init(_ secret: SecretAccessKey, _ scope: CredentialScope) {
        var key = SymmetricKey(data: Array("AWS4\(secret.revealed)".utf8))
        for part in [scope.day, scope.region, scope.service, "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        self.key = key
    }

    func signature(of text: String) -> String {
        Hexadecimal.text(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }

    /// Compares in a time that does not depend on where the difference is.
    func verify(_ signature: [UInt8], of text: String) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: Array(text.utf8), using: key)
    }
}
