/// Signs requests with an access key.
package struct RequestSigner: Sendable {
    package static let algorithm = "AWS4-HMAC-SHA256"

    /// A signature, and what it was computed from.
    package struct Signature: Sendable {
        package let canonicalRequest: String
        package let stringToSign: String
        package let signature: String
        /// The value of the `Authorization` header.
        package let authorization: String
    }

    private let accessKeyID: String
    private let secret: SecretAccessKey
    private let normalizesPath: Bool

    /// - Parameter normalizesPath: see `CanonicalRequest`; every service but S3 does.
    package init(accessKeyID: String, secret: SecretAccessKey, normalizesPath: Bool = true) {
        self.accessKeyID = accessKeyID
        self.secret = secret
        self.normalizesPath = normalizesPath
    }

    /// Signs all headers that the request has; `Host` and `X-Amz-Date` are to be among them.
    package func sign(
        _ request: SignableRequest, region: String, service: String, at time: SigningTime
    ) -> Signature {
        let scope = CredentialScope(day: time.day, region: region, service: service)
        let canonical = CanonicalRequest(
            request, signedHeaders: Array(Set(request.headers.map { $0.name.lowercased() })),
            payloadHash: CanonicalRequest.payloadHash(request.body), normalizesPath: normalizesPath)
        let text = Self.stringToSign(canonical, time.text, scope)
        let signature = SigningKey(secret, scope).signature(of: text)
        return Signature(
            canonicalRequest: canonical.text, stringToSign: text, signature: signature,
            authorization: "\(Self.algorithm) Credential=\(accessKeyID)/\(scope.text), "
                + "SignedHeaders=\(canonical.signedHeaders), Signature=\(signature)")
    }

    static func stringToSign(_ request: CanonicalRequest, _ time: String, _ scope: CredentialScope) -> String {
        [algorithm, time, scope.text, request.hash].joined(separator: "\n")
    }
}
