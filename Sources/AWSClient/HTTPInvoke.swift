import AsyncHTTPClient
package import DurableExecution
import NIOCore
import NIOHTTP1
import StatesLanguage

/// Calls an HTTPS endpoint with the credentials of a connection, as Step Functions' `http:invoke` does.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html>
package struct HTTPInvoke: Sendable {
    /// How much of a response is read.
    static let maximumResponseBytes = 262_144

    private let credentials: ConnectionCredentials?
    private let client: HTTPClient

    package init(credentials: ConnectionCredentials?) {
        self.credentials = credentials
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(10), read: .seconds(60))
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Lets go of the connections.
    package func shutDown() async throws {
        try await client.shutdown()
    }

    /// Makes the request of a task. A status other than 2xx is `States.Http.StatusCode.NNN`, no response at all
    /// `States.Http.Socket`.
    package func perform(_ task: TaskRequest) async -> TaskResult {
        guard let url = task.parameters["ApiEndpoint"]?.stringValue, url.hasPrefix("https://"),
            let method = task.parameters["Method"]?.stringValue
        else { return .failure(TaskFailure("States.Runtime", "ApiEndpoint is an https:// URL and Method a method")) }
        var request = HTTPClientRequest(url: url)
        request.method = HTTPMethod(rawValue: method)
        request.headers.add(name: "Content-Type", value: "application/json; charset=UTF-8")
        request.headers.add(name: "User-Agent", value: "cleanroom")
        for (name, value) in task.parameters["Headers"]?.objectValue ?? [:] {
            request.headers.replaceOrAdd(name: name, value: value.stringValue ?? value.text)
        }
        if let credentials { request.headers.replaceOrAdd(name: credentials.header, value: credentials.value.revealed) }
        if let body = task.parameters["RequestBody"] { request.body = .bytes(ByteBuffer(string: body.text)) }
        do {
            let response = try await client.execute(request, timeout: .seconds(60))
            let body = String(buffer: try await response.body.collect(upTo: Self.maximumResponseBytes))
            let status = Int64(response.status.code)
            guard (200..<300).contains(status) else {
                return .failure(TaskFailure("States.Http.StatusCode.\(status)", String(concealed(body).prefix(1000))))
            }
            return .success([
                "StatusCode": .integer(status), "StatusText": .string(response.status.reasonPhrase), "Headers": [:],
                "ResponseBody": .string(concealed(body)),
            ])
        } catch {
            return .failure(TaskFailure("States.Http.Socket", concealed("\(url): \(error)")))
        }
    }

    /// A receiver may send back what it was sent; what it says goes into the journal.
    private func concealed(_ text: String) -> String { credentials?.value.concealed(in: text) ?? text }
}

/// What an EventBridge connection of the kind `API_KEY` adds to each request.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection-auth.html>
package struct ConnectionCredentials: Sendable {
    package let header: String
    package let value: Secret

    package init(header: String, value: Secret) {
        self.header = header
        self.value = value
    }
}

/// A text that is shown to nobody.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package let revealed: String

    package init(_ text: String) {
        revealed = text
    }

    package var description: String { "‹secret›" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// A text in which this secret does not stand.
    package func concealed(in text: String) -> String {
        revealed.isEmpty ? text : text.replacing(revealed, with: description)
    }
}
