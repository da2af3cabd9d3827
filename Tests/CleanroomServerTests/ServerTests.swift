import AWSSigning
import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import StatesLanguage
import TestSupport
import Testing

@testable import CleanroomServer

/// The server by its routes, without a network: who is let in, and what each route answers.
@Suite(.timeLimit(.minutes(1)))
struct ServerTests {
    private static let token = "a-token"
    private static let key = (id: "AKIDEXAMPLE", secret: SecretAccessKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"))

    private static var closed: ServerSettings {
        ServerSettings(accessKeys: [key.id: key.secret], tokenHashes: [StateMachineVersion.sha256(token)])
    }

    /// Runs `body` with a client of a server on an empty lake.
    private func withServer(
        _ settings: ServerSettings = ServerSettings(),
        _ body: @Sendable @escaping (any TestClientProtocol) async throws -> Void
    ) async throws {
        let folder = TemporaryFolder()
        let store = try LakeStore(folder: DataFolder(path: folder.path))
        let host = try await CleanroomHost(store: store, deployment: Deployment())
        let server = try CleanroomServer(
            host: host, settings: settings, metrics: PrometheusRegistry(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { try await host.run() }
        try await server.withThreads {
            try await server.application.test(.router) { client in try await body(client) }
        }
        running.cancel()
        await host.shutDown()
        withExtendedLifetime(folder) {}
    }

    private static func json(_ response: TestResponse) throws -> JSONValue {
        try JSONValue(parsing: String(buffer: response.body))
    }

    private static func wish(_ database: String, account: String = "111122223333") -> (id: String, body: ByteBuffer) {
        let id = "6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11"
        return (
            id, ByteBuffer(string: #"{"requestId":"\#(id)","account":"\#(account)","database":"\#(database)"}"#)
        )
    }

    // MARK: The JSON API

    @Test func `a room is asked for, made, shown and listed`() async throws {
        try await withServer { client in
            let (id, body) = Self.wish("acme_room")
            let created = try await client.execute(uri: "/v1/cleanrooms", method: .post, body: body)
            #expect(created.status == .accepted)
            let outcome = try await client.execute(uri: "/v1/requests/\(id)?wait=20", method: .get)
            #expect(try Self.json(outcome)["status"] == "SUCCEEDED")
            let room = try await client.execute(uri: "/v1/cleanrooms/acme_room", method: .get)
            #expect(try Self.json(room)["requestId"] == .string(id))
            let list = try await client.execute(uri: "/v1/cleanrooms", method: .get)
            #expect(try Self.json(list)["cleanrooms"]?[0]?["database"] == "acme_room")
            let again = try await client.execute(uri: "/v1/cleanrooms", method: .post, body: body)
            #expect(try again.status == .ok && Self.json(again)["repeated"] == true)
        }
    }

    @Test(arguments: [
        (#"{"requestId":"6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11","account":"1","database":"a"}"#, 422, "account"),
        (#"{"requestId":"x","account":"111122223333","database":"a"}"#, 422, "requestId"),
        (
            #"{"requestId":"6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11","account":"111122223333","database":"A"}"#, 422,
            "database"
        ),
        ("[1]", 422, ""), ("{", 400, ""),
    ])
    func `what is wrong with a request is told by field`(body: String, status: Int, field: String) async throws {
        try await withServer { client in
            let response = try await client.execute(
                uri: "/v1/cleanrooms", method: .post, body: ByteBuffer(string: body))
            #expect(response.status.code == status)
            #expect(response.headers[.contentType] == "application/problem+json")
            #expect(String(buffer: response.body).contains(field))
            let rooms = try await client.execute(uri: "/v1/cleanrooms", method: .get)
            #expect(try Self.json(rooms)["cleanrooms"] == [])
        }
    }

    @Test func `what is not there is not found, and another method is told which there are`() async throws {
        try await withServer { client in
            for path in ["/v1/cleanrooms/none", "/v1/requests/6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11", "/v2", "/v1/x"] {
                let response = try await client.execute(uri: path, method: .get)
                #expect(response.status == .notFound, "\(path)")
            }
            let response = try await client.execute(uri: "/v1/cleanrooms", method: .delete)
            #expect(response.status == .methodNotAllowed)
            #expect(response.headers[.allow] == "GET, HEAD, POST")
        }
    }

    @Test func `a HEAD is answered like a GET without its body`() async throws {
        try await withServer { client in
            for path in ["/v1/cleanrooms", "/openapi.json", "/docs", "/health/live", "/metrics"] {
                let get = try await client.execute(uri: path, method: .get)
                let head = try await client.execute(uri: path, method: .head)
                #expect(get.status == .ok && head.status == get.status, "\(path)")
                #expect(get.body.readableBytes > 0 && head.body.readableBytes == 0, "\(path)")
            }
        }
    }

    // MARK: Who is let in

    @Test(
        arguments: [
            (nil, false), ("Bearer a-token", true), ("bearer a-token", true), ("Bearer b-token", false),
            ("Bearer ", false),
            ("Basic a-token", false), ("a-token", false), ("Bearer  a-token", false),
        ] as [(String?, Bool)])
    func `the JSON API lets in who carries the token`(authorization: String?, isLetIn: Bool) async throws {
        try await withServer(Self.closed) { client in
            var headers = HTTPFields()
            if let authorization { headers[.authorization] = authorization }
            for path in ["/v1/cleanrooms", "/metrics"] {
                let response = try await client.execute(uri: path, method: .get, headers: headers)
                #expect(response.status == (isLetIn ? .ok : .unauthorized), "\(path)")
            }
            // What everybody may know.
            for path in ["/health/live", "/openapi.json", "/docs"] {
                #expect(try await client.execute(uri: path, method: .get).status == .ok, "\(path)")
            }
        }
    }

    @Test(
        arguments: [
            (nil, 200), ("http://localhost", 200), ("https://localhost", 200), ("http://evil.example", 403),
            ("http://localhost:81", 403), ("null", 403), ("localhost", 403),
        ] as [(String?, Int)])
    func `pages of another origin are kept out`(origin: String?, status: Int) async throws {
        try await withServer { client in
            var headers = HTTPFields()
            if let origin { headers[.origin] = origin }
            let response = try await client.execute(uri: "/v1/cleanrooms", method: .get, headers: headers)
            #expect(response.status.code == status)
        }
    }

    @Test(arguments: [
        ("Host", "other", 400), ("Transfer-Encoding", "gzip, chunked", 400), ("Transfer-Encoding", "Chunked", 200),
        ("TE", "trailers, Chunked", 400), ("TE", "trailers", 200),
    ])
    func `what a proxy may read otherwise is refused`(name: String, value: String, status: Int) async throws {
        try await withServer { client in
            let headers: HTTPFields = [try #require(HTTPField.Name(name)): value]
            let response = try await client.execute(uri: "/v1/cleanrooms", method: .get, headers: headers)
            #expect(response.status.code == status)
        }
    }

    /// A call of AWS, signed with a secret.
    private static func call(
        _ secret: SecretAccessKey?, id: String = key.id, service: String = "states", at time: SigningTime? = nil
    ) -> (headers: HTTPFields, body: ByteBuffer) {
        let time = time ?? SigningTime(secondsSince1970: SystemClock().now().milliseconds / 1000)
        let (body, date, target) = ("{}", time.text, "AWSStepFunctions.ListStateMachines")
        var headers: HTTPFields = [
            .init("X-Amz-Target")!: target, .init("X-Amz-Date")!: date, .contentType: "application/x-amz-json-1.0",
        ]
        guard let secret else { return (headers, ByteBuffer(string: body)) }
        let signature = RequestSigner(accessKeyID: id, secret: secret).sign(
            SignableRequest(
                method: "POST", target: "/",
                headers: [
                    .init("host", "localhost"), .init("x-amz-date", date), .init("x-amz-target", target),
                    .init("content-type", "application/x-amz-json-1.0"),
                ],
                body: Array(body.utf8)), region: "us-east-1", service: service, at: time)
        headers[.authorization] = signature.authorization
        return (headers, ByteBuffer(string: body))
    }

    @Test func `calls of AWS are let in by their signature, and by nothing else`() async throws {
        let other = SecretAccessKey("another-secret")
        let old = SigningTime(secondsSince1970: SystemClock().now().milliseconds / 1000 - 3600)
        var changed = Self.call(Self.key.secret)
        changed.body = ByteBuffer(string: "{ }")
        let calls = [
            ("signed", Self.call(Self.key.secret), true), ("without a signature", Self.call(nil), false),
            ("with another secret", Self.call(other), false), ("with another body", changed, false),
            ("with an unknown key", Self.call(Self.key.secret, id: "AKIDOTHER"), false),
            ("for another service", Self.call(Self.key.secret, service: "glue"), false),
            ("an hour old", Self.call(Self.key.secret, at: old), false),
        ]
        try await withServer(Self.closed) { client in
            for (what, call, isLetIn) in calls {
                let response = try await client.execute(
                    uri: "/", method: .post, headers: call.headers, body: call.body)
                #expect((response.status == .ok) == isLetIn, "\(what)")
            }
        }
        try await withServer { client in
            let call = Self.call(nil)
            let response = try await client.execute(uri: "/", method: .post, headers: call.headers, body: call.body)
            #expect(response.status == .ok, "where nobody has to say who they are")
            #expect(try Self.json(response)["stateMachines"]?.arrayValue?.isEmpty == false)
        }
    }

    @Test(arguments: ["0.0.0.0", "192.0.2.1", "example.com"])
    func `an address that others reach is not served without credentials`(host: String) {
        #expect(throws: ServerError.credentialsRequired(host: host)) { try ServerSettings(host: host).check() }
        #expect(throws: Never.self) {
            try ServerSettings(host: host, tokenHashes: [StateMachineVersion.sha256("x")]).check()
        }
    }
}
