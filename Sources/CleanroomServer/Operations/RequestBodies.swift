import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

/// Reads the bodies of requests, and bounds how much of the memory all of them take at a time.
struct RequestBodies: Sendable {
    let limit: RequestLimit
    let memory: BodyMemory

    /// The body of a request. Its bytes count until the request has been answered.
    ///
    /// - Throws: `WireError.bodyTooLarge`, `TooManyRequests`, `MalformedRequest`.
    func read(_ request: Request, _ context: ServerContext) async throws -> [UInt8] {
        let length = try Self.length(of: request)
        return try await limit.exceptWhile {
            var bytes: [UInt8] = []
            do {
                for try await part in request.body {
                    let count = part.readableBytes
                    if bytes.count + count > ServerSettings.maximumBodyBytes { throw WireError.bodyTooLarge }
                    let isLarge = bytes.count + count > BodyMemory.smallBody
                    if !context.bodyShare.take(count, of: memory, isLarge: isLarge) {
                        throw TooManyRequests.bodies(memory.maximum)
                    }
                    // Growing step by step would leave pieces of the memory behind.
                    if isLarge, let length, bytes.capacity < length { bytes.reserveCapacity(length) }
                    bytes.append(contentsOf: part.readableBytesView)
                }
            } catch let error as HTTPParserError {
                throw MalformedRequest("the body cannot be read: \(error)")
            }
            if let length, bytes.count < length {
                throw MalformedRequest("the body ends after \(bytes.count) of \(length) bytes")
            }
            return bytes
        }
    }

    /// What the request says of the length of its body.
    private static func length(of request: Request) throws -> Int? {
        guard let text = request.headers[.contentLength] else { return nil }
        guard let length = Int(text), length <= ServerSettings.maximumBodyBytes else { throw WireError.bodyTooLarge }
        return length
    }
}
