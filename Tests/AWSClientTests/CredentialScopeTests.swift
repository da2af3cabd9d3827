import AWSClient
import CleanroomModel
import DurableExecution
import Foundation
import NIOCore
import StatesLanguage
import TestSupport
import Testing

/// Where credentials go, and what comes back of them.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct CredentialScopeTests: ReceiverCalling {
    private static let secret = "s3cr3t/v\"alue 7"

    private func connection() throws -> Connection {
        try Connection(
            authorization: .apiKey(name: "X-Api-Key", value: Secret(Self.secret)),
            parameters: .init(query: [("q", Secret("query-value"))], body: [("b", Secret("12345678"))]))
    }

    // MARK: Where they go

    @Test(arguments: [
        "https://127.0.0.1:PORT/api/latest/ocean/error", "https://LOCALHOST:PORT/api/latest/ocean/error",
        "https://localhost:PORT/api/latest/ocean/other", "https://localhost:PORT/api/latest/ocean/error/",
        "https://localhost:PORT/api/latest/ocean/error?x=1", "https://localhost:PORT/",
        "https://localhost:PORT/api/latest/ocean/../ocean/error", "https://a@localhost:PORT/api/latest/ocean/error",
        "https://localhost:PORT/api/latest/ocean/error#x", "https://localhost/api/latest/ocean/error",
    ])
    func `nothing is sent with credentials but to the configured host and the paths of the contract`(
        endpoint: String
    ) async throws {
        try await calling(connection()) { receiver, call in
            let endpoint = endpoint.replacing("PORT", with: "\(receiver.port)")
            let failure = failure(await call(["ApiEndpoint": .string(endpoint)]))
            #expect(failure?.error == "States.Http.Socket", "it is tried again until the setting is right")
            #expect(failure?.cause.contains("nothing was sent") == true)
            #expect(receiver.requests.isEmpty)
        }
    }

    @Test(arguments: Answer.Path.all)
    func `an answer goes to each path of the contract with the credentials`(path: String) async throws {
        try await calling(connection()) { receiver, call in
            _ = try await call(["ApiEndpoint": .string("https://localhost:\(receiver.port)\(path)")]).get()
            #expect(receiver.requests.first?.values("X-Api-Key") == [Self.secret])
        }
    }

    // MARK: Clients' machines

    /// Calls a receiver on this machine as a client's machine does, with a connection that is configured.
    private func callingAsClient(
        hosts: (Int) throws -> HTTPHosts, endpoint: String = "https://localhost:PORT/api/latest/ocean/error",
        _ check: (TaskResult, AnswerReceiver) throws -> Void
    ) async throws {
        let receiver = AnswerReceiver(certificate: try Self.certificate.get())
        try await receiver.start()
        let port = receiver.port
        var transport = HTTPInvoke.Transport()
        transport.certificateAuthorityFile = try Self.certificate.get().file.path
        transport.timeout = .seconds(5)
        let invoke = try HTTPInvoke(
            connection: connection(), to: Self.destination(port: port), hosts: hosts(port), transport: transport)
        let endpoint = endpoint.replacing("PORT", with: "\(port)")
        let result = await invoke.performForClient(try Self.task(["ApiEndpoint": .string(endpoint)], port: port))
        try check(result, receiver)
        try await invoke.shutDown()
        await receiver.stop()
    }

    @Test func `a client's machine calls no host that is not named, not even the receiver of answers`() async throws {
        for hosts in [HTTPHosts.nobody, try HTTPHosts(["example.com"], anywhere: ["localhost:1", "127.0.0.1"])] {
            try await callingAsClient(hosts: { _ in hosts }) { result, receiver in
                let failure = failure(result)
                #expect(failure?.error == StatesError.permissions)
                #expect(failure?.cause.contains("states:InvokeHTTPEndpoint") == true)
                #expect(failure?.cause.contains("httpHosts") == true)
                #expect(receiver.requests.isEmpty)
            }
        }
    }

    @Test func `a host that is named is called without anything of the connection`() async throws {
        try await callingAsClient(hosts: { try HTTPHosts([], anywhere: ["localhost:\($0)"]) }) { result, receiver in
            #expect(try result.get()["StatusCode"] == 200)
            let request = try #require(receiver.requests.first)
            #expect(request.path == "/api/latest/ocean/error")
            #expect(request.body == #"{"requestId":"id-1"}"#)
            #expect(request.values("X-Api-Key").isEmpty && request.values("Authorization").isEmpty)
            #expect(request.values("Host") == ["localhost:\(receiver.port)"])
        }
    }

    /// Names of this machine that look like none.
    @Test(arguments: ["2130706433", "0x7f.1", "127.1", "0177.0.0.1", "0"])
    func `a named host whose address is not public is not called`(name: String) async throws {
        try await callingAsClient(
            hosts: { try HTTPHosts(["\(name):\($0)"]) }, endpoint: "https://\(name):PORT/api/latest/ocean/error"
        ) { result, receiver in
            #expect(failure(result)?.error == StatesError.permissions)
            #expect(failure(result)?.cause.contains("not a public one") == true)
            #expect(receiver.requests.isEmpty)
        }
    }

    @Test(arguments: [
        "https://other@localhost:PORT/", "https://example.com:443@localhost:PORT/",
        "https://localhost:PORT@example.com/",
        "https://localhost:1/", "https://[::1]:PORT/", "https://localhost.:PORT/",
    ])
    func `a URL that can be read in two ways, or has another port, is not the host that is named`(
        endpoint: String
    ) async throws {
        try await callingAsClient(
            hosts: { try HTTPHosts(["example.com"], anywhere: ["localhost:\($0)"]) }, endpoint: endpoint
        ) { result, receiver in
            #expect(failure(result)?.error == StatesError.permissions)
            #expect(receiver.requests.isEmpty)
        }
    }

    @Test func `a redirect is not followed, wherever it leads`() async throws {
        let receiver = AnswerReceiver(certificate: try Self.certificate.get())
        try await receiver.start()
        let port = receiver.port
        receiver.behave { _ in .answers(307, headers: ["Location": "https://localhost:\(port)/elsewhere"]) }
        var transport = HTTPInvoke.Transport()
        transport.certificateAuthorityFile = try Self.certificate.get().file.path
        let invoke = try HTTPInvoke(
            connection: nil, hosts: HTTPHosts([], anywhere: ["localhost:\(port)"]), transport: transport)
        let result = await invoke.performForClient(try Self.task(port: port))
        #expect(failure(result)?.error == "States.Http.StatusCode.307")
        #expect(receiver.requests.count == 1)
        try await invoke.shutDown()
        await receiver.stop()
    }

    @Test(arguments: [
        "localhost", "127.0.0.1:8443", "10.0.0.1", "192.168.1.1:443", "169.254.169.254", "[::1]", "[fe80::1]:443",
        "[fd00::1]", "[::ffff:10.0.0.1]", "https://example.com", "example.com/path", "user@example.com", "a b", "",
        "example.com:0", "example.com:", "example.com:99999",
    ])
    func `a host that is not public, or is none, is refused as a setting`(host: String) {
        let error = #expect(throws: InvalidRequest.self) { try HTTPHosts([host]) }
        #expect(error?.problems.first?.field == "httpHosts[0]")
    }

    @Test(arguments: ["localhost", "127.0.0.1:8443", "10.0.0.1", "[::1]:9443", "intranet.example.com"])
    func `a host that is named as a private one is taken`(host: String) throws {
        #expect(try !HTTPHosts([], anywhere: [host]).isEmpty)
    }

    // MARK: What comes back

    @Test func `a receiver that sends the credentials back leaves none of them behind`() async throws {
        let text = JSONValue.string(Self.secret).text.dropFirst().dropLast()
        let encoded = Data(Self.secret.utf8).base64EncodedString()
        let bodies = [
            Self.secret, #"{"echo":"\#(text)","\#(text)":["\#(text)",12345678,{"n":112345678}]}"#, encoded,
            "s3cr3t%2Fv%22alue%207", "s3cr3t%2fv%22alue%207 s3cr3t%2Fv%22alue+7", #""\u0073\u00333cr3t" query-value"#,
            #"{"e":"\u0073\u0033cr3t\/v\u0022alue 7"}"#,
        ]
        for (body, type) in bodies.flatMap({ body in ["application/json", "text/plain"].map { (body, $0) } }) {
            try await calling(connection()) { receiver, call in
                receiver.behave { request in
                    .answers(
                        200, headers: ["Content-Type": type, "X-Echo": request.values("X-Api-Key").joined()], body: body
                    )
                }
                let result = try await call([:]).get()
                let shown = result.text
                // As texts of JSON have it, as it is read out of them, and in the other forms.
                for form in [String(text), Self.secret, encoded, "s3cr3t%2", "query-value", "12345678"] {
                    #expect(!shown.contains(form), "\(form) in \(shown)")
                }
                #expect(result["ResponseBody"].map { !"\($0)".contains("s3cr3t/v") } == true)
                #expect(shown.contains("‹secret›"))
                #expect(result["StatusCode"] == 200)
            }
        }
    }

    @Test func `a secret at the place where a cause is cut is not half shown`() async throws {
        try await calling(connection()) { receiver, call in
            receiver.behave { _ in .answers(500, body: String(repeating: "x", count: 995) + Self.secret) }
            let cause = try #require(failure(await call([:]))?.cause)
            #expect(!cause.contains("s3c"))
        }
    }

    @Test func `a token is as secret as what it was fetched with`() async throws {
        try await calling(nil) { receiver, _ in
            receiver.behave { request in
                request.path.hasPrefix("/token")
                    ? .answers(200, body: #"{"access_token":"t0ken-value"}"#)
                    : .answers(200, body: request.values("Authorization").joined())
            }
            let client = try OAuthClient(
                endpoint: "https://us:passw0rd@localhost:\(receiver.port)/token?key=k3y-value", id: "c",
                secret: Secret("client-s3cret"))
            #expect(client.shownEndpoint == "https://localhost:\(receiver.port)/token")
            var transport = HTTPInvoke.Transport()
            transport.certificateAuthorityFile = try Self.certificate.get().file.path
            let invoke = try HTTPInvoke(
                connection: Connection(authorization: .oauth(client)), to: Self.destination(port: receiver.port),
                transport: transport)
            let result = try await invoke.perform(Self.task(port: receiver.port)).get()
            #expect(result["ResponseBody"] == "Bearer ‹secret›")
            // What the endpoint of the token has in it is in no cause either.
            await receiver.stop()
            let other = try HTTPInvoke(
                connection: Connection(authorization: .oauth(client)), to: Self.destination(port: receiver.port),
                transport: transport)
            let cause = try #require(failure(await other.perform(try Self.task(port: receiver.port)))?.cause)
            #expect(cause.contains("token could not be fetched"))
            for text in ["passw0rd", "k3y-value", "us:"] { #expect(!cause.contains(text)) }
            try await invoke.shutDown()
            try await other.shutDown()
        }
    }

    @Test(arguments: [
        "http://us:passw0rd@example.com/token", "ftp://us:passw0rd@x/", "us:passw0rd", "https://?passw0rd",
    ])
    func `an endpoint that is refused is told without its password`(endpoint: String) {
        let error = #expect(throws: InvalidRequest.self) {
            try OAuthClient(endpoint: endpoint, id: "c", secret: Secret("x"))
        }
        #expect(error?.description.contains("passw0rd") == false)
        #expect(error?.problems.first?.field == "connection.oauth.endpoint")
    }
}
