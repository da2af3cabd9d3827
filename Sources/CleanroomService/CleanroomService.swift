package import CleanroomModel
import CleanroomWorkflows
package import DurableExecution
package import EmbeddedLake
package import StatesLanguage

/// The service on one machine: takes a request, has the compiled machine run for it, and tells what became of it.
package struct CleanroomService: Sendable {
    /// How long a process that wants an outcome waits between two looks at what another one is doing.
    private static let pollInterval = Duration.milliseconds(50)

    /// The state with which undoing begins.
    package static let undoState = CreateCleanroom.undoState

    package let store: LakeStore
    private let machine: StateMachineVersion
    private let bucket: String
    private let handlers: TaskHandlers<LakeTransaction>
    private let clock: any EngineClock

    /// - Parameter handlers: carry out the tasks; without a delivery of their own they keep the answers.
    package init(
        store: LakeStore, deployment: Deployment, handlers: TaskHandlers<LakeTransaction> = LakeServices.handlers(),
        clock: any EngineClock = SystemClock()
    ) throws(DefinitionError) {
        self.store = store
        self.clock = clock
        bucket = deployment.bucket
        machine = try CompiledMachine.createCleanroom().version(for: deployment)
        self.handlers = handlers
        try handlers.check(try StateMachine(parsing: machine.definition))
    }

    /// Makes a cleanroom, or tells the outcome of the same request when it was made before.
    ///
    /// 1. Start the execution: from then on the request has an outcome, whatever happens to this process.
    /// 2. Run it, if no other process runs the executions of this folder; else wait for that one, and take over if it
    ///    ends.
    /// 3. Return when the outcome is decided and told, or when telling it has taken longer than `patience`.
    ///
    /// - Throws: `LakeError`, `requestIDReused` among them.
    package func create(
        _ request: CleanroomRequest, patience: Duration = .seconds(30),
        observe: (@Sendable (HistoryEvent) -> Void)? = nil
    ) async throws -> RequestOutcome {
        // 1.
        let seed = UInt64.random(in: .min ... .max)
        let result = try store.startExecution(
            of: machine, name: request.requestID.text, input: request.json, at: clock.now(), seed: seed)
        let (arn, isRepeat) =
            switch result {
            case .started(let arn): (arn, false)
            case .known(let arn): (arn, true)
            }
        // 2.
        let deadline = ContinuousClock.now + patience
        while true {
            if let outcome = try outcome(of: request, isRepeat: isRepeat), outcome.isFinal { return outcome }
            if let lock = try store.ownEngine() {
                try await run(until: arn, deadline: deadline, observe: observe)
                withExtendedLifetime(lock) {}
            }
            // 3.
            if let outcome = try outcome(of: request, isRepeat: isRepeat) {
                if outcome.isFinal || outcome.status != nil && ContinuousClock.now >= deadline { return outcome }
            }
            try await Task.sleep(for: Self.pollInterval)
        }
    }

    /// Runs all unfinished executions until one has ended, or until `deadline` when its answer is on its way.
    private func run(
        until arn: ExecutionARN, deadline: ContinuousClock.Instant, observe: (@Sendable (HistoryEvent) -> Void)?
    ) async throws {
        let engine = Engine(
            store: store, handlers: handlers, clock: clock,
            observe: observe.map { observe in { @Sendable event in if event.execution == arn { observe(event) } } })
        try await engine.resume()
        try await withThrowingTaskGroup { group in
            group.addTask { _ = try await engine.outcome(of: arn) }
            group.addTask {
                // Executions that other processes start meanwhile are taken up as well.
                while true {
                    try await Task.sleep(for: Self.pollInterval)
                    try await engine.resume()
                    let isDecided = try store.execution(named: arn)?.answer != nil
                    if isDecided, ContinuousClock.now >= deadline { return }
                }
            }
            _ = try await group.next()
            await engine.shutDown()
            group.cancelAll()
            while let result = await group.nextResult() {
                // The one that was not waited for ends by the shutdown.
                _ = result
            }
        }
    }

    private func outcome(of request: CleanroomRequest, isRepeat: Bool) throws -> RequestOutcome? {
        guard let record = try store.execution(named: machine.reference.executionARN(name: request.requestID.text))
        else { return nil }
        return RequestOutcome(request: request, record: record, isRepeat: isRepeat, bucket: bucket)
    }
}

extension CleanroomRequest {
    /// The request as the input of an execution.
    package var json: JSONValue {
        ["requestId": .string(requestID.text), "account": .string(account.text), "database": .string(database.text)]
    }
}
