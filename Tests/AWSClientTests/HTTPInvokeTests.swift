import AWSClient
import CleanroomModel
import DurableExecution
import Foundation
import NIOCore
import StatesLanguage
import Synchronization
import TestSupport
import Testing

/// Calls of an HTTPS server on this machine, with every kind of connection.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct HTTPInvokeTests: ReceiverCalling {
    private let secret = Secret("s3cr3t-value")

    @Test func `a request arrives as the task describes it, and its response comes back`() async throws {
        try await calling(nil) { receiver, call in
            receiver.behave { _ in .answers(201, headers: ["Content-Type": "application/json"], body: #"{"a":[1]}"#) }
            let result = try await call(["QueryParameters": ["q": "a b&c"]]).get()
            #expect(result["StatusCode"] == 201)
            #expect(result["ResponseBody"] == ["a": [1]])
            #expect(result["Headers"]?["Content-Type"] == ["application/json"])
            let request = try #require(receiver.requests.first)
            #expect(request.method == "POST")
            #expect(request.path == "/api/latest/ocean/error?q=a%20b%26c")
            #expect(request.body == #"{"requestId":"id-1"}"#)
            #expect(request.values("Idempotency-Key") == ["id-1"])
            #expect(request.values("Content-Type") == ["application/json; charset=UTF-8"])
            #expect(request.values("User-Agent") == ["cleanroom"])
            #expect(request.values("Range") == ["bytes=0-262144"], "as AWS asks for it")
            #expect(request.values("Host") == ["localhost:\(receiver.port)"])
        }
    }

    @Test func `an API key is a header`() async throws {
        let connection = try Connection(authorization: .apiKey(name: "X-Api-Key", value: secret))
        try await calling(connection) { receiver, call in
            _ = try await call([:]).get()
            #expect(receiver.requests.first?.values("X-Api-Key") == ["s3cr3t-value"])
        }
    }

    @Test func `Basic credentials are a header`() async throws {
        let connection = try Connection(authorization: .basic(username: "us", password: secret))
        try await calling(connection) { receiver, call in
            _ = try await call([:]).get()
            #expect(receiver.requests.first?.values("Authorization") == ["Basic dXM6czNjcjN0LXZhbHVl"])
        }
    }

    @Test func `what the connection adds goes over what the task has`() async throws {
        let parameters = Connection.Parameters(
            headers: [("idempotency-key", Secret("other")), ("X-Team", Secret("rooms"))],
            query: [("q", Secret("2"))], body: [("tenant", Secret("t1"))])
        try await calling(try Connection(authorization: nil, parameters: parameters)) { receiver, call in
            _ = try await call(["QueryParameters": ["q": "1", "r": "3"]]).get()
            let request = try #require(receiver.requests.first)
            #expect(request.values("Idempotency-Key") == ["other"])
            #expect(request.values("X-Team") == ["rooms"])
            #expect(request.path.hasSuffix("?r=3&q=2"))
            #expect(request.body == #"{"requestId":"id-1","tenant":"t1"}"#)
        }
    }

    @Test(arguments: OAuthClient.Method.allCases)
    func `a token is fetched once, kept until it expires, and fetched anew when it is refused`(
        method: OAuthClient.Method
    ) async throws {
        let clock = SetClock()
        try await calling(nil, clock: clock) { receiver, _ in
            let port = receiver.port
            receiver.behave { request in
                if request.path.hasPrefix("/token") {
                    let number = receiver.requests.count { $0.path.hasPrefix("/token") }
                    return .answers(200, body: #"{"access_token":"t\#(number)","expires_in":3600}"#)
                }
                return request.values("Authorization") == ["Bearer t2"] ? .answers(401) : .answers(200)
            }
            let client = try OAuthClient(
                endpoint: "https://localhost:\(port)/token", method: method, id: "client", secret: secret,
                parameters: .init(body: [("scope", Secret("answers"))]))
            var transport = HTTPInvoke.Transport()
            transport.certificateAuthorityFile = try Self.certificate.get().file.path
            let invoke = try HTTPInvoke(
                connection: Connection(authorization: .oauth(client)), to: Self.destination(port: port),
                transport: transport, clock: clock)
            func tokens() -> [String] {
                receiver.requests.filter { !$0.path.hasPrefix("/token") }.flatMap { $0.values("Authorization") }
            }
            // 1. One token for many calls.
            for _ in 0..<3 { _ = try await invoke.perform(Self.task(port: port)).get() }
            #expect(tokens() == ["Bearer t1", "Bearer t1", "Bearer t1"])
            // 2. When it expires, another; that one is refused, and a third is taken in the same attempt.
            clock.advance(bySeconds: 3600)
            _ = try await invoke.perform(Self.task(port: port)).get()
            #expect(tokens().suffix(2) == ["Bearer t2", "Bearer t3"])
            // 3. A receiver that takes none is asked once more and no more.
            receiver.behave { request in
                request.path.hasPrefix("/token") ? .answers(200, body: #"{"access_token":"x"}"#) : .answers(401)
            }
            let before = receiver.requests.count
            let refused = failure(await invoke.perform(try Self.task(port: port)))
            #expect(refused?.error == "States.Http.StatusCode.401")
            #expect(receiver.requests.count == before + 3)
            let request = try #require(receiver.requests.first)
            #expect(request.method == method.rawValue)
            #expect(request.values("Authorization") == ["Basic Y2xpZW50OnMzY3IzdC12YWx1ZQ=="])
            let form = "grant_type=client_credentials&scope=answers"
            #expect(method == .get ? request.path == "/token?\(form)" : request.body == form)
            try await invoke.shutDown()
        }
    }

    @Test(arguments: [#"{"error":"invalid_client"}"#, "no JSON", #"{"access_token":"a\u000ab"}"#])
    func `without a token nothing is sent, and the failure can be tried again`(body: String) async throws {
        try await calling(nil) { receiver, _ in
            receiver.behave { _ in .answers(200, body: body) }
            let client = try OAuthClient(endpoint: "https://localhost:\(receiver.port)/token", id: "c", secret: secret)
            var transport = HTTPInvoke.Transport()
            transport.certificateAuthorityFile = try Self.certificate.get().file.path
            let invoke = try HTTPInvoke(
                connection: Connection(authorization: .oauth(client)), to: Self.destination(port: receiver.port),
                transport: transport)
            let result = failure(await invoke.perform(try Self.task(port: receiver.port)))
            #expect(result?.error == "States.Http.Socket")
            #expect(result?.cause.contains("token") == true)
            #expect(receiver.requests.map(\.path) == ["/token"])
            try await invoke.shutDown()
        }
    }

    @Test(arguments: [300, 302, 307, 400, 401, 404, 429, 500, 503])
    func `a status other than 2xx is a failure by its number, and no redirect is followed`(status: Int) async throws {
        try await calling(nil) { receiver, call in
            receiver.behave { _ in .answers(status, headers: ["Location": "/elsewhere"], body: "why") }
            let failure = failure(await call([:]))
            #expect(failure == TaskFailure("States.Http.StatusCode.\(status)", "why"))
            #expect(receiver.requests.count == 1)
        }
    }

    @Test(arguments: [
        AnswerReceiver.Behavior.talksGarbage, .closesHalfWay, .hangsUp, .isSilent,
    ])
    func `no whole response within the time is a failure of the connection`(
        behavior: AnswerReceiver.Behavior
    ) async throws {
        try await calling(nil, timeout: .milliseconds(200)) { receiver, call in
            receiver.behave { _ in behavior }
            #expect(failure(await call([:]))?.error == "States.Http.Socket")
        }
    }

    @Test func `a receiver that is not there, or that is not trusted, is sent nothing`() async throws {
        let connection = try Connection(authorization: .apiKey(name: "X-Api-Key", value: secret))
        try await calling(connection, trusts: false) { receiver, call in
            let untrusted = failure(await call([:]))
            #expect(untrusted?.error == "States.Http.Socket")
            // What the library says of itself names the files that it was built from.
            #expect(untrusted?.cause.hasSuffix(": no TLS that is trusted: certificate verify failed") == true)
            #expect(receiver.requests.isEmpty)
            await receiver.stop()
            #expect(failure(await call([:]))?.error == "States.Http.Socket")
        }
    }

    @Test(arguments: ["Host", "user-agent", "Range", "Content-Length", "Transfer-Encoding", "a b", "a\r\nb"])
    func `a header that cannot be set is refused in a connection`(name: String) async throws {
        #expect(throws: InvalidRequest.self) {
            try Connection(authorization: nil, parameters: .init(headers: [(name, Secret("x"))]))
        }
    }

    @Test func `plain HTTP is spoken to this machine alone`() async throws {
        let receiver = AnswerReceiver(certificate: nil)
        try await receiver.start()
        var transport = HTTPInvoke.Transport()
        transport.isPlainToLoopback = true
        let invoke = try HTTPInvoke(connection: nil, transport: transport)
        _ = try await invoke.perform(Self.task(port: receiver.port)).get()
        #expect(receiver.requests.count == 1)
        try await invoke.shutDown()
        await receiver.stop()
        for host in ["127.0.0.1", "127.9.9.9", "localhost", "::1", "[::1]"] { #expect(Loopback.contains(host)) }
        for host in ["127.0.0.1.example.com", "127.0.0", "example.com", "128.0.0.1", "localhost.example.com", ""] {
            #expect(!Loopback.contains(host), "\(host)")
        }
        #expect(throws: InvalidRequest.self) {
            try OAuthClient(endpoint: "http://example.com/token", id: "c", secret: secret)
        }
    }

    @Test func `a secret is in no description and in no cause`() async throws {
        let basic = try Connection(
            authorization: .basic(username: "us", password: secret),
            parameters: .init(headers: [("X", Secret("header-value"))], query: [("q", Secret("query-value"))]))
        try await calling(basic) { receiver, call in
            // Some receivers send back what they have got.
            receiver.behave { .answers(401, body: "\($0.headers) \($0.path)") }
            let cause = try #require(failure(await call([:]))).cause
            #expect(cause.contains("Idempotency-Key"))
            for text in ["dXM6czNjcjN0LXZhbHVl", "header-value", "query-value"] { #expect(!cause.contains(text)) }
        }
        var dumped = ""
        dump(basic, to: &dumped)
        for text in ["\(basic)", "\(secret)", String(reflecting: basic), dumped] {
            #expect(!text.contains("s3cr3t"), "\(text)")
        }
        let wrong = #expect(throws: InvalidRequest.self) {
            try Connection(authorization: .apiKey(name: "X", value: Secret("s3cr3t\r\nHost: x")))
        }
        #expect(wrong?.description.contains("s3cr3t") == false)
    }
}

/// A clock that stands where it is set.
private final class SetClock: EngineClock {
    private let time = Mutex(Timestamp(milliseconds: 1_750_000_000_000))

    func now() -> Timestamp { time.withLock { $0 } }
    func sleep(until deadline: Timestamp) async throws {}
    func advance(bySeconds seconds: Int64) { time.withLock { $0 = $0.advanced(byMilliseconds: seconds * 1000) } }
}
