import AWSClient
import DurableExecution
import StatesLanguage
import TestSupport
import Testing

/// What a request becomes of the parameters of a task and of the connection, by AWS's page of `http:invoke`.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct HTTPParameterTests: ReceiverCalling {
    /// AWS's list, with an example for each prefix.
    static let forbidden = [
        "A-IM", "Accept-Charset", "Accept-Datetime", "Accept-Encoding", "Authorization", "Cache-Control", "Connection",
        "Content-Encoding", "Content-MD5", "Date", "Expect", "Forwarded", "From", "Host", "HTTP2-Settings", "If-Match",
        "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Max-Forwards", "Origin", "Pragma",
        "Proxy-Authorization", "Referer", "Server", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Via", "Warning",
        "x-forwarded-for", "x-amz-date", "x-amzn-trace-id",
    ]

    @Test(arguments: forbidden + ["User-Agent", "Range", "Content-Length", "a b", "a\r\nb", ""])
    func `a header that a task cannot set ends it before anything is sent`(name: String) async throws {
        try await calling(nil) { receiver, call in
            for name in [name, name.uppercased()] {
                #expect(failure(await call(["Headers": [name: "x"]]))?.error == StatesError.runtime)
            }
            #expect(receiver.requests.isEmpty)
        }
    }

    @Test(
        arguments: [
            ["ApiEndpoint": .null], ["ApiEndpoint": "http://localhost/x"], ["ApiEndpoint": "https://"],
            ["ApiEndpoint": "https:///path"], ["ApiEndpoint": "https://host/a b"], ["ApiEndpoint": "https://host/{id}"],
            ["ApiEndpoint": "ftp://host/"], ["ApiEndpoint": 1], ["Method": .null], ["Method": "post"],
            ["Method": "CONNECT"], ["Method": "TRACE"], ["InvocationConfig": .null],
            ["InvocationConfig": [:]], ["InvocationConfig": ["ConnectionArn": ""]], ["InvocationConfig": "arn"],
            ["InvocationConfig": ["ConnectionArn": "a", "Arn": "a"]], ["Authentication": ["ConnectionArn": "a"]],
            ["Body": "x"], ["Headers": "x"], ["Headers": ["a": 1]], ["Headers": ["a": [1]]], ["Headers": ["a": "b\nc"]],
            ["QueryParameters": "a=b"], ["Transform": ["RequestBodyEncoding": "FORM"]],
            ["Transform": ["Encoding": "x"]],
            ["Transform": ["RequestEncodingOptions": ["ArrayFormat": "COMMA"]]],
        ] as [JSONObject])
    func `parameters that AWS does not take end the task before anything is sent`(more: JSONObject) async throws {
        try await calling(nil) { receiver, call in
            let failure = failure(await call(more))
            #expect(failure?.error == StatesError.runtime, "\(more)")
            #expect(receiver.requests.isEmpty)
        }
    }

    @Test(arguments: ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
    func `every method is sent as it is named, with either way to name the connection`(method: String) async throws {
        let connection: JSONValue = ["ConnectionArn": "arn:aws:events:us-east-1:000000000000:connection/name/id"]
        try await calling(nil) { receiver, call in
            _ = try await call(["Method": .string(method)]).get()
            _ = try await call(["Method": .string(method), "InvocationConfig": .null, "Authentication": connection])
                .get()
            #expect(receiver.requests.map(\.method) == [method, method])
        }
    }

    @Test(arguments: [
        ("INDICES", "id=1&array%5B0%5D=a&array%5B1%5D=b%20c&metadata%5Border_details%5D=x"),
        ("REPEAT", "id=1&array=a&array=b%20c&metadata%5Border_details%5D=x"),
        ("COMMAS", "id=1&array=a%2Cb%20c&metadata%5Border_details%5D=x"),
        ("BRACKETS", "id=1&array%5B%5D=a&array%5B%5D=b%20c&metadata%5Border_details%5D=x"),
    ])
    func `a body is sent as a form where the task says so`(format: String, text: String) async throws {
        let parameters: JSONObject = [
            "RequestBody": ["id": 1, "array": ["a", "b c"], "metadata": ["order_details": "x"]],
            "Headers": ["Content-Type": "application/x-www-form-urlencoded"],
            "Transform": [
                "RequestBodyEncoding": "URL_ENCODED", "RequestEncodingOptions": ["ArrayFormat": .string(format)],
            ],
        ]
        try await calling(nil) { receiver, call in
            _ = try await call(parameters).get()
            #expect(receiver.requests.first?.body == text)
            #expect(receiver.requests.first?.values("Content-Type") == ["application/x-www-form-urlencoded"])
            _ = try await call(parameters.merging(["Transform": ["RequestBodyEncoding": "NONE"]])).get()
            #expect(receiver.requests.last?.body.hasPrefix("{") == true)
        }
    }

    @Test func `the elements of an array are named by their places where nothing is said`() async throws {
        try await calling(nil) { receiver, call in
            _ = try await call([
                "RequestBody": ["a": ["x", "y"]], "Transform": ["RequestBodyEncoding": "URL_ENCODED"],
            ]).get()
            #expect(receiver.requests.first?.body == "a%5B0%5D=x&a%5B1%5D=y")
        }
    }

    @Test func `headers and query parameters may have several values`() async throws {
        try await calling(nil) { receiver, call in
            _ = try await call(["Headers": ["X-Tag": ["a", "b"]], "QueryParameters": ["q": ["1", 2], "r": true]]).get()
            #expect(receiver.requests.first?.values("X-Tag") == ["a", "b"])
            #expect(receiver.requests.first?.path.hasSuffix("?q=1&q=2&r=true") == true)
        }
    }

    @Test func `what the connection sets wins over every value of the task, also in a form`() async throws {
        let connection = try Connection(
            authorization: .apiKey(name: "Authorization", value: Secret("key")),
            parameters: .init(
                headers: [("x-tag", Secret("own")), ("content-type", Secret("application/x-www-form-urlencoded"))],
                query: [("q", Secret("own"))], body: [("tenant", Secret("own")), ("more", Secret("m"))]))
        try await calling(connection) { receiver, call in
            _ = try await call([
                "Headers": ["X-Tag": ["a", "b"], "Content-Type": "text/plain"], "QueryParameters": ["q": ["1", "2"]],
                "RequestBody": ["tenant": "task"], "Transform": ["RequestBodyEncoding": "URL_ENCODED"],
            ]).get()
            let request = try #require(receiver.requests.first)
            #expect(request.values("X-Tag") == ["own"])
            #expect(request.values("Content-Type") == ["application/x-www-form-urlencoded"])
            #expect(request.values("Authorization") == ["key"])
            #expect(request.path.hasSuffix("/error?q=own"))
            #expect(request.body == "tenant=own&more=m")
        }
    }

    @Test func `a body that is no object cannot be merged with the connection's`() async throws {
        let connection = try Connection(
            authorization: nil, parameters: .init(body: [("tenant", Secret("own"))]))
        try await calling(connection) { receiver, call in
            for body in ["text", ["a"], 1] as [JSONValue] {
                #expect(failure(await call(["RequestBody": body]))?.error == StatesError.runtime)
            }
            #expect(receiver.requests.isEmpty)
            _ = try await call(["RequestBody": .null]).get()
            #expect(receiver.requests.first?.body == #"{"tenant":"own"}"#)
        }
    }
}
