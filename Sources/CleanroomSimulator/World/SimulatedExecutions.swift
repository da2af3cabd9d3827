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

    private(set) var records: [ExecutionARN: Record] = [:]
    /// In the order in which they were started.
    private(set) var order: [ExecutionARN] = []
    /// The histories that were asked for of executions that have ended, which change no more.
    private var histories: [ExecutionARN: [JSONValue]] = [:]

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
        records[execution] = Record(
            start: ExecutionStart(machine: machine, name: name, input: input, startedAt: time, seed: seed))
        order.append(execution)
        return .started(execution)
    }

    func append(_ entries: [JournalEntry], to execution: ExecutionARN) {
        records[execution]?.entries += entries
    }

    func finish(_ execution: ExecutionARN, with outcome: ExecutionOutcome, at time: Timestamp) {
        records[execution]?.outcome = outcome
        records[execution]?.stoppedAt = time
    }

    // MARK: Step Functions

    /// Carries a call of a workflow out.
    ///
    /// - Parameter machines: the machines that executions can be started of, by their names.
    func carryOut(_ request: TaskRequest, machines: Machines) -> TaskResult {
        let parameters = request.parameters
        func text(_ name: String) -> String { parameters[name]?.stringValue ?? "" }
        func failure(_ code: String) -> TaskResult {
            .failure(TaskFailure("Sfn.\(code)", "(Service: Sfn, Status Code: 400)"))
        }
        switch request.resource.action {
        case "describeExecution":
            guard let record = records[ExecutionARN(text("ExecutionArn"))] else {
                return failure("ExecutionDoesNotExistException")
            }
            return .success(describe(record))
        case "getExecutionHistory":
            guard let record = records[ExecutionARN(text("ExecutionArn"))] else {
                return failure("ExecutionDoesNotExistException")
            }
            return .success(history(of: record, parameters, machines))
        case "listExecutions":
            let found = order.reversed().compactMap { records[$0] }.filter {
                $0.start.machine.arn == text("StateMachineArn") && status(of: $0) == text("StatusFilter")
            }
            let (page, token) = Self.page(of: found, parameters)
            var result: JSONObject = ["Executions": .array(page.map { .object(summary($0)) })]
            if let token { result["NextToken"] = .string(token) }
            return .success(.object(result))
        case "startExecution":
            guard let machine = machines.reference(of: text("StateMachineArn")) else {
                return failure("StateMachineDoesNotExistException")
            }
            guard let input = try? JSONValue(parsing: text("Input")) else {
                // The reason would be the same text for every bad input.
                return failure("InvalidExecutionInputException")
            }
            let seed = SeededRandom.seed(request.idempotencyToken)
            switch start(machine, name: text("Name"), input: input, at: request.scheduledAt, seed: seed) {
            case .refused: return failure("ExecutionAlreadyExistsException")
            case .known(let known) where records[known]?.outcome != nil:
                return failure("ExecutionAlreadyExistsException")
            case .known(let execution), .started(let execution):
                return .success([
                    "ExecutionArn": .string(execution.text), "StartDate": .string(request.scheduledAt.text),
                ])
            }
        default:
            return failure("UnknownOperationException")
        }
    }

    private func status(of record: Record) -> String { (record.outcome?.status ?? .running).rawValue }

    private func summary(_ record: Record) -> JSONObject {
        var json: JSONObject = [
            "ExecutionArn": .string(record.start.arn.text), "StateMachineArn": .string(record.start.machine.arn),
            "Name": .string(record.start.name), "Status": .string(status(of: record)),
            "StartDate": .string(record.start.startedAt.text),
        ]
        if let time = record.stoppedAt { json["StopDate"] = .string(time.text) }
        return json
    }

    private func describe(_ record: Record) -> JSONValue {
        var json = summary(record)
        json["Input"] = .string(record.start.input.text)
        switch record.outcome {
        case .succeeded(let output): json["Output"] = .string(output.text)
        case .failed(let error, let cause), .aborted(let error, let cause):
            if let error { json["Error"] = .string(error) }
            if let cause { json["Cause"] = .string(cause) }
        case .timedOut, nil: break
        }
        return .object(json)
    }

    private func history(of record: Record, _ parameters: JSONValue, _ machines: Machines) -> JSONValue {
        let events = events(of: record, machines)
        let isReverse = parameters["ReverseOrder"]?.boolValue ?? false
        let (page, token) = Self.page(of: isReverse ? events.reversed() : events, parameters)
        var result: JSONObject = ["Events": .array(page)]
        if let token { result["NextToken"] = .string(token) }
        return .object(result)
    }

    /// A page of a list, and the token of the next one if there is one.
    private static func page<Element>(
        of all: [Element], _ parameters: JSONValue
    ) -> (page: [Element], token: String?) {
        let limit = Int(parameters["MaxResults"]?.integerValue ?? 100)
        let first = min(Int(parameters["NextToken"]?.stringValue ?? "0") ?? 0, all.count)
        let end = min(first + limit, all.count)
        return (Array(all[first..<end]), end < all.count ? "\(end)" : nil)
    }

    private func events(of record: Record, _ machines: Machines) -> [JSONValue] {
        if let known = histories[record.start.arn] { return known }
        var (interpreter, _) = record.journalled.replay(
            on: machines.machine(of: record.start.machine), recordsHistory: true)
        let events = interpreter.takeHistory().map { StepFunctionsService.capitalized($0.json) }
        if record.outcome != nil { histories[record.start.arn] = events }
        return events
    }
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
