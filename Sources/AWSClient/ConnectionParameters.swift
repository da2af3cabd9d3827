/// What is added to a request, over what it has itself.
package struct ConnectionParameters: Sendable {
    package typealias Parameter = (name: String, value: Secret)

    package var headers: [Parameter]
    package var query: [Parameter]
    package var body: [Parameter]

    package init(headers: [Parameter] = [], query: [Parameter] = [], body: [Parameter] = []) {
        self.headers = headers
        self.query = query
        self.body = body
    }

    package var isEmpty: Bool { all.isEmpty }

    var all: [Parameter] { headers + query + body }

    /// Whether a text can be the value of a header.
    static func isHeaderValue(_ value: String) -> Bool { value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f } }
}
