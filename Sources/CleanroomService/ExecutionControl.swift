package import DurableExecution
package import EmbeddedLake

/// What an operator does with the executions of a folder, whether a server runs them or nobody does.
package struct ExecutionControl: Sendable {
    /// What became of an execution that was to be stopped.
    package enum StopResult: Sendable {
        /// It was ended here.
        case stopped
        /// The process that runs it has ended it.
        case stoppedByOwner
        /// The process that runs it has been asked, and has not done it yet.
        case requested
        /// It had ended before.
        case hasEnded
    }

    private static let pollInterval = Duration.milliseconds(50)

    private let store: LakeStore
    private let clock: any EngineClock

    package init(store: LakeStore, clock: any EngineClock = SystemClock()) {
        self.store = store
        self.clock = clock
    }

    /// Ends an execution, here or by the process that runs the folder's executions, which is waited for as long as
    /// `patience`. Nothing is undone by it, but for what the recovery does then.
    package func stop(
        _ arn: ExecutionARN, error: String?, cause: String?, patience: Duration
    ) async throws -> StopResult {
        let deadline = ContinuousClock.now + patience
        var isRequested = false
        while true {
            let status = try store.execution(named: arn)?.status
            // It may end by itself meanwhile.
            if status != .running { return isRequested && status == .aborted ? .stoppedByOwner : .hasEnded }
            let lock = try store.ownEngine()
            defer { withExtendedLifetime(lock) {} }
            if lock != nil { _ = try store.holdInterrupted(at: clock.now()) }
            if try store.stopUnowned(arn, error: error, cause: cause, at: clock.now(), ownsEngine: lock != nil) {
                return .stopped
            }
            if lock != nil { return .hasEnded }
            if !isRequested {
                try store.requestStop(of: arn, error: error, cause: cause)
                isRequested = true
            }
            if ContinuousClock.now >= deadline { return .requested }
            try await Task.sleep(for: Self.pollInterval)
        }
    }

    /// Has an execution taken up again that was set aside: by the server of the folder if there is one, else by the next.
    ///
    /// - Returns: whether it was set aside.
    package func release(_ arn: ExecutionARN) throws -> Bool { try store.releaseHold(of: arn) }
}
