import AsyncHTTPClient
import CleanroomModel
package import DurableExecution
import Foundation
package import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import StatesLanguage

/// Calls an HTTPS endpoint with a connection, as Step Functions' `http:invoke` does.
///
/// TLS is verified, no redirect is followed, and a call takes no longer than its limit. A status other than 2xx is
/// `States.Http.StatusCode.NNN`; no whole response is `States.Http.Socket`. Trying again is the state machine's part.
/// A response of 2xx that AWS cannot read is `States.Runtime`, one that is too large `States.DataLimitExceeded`, though
/// the receiver has taken the request.
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
        /// Looks up the addresses of a name, for as long as it takes.
        var lookUp: @Sendable (String) throws -> [NetworkAddress] = NetworkAddress.addresses

        package init() {}
    }

    /// How much of a response is read: what fits into the data of a state.
    static let maximumResponseBytes = Interpreter.maximumDataBytes
    /// What AWS asks of a receiver with each request. One that heeds it answers 206, with a byte too many for a result.
    private static let range = "bytes=0-\(maximumResponseBytes)"

    private let connection: Connection?
    private let destination: AnswerDestination?
    private let hosts: HTTPHosts
    private let tokens: OAuthTokens?
    private let transport: Transport
    private let client: HTTPClient
    let clientCalls = ClientCalls()

    /// - Parameters:
    ///   - connection: what authorises answers.
    ///   - destination: where they go: the connection is for that alone.
    ///   - hosts: what clients' machines may call, without the connection.
    /// - Throws: `InvalidRequest` when the file of certificates cannot be read.
    package init(
        connection: Connection?, to destination: AnswerDestination? = nil, hosts: HTTPHosts = .nobody,
        transport: Transport = Transport(), clock: any EngineClock = SystemClock()
    ) throws {
        let client = try Self.client(transport)
        self.client = client
        self.connection = connection
        self.destination = destination
        self.hosts = hosts
        self.transport = transport
        if case .oauth(let oauth) = connection?.authorization {
            tokens = OAuthTokens(client: oauth, clock: clock) { try await Self.send($0, with: client, transport) }
        } else {
            tokens = nil
        }
    }

    /// - Parameter addresses: of hosts that are not looked up again.
    static func client(_ transport: Transport, addresses: [String: String] = [:]) throws -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.dnsOverride = addresses
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

    /// Makes the request of a task of the service's own, with the connection where it is for that.
    package func perform(_ task: TaskRequest) async -> TaskResult {
        let call: HTTPCall
        do {
            call = try self.call(of: task.parameters, connection)
        } catch {
            return .failure(error)
        }
        // An execution from before the endpoint was another one. It is tried again, until the setting is what it was.
        let endpoint = task.parameters["ApiEndpoint"]?.stringValue ?? ""
        if connection != nil, destination?.contains(endpoint) != true {
            let own = destination?.description ?? "no host"
            return .failure(
                TaskFailure(
                    Self.socketError,
                    "\(endpoint): nothing was sent, since the connection is for \(own). The answer goes there when "
                        + "apiEndpoint names it."))
        }
        do {
            var (reply, token) = try await send(call, refused: nil)
            // A token may have been taken back before its time: one new one is tried.
            if let refused = token, reply.status == 401 || reply.status == 407 {
                (reply, token) = try await send(call, refused: refused)
            }
            return result(of: reply, redaction(token: token))
        } catch {
            return .failure(TaskFailure(Self.socketError, redaction()("\(call.url): \(ConnectionFailure.text(error))")))
        }
    }

    private static let socketError = "States.Http.Socket"

    private func redaction(token: Secret? = nil) -> Redaction { connection?.redaction(token: token) ?? Redaction([]) }

    // MARK: The request

    func call(of parameters: JSONValue, _ connection: Connection?) throws(TaskFailure) -> HTTPCall {
        if let reason = HTTPTask.refusal(of: parameters) { throw TaskFailure(StatesError.runtime, reason) }
        guard let url = parameters["ApiEndpoint"]?.stringValue, let host = URLComponents(string: url)?.host,
            let method = parameters["Method"]?.stringValue
        else { throw TaskFailure(StatesError.runtime, "the ApiEndpoint is not a URL") }
        let isPlain = transport.isPlainToLoopback && Loopback.contains(host)
        var call = HTTPCall(method: method, url: isPlain ? "http://" + url.dropFirst("https://".count) : url)
        for (name, value) in parameters["Headers"]?.objectValue ?? [:] {
            for text in (value.arrayValue ?? [value]).compactMap(\.stringValue) {
                guard ConnectionParameters.isHeaderValue(text) else {
                    throw TaskFailure(StatesError.runtime, "the header '\(name)' cannot have this value")
                }
                call.headers.append((name, text))
            }
        }
        call.query = FormBody(parameters["QueryParameters"]?.objectValue ?? [:], arrays: .repetition).pairs
        call.body = try body(of: parameters, connection)
        if call.body != nil, !call.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            call.headers.append(("Content-Type", "application/json; charset=UTF-8"))
        }
        call.setHeader("Range", Self.range)
        // The connection's own take precedence.
        let own = connection?.parameters ?? .init()
        call.query.removeAll { name, _ in own.query.contains { $0.name == name } }
        call.query += own.query.map { ($0.name, $0.value.revealed) }
        for (name, value) in own.headers { call.setHeader(name, value.revealed) }
        switch connection?.authorization {
        case .apiKey(let name, let value): call.setHeader(name, value.revealed)
        case .basic(let username, let password):
            call.setHeader("Authorization", BasicCredentials.header(username, password))
        case .oauth, nil: break
        }
        return call
    }

    /// The body of a request: the task's with the connection's over it, then encoded.
    private func body(
        of parameters: JSONValue, _ connection: Connection?
    ) throws(TaskFailure) -> String? {
        var body = parameters["RequestBody"]
        if let added = connection?.parameters.body, !added.isEmpty {
            guard var members = (body ?? [:]).objectValue else {
                throw TaskFailure(
                    StatesError.runtime, "the connection has parameters of the body, and the RequestBody is no object")
            }
            for (name, value) in added { members[name] = .string(value.revealed) }
            body = .object(members)
        }
        guard let transform = parameters["Transform"], transform["RequestBodyEncoding"] == "URL_ENCODED" else {
            return body?.text
        }
        let format = transform["RequestEncodingOptions"]?["ArrayFormat"]?.stringValue
        let arrays = format.flatMap { FormBody.ArrayFormat(rawValue: $0) } ?? .indices
        // A text has no names: it is the form already.
        return body.map { $0.objectValue.map { FormBody($0, arrays: arrays).text } ?? $0.stringValue ?? $0.text }
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
            // What is too long is not read to its end: nobody can make use of it.
            if body.readableBytes > maximumResponseBytes { break }
        }
        return HTTPReply(
            status: Int(response.status.code), reason: response.status.reasonPhrase,
            headers: response.headers.map { ($0.name, $0.value) },
            bytes: Array(body.readableBytesView.prefix(maximumResponseBytes)),
            isWhole: body.readableBytes <= maximumResponseBytes)
    }

    // MARK: The result

    /// What a reply is as a result, whatever it says without a secret in it: it is kept, shown and logged.
    private func result(of reply: HTTPReply, _ redact: Redaction) -> TaskResult {
        guard (200..<300).contains(reply.status) else {
            return .failure(
                TaskFailure("States.Http.StatusCode.\(reply.status)", String(redact(reply.body).prefix(1000))))
        }
        let taken = "the receiver answered \(reply.status)"
        if let type = reply.contentType, Self.isUnreadable(type) {
            return .failure(
                TaskFailure(StatesError.runtime, redact("\(taken) with the content type '\(type)', which is not read")))
        }
        if !reply.isWhole { return .failure(Self.dataLimitExceeded) }
        guard let text = String(validating: reply.bytes, as: UTF8.self) else {
            return .failure(TaskFailure(StatesError.runtime, "\(taken) with a body that is no valid text in UTF-8"))
        }
        var headers = JSONObject()
        for (name, value) in reply.headers {
            headers[name] = .array((headers[name]?.arrayValue ?? []) + [.string(value)])
        }
        var body = JSONValue.string(text)
        // What says it is JSON and is not stays the text that it is.
        if reply.contentType?.contains("json") == true, let json = try? JSONValue(parsing: text) { body = json }
        let result: JSONValue = [
            "StatusCode": .integer(Int64(reply.status)), "StatusText": .string(reply.reason),
            "Headers": .object(headers), "ResponseBody": body,
        ]
        // As it has come: that a receiver sends something back makes it neither longer nor shorter.
        if result.exceeds(bytes: Interpreter.maximumDataBytes) { return .failure(Self.dataLimitExceeded) }
        let redacted = redact(result)
        if redacted.exceeds(bytes: Interpreter.maximumDataBytes) { return .failure(Self.dataLimitExceeded) }
        return .success(redacted)
    }

    /// Whether AWS reads no response of a content type, whatever is in it.
    ///
    /// Source: the page of `http:invoke`, "Unsupported HTTP Task responses". It names no character sets: a text is taken
    /// for UTF-8, and what is none in that is not read.
    private static func isUnreadable(_ type: String) -> Bool {
        type == "application/octet-stream" || ["image/", "audio/", "video/"].contains { type.hasPrefix($0) }
    }

    /// In the words that were recorded for results of other services.
    private static let dataLimitExceeded = TaskFailure(
        StatesError.dataLimitExceeded,
        "The state/task 'http' returned a result with a size exceeding the maximum number of bytes service limit.")

}

// MARK: - Clients' machines

extension HTTPInvoke {
    /// Makes the request of a task of a client's machine: without the connection, to a host that the operator has named,
    /// and to an address that was looked at.
    ///
    /// 1. Refuse hosts that are not named.
    /// 2. Look the host up, and refuse it if any of its addresses is not public.
    /// 3. Connect to the first of the addresses that were looked at and can be connected to, and to no other one that its
    ///    name may have by then.
    ///
    /// All of it together takes no longer than a call may, and ends when the task is cancelled.
    package func performForClient(_ task: TaskRequest) async -> TaskResult {
        // 1.
        let endpoint = task.parameters["ApiEndpoint"]?.stringValue ?? ""
        guard let url = URLComponents(string: endpoint), let name = url.host, !name.isEmpty, url.user == nil,
            url.password == nil
        else { return Self.notAuthorized(endpoint) }
        let host = HTTPHosts.Host(name: name, port: url.port ?? 443)
        let permission = hosts.permission(of: host)
        if permission == .none { return Self.notAuthorized(endpoint) }
        var call: HTTPCall
        do {
            call = try self.call(of: task.parameters, nil)
        } catch {
            return .failure(error)
        }
        // Written anew, so that nobody reads another host out of it.
        let path = url.percentEncodedPath + (url.percentEncodedQuery.map { "?\($0)" } ?? "")
        call.url = "https://\(host.name.contains(":") ? "[\(host.name)]" : host.name):\(host.port)\(path)"
        do {
            let reply = try await clientCalls.make(within: transport.timeout) { [call, transport] in
                // 2.
                let addresses = try await NetworkAddress.resolve(host.name, by: transport.lookUp)
                if permission == .publicAddresses, let other = addresses.first(where: { !$0.isPublic }) {
                    throw TaskFailure(
                        StatesError.permissions,
                        HTTPTask.notAuthorized(for: endpoint) + " Its address \(other) is not a public one.")
                }
                // 3.
                return try await Self.send(call, to: host.name, at: addresses, transport)
            }
            return result(of: reply, redaction())
        } catch let failure as TaskFailure {
            return .failure(failure)
        } catch {
            return .failure(TaskFailure(Self.socketError, redaction()("\(call.url): \(ConnectionFailure.text(error))")))
        }
    }

    /// Sends a request to the first of the addresses that can be connected to.
    private static func send(
        _ call: HTTPCall, to host: String, at addresses: [NetworkAddress], _ transport: Transport
    ) async throws -> HTTPReply {
        var rest = addresses[...]
        while true {
            let client = try client(transport, addresses: [host: rest.removeFirst().description])
            let reply = await Result { try await send(call, with: client, transport) }
            try await client.shutdown()
            if case .failure(let error) = reply, isNotConnected(error), !rest.isEmpty, !Task.isCancelled { continue }
            return try reply.get()
        }
    }

    /// Whether an error says that nothing was sent, since there was no connection.
    private static func isNotConnected(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPClientError: error == .connectTimeout
        case is NIOConnectionError: true
        case let error as IOError:
            [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL, ETIMEDOUT].contains(error.errnoCode)
        default: false
        }
    }

    private static func notAuthorized(_ endpoint: String) -> TaskResult {
        .failure(TaskFailure(StatesError.permissions, HTTPTask.notAuthorized(for: endpoint)))
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}

extension HTTPCall {
    /// Sets a header in place of others of this name, however they are written.
    fileprivate mutating func setHeader(_ name: String, _ value: String) {
        headers.removeAll { $0.name.lowercased() == name.lowercased() }
        headers.append((name, value))
    }
}
