import AsyncHTTPClient
import CleanroomModel
import Foundation
import NIOCore
package import StatesLanguage

/// A server of the JSON API, as its clients see it.
package struct JSONEndpoint: Sendable {
    package struct Reply: Sendable {
        package let status: Int
        package let body: JSONValue
    }

    private let url: String
    private let token: Secret?
    private let transport: HTTPInvoke.Transport
    private let client: HTTPClient

    /// - Throws: `InvalidRequest` where the URL is not `https://`, or `http://` of this machine.
    package init(url: String, token: Secret?, certificateAuthorityFile: String?) throws {
        guard let components = URLComponents(string: url), let host = components.host, !host.isEmpty,
            components.scheme == "https" || components.scheme == "http" && Loopback.contains(host)
        else {
            throw InvalidRequest(problems: [
                RuleViolation(
                    field: "server", value: url.withoutUserInfo, rule: "an https:// URL (or http:// of this machine)")
            ])
        }
        var transport = HTTPInvoke.Transport()
        transport.certificateAuthorityFile = certificateAuthorityFile
        // Longer than the server holds an answer back.
        transport.timeout = .seconds(90)
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.token = token
        self.transport = transport
        client = try HTTPInvoke.client(transport)
    }

    /// Makes a call.
    ///
    /// - Throws: what the connection says; `JSONSyntaxError` for an answer that is no JSON.
    package func call(_ method: String, _ path: String, body: JSONValue? = nil) async throws -> Reply {
        var call = HTTPCall(method: method, url: url + path)
        if let token { call.headers.append(("Authorization", "Bearer \(token.revealed)")) }
        if let body {
            call.headers.append(("Content-Type", "application/json"))
            call.body = body.text
        }
        let reply = try await HTTPInvoke.send(call, with: client, transport)
        return Reply(status: reply.status, body: try JSONValue(parsing: reply.body))
    }

    /// Lets go of the connections.
    package func shutDown() async throws {
        try await client.shutdown()
    }
}
