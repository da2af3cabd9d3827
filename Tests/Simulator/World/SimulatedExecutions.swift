import DurableExecution
package import EmbeddedLake
package import StatesLanguage

/// The executions and their journals in memory, and Step Functions as a workflow calls it.
final class SimulatedExecutions {
    struct Record: Hashable {
        let start: ExecutionStart
        var entries: [JournalEntry] = []
        var outcome: ExecutionOutcome?
        var stoppedAt: Timestamp?
        /// When it began and ended by the time of the simulation, which no engine's clock changes.
        var begunAt: Int64
        var endedAt: Int64?

        var journalled: JournalledExecution { JournalledExecution(start: start, entries: entries) }

        /// The error with which it failed or was stopped.
        var error: String? {
            switch outcome {
            case .failed(let error, _), .aborted(let error, _): error
            default: nil
            }
        }
    }

    enum StartResult {
        case started(ExecutionARN)
        /// The same under the same name: that one is it.
        case known(ExecutionARN)
        /// The name is in use with other input.
        case refused
    }

    private let agenda: Agenda
    private(set) var records: [ExecutionARN: Record] = [:]
    /// In the order in which they were started.
    private(set) var order: [ExecutionARN] = []
    /// The histories that were asked for of executions that have ended, which change no more.
    private var histories: [ExecutionARN: [HistoryEvent]] = [:]

    init(agenda: Agenda) {
        self.agenda = agenda
    }

    /// Everything, to go back to where a commit is lost.
    var snapshot: (records: [ExecutionARN: Record], order: [ExecutionARN]) {
        get { (records, order) }
        set {
            (records, order) = newValue
            histories = [:]
        }
    }

    var unfinished: [Record] { order.compactMap { records[$0] }.filter { $0.outcome == nil } }

    func start(
        _ machine: StateMachineReference, name: String, input: JSONValue, at time: Timestamp, seed: UInt64
    ) -> StartResult {
        let execution = machine.executionARN(name: name)
        if let known = records[execution] { return known.start.input == input ? .known(execution) : .refused }
        insert(ExecutionStart(machine: machine, name: name, input: input, startedAt: time, seed: seed))
        return .started(execution)
    }

    fileprivate func insert(_ start: ExecutionStart) {
        records[start.arn] = Record(start: start, begunAt: agenda.now)
        order.append(start.arn)
    }

    func append(_ entries: [JournalEntry], to execution: ExecutionARN) {
        records[execution]?.entries += entries
    }

    func finish(_ execution: ExecutionARN, with outcome: ExecutionOutcome, at time: Timestamp) {
        records[execution]?.outcome = outcome
        records[execution]?.stoppedAt = time
        records[execution]?.endedAt = agenda.now
    }

    // MARK: Step Functions

    /// Carries a call of a workflow out, by the rules of the embedded Step Functions.
    ///
    /// - Parameter machines: the machines that executions can be started of.
    func carryOut(_ request: TaskRequest, machines: Machines) -> TaskResult {
        do {
            return try LakeServices.carryOut(request, on: Listed(executions: self, machines: machines))
        } catch {
            preconditionFailure("memory does not fail: \(error)")
        }
    }

    fileprivate func events(of execution: ExecutionARN, _ machines: Machines) -> [HistoryEvent] {
        if let known = histories[execution] { return known }
        guard let record = records[execution] else { return [] }
        var (interpreter, _) = record.journalled.replay(
            on: machines.machine(of: record.start.machine), recordsHistory: true)
        let events = interpreter.takeHistory()
        if record.outcome != nil { histories[execution] = events }
        return events
    }
}

/// The executions as Step Functions tells of them.
private struct Listed: ExecutionCatalog {
    let executions: SimulatedExecutions
    let machines: Machines

    private func record(_ record: SimulatedExecutions.Record) -> ExecutionRecord {
        ExecutionRecord(start: record.start, outcome: record.outcome, stoppedAt: record.stoppedAt)
    }

    func execution(_ arn: ExecutionARN) -> ExecutionRecord? { executions.records[arn].map(record) }

    func latestVersion(of machine: String) -> (id: Int64, reference: StateMachineReference, isOwn: Bool)? {
        machines.reference(of: machine).map { (0, $0, true) }
    }

    func executions(
        of machine: String, statuses: [ExecutionStatus], wasRedriven: Bool?, before row: Int64?, limit: Int
    ) -> [(row: Int64, record: ExecutionRecord)] {
        if wasRedriven == true { return [] }
        let found = executions.order.enumerated().reversed().lazy.compactMap { number, arn in
            executions.records[arn].map { (row: Int64(number), record: $0) }
        }.filter {
            $0.record.start.machine.arn == machine && $0.row < row ?? .max
                && statuses.contains($0.record.outcome?.status ?? .running)
        }
        return found.prefix(limit).map { ($0.row, record($0.record)) }
    }

    func isStartedByRules(_ machine: String) -> Bool { machine == machines.recovery.arn }

    /// There are no clients beside the service.
    func isOwn(_ execution: ExecutionARN) -> Bool { true }
    func depth(startedBy parent: ExecutionARN?) -> Int { 0 }
    func announceStarts() {}

    func insert(_ start: ExecutionStart, version: Int64, depth: Int?, isAsked: Bool) {
        executions.insert(start)
    }

    func eventCount(of record: ExecutionRecord, budget: Int) -> Int64 {
        Int64(executions.events(of: record.start.arn, machines).count)
    }

    func history(
        of record: ExecutionRecord, _ window: HistoryWindow, budget: Int
    ) -> (events: [HistoryEvent], count: Int64) {
        let events = executions.events(of: record.start.arn, machines)
        return (events.filter { window.ids.contains($0.id) }, Int64(events.count))
    }

    /// Nobody starts an execution again.
    func redriveRefusal(of record: ExecutionRecord, at time: Timestamp) -> Redrive.Refusal? { nil }
}

/// The machines of a simulation, read once for all schedules.
package struct Machines: Sendable {
    let create: StateMachineReference
    let recovery: StateMachineReference
    private let createMachine: StateMachine
    private let recoveryMachine: StateMachine

    /// - Throws: `DefinitionError` for a definition that is none, or that calls what the lake does not have.
    package init(create: StateMachineVersion, recovery: StateMachineVersion) throws(DefinitionError) {
        self.create = create.reference
        self.recovery = recovery.reference
        createMachine = try StateMachine(parsing: create.definition)
        recoveryMachine = try StateMachine(parsing: recovery.definition)
        for machine in [createMachine, recoveryMachine] { try SimulatedHandler.handlers.check(machine) }
    }

    /// The role with which this deployment registers locations.
    var locationRole: String { create.roleARN + "-location" }

    func machine(of reference: StateMachineReference) -> StateMachine {
        reference.arn == create.arn ? createMachine : recoveryMachine
    }

    func reference(of arn: String) -> StateMachineReference? { [create, recovery].first { $0.arn == arn } }
}
