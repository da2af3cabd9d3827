import CleanroomModel
import DurableExecution
import EmbeddedLake
import StatesLanguage

/// The engine of a folder. One process at a time owns it, and runs the executions of all.
struct FolderEngine: Sendable {
    /// How long a process waits between two looks at what another one is doing: the lock of a file has no event, and
    /// neither has what another process commits.
    static let pollInterval = Duration.milliseconds(50)

    let engine: Engine<LakeStore>
    /// What the processes before this one could not get over, and is set aside now.
    let setAside: [ExecutionARN]
    /// Held for as long as this stands, however the process ends.
    private let lock: FileLock

    /// Becomes the owner; `nil` where another process is.
    ///
    /// - Parameter deployment: what rooms are made by while this process is the owner, whoever asks for them.
    init?(
        of store: LakeStore, serving deployment: Deployment? = nil, clock: any EngineClock,
        _ make: () -> Engine<LakeStore>
    ) throws {
        guard let lock = try store.ownEngine(serving: deployment) else { return nil }
        self.lock = lock
        setAside = try store.holdInterrupted(at: clock.now())
        engine = make()
    }

    /// Becomes the owner as soon as no other process is.
    ///
    /// - Throws: `LakeError.folderInUse` when that takes longer than `patience`.
    static func waiting(
        of store: LakeStore, serving deployment: Deployment, clock: any EngineClock, patience: Duration,
        _ make: () -> Engine<LakeStore>
    ) async throws -> FolderEngine {
        let deadline = ContinuousClock.now + patience
        while true {
            if let owned = try FolderEngine(of: store, serving: deployment, clock: clock, make) { return owned }
            if ContinuousClock.now >= deadline { throw LakeError.folderInUse(path: store.folder.path) }
            try await Task.sleep(for: pollInterval)
        }
    }

    /// Has the executions of a folder go on until something is found in it: by this process where it can own the engine,
    /// and else by whoever does; if that one ends, this one takes over.
    ///
    /// - Parameters:
    ///   - first: the execution that is taken up before all others, and at whose end it is looked at once.
    ///   - found: what is waited for, if it is there; told whether it is another process that has to bring it about.
    static func carryOn<Value: Sendable>(
        _ store: LakeStore, clock: any EngineClock, first: ExecutionARN? = nil, _ make: () -> Engine<LakeStore>,
        until found: (_ isOwnedByAnother: Bool) throws -> Value?
    ) async throws -> Value {
        var owned: FolderEngine?
        var isOwnedByAnother = false
        while true {
            if let value = try found(isOwnedByAnother) {
                await owned?.engine.shutDown()
                return value
            }
            if owned == nil { owned = try FolderEngine(of: store, clock: clock, make) }
            isOwnedByAnother = owned == nil
            guard let engine = owned?.engine else {
                try await Task.sleep(for: pollInterval)
                continue
            }
            if let first { try await engine.takeUp(first) }
            // Executions that other processes start meanwhile are taken up as well.
            try await engine.resume()
            try await wait(for: first, in: engine, store)
        }
    }

    /// Waits until an execution has ended, but no longer than until it is time to look around again.
    private static func wait(for arn: ExecutionARN?, in engine: Engine<LakeStore>, _ store: LakeStore) async throws {
        // What has ended without an outcome is being recovered.
        let awaited = try arn.flatMap { try store.execution(named: $0)?.status == .running ? $0 : nil }
        try await withThrowingTaskGroup { group in
            group.addTask {
                if let awaited {
                    if try await engine.outcome(of: awaited) != nil { return }
                    // It has ended just now, or another process has it.
                    if try store.execution(named: awaited)?.status != .running { return }
                }
                try await Task.sleep(for: pollInterval)
            }
            group.addTask { try await Task.sleep(for: pollInterval) }
            try await group.next()
            group.cancelAll()
            while let other = await group.nextResult() {
                // The one that was not waited for ends by being cancelled.
                if case .failure(let error) = other, !(error is CancellationError) { throw error }
            }
        }
    }
}
