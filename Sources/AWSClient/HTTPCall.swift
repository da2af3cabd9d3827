import Foundation

/// A request as it is to be sent.
struct HTTPCall: Sendable {
    var method: String
    /// Without what `query` adds.
    var url: String
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var body: String?

    init(method: String, url: String) {
        self.method = method
        self.url = url
    }

    /// The URL with its query.
    var fullURL: String {
        if query.isEmpty { return url }
        let added = query.map { Self.encode($0.name) + "=" + Self.encode($0.value) }.joined(separator: "&")
        return url + (url.contains("?") ? "&" : "?") + added
    }

    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

    /// A text as a part of a query or a form.
    static func encode(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
    }
}

/// What came back.
struct HTTPReply: Sendable {
    let status: Int
    let reason: String
    let headers: [(name: String, value: String)]
    /// At most `HTTPInvoke.maximumResponseBytes` of it.
    let bytes: [UInt8]
    /// Whether `bytes` is all of the body.
    let isWhole: Bool

    /// The body as a text, with a sign in place of what is none.
    var body: String { String(decoding: bytes, as: UTF8.self) }

    /// The type of the body without its parameters, in lower case.
    var contentType: String? {
        let value = headers.first { $0.name.lowercased() == "content-type" }?.value
        return value?.split(separator: ";").first.map { String($0.filter { !$0.isWhitespace }).lowercased() }
    }
}
