import DurableExecution
import EmbeddedLake
import StatesLanguage

/// The services that the machines call, with AWS's behaviour: the rules are those of the embedded ones, and on the way
/// there and back goes wrong what the schedule says.
final class SimulatedServices {
    private let lake: SimulatedLake
    private let executions: SimulatedExecutions
    private let receiver: Receiver
    private let strangers: Strangers
    private let machines: Machines
    private let agenda: Agenda
    /// What IAM says to each call.
    private let access: AccessLog?
    private let hasShortPages: Bool
    /// Until when actions are refused to the role.
    private var deniedUntil: [TaskResource: Int64] = [:]
    /// What goes on failing, by execution and state.
    private var lasting: [String: (happening: Happening, left: Int)] = [:]

    init(
        lake: SimulatedLake, executions: SimulatedExecutions, receiver: Receiver, strangers: Strangers,
        machines: Machines, agenda: Agenda, access: AccessLog? = nil, hasShortPages: Bool = false
    ) {
        self.lake = lake
        self.executions = executions
        self.receiver = receiver
        self.strangers = strangers
        self.machines = machines
        self.agenda = agenda
        self.access = access
        self.hasShortPages = hasShortPages
    }

    // MARK: Faults

    /// What goes wrong at a call: what the schedule says, and what still lasts of earlier calls.
    func faults(at request: TaskRequest, scheduled: [Happening]) -> [Happening] {
        let key = "\(request.execution.arn) \(request.stateName)"
        var faults = scheduled
        if let (happening, left) = lasting[key] {
            faults.append(happening)
            lasting[key] = left > 1 ? (happening, left - 1) : nil
        }
        for happening in scheduled {
            switch happening.kind {
            case .throttled, .conflict, .rateExceeded, .broken, .lostReply, .partial, .partialOfTables:
                if happening.amount > 1 { lasting[key] = (happening, happening.amount - 1) }
            case .denied: deniedUntil[request.resource] = agenda.now + Int64(happening.amount) * 1000
            case .receiverDown: receiver.isDownUntil = agenda.now + Int64(happening.amount) * 1000
            case .receiverFails: receiver.failures += happening.amount
            default: break
            }
        }
        return faults
    }

    /// The error with which a call fails before it has an effect.
    func refusal(of request: TaskRequest, _ faults: [Happening]) -> TaskFailure? {
        if let refusal = access?.refusal(of: request) { return refusal }
        let service = Self.errorPrefix(request.resource)
        if agenda.now < deniedUntil[request.resource] ?? 0 {
            return service == "States.Http"
                ? TaskFailure("States.Http.StatusCode.401", "Unauthorized")
                : TaskFailure("\(service).AccessDeniedException", "is not authorized to perform the action")
        }
        for fault in faults {
            let kind = fault.kind == .rateExceeded && service != "LakeFormation" ? .throttled : fault.kind
            switch (kind, service) {
            case (.rateExceeded, _): return TaskFailure("LakeFormation.InvalidInputException", "Rate exceeded")
            case (.throttled, "States.Http"): return TaskFailure("States.Http.StatusCode.429", "Too Many Requests")
            case (.conflict, "States.Http"): return TaskFailure("States.Http.StatusCode.503", "Unavailable")
            case (.broken, "States.Http"): return TaskFailure("States.Http.Socket", "Connection reset")
            case (.throttled, "Athena"), (.conflict, "Athena"):
                return TaskFailure("Athena.TooManyRequestsException", "Rate exceeded")
            case (.throttled, "Glue"): return TaskFailure("Glue.ThrottlingException", "Rate exceeded")
            case (.throttled, "LakeFormation"): return TaskFailure("LakeFormation.ThrottledException", "Rate exceeded")
            case (.conflict, "Glue"), (.conflict, "LakeFormation"):
                return TaskFailure("\(service).ConcurrentModificationException", "Concurrent modification")
            case (.throttled, _), (.conflict, _): return TaskFailure("\(service).\(service)Exception", "Slow down")
            case (.broken, _): return TaskFailure("\(service).SdkClientException", "Unable to execute HTTP request")
            default: continue
            }
        }
        return nil
    }

    /// The error with which a reply is lost.
    func lostReply(of request: TaskRequest) -> TaskFailure {
        let service = Self.errorPrefix(request.resource)
        return service == "States.Http"
            ? TaskFailure("States.Http.Socket", "Connection reset by peer")
            : TaskFailure("\(service).SdkClientException", "Connection reset by peer")
    }

    private static func errorPrefix(_ resource: TaskResource) -> String {
        switch resource.service {
        case "athena", "aws-sdk:athena": "Athena"
        case "aws-sdk:glue": "Glue"
        case "aws-sdk:lakeformation": "LakeFormation"
        case "aws-sdk:s3": "S3"
        case "aws-sdk:sfn": "Sfn"
        default: "States.Http"
        }
    }

    // MARK: Effects

    /// Has the effect of a call take place and gives its reply; statements of Athena go their own way.
    func carryOut(_ request: TaskRequest, _ faults: [Happening]) -> TaskResult {
        if request.resource == AnswerService.resource { return receiver.take(request, at: agenda.now) }
        let request = onShortPages(request)
        if request.parameters[Self.token]?.stringValue == Self.firstPage {
            return .success(["PrincipalResourcePermissions": [], "NextToken": .string(Self.secondPage)])
        }
        if request.resource.service == "aws-sdk:sfn" { return executions.carryOut(request, machines: machines) }
        if let stale = faults.first(where: { $0.kind == .stale }) {
            return lake.reading(asOf: agenda.now - Int64(stale.amount)) { onLake(request) }
        }
        var result: TaskResult = .success([:])
        changingLake { result = self.onLake(request, faults) }
        return result
    }

    private static let token = "NextToken"
    private static let (firstPage, secondPage) = ("first", "second")

    /// The call as a service takes it whose pages have one entry; the first page of permissions has none, as that of a
    /// list of which much is left out may have.
    private func onShortPages(_ request: TaskRequest) -> TaskRequest {
        let action = request.resource.action
        guard hasShortPages, ["listPermissions", "listExecutions"].contains(action) else { return request }
        var parameters = request.parameters.objectValue ?? [:]
        parameters["MaxResults"] = 1
        if action == "listPermissions" {
            switch parameters[Self.token]?.stringValue {
            case nil: parameters[Self.token] = .string(Self.firstPage)
            case Self.secondPage: parameters[Self.token] = nil
            default: break
            }
        }
        return request.replacing(parameters: .object(parameters))
    }

    /// Runs what changes the lake, and keeps what was before for those who read late.
    func changingLake(_ body: () throws -> Void) {
        let before = lake.content
        do { try body() } catch { preconditionFailure("a lake in memory throws nothing: \(error)") }
        if lake.content != before { lake.remember(before, until: agenda.now) }
    }

    private func onLake(_ request: TaskRequest, _ faults: [Happening] = []) -> TaskResult {
        let action = request.resource.action
        if action.hasPrefix("batch") { return batch(request, faults) }
        if let principal = request.parameters["Principal"]?["DataLakePrincipalIdentifier"]?.stringValue,
            action != "listPermissions", strangers.vanished.contains(principal)
        {
            return .failure(TaskFailure("LakeFormation.InvalidInputException", "Invalid principal: \(principal)"))
        }
        do {
            return try LakeServices.carryOut(request, in: lake)
                ?? .failure(TaskFailure("States.Runtime", "there is no action \(request.resource.name)"))
        } catch {
            preconditionFailure("a lake in memory throws nothing: \(error)")
        }
    }

    /// A batch of which some entries fail: the one that the schedule says, and all of a principal that is gone.
    private func batch(_ request: TaskRequest, _ faults: [Happening]) -> TaskResult {
        let entries = request.parameters["Entries"]?.arrayValue ?? []
        let failing = faults.compactMap { fault -> Int? in
            switch fault.kind {
            case .partial: 0
            case .partialOfTables: entries.firstIndex { $0["Resource"]?["Table"] != nil } ?? entries.count - 1
            default: nil
            }
        }
        var (carried, failures) = ([JSONValue](), [JSONValue]())
        for (position, entry) in entries.enumerated() {
            let principal = entry["Principal"]?["DataLakePrincipalIdentifier"]?.stringValue ?? ""
            if strangers.vanished.contains(principal) {
                failures.append(Self.failure(entry, "InvalidInputException", "Invalid principal: \(principal)"))
            } else if failing.contains(position) {
                failures.append(Self.failure(entry, "ConcurrentModificationException", "Concurrent modification"))
            } else {
                carried.append(entry)
            }
        }
        if failures.isEmpty { return carriedOut(request) }
        guard !carried.isEmpty else { return .success(["Failures": .array(failures)]) }
        let rest = carriedOut(request.replacing(parameters: ["Entries": .array(carried)]))
        guard case .success(let reply) = rest else { return rest }
        return .success(["Failures": .array(failures + (reply["Failures"]?.arrayValue ?? []))])
    }

    private func carriedOut(_ request: TaskRequest) -> TaskResult {
        do {
            return try LakeServices.carryOut(request, in: lake) ?? .success([:])
        } catch {
            preconditionFailure("a lake in memory throws nothing: \(error)")
        }
    }

    private static func failure(_ entry: JSONValue, _ code: String, _ message: String) -> JSONValue {
        ["RequestEntry": entry, "Error": ["ErrorCode": .string(code), "ErrorMessage": .string(message)]]
    }
}
