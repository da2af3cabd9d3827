import Synchronization

/// Why a request's signature is not accepted, with the names that AWS has for it.
package enum SignatureError: Error, Equatable, CustomStringConvertible {
    /// There is none.
    case missing
    /// It cannot be read.
    case incomplete(String)
    /// The access key is not known here.
    case unknownKey(String)
    /// It was made too long ago, or is not valid yet.
    case skewed(String)
    /// It is not the one of this request.
    case mismatch
    /// A header is not covered by it that has to be.
    case unsigned(header: String)
    /// The body is not the one that the request names.
    case payload

    package var code: String {
        switch self {
        case .missing: "MissingAuthenticationTokenException"
        case .incomplete: "IncompleteSignatureException"
        case .unknownKey: "UnrecognizedClientException"
        case .skewed, .mismatch, .unsigned, .payload: "InvalidSignatureException"
        }
    }

    package var description: String {
        switch self {
        case .missing: "Missing Authentication Token: requests are signed here with Signature Version 4"
        case .incomplete(let reason): "The signature is incomplete: \(reason)"
        case .unknownKey: "The security token included in the request is invalid."
        case .skewed(let reason): "Signature expired or not yet valid: \(reason)"
        case .mismatch:
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
                + "Access Key and signing method."
        case .unsigned(let header): "The header '\(header)' has to be signed"
        case .payload: "The body does not have the SHA-256 that x-amz-content-sha256 gives"
        }
    }
}

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

    /// Verifies the signature that a request carries in its `Authorization` header.
    ///
    /// 1. Read it. 2. Look at its time. 3. Look at what it covers. 4. Compare it in constant time.
    package func verify(_ request: SignableRequest, at now: SigningTime) throws(SignatureError) -> Signer {
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
        let hash = CanonicalRequest.payloadHash(request.body)
        if let named = request.header("x-amz-content-sha256"), named != hash { throw .payload }
        // 4.
        let canonical = CanonicalRequest(
            request, signedHeaders: authorization.signedHeaders, payloadHash: hash, normalizesPath: normalizesPath)
        let text = RequestSigner.stringToSign(canonical, time, authorization.scope)
        let key = lastKey.key(of: authorization.accessKeyID, secret, authorization.scope)
        if !key.verify(authorization.signature, of: text) { throw .mismatch }
        return Signer(accessKeyID: authorization.accessKeyID, scope: authorization.scope)
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
