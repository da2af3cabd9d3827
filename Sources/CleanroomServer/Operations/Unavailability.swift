import DurableExecution
import EmbeddedLake

/// Tells errors that pass by themselves, such as a full disk, from those of the request and of this program.
enum Unavailability {
    /// Whether the same request may be taken later, since now nothing can be written or read.
    static func isReason(_ error: any Error) -> Bool {
        switch error {
        case is EngineUnavailable, LakeError.storage, LakeError.folderNotWritable: true
        // The server is shutting down.
        case is CancellationError: true
        default: false
        }
    }

    /// The reason for a client: the log has the system's words, and the path.
    static func text(_ error: any Error) -> String {
        error is CancellationError
            ? "The server is shutting down, and nothing was begun. Try again."
            : "The disk of the data folder cannot be written or read now, most likely since it is full, and nothing was "
                + "begun. Try again; /health/ready says when it can."
    }
}
