package import CleanroomModel
import CleanroomWorkflows
package import DurableExecution
package import EmbeddedLake
package import StatesLanguage

/// The service on one machine: takes a request, has the compiled machine run for it, and tells what became of it.
package struct CleanroomService: Sendable {
    package let store: LakeStore
    /// Finds out what became of requests.
    package let reader: RequestReader
    private let workflow: DeployedWorkflow
    private let handlers: TaskHandlers<LakeTransaction>
    private let clock: any EngineClock
    private let policy: CommitPolicy

    /// - Parameter handlers: carry out the tasks; without a delivery of their own they keep the answers.
    package init(
        store: LakeStore, deployment: Deployment, handlers: TaskHandlers<LakeTransaction> = LakeServices.handlers(),
        clock: any EngineClock = SystemClock(), policy: CommitPolicy = .sharing
    ) throws(DefinitionError) {
        let workflow = try DeployedWorkflow(.createCleanroom, for: deployment, handlers: handlers, in: store)
        self.init(
            store: store, workflow: workflow, bucket: deployment.bucket, handlers: handlers, clock: clock,
            policy: policy)
    }

    /// - Parameter handlers: are there for everything that the machines call.
    package init(
        store: LakeStore, workflow: DeployedWorkflow, bucket: String, handlers: TaskHandlers<LakeTransaction>,
        clock: any EngineClock, policy: CommitPolicy = .sharing
    ) {
        self.store = store
        self.workflow = workflow
        reader = RequestReader(store: store, bucket: bucket)
        self.handlers = handlers
        self.clock = clock
        self.policy = policy
    }

    /// Makes a cleanroom, or tells the outcome of the same request when it was made before.
    ///
    /// 1. Start the execution: from then on the request has an outcome, whatever happens to this process.
    /// 2. Run it, if no other process runs the executions of this folder; else wait for that one, and take over if it
    ///    ends.
    /// 3. Return when the outcome is decided and told, or when telling it takes longer than until `patience` is over;
    ///    undecided where the other process has not decided it by then, where its execution is set aside, and where two
    ///    recoveries in a row were lost.
    ///
    /// - Throws: `LakeError`, `requestIDReused` among them.
    /// - Parameter waiting: told once when another process runs the folder's executions and takes longer than a few
    ///   seconds.
    package func create(
        _ request: CleanroomRequest, patience: Duration = .seconds(30), noticeAfter: Duration = .seconds(3),
        waiting: (@Sendable () -> Void)? = nil, observe: (@Sendable (HistoryEvent) -> Void)? = nil
    ) async throws -> RequestOutcome {
        // 1.
        let machine = workflow.machine
        try workflow.addRule(to: store)
        let seed = UInt64.random(in: .min ... .max)
        let result = try store.startExecution(
            of: machine, name: request.requestID.text, input: request.json, at: clock.now(), seed: seed)
        let (arn, isRepeat) =
            switch result {
            case .started(let arn): (arn, false)
            case .known(let arn): (arn, true)
            }
        // 2. and 3.
        let begin = ContinuousClock.now
        let deadline = begin + patience
        var waiting = waiting
        var dispatch: ExecutionARN?
        func outcome() throws -> RequestOutcome? {
            guard
                let outcome = try reader.outcome(
                    of: request.requestID.text, on: machine.reference, isRepeat: isRepeat)
            else { return nil }
            // The rule has started the first recovery. Where that was lost, a server's sweep would start the next.
            if outcome.isLost, !outcome.isFinal, let lost = outcome.recovery, let recovery = workflow.recovery {
                if let dispatch { return try store.execution(named: dispatch)?.status == .running ? nil : outcome }
                var random = SeededRandom(seed: .random(in: .min ... .max))
                let name = random.uuid()
                _ = try store.startExecution(
                    of: recovery, name: name, input: ["executionArn": .string(lost.start.arn.text)], at: clock.now(),
                    seed: random.next())
                dispatch = recovery.reference.executionARN(name: name)
                return nil
            }
            // Only an operator has it go on.
            if outcome.last.hold?.setAsideAt != nil, outcome.last.status == .running { return outcome }
            return outcome.isFinal || outcome.isDecided && ContinuousClock.now >= deadline ? outcome : nil
        }
        return try await FolderEngine.carryOn(
            store, clock: clock, first: arn,
            {
                Engine(
                    store: store, handlers: handlers, clock: clock, policy: policy,
                    observe: observe.map { observe in
                        { @Sendable event in if event.execution == arn { observe(event) } }
                    })
            },
            until: { isOwnedByAnother in
                if let outcome = try outcome() { return outcome }
                // What keeps another process from running it, such as a full disk, is not known here.
                guard isOwnedByAnother else { return nil }
                let now = ContinuousClock.now
                if now - begin >= noticeAfter {
                    waiting?()
                    waiting = nil
                }
                if now < deadline { return nil }
                return try reader.outcome(of: request.requestID.text, on: machine.reference, isRepeat: isRepeat)
            })
    }
}
