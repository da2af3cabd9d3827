/// What an engine does.
package enum EngineState: Sendable {
    /// It has not taken up yet what is in the store.
    case starting
    case running
    /// The store could not be written. Everything stands as it is on disk, and goes on when the store can be written again.
    case waitingForStore(any Error)
    /// The store has an error that does not pass, or the engine was shut down (`CancellationError`).
    case ended(any Error)

    /// The state without its reason, for a measurement.
    package var name: String {
        switch self {
        case .starting: "starting"
        case .running: "running"
        case .waitingForStore: "waiting"
        case .ended: "ended"
        }
    }

    /// All that `name` can be.
    package static let names = ["starting", "running", "waiting", "ended"]
}

/// The engine waits for its store: nothing is taken in until it can be written again.
package struct EngineUnavailable: Error, CustomStringConvertible {
    package let reason: String

    package init(reason: String) {
        self.reason = reason
    }

    package var description: String { "nothing can be written now, and nothing was begun: \(reason)" }
}
