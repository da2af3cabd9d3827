import Testing

@testable import AWSSigning

/// The form of a request that is signed, by its parts.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
struct CanonicalRequestTests {
    private func lines(_ target: String, _ headers: [SignableRequest.Header] = []) -> [String] {
        let request = SignableRequest(method: "GET", target: target, headers: headers)
        return CanonicalRequest(request, signedHeaders: headers.map { $0.name.lowercased() }, payloadHash: "").text
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    @Test(arguments: [
        ("/", "/"), ("/a", "/a"), ("/a/", "/a/"), ("//a//b", "/a/b"), ("/a/.", "/a/"), ("/a/./b", "/a/b"),
        ("/a/..", "/"), ("/a/b/..", "/a/"), ("/a/../b", "/b"), ("/..", "/"), ("/../a", "/a"), ("/./", "/"),
        ("/.a", "/.a"), ("/a..", "/a.."), ("/a b", "/a%20b"), ("/~a-b_c.d", "/~a-b_c.d"), ("/é", "/%C3%A9"),
    ])
    func `a path is signed as the place that it leads to`(path: String, canonical: String) {
        #expect(lines(path)[1] == canonical)
    }

    @Test(arguments: [
        ("", ""), ("a", "a="), ("a=", "a="), ("b=1&a=2", "a=2&b=1"), ("a=2&a=1", "a=1&a=2"), ("a=b=c", "a=b%3Dc"),
        ("a=%41", "a=A"), ("a=%4", "a=%254"), ("a=%", "a=%25"), ("a=%zz", "a=%25zz"), ("a=%e9%E9", "a=%E9%E9"),
        ("a=1&&b=2", "a=1&b=2"), ("a=x?y", "a=x%3Fy"), ("a=%2F~", "a=%2F~"),
    ])
    func `a query is signed in order, and encoded in one way`(query: String, canonical: String) {
        #expect(lines("/?" + query)[2] == canonical)
    }

    @Test(arguments: [
        ("a", "a"), (" a", "a"), ("a ", "a"), ("  a  ", "a"), ("a b", "a b"), ("a  b", "a b"), ("a\tb", "a b"),
        ("a \t b", "a b"), ("\ta", "a"), ("", ""), (" ", ""), ("a b c", "a b c"),
    ])
    func `a header is signed without spare white space`(value: String, canonical: String) {
        #expect(lines("/", [.init("X", value)])[3] == "x:" + canonical)
    }

    @Test func `bytes have two digits each, in one spelling`() {
        let bytes = (0...255).map { UInt8($0) }
        let text = Hexadecimal.text(bytes)
        #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff") && text.count == 512)
        #expect(Hexadecimal.bytes(text) == bytes)
        for other in ["0", "0g", "g0", "0G", "AB", "aB", "0:", "/0", "0`"] { #expect(Hexadecimal.bytes(other) == nil) }
    }
}
