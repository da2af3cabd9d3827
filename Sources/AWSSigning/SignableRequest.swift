/// A request as Signature Version 4 covers it.
package struct SignableRequest: Sendable {
    /// A header as it was sent.
    package struct Header: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var method: String
    /// The path as it stands in the request line, without the query.
    package var path: String
    /// What stands behind the first `?`, as it was sent.
    package var query: String
    package var headers: [Header]
    package var body: [UInt8]

    package init(method: String, target: String, headers: [Header], body: [UInt8] = []) {
        self.method = method
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts[0])
        query = parts.count > 1 ? String(parts[1]) : ""
        self.headers = headers
        self.body = body
    }

    /// The value of a header, those of the same name joined; `nil` without one.
    package func header(_ name: String) -> String? {
        let values = headers.filter { $0.name.lowercased() == name }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ",")
    }
}
