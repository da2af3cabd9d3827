import Synchronization

/// Verifies requests that were signed with one of the access keys that are known here.
package struct SignatureVerifier: Sendable {
    /// Who signed a request, and for what.
    package struct Signer: Hashable, Sendable {
        package let accessKeyID: String
        package let scope: CredentialScope
    }

    /// How far the times of client and server may be apart, in seconds.
    package static let maximumSkew: Int64 = 300

    private let keys: [String: SecretAccessKey]
    private let normalizesPath: Bool
    /// The key of the last scope: nearly all requests of a day are of one.
    private let lastKey = LastSigningKey()

    /// - Parameters:
    ///   - keys: the secrets by the ids of their access keys.
    ///   - normalizesPath: see `CanonicalRequest`.
    package init(keys: [String: SecretAccessKey], normalizesPath: Bool = true) {
        self.keys = keys
        self.normalizesPath = normalizesPath
    }

    /// A request whose head was looked at, and whose body is still to come.
    package struct Head: Sendable {
        /// Who says to have signed it.
        package let signer: Signer
        fileprivate let request: SignableRequest
        fileprivate let authorization: Authorization
        fileprivate let secret: SecretAccessKey
        fileprivate let time: String
        /// The SHA-256 of the body that the head names, and the signature covers.
        fileprivate let namedHash: String?
    }

    /// Verifies the signature that a request carries in its `Authorization` header.
    package func verify(_ request: SignableRequest, at now: SigningTime) throws(SignatureError) -> Signer {
        let head = try verifyHead(request, at: now)
        try verify(head, body: request.body)
        return head.signer
    }

    /// Looks at everything that needs no body, so that a stranger's body need not be read: all but the comparison, and
    /// that too where the head names the hash of the body.
    ///
    /// 1. Read it. 2. Look at its time. 3. Look at what it covers. 4. Compare it, if that is possible.
    package func verifyHead(_ request: SignableRequest, at now: SigningTime) throws(SignatureError) -> Head {
        // 1.
        if !request.path.hasPrefix("/") { throw .incomplete("the path does not begin with '/'") }
        guard let header = request.header("authorization") else { throw .missing }
        let authorization = try Authorization(header: header)
        guard let secret = keys[authorization.accessKeyID] else { throw .unknownKey(authorization.accessKeyID) }
        // 2.
        guard let time = request.header("x-amz-date"), let signedAt = SigningTime(time) else {
            throw .incomplete("x-amz-date has the form 20150830T123600Z")
        }
        if authorization.scope.day != signedAt.day { throw .skewed("the Credential is of another day than x-amz-date") }
        if abs(signedAt.secondsSince1970 - now.secondsSince1970) > Self.maximumSkew {
            throw .skewed("\(time) is more than \(Self.maximumSkew / 60) minutes from \(now.text)")
        }
        // 3.
        for name in Self.toBeSigned(request) where !authorization.signedHeaders.contains(name) {
            throw .unsigned(header: name)
        }
        if let missing = authorization.signedHeaders.first(where: { request.header($0) == nil }) {
            throw .incomplete("the signed header '\(missing)' is not there")
        }
        // 4.
        let head = Head(
            signer: Signer(accessKeyID: authorization.accessKeyID, scope: authorization.scope), request: request,
            authorization: authorization, secret: secret, time: time,
            namedHash: request.header("x-amz-content-sha256"))
        if let hash = head.namedHash { try compare(head, hash) }
        return head
    }

    /// Verifies that a body is the one of a request whose head was looked at.
    package func verify(_ head: Head, body: [UInt8]) throws(SignatureError) {
        let hash = CanonicalRequest.payloadHash(body)
        guard let named = head.namedHash else { return try compare(head, hash) }
        if named != hash { throw .payload }
    }

    /// Compares the signature in constant time.
    private func compare(_ head: Head, _ hash: String) throws(SignatureError) {
        let authorization = head.authorization
        let canonical = CanonicalRequest(
            head.request, signedHeaders: authorization.signedHeaders, payloadHash: hash, normalizesPath: normalizesPath)
        let text = RequestSigner.stringToSign(canonical, head.time, authorization.scope)
        let key = lastKey.key(of: authorization.accessKeyID, head.secret, authorization.scope)
        if !key.verify(authorization.signature, of: text) { throw .mismatch }
    }

    /// The headers that a signature has to cover: the host, the type of the body, and all of AWS's own. The security
    /// token is left out, since some clients add it after signing.
    private static func toBeSigned(_ request: SignableRequest) -> Set<String> {
        var names: Set<String> = ["host"]
        for name in request.headers.map({ $0.name.lowercased() })
        where name == "content-type" || name.hasPrefix("x-amz-") && name != "x-amz-security-token" {
            names.insert(name)
        }
        return names
    }
}

/// Keeps the key that was derived last.
private final class LastSigningKey: Sendable {
    private let last = Mutex<(accessKeyID: String, scope: CredentialScope, key: SigningKey)?>(nil)

    func key(of accessKeyID: String, _ secret: SecretAccessKey, _ scope: CredentialScope) -> SigningKey {
        last.withLock { last in
            if let last, last.accessKeyID == accessKeyID, last.scope == scope { return last.key }
            let key = SigningKey(secret, scope)
            last = (accessKeyID, scope, key)
            return key
        }
    }
}
