package import CleanroomService
import DurableExecution
import EmbeddedLake
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
            on: machines.machine(of: record.start.machine), recording: HistoryWindow())
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

    /// No machine changes while it runs.
    func versionNumber(_ id: Int64, of machine: String) -> Int64 { 1 }

    func executions(
        of machine: String, in scope: ExecutionScope, statuses: [ExecutionStatus], wasRedriven: Bool?,
        before row: Int64?, limit: Int
    ) -> [(row: Int64, record: ExecutionRecord)] {
        if wasRedriven == true { return [] }
        let found = executions.order.enumerated().reversed().lazy.compactMap { number, arn in
            executions.records[arn].map { (row: Int64(number), record: $0) }
        }.filter {
            $0.record.start.machine.arn == machine && $0.row < row ?? .max && scope.includes($0.record.start)
                && statuses.contains($0.record.outcome?.status ?? .running)
        }
        return found.prefix(limit).map { ($0.row, record($0.record)) }
    }

    func isStartedByRules(_ machine: String) -> Bool { machines.recoveries.contains { $0.arn == machine } }

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

extension ExecutionScope {
    fileprivate func includes(_ start: ExecutionStart) -> Bool {
        switch self {
        case .all: true
        case .alias: start.qualifier?.alias != nil
        case .version: start.qualifier != nil
        }
    }
}

/// The machines of a simulation, read once for all schedules.
package struct Machines: Sendable {
    let workflows: [DeployedWorkflow]
    /// The machines by their ARNs.
    private let read: [String: StateMachine]

    /// - Throws: `DefinitionError` for a definition that is none, or that calls what the lake does not have.
    package init(_ workflows: [DeployedWorkflow]) throws(DefinitionError) {
        self.workflows = workflows
        var read: [String: StateMachine] = [:]
        for version in workflows.flatMap(\.machines) {
            let machine = try StateMachine(parsing: version.definition)
            try SimulatedHandler.handlers.check(machine)
            read[version.reference.arn] = machine
        }
        self.read = read
    }

    /// The machine that the requests of schedules are for: the one that makes cleanrooms.
    var asked: StateMachineReference { workflows[0].machine.reference }

    /// The machines that see to what could not tell its outcome.
    var recoveries: [StateMachineReference] { workflows.compactMap(\.recovery?.reference) }

    /// The workflow whose executions are asked for by the name of a machine, and recovered.
    func workflow(of machine: StateMachineReference) -> DeployedWorkflow? {
        workflows.first { $0.machine.reference.arn == machine.arn }
    }

    /// The role with which this deployment registers locations.
    var locationRole: String { asked.roleARN + "-location" }

    func machine(of reference: StateMachineReference) -> StateMachine {
        guard let machine = read[reference.arn] else { preconditionFailure("\(reference.arn) is none of the machines") }
        return machine
    }

    func reference(of arn: String) -> StateMachineReference? {
        workflows.flatMap(\.machines).map(\.reference).first { $0.arn == arn }
    }
}
