import Crypto
import Foundation

/// The hashes that `States.Hash` and `$hash` compute, by AWS's names for them.
enum HashAlgorithm: String, CaseIterable {
    case md5 = "MD5"
    case sha1 = "SHA-1"
    case sha256 = "SHA-256"
    case sha384 = "SHA-384"
    case sha512 = "SHA-512"

    /// All names, for a message.
    static let names = "MD5, SHA-1, SHA-256, SHA-384 and SHA-512"

    /// The hash of a text, in hexadecimal digits.
    func digits(of text: String) -> String {
        let data = Data(text.utf8)
        let digest: any Sequence<UInt8> =
            switch self {
            case .md5: Insecure.MD5.hash(data: data)
            case .sha1: Insecure.SHA1.hash(data: data)
            case .sha256: SHA256.hash(data: data)
            case .sha384: SHA384.hash(data: data)
            case .sha512: SHA512.hash(data: data)
            }
        return digest.reduce(into: "") { $0 += ($1 < 16 ? "0" : "") + String($1, radix: 16) }
    }
}
