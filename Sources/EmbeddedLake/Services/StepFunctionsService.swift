import DurableExecution
import GRDB
package import StatesLanguage

/// AWS Step Functions: machines, and executions of them. A workflow calls the first five actions, a client all.
///
/// Stopping an execution is done by whoever runs the engine.
package struct StepFunctionsService: LakeService {
    static let name = "Sfn"
    static let resources = sdk(
        "describeExecution", "getExecutionHistory", "listExecutions", "redriveExecution", "startExecution")
    /// How many bytes of text the events of a page have together, unless the first of them has more.
    static let maximumPageBytes = 4_194_304
    /// What a token is refused with that a list did not give.
    static let invalidToken = "InvalidTokenException"

    func carryOut(_ call: ServiceCall, in transaction: LakeTransaction) throws -> JSONValue {
        let answer = try read(call, on: transaction) ?? start(call, on: transaction) ?? write(call, in: transaction)
        if let answer { return answer }
        throw ServiceError.unknownAction(call)
    }

    /// Answers a call of an action that changes no execution; `nil` for any other.
    func read(_ call: ServiceCall, on executions: some ExecutionReading) throws -> JSONValue? {
        switch call.action {
        case "describeExecution": return try describeExecution(call, executions)
        case "getExecutionHistory":
            do {
                return try getExecutionHistory(call, executions)
            } catch is ReplayTooCostly {
                throw ServiceError(
                    "ValidationException",
                    """
                    The history of \(call.parameters["ExecutionArn"]?.stringValue ?? "") takes more work to derive than a \
                    \(call.execution == nil ? "client" : "task") may ask for
                    """)
            }
        case "listExecutions": return try listExecutions(call, executions)
        default: return nil
        }
    }

    /// Starts an execution for a task; `nil` for any other call.
    func start(_ call: ServiceCall, on executions: some ExecutionCatalog) throws -> JSONValue? {
        if call.action != "startExecution" { return nil }
        let (answer, started) = try startExecution(call, executions)
        if started != nil { executions.announceStarts() }
        return answer
    }

    /// Starts an execution again; `nil` for any other call.
    func write(_ call: ServiceCall, in transaction: LakeTransaction) throws -> JSONValue? {
        switch call.action {
        case "redriveExecution": try redriveExecution(call, transaction)
        default: nil
        }
    }

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>
    private func describeExecution(_ call: ServiceCall, _ executions: some ExecutionReading) throws -> JSONValue {
        let record = try Self.existing(call, executions)
        var json = Self.summary(record)
        if call.parameters["IncludedData"] != "METADATA_ONLY" {
            json["Input"] = .string(record.start.shownInput)
            json["InputDetails"] = ["Included": true]
            if let output = record.output {
                json["Output"] = .string(output.text)
                json["OutputDetails"] = ["Included": true]
            }
        }
        if let error = record.error { json["Error"] = .string(error) }
        if let cause = record.cause { json["Cause"] = .string(cause) }
        let refusal = try executions.redriveRefusal(of: record, at: call.time)
        json["RedriveStatus"] = .string(refusal == nil ? "REDRIVABLE" : "NOT_REDRIVABLE")
        if let refusal { json["RedriveStatusReason"] = .string(refusal.description) }
        return .object(json)
    }

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html>
    ///
    /// A page costs what it holds, and a pass over the journal: only its own events are written out.
    private func getExecutionHistory(_ call: ServiceCall, _ executions: some ExecutionReading) throws -> JSONValue {
        let record = try Self.existing(call, executions)
        let isReverse = call.parameters["ReverseOrder"] == true
        let list =
            "history \(call.parameters["ExecutionArn"]?.text ?? "")\(call.parameters["ReverseOrder"]?.text ?? "")"
        let start = Int64(try PageToken.number(call, of: list, refusedAs: Self.invalidToken) ?? 0)
        let size = Int64(try Self.pageSize(call))
        // Reversed, the place in the list counts from the end.
        let budget = record.isOwn ? .max : call.execution == nil ? ReplayBudget.client : ReplayBudget.task
        let total = isReverse ? try executions.eventCount(of: record, budget: budget) : 0
        let first = isReverse ? max(1, total - start - size + 1) : start + 1
        let last = isReverse ? total - start : start + size
        if last < first - 1 { throw PageToken.refusal(of: call, as: Self.invalidToken) }
        var page: (events: [HistoryEvent], count: Int64) = ([], total)
        if first <= last {
            page = try executions.history(
                of: record,
                HistoryWindow(ids: first...last, maximumBytes: Self.maximumPageBytes, keepsLast: isReverse),
                budget: budget)
        }
        if !isReverse, start > page.count { throw PageToken.refusal(of: call, as: Self.invalidToken) }
        let end = start + Int64(page.events.count)
        let hidesData = call.parameters["IncludeExecutionData"] == false
        let events = isReverse ? page.events.reversed() : page.events
        var result: JSONObject = [
            "Events": .array(events.map { Self.capitalized(hidesData ? Self.withoutData($0.json) : $0.json) })
        ]
        if end < (isReverse ? total : page.count) {
            result["NextToken"] = .string(PageToken(list: list, position: "\(end)").text)
        }
        return .object(result)
    }

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html>
    private func listExecutions(_ call: ServiceCall, _ executions: some ExecutionReading) throws -> JSONValue {
        let arn = try call.string("StateMachineArn")
        let machine = try NamedMachine.named(arn, in: executions)
        if !machine.isOwn { try Self.refuseOwn(call, on: arn, executions) }
        let limit = try Self.pageSize(call)
        let filter = call.parameters["StatusFilter"]?.stringValue
        // No execution waits here for being sent on again.
        let statuses = filter.map { ExecutionStatus(rawValue: $0).map { [$0] } ?? [] } ?? ExecutionStatus.allCases
        let redrives = call.parameters["RedriveFilter"]?.stringValue
        let list = "executions \(arn) \(filter ?? "") \(redrives ?? "")"
        let found = try executions.executions(
            of: machine.reference.arn, in: machine.scope, statuses: statuses,
            wasRedriven: redrives.map { $0 == "REDRIVEN" },
            before: try PageToken.number(call, of: list, refusedAs: Self.invalidToken).map { Int64($0) },
            limit: limit + 1)
        var result: JSONObject = ["Executions": .array(found.prefix(limit).map { .object(Self.summary($0.record)) })]
        if found.count > limit {
            result["NextToken"] = .string(PageToken(list: list, position: "\(found[limit - 1].row)").text)
        }
        return .object(result)
    }

    /// Starts an execution, unless one of this name and input runs. Inputs that differ in how they are written, and not in
    /// what they are, are the same.
    ///
    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>
    func startExecution(
        _ call: ServiceCall, _ executions: some ExecutionCatalog
    ) throws -> (answer: JSONValue, started: ExecutionStart?) {
        let arn = try call.string("StateMachineArn")
        var random = SeededRandom(seed: SeededRandom.seed(call.token))
        let name = call.parameters["Name"]?.stringValue ?? random.uuid()
        let (input, text) = (try call.input ?? Self.input(of: call), Self.inputText(of: call))
        let machine = try NamedMachine.named(arn, in: executions)
        if !machine.isOwn { try Self.refuseOwn(call, on: arn, executions) }
        if call.execution == nil {
            try Self.refuseForgedRecovery(call, machine.reference.arn, name, input, executions)
        }
        if let known = try executions.execution(machine.reference.executionARN(name: name)) {
            if known.status != .running || known.start.input != input {
                throw ServiceError("ExecutionAlreadyExistsException", "Execution Already Exists: '\(known.start.arn)'")
            }
            return (Self.started(known.start), nil)
        }
        let start = ExecutionStart(
            machine: machine.reference, qualifier: machine.qualifier, name: name, input: input, inputText: text,
            startedAt: call.time, seed: random.next())
        let depth = machine.isOwn ? nil : try executions.depth(startedBy: call.execution)
        try executions.insert(start, version: machine.version, depth: depth, isAsked: call.execution == nil)
        return (Self.started(start), start.withoutInputText)
    }

    /// The input of the execution that a call starts.
    package static func input(of call: ServiceCall) throws(ServiceError) -> JSONValue {
        do {
            return try JSONValue(parsing: inputText(of: call))
        } catch {
            throw ServiceError("InvalidExecutionInputException", "Invalid State Machine Execution Input: '\(error)'")
        }
    }

    private static func inputText(of call: ServiceCall) -> String { call.parameters["Input"]?.stringValue ?? "{}" }

    private static func started(_ start: ExecutionStart) -> JSONValue {
        ["ExecutionArn": .string(start.arn.text), "StartDate": .string(start.startedAt.text)]
    }

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html>
    private func redriveExecution(_ call: ServiceCall, _ transaction: LakeTransaction) throws -> JSONValue {
        let record = try Self.existing(call, transaction)
        do {
            let time = try transaction.redrive(
                record, clientToken: call.parameters["ClientToken"]?.stringValue, at: call.time)
            return ["RedriveDate": .string(time.text)]
        } catch let refusal as Redrive.Refusal {
            throw ServiceError("ExecutionNotRedrivableException", refusal.description)
        }
    }

    static func existing(_ call: ServiceCall, _ executions: some ExecutionReading) throws -> ExecutionRecord {
        let arn = ExecutionARN(try call.string("ExecutionArn"))
        guard let record = try executions.execution(arn) else {
            throw ServiceError("ExecutionDoesNotExistException", "Execution Does Not Exist: '\(arn)'")
        }
        if !record.isOwn { try refuseOwn(call, on: arn.text, executions) }
        return record
    }

    /// Keeps tasks of the service's own machines away from what is a client's, as the policy of their role does on AWS:
    /// they believe what an execution says of itself, and act on it with the service's rights and credentials.
    private static func refuseOwn(_ call: ServiceCall, on arn: String, _ executions: some ExecutionReading) throws {
        guard let execution = call.execution, try executions.isOwn(execution) else { return }
        let action = "states:" + call.action.prefix(1).uppercased() + call.action.dropFirst()
        throw ServiceError(
            "AccessDeniedException",
            "User: \(call.caller) is not authorized to perform: \(action) on resource: \(arn) because no "
                + "identity-based policy allows the \(action) action")
    }

    /// Keeps clients from what only the recovery says to itself: by the name of a recovery an execution is known to be seen
    /// to, and by its input what it has come to.
    private static func refuseForgedRecovery(
        _ call: ServiceCall, _ machine: String, _ name: String, _ input: JSONValue, _ executions: some ExecutionReading
    ) throws {
        guard try executions.isStartedByRules(machine) else { return }
        let isAsking = input == ["sweep": true] || input == ["executionArn": input["executionArn"] ?? .null]
        let size = inputText(of: call).utf8.count
        if isAsking, !name.hasPrefix("recover-"), size <= ExecutionLimits.requestBytes { return }
        throw ServiceError(
            "AccessDeniedException",
            "User: \(call.caller) is not authorized to perform: states:StartExecution on resource: \(machine) but with "
                + "{\"sweep\":true} or {\"executionArn\":…} as the input, and a name that does not begin with recover-")
    }

    /// The page that a call asks for; zero is the default, as on AWS.
    static func pageSize(_ call: ServiceCall) throws -> Int {
        if call.parameters["MaxResults"]?.integerValue == 0 { return 100 }
        return try call.limit("MaxResults", default: 100, maximum: 1000)
    }

    private static func summary(_ record: ExecutionRecord) -> JSONObject {
        var json: JSONObject = [
            "ExecutionArn": .string(record.start.arn.text), "StateMachineArn": .string(record.start.machine.arn),
            "Name": .string(record.start.name), "Status": .string(record.status.rawValue),
            "StartDate": .string(record.start.startedAt.text),
        ]
        if let qualifier = record.start.qualifier {
            let machine = record.start.machine.arn
            if let alias = qualifier.aliasARN(of: machine) { json["StateMachineAliasArn"] = .string(alias) }
            json["StateMachineVersionArn"] = .string(qualifier.versionARN(of: machine))
        }
        if let time = record.stoppedAt { json["StopDate"] = .string(time.text) }
        json["RedriveCount"] = .integer(record.redriveCount)
        if let time = record.redrivenAt { json["RedriveDate"] = .string(time.text) }
        return json
    }

    /// An event without the inputs, outputs and parameters of what it tells.
    private static func withoutData(_ event: JSONValue) -> JSONValue {
        guard case .object(let members) = event else { return event }
        let hidden: Set<String> = ["input", "output", "parameters"]
        return .object(
            JSONObject(
                members.map { name, value in
                    guard case .object(let details) = value else { return (name, value) }
                    return (name, .object(JSONObject(details.filter { !hidden.contains($0.0) }.map { ($0.0, $0.1) })))
                }))
    }

    /// The document with its names beginning with a capital, as the SDK integrations have them.
    private static func capitalized(_ json: JSONValue) -> JSONValue {
        guard case .object(let members) = json else { return json }
        return .object(
            JSONObject(
                members.map { name, value in
                    // What is in there has names that a client has chosen.
                    let isKept = name == "assignedVariables"
                    return (name.prefix(1).uppercased() + name.dropFirst(), isKept ? value : capitalized(value))
                }))
    }
}
