import DurableExecution
import GRDB
package import StatesLanguage

/// AWS Step Functions as a workflow calls it: reading executions, and starting them.
package struct StepFunctionsService: LakeService {
    static let name = "Sfn"
    static let resources = sdk("describeExecution", "getExecutionHistory", "listExecutions", "startExecution")

    func carryOut(_ call: ServiceCall, in transaction: LakeTransaction) throws -> JSONValue {
        switch call.action {
        case "describeExecution": try describeExecution(call, transaction)
        case "getExecutionHistory": try getExecutionHistory(call, transaction)
        case "listExecutions": try listExecutions(call, transaction)
        case "startExecution": try startExecution(call, transaction)
        default: throw unknown(call)
        }
    }

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>
    private func describeExecution(_ call: ServiceCall, _ transaction: LakeTransaction) throws -> JSONValue {
        let record = try existing(call, transaction)
        var json = Self.summary(record)
        json["Input"] = .string(record.start.input.text)
        if let output = record.output { json["Output"] = .string(output.text) }
        if let error = record.error { json["Error"] = .string(error) }
        if let cause = record.cause { json["Cause"] = .string(cause) }
        return .object(json)
    }

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html>
    private func getExecutionHistory(_ call: ServiceCall, _ transaction: LakeTransaction) throws -> JSONValue {
        let events = try transaction.history(of: try existing(call, transaction))
        let limit = try call.limit("MaxResults", default: 100, maximum: 1000)
        let start = min(Int(call.parameters["NextToken"]?.stringValue ?? "0") ?? 0, events.count)
        let end = min(start + limit, events.count)
        var result: JSONObject = ["Events": .array(events[start..<end].map { Self.capitalized($0.json) })]
        if end < events.count { result["NextToken"] = .string("\(end)") }
        return .object(result)
    }

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html>
    private func listExecutions(_ call: ServiceCall, _ transaction: LakeTransaction) throws -> JSONValue {
        let limit = try call.limit("MaxResults", default: 100, maximum: 1000)
        let records = try ExecutionRecord.fetch(
            transaction.db, where: "machine_arn = ? AND execution.status = ? ORDER BY execution.id DESC LIMIT ?",
            [try call.string("StateMachineArn"), try call.string("StatusFilter"), limit])
        return ["Executions": .array(records.map { .object(Self.summary($0)) })]
    }

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>
    private func startExecution(_ call: ServiceCall, _ transaction: LakeTransaction) throws -> JSONValue {
        let (machine, name) = (try call.string("StateMachineArn"), try call.string("Name"))
        let input: JSONValue
        do {
            input = try JSONValue(parsing: try call.string("Input"))
        } catch let error as JSONSyntaxError {
            throw ServiceError("InvalidExecutionInputException", "Invalid State Machine Execution Input: \(error)")
        }
        if let known = try transaction.execution(machine: machine, name: name) {
            if known.status != .running || known.start.input != input {
                throw ServiceError("ExecutionAlreadyExistsException", "Execution Already Exists: '\(known.start.arn)'")
            }
            return ["ExecutionArn": .string(known.start.arn.text), "StartDate": .string(known.start.startedAt.text)]
        }
        guard let id = try transaction.latestVersion(of: machine) else {
            throw ServiceError("StateMachineDoesNotExistException", "State Machine Does Not Exist: '\(machine)'")
        }
        try transaction.insertExecution(
            version: id, machine: machine, name: name, input: input, at: call.time, seed: SeededRandom.seed(call.token))
        let arn = machine.replacing(":stateMachine:", with: ":execution:", maxReplacements: 1) + ":" + name
        return ["ExecutionArn": .string(arn), "StartDate": .string(call.time.text)]
    }

    private func existing(_ call: ServiceCall, _ transaction: LakeTransaction) throws -> ExecutionRecord {
        let arn = ExecutionARN(try call.string("ExecutionArn"))
        let (machine, name) = ExecutionRecord.names(in: arn)
        guard let record = try transaction.execution(machine: machine, name: name) else {
            throw ServiceError("ExecutionDoesNotExistException", "Execution Does Not Exist: '\(arn)'")
        }
        return record
    }

    private static func summary(_ record: ExecutionRecord) -> JSONObject {
        var json: JSONObject = [
            "ExecutionArn": .string(record.start.arn.text), "StateMachineArn": .string(record.start.machine.arn),
            "Name": .string(record.start.name), "Status": .string(record.status.rawValue),
            "StartDate": .string(record.start.startedAt.text),
        ]
        if let time = record.stoppedAt { json["StopDate"] = .string(time.text) }
        return json
    }

    /// The document with its names beginning with a capital, as the SDK integrations have them.
    package static func capitalized(_ json: JSONValue) -> JSONValue {
        guard case .object(let members) = json else { return json }
        return .object(JSONObject(members.map { ($0.prefix(1).uppercased() + $0.dropFirst(), capitalized($1)) }))
    }
}
