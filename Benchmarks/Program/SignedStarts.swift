import AWSSigning
import DurableExecution
import Foundation
import StatesLanguage

/// Signs calls of `StartExecution`, for a client that cannot: a line each with signature, time and body.
struct SignedStarts {
    static let target = "AWSStepFunctions.StartExecution"
    static let contentType = "application/x-amz-json-1.0"
    private let file: String
    private let authority: String
    private let numbers: Range<Int>
    private let machine: String
    private let key: String
    private let secret: String

    init(_ options: Options) throws {
        (file, authority) = (try options.text("file"), try options.text("authority"))
        let first = try options.number("first")
        numbers = first..<first + (try options.number("count"))
        (machine, key, secret) = (try options.text("machine"), try options.text("key"), try options.text("secret"))
    }

    func run() throws -> JSONValue {
        let signer = RequestSigner(accessKeyID: key, secret: SecretAccessKey(secret))
        let time = SigningTime(secondsSince1970: SystemClock().now().milliseconds / 1000)
        let reference = StateMachineReference(arn: machine, name: "", roleARN: "", definitionHash: "")
        let lines = try numbers.map { number -> String in
            let start = try RoomsLoop.start(number, of: reference, at: Timestamp(milliseconds: 0))
            let body: JSONValue = [
                "stateMachineArn": .string(machine), "name": .string(start.name), "input": .string(start.input.text),
            ]
            let request = SignableRequest(
                method: "POST", target: "/",
                headers: [
                    .init("Host", authority), .init("X-Amz-Date", time.text), .init("X-Amz-Target", Self.target),
                    .init("Content-Type", Self.contentType),
                ], body: Array(body.text.utf8))
            let signature = signer.sign(request, region: "us-east-1", service: "states", at: time)
            return "\(signature.authorization)\t\(time.text)\t\(body.text)\n"
        }
        try lines.joined().write(toFile: file, atomically: true, encoding: .utf8)
        return ["requests": .integer(Int64(lines.count))]
    }
}
