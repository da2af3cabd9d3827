import AsyncHTTPClient
import NIOSSL

/// Why nothing came of a call, in words that clients and operators may see: what libraries say of themselves names the
/// files that they were built from.
package enum ConnectionFailure {
    package static func text(_ error: any Error) -> String {
        let description = "\(error)"
        // BoringSSL: "error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at /…/ssl.cc:393".
        if let reason = description.firstMatch(of: /OPENSSL_internal:(\w+)/)?.output.1 {
            return "no TLS that is trusted: \(reason.lowercased().replacing("_", with: " "))"
        }
        switch error {
        case let error as HTTPClientError: return error.shortDescription
        case is NIOSSLError, is BoringSSLError: return "no TLS that is trusted"
        default: return description
        }
    }
}
