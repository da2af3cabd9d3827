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
