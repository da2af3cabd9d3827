import Crypto

/// A request in the one form that client and server sign.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
package struct CanonicalRequest: Sendable {
    package let text: String
    /// The names of the headers that are in it, sorted, with `;` between them.
    package let signedHeaders: String

    /// - Parameters:
    ///   - signedHeaders: lowercase names; a header that the request does not have makes the form one that nobody signs.
    ///   - normalizesPath: whether `.`, `..` and empty segments are taken out of the path, as all services but S3 do.
    package init(
        _ request: SignableRequest, signedHeaders names: [String], payloadHash: String, normalizesPath: Bool = true
    ) {
        signedHeaders = names.sorted().joined(separator: ";")
        var lines = [request.method, Self.path(request.path, isNormalized: normalizesPath), Self.query(request.query)]
        for name in names.sorted() {
            let values = request.headers.filter { $0.name.lowercased() == name }.map { Self.collapsed($0.value) }
            lines.append("\(name):\(values.joined(separator: ","))")
        }
        lines += ["", signedHeaders, payloadHash]
        text = lines.joined(separator: "\n")
    }

    /// The SHA-256 of the form, in hexadecimal.
    package var hash: String { Hexadecimal.text(SHA256.hash(data: Array(text.utf8))) }

    /// The SHA-256 of a body, in hexadecimal.
    package static func payloadHash(_ body: [UInt8]) -> String { Hexadecimal.text(SHA256.hash(data: body)) }

    private static func path(_ path: String, isNormalized: Bool) -> String {
        var path = path
        if isNormalized {
            var segments: [Substring] = []
            for segment in path.split(separator: "/") where segment != "." {
                if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
            }
            let isFolder = !segments.isEmpty && (path.hasSuffix("/") || path.hasSuffix("/.") || path.hasSuffix("/.."))
            path = "/" + segments.joined(separator: "/") + (isFolder ? "/" : "")
        }
        return PercentEncoding.encode(path, keepingSlashes: true)
    }

    private static func query(_ query: String) -> String {
        let parameters = query.split(separator: "&").map { parameter in
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (
                PercentEncoding.encode(PercentEncoding.decode(parts[0])),
                parts.count > 1 ? PercentEncoding.encode(PercentEncoding.decode(parts[1])) : ""
            )
        }
        return parameters.sorted { $0 < $1 }.map { "\($0)=\($1)" }.joined(separator: "&")
    }

    /// The value without white space around it, and with one space for each run of it inside.
    private static func collapsed(_ value: String) -> String {
        if !hasSpareSpace(value) { return value }
        let spaces: Set<Character> = [" ", "\t", "\n", "\r", "\r\n"]
        return value.split { spaces.contains($0) }.joined(separator: " ")
    }

    /// Whether there is white space at an end, or other than single spaces: nearly no header has that.
    private static func hasSpareSpace(_ value: String) -> Bool {
        var wasSpace = true
        for byte in value.utf8 {
            let isSpace = byte == UInt8(ascii: " ")
            if isSpace && wasSpace || (0x09...0x0D).contains(byte) { return true }
            wasSpace = isSpace
        }
        return wasSpace
    }
}
