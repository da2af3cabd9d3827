import AWSClient
import DurableExecution
import StatesLanguage
import TestSupport
import Testing

/// What becomes of a request that a receiver has taken, by what it answers: AWS's page of `http:invoke`, under "Unsupported
/// HTTP Task responses", is the witness, and for the size what was measured on AWS
/// (<https://onecloudplease.com/blog/https-endpoints-and-more-tricks-with-aws-step-functions>).
@Suite(.serialized, .timeLimit(.minutes(1)))
struct HTTPResponseTests: ReceiverCalling {
    private func result(
        of status: Int = 200, headers: [String: String] = [:], _ body: [UInt8]
    ) async throws -> TaskResult {
        try await calling(nil) { receiver, call in
            receiver.behave { _ in .answersBytes(status, headers: headers, body: body) }
            let result = await call([:])
            #expect(receiver.requests.count == 1, "the receiver has the request, whatever becomes of its answer")
            return result
        }
    }

    @Test(
        arguments: [
            "application/octet-stream", "Application/Octet-Stream", "application/octet-stream; charset=utf-8",
            "image/png",
            "IMAGE/svg+xml", "audio/mpeg", "video/mp4",
        ], [200, 201])
    func `a response of a type that AWS does not read ends the task for good`(type: String, status: Int) async throws {
        let failure = failure(try await result(of: status, headers: ["Content-Type": type], Array("{}".utf8)))
        #expect(failure?.error == StatesError.runtime)
        #expect(failure?.cause.contains("answered \(status)") == true)
        #expect(failure.map { StatesError.matches($0.error, [StatesError.all]) } == false)
    }

    @Test(arguments: [
        "application/json", "text/plain", "text/html; charset=utf-8", "application/xml", "application/pdf",
        "application/x-octet-stream", "imagine/x", "",
    ])
    func `a text of any other type is read`(type: String) async throws {
        let result = try await result(headers: ["Content-Type": type], Array("taken, \u{e9}".utf8)).get()
        #expect(result["ResponseBody"] == "taken, \u{e9}")
    }

    @Test func `a response without a type, or without a body, is read`() async throws {
        #expect(try await result(Array("ok".utf8)).get()["ResponseBody"] == "ok")
        let empty = try await result(of: 204, []).get()
        #expect(empty["StatusCode"] == 204)
        #expect(empty["ResponseBody"] == "")
    }

    @Test(
        arguments: [
            [0x89, 0x50, 0x4E, 0x47], [0xFF, 0xFE, 0x61, 0x00], [0x63, 0x61, 0x66, 0xE9],  // PNG, UTF-16, Latin-1
            [0xED, 0xA0, 0x80], [0xC0, 0xAF],  // half of a surrogate pair, a longer form than needed
        ] as [[UInt8]])
    func `bytes that are no text end the task for good, whatever they are called`(body: [UInt8]) async throws {
        for type in ["text/plain", "application/json", "text/plain; charset=iso-8859-1"] {
            let failure = failure(try await result(headers: ["Content-Type": type], body))
            #expect(failure?.error == StatesError.runtime, "\(type)")
            #expect(failure?.cause.contains("no valid text") == true)
        }
    }

    /// The largest result has 262,144 bytes as it stands in the data of the execution, its headers among them.
    @Test func `a result counts with its headers, and one byte too many is an error of its own`() async throws {
        let rest = try await result(headers: ["X-Some": "header"], []).get().text.utf8.count
        func body(_ count: Int) -> [UInt8] { Array(repeating: UInt8(ascii: "x"), count: count) }
        // The length of the body stands in a header, with one digit for the empty one.
        let room = Interpreter.maximumDataBytes - rest - ("262144".count - "0".count)
        let largest = try await result(headers: ["X-Some": "header"], body(room)).get()
        #expect(largest.text.utf8.count == Interpreter.maximumDataBytes)
        let failure = failure(try await result(headers: ["X-Some": "header"], body(room + 1)))
        #expect(failure?.error == StatesError.dataLimitExceeded)
        #expect(failure?.cause.contains("maximum number of bytes") == true)
    }

    @Test(arguments: [
        String(repeating: "x", count: 1_000_000), String(repeating: "\u{e9}", count: 200_000),
        String(repeating: "x", count: Interpreter.maximumDataBytes + 1),
    ])
    func `a response that is too large is an error, which is caught by its name alone`(body: String) async throws {
        let failure = try #require(failure(try await result(Array(body.utf8))))
        #expect(failure.error == StatesError.dataLimitExceeded)
        #expect(StatesError.matches(failure.error, [StatesError.dataLimitExceeded]))
        for name in [StatesError.all, StatesError.taskFailed] { #expect(!StatesError.matches(failure.error, [name])) }
    }

    @Test func `a receiver that heeds the range and sends a part is taken at its word`() async throws {
        let small = try await result(of: 206, headers: ["Content-Range": "bytes 0-1/2"], Array("{}".utf8)).get()
        #expect(small["StatusCode"] == 206)
        // What AWS asks for has a byte more than it takes.
        let large = Array(repeating: UInt8(ascii: "x"), count: 262_145)
        #expect(failure(try await result(of: 206, large))?.error == StatesError.dataLimitExceeded)
    }

    @Test func `an error is known by its status, whatever its type and however large it is`() async throws {
        for body in [[0xFF, 0xD8, 0xFF], Array(repeating: UInt8(ascii: "x"), count: 500_000)] {
            let failure = failure(try await result(of: 503, headers: ["Content-Type": "image/jpeg"], body))
            #expect(failure?.error == "States.Http.StatusCode.503")
            #expect(failure.map { $0.cause.unicodeScalars.count <= 1000 } == true)
        }
    }

    @Test func `what says it is JSON and is none stays the text that it is`() async throws {
        let headers = ["Content-Type": "application/problem+json"]
        #expect(try await result(headers: headers, Array(#"{"a":1}"#.utf8)).get()["ResponseBody"] == ["a": 1])
        #expect(try await result(headers: headers, Array("<html>".utf8)).get()["ResponseBody"] == "<html>")
    }
}
