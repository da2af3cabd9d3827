import Foundation
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// What is known of a request while it is handled.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Names the request in the answer's headers and in the log.
    let requestID: String
    /// The request for a cleanroom that it is about, for the log.
    let cleanroomRequest = CleanroomRequestName()
    /// What its body takes of the memory that there is for bodies.
    let bodyShare = BodyShare()
    let channel: any Channel

    init(source: Source) {
        coreContext = .init(source: source)
        channel = source.channel
        requestID = UUID().uuidString.lowercased()
        logger[metadataKey: "hb.request.id"] = "\(requestID)"
    }

    /// Logs with everything that is known of the request by now.
    var requestLogger: Logger {
        var logger = logger
        if let id = cleanroomRequest.value { logger[metadataKey: "requestId"] = "\(id)" }
        return logger
    }

    /// Has every line of the log about this request name the cleanroom request that it is about.
    func isAbout(cleanroomRequest id: String) { cleanroomRequest.set(id) }

    var maxUploadSize: Int { ServerSettings.maximumBodyBytes }
}

/// The requestId of the cleanroom request that a request turns out to be about.
final class CleanroomRequestName: Sendable {
    private let name = Mutex<String?>(nil)

    // They lock, and the callers are async (docs/architecture.md, Locks).
    var value: String? {
        @inline(never) get { name.withLock { $0 } }
    }

    @inline(never)
    func set(_ id: String) { name.withLock { $0 = id } }
}
