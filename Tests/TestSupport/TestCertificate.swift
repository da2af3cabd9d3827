import Crypto
package import Foundation
import NIOSSL
import SwiftASN1
import X509

/// A certificate for this machine that nobody but the test trusts.
package final class TestCertificate: Sendable {
    /// The certificate in PEM, for whoever is to trust it.
    package let file: URL
    let chain: [NIOSSLCertificateSource]
    let key: NIOSSLPrivateKeySource

    package init() throws {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let name = try DistinguishedName { CommonName("localhost") }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
            notValidBefore: .now.addingTimeInterval(-3600), notValidAfter: .now.addingTimeInterval(3600),
            issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                SubjectAlternativeNames([
                    .dnsName("localhost"), .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
                ])
            }, issuerPrivateKey: key)
        let pem = try certificate.serializeAsPEM().pemString
        file = URL(fileURLWithPath: NSTemporaryDirectory() + "cleanroom-test-\(UUID().uuidString).pem")
        try Data(pem.utf8).write(to: file)
        chain = [.certificate(try NIOSSLCertificate(bytes: Array(pem.utf8), format: .pem))]
        let keyPEM = try key.serializeAsPEM().pemString
        self.key = .privateKey(try NIOSSLPrivateKey(bytes: Array(keyPEM.utf8), format: .pem))
    }

    deinit {
        // Nothing depends on its being gone.
        try? FileManager.default.removeItem(at: file)
    }
}
