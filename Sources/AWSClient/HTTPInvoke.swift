import AsyncHTTPClient
import CleanroomModel
package import DurableExecution
import Foundation
package import NIOCore
import NIOHTTP1
import NIOSSL
import StatesLanguage

/// Calls an HTTPS endpoint with a connection, as Step Functions' `http:invoke` does.
///
/// TLS is verified, no redirect is followed, and a call takes no longer than its limit. A status other than 2xx is
/// `States.Http.StatusCode.NNN`; no whole response is `States.Http.Socket`. Trying again is the state machine's part.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html>
package struct HTTPInvoke: Sendable {
    /// How a call is carried to its host.
    package struct Transport: Sendable {
        /// A file with the certificates, in PEM, of authorities that are trusted beside the system's.
        package var certificateAuthorityFile: String?
        /// Whether hosts that are this machine are spoken to in plain HTTP.
        package var isPlainToLoopback = false
        /// How long a call may take: AWS's limit.
        package var timeout = TimeAmount.seconds(60)

        package init() {}
    }

    /// How much of a response is read: what fits into the data of a state.
    static let maximumResponseBytes = Interpreter.maximumDataBytes

    private let connection: Connection?
    private let tokens: OAuthTokens?
    private let transport: Transport
    private let client: HTTPClient

    /// - Throws: `InvalidRequest` when the file of certificates cannot be read.
    package init(
        connection: Connection?, transport: Transport = Transport(), clock: any EngineClock = SystemClock()
    ) throws {
        let client = try Self.client(transport)
        self.client = client
        self.connection = connection
        self.transport = transport
        if case .oauth(let oauth) = connection?.authorization {
            tokens = OAuthTokens(client: oauth, clock: clock) { try await Self.send($0, with: client, transport) }
        } else {
            tokens = nil
        }
    }

    static func client(_ transport: Transport) throws -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.timeout = .init(connect: .seconds(5), read: transport.timeout)
        // A host that does not answer is the state machine's to try again, and not to be waited for here.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.tlsConfiguration = try tlsConfiguration(transport)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    private static func tlsConfiguration(_ transport: Transport) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        guard let file = transport.certificateAuthorityFile else { return tls }
        do {
            let certificates = try NIOSSLCertificate.fromPEMFile(file)
            if certificates.isEmpty { throw CocoaError(.fileReadCorruptFile) }
            tls.additionalTrustRoots = [.certificates(certificates)]
        } catch {
            throw InvalidRequest(problems: [
                RuleViolation(field: "connection.caFile", value: file, rule: "a file of certificates in PEM")
            ])
        }
        return tls
    }

    /// Lets go of the connections.
    package func shutDown() async throws {
        try await client.shutdown()
    }

    /// Makes the request of a task.
    package func perform(_ task: TaskRequest) async -> TaskResult {
        let call: HTTPCall
        do {
            call = try self.call(of: task.parameters)
        } catch {
            return .failure(error)
        }
        do {
            var (reply, token) = try await send(call, refused: nil)
            // A token may have been taken back before its time: one new one is tried.
            if let refused = token, reply.status == 401 || reply.status == 407 {
                (reply, token) = try await send(call, refused: refused)
            }
            return result(of: reply)
        } catch {
            return .failure(TaskFailure("States.Http.Socket", redact("\(call.url): \(error)")))
        }
    }

    // MARK: The request

    private func call(of parameters: JSONValue) throws(TaskFailure) -> HTTPCall {
        guard let url = parameters["ApiEndpoint"]?.stringValue, url.hasPrefix("https://"),
            let host = URLComponents(string: url)?.host, let method = parameters["Method"]?.stringValue
        else { throw TaskFailure(StatesError.runtime, "ApiEndpoint is an https:// URL and Method a method") }
        let isPlain = transport.isPlainToLoopback && Loopback.contains(host)
        var call = HTTPCall(method: method, url: isPlain ? "http://" + url.dropFirst("https://".count) : url)
        for (name, value) in parameters["Headers"]?.objectValue ?? [:] {
            let text = value.stringValue ?? value.text
            guard Connection.isHeaderName(name), Connection.isHeaderValue(text),
                !Connection.reservedHeaders.contains(name.lowercased())
            else { throw TaskFailure(StatesError.runtime, "the header '\(name)' cannot be set") }
            call.headers.append((name, text))
        }
        for (name, value) in parameters["QueryParameters"]?.objectValue ?? [:] {
            call.query.append((name, value.stringValue ?? value.text))
        }
        var body = parameters["RequestBody"]
        if let added = connection?.parameters.body, !added.isEmpty {
            var members = body?.objectValue ?? [:]
            for (name, value) in added { members[name] = .string(value.revealed) }
            body = .object(members)
        }
        call.body = body?.text
        if call.body != nil, !call.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            call.headers.append(("Content-Type", "application/json; charset=UTF-8"))
        }
        // The connection's own take precedence.
        let own = connection?.parameters ?? .init()
        call.query.removeAll { name, _ in own.query.contains { $0.name == name } }
        call.query += own.query.map { ($0.name, $0.value.revealed) }
        for (name, value) in own.headers { call.setHeader(name, value.revealed) }
        switch connection?.authorization {
        case .apiKey(let name, let value): call.setHeader(name, value.revealed)
        case .basic(let username, let password):
            call.setHeader("Authorization", Self.basicCredentials(username, password))
        case .oauth, nil: break
        }
        return call
    }

    /// The value of an `Authorization` header of the kind Basic.
    static func basicCredentials(_ username: String, _ password: Secret) -> String {
        "Basic " + Data("\(username):\(password.revealed)".utf8).base64EncodedString()
    }

    private func send(_ call: HTTPCall, refused: Secret?) async throws -> (reply: HTTPReply, token: Secret?) {
        guard let tokens else { return (try await Self.send(call, with: client, transport), nil) }
        let token = try await tokens.token(otherThan: refused)
        var call = call
        call.setHeader("Authorization", "Bearer \(token.revealed)")
        return (try await Self.send(call, with: client, transport), token)
    }

    static func send(
        _ call: HTTPCall, with client: HTTPClient, _ transport: Transport
    ) async throws -> HTTPReply {
        var request = HTTPClientRequest(url: call.fullURL)
        request.method = HTTPMethod(rawValue: call.method)
        for (name, value) in call.headers { request.headers.add(name: name, value: value) }
        request.headers.replaceOrAdd(name: "User-Agent", value: "cleanroom")
        if let body = call.body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await client.execute(request, timeout: transport.timeout)
        var body = ByteBuffer()
        for try await part in response.body {
            body.writeImmutableBuffer(part)
            // What is too long is not read to its end: the status is what counts.
            if body.readableBytes >= maximumResponseBytes { break }
        }
        let kept = body.getSlice(at: body.readerIndex, length: min(body.readableBytes, maximumResponseBytes)) ?? body
        return HTTPReply(
            status: Int(response.status.code), reason: response.status.reasonPhrase,
            headers: response.headers.map { ($0.name, $0.value) }, body: String(buffer: kept))
    }

    // MARK: The result

    private func result(of reply: HTTPReply) -> TaskResult {
        guard (200..<300).contains(reply.status) else {
            return .failure(
                TaskFailure("States.Http.StatusCode.\(reply.status)", redact(String(reply.body.prefix(1000)))))
        }
        var headers = JSONObject()
        for (name, value) in reply.headers {
            headers[name] = .array((headers[name]?.arrayValue ?? []) + [.string(value)])
        }
        var body = JSONValue.string(reply.body)
        let type = reply.headers.first { $0.name.lowercased() == "content-type" }?.value.lowercased()
        if type?.contains("json") == true, let json = try? JSONValue(parsing: reply.body) {
            // What says it is JSON and is not stays the text that it is.
            body = json
        }
        var result: JSONValue = [
            "StatusCode": .integer(Int64(reply.status)), "StatusText": .string(reply.reason),
            "Headers": .object(headers), "ResponseBody": body,
        ]
        // The receiver has taken the request: that its response is too long must not fail the execution.
        if result.exceeds(bytes: Interpreter.maximumDataBytes) {
            result = [
                "StatusCode": .integer(Int64(reply.status)), "StatusText": .string(reply.reason), "Headers": [:],
                "ResponseBody": .string(String(reply.body.prefix(1000))),
            ]
        }
        return .success(result)
    }

    private func redact(_ text: String) -> String { connection?.redact(text) ?? text }
}

extension HTTPCall {
    /// Sets a header in place of others of this name, however they are written.
    fileprivate mutating func setHeader(_ name: String, _ value: String) {
        headers.removeAll { $0.name.lowercased() == name.lowercased() }
        headers.append((name, value))
    }
}
