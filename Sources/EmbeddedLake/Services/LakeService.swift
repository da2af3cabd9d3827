package import DurableExecution
package import StatesLanguage

/// An error of a service, with the name and the status that AWS gives it.
package struct ServiceError: Error, Hashable, Sendable {
    /// Such as `EntityNotFoundException`.
    package let code: String
    package let message: String

    init(_ code: String, _ message: String) {
        self.code = code
        self.message = message
    }
}

/// A call of an action of an embedded service.
package struct ServiceCall: Sendable {
    package let action: String
    package let parameters: JSONValue
    /// The ARN of the role that calls.
    package let caller: String
    /// The same for every delivery of this call and for no other.
    package let token: String
    package let time: Timestamp
    /// The execution that calls; `nil` for a client.
    package let execution: ExecutionARN?
    /// The definition in the parameters, if it has been checked before the transaction.
    package var definition: CheckedDefinition?
    /// The input of the execution that it starts, if it has been read before the transaction.
    package var input: JSONValue?

    package init(_ request: TaskRequest) {
        execution = request.execution.arn
        action = request.resource.action
        parameters = request.parameters
        caller = request.execution.machine.roleARN
        token = request.idempotencyToken
        time = request.scheduledAt
    }

    /// - Parameters:
    ///   - caller: the ARN of whoever calls.
    ///   - token: the same for every delivery of this call and for no other.
    package init(action: String, parameters: JSONValue, caller: String, token: String, time: Timestamp) {
        self.action = action
        self.parameters = parameters
        self.caller = caller
        self.token = token
        self.time = time
        execution = nil
    }

    /// The account in the caller's ARN.
    var account: String {
        let parts = caller.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 5, omittingEmptySubsequences: false)
        return parts.count > 4 ? String(Substring(parts[4])) : ""
    }

    func string(_ name: String) throws(ServiceError) -> String {
        guard let value = parameters[name]?.stringValue else {
            throw ServiceError("InvalidInputException", "\(name) is missing or not a text")
        }
        return value
    }

    func limit(_ name: String, default standard: Int64, maximum: Int64) throws(ServiceError) -> Int {
        guard let json = parameters[name] else { return Int(standard) }
        guard let value = json.integerValue, (1...maximum).contains(value) else {
            throw ServiceError("InvalidInputException", "\(name) is not from 1 to \(maximum): \(json.text)")
        }
        return Int(value)
    }
}

/// A service of the embedded lake. Its effects are local: they commit with the step that called for them.
protocol LakeService: TaskHandler where Transaction == LakeTransaction {
    /// The service as error names begin with it, such as `LakeFormation`.
    static var name: String { get }
    static var resources: [TaskResource] { get }

    /// Carries a call out. What it writes before it throws is taken back.
    func carryOut(_ call: ServiceCall, in transaction: LakeTransaction) throws -> JSONValue
}

/// A service that works on nothing but the catalog, whatever keeps it.
protocol CatalogService: LakeService {
    func carryOut(_ call: ServiceCall, in catalog: some LakeCatalog) throws -> JSONValue
}

extension CatalogService {
    package func begin(_ request: TaskRequest, in transaction: LakeTransaction) throws -> TaskDisposition {
        let catalog = RememberedCatalog(transaction)
        return .finished(
            try Self.result { try catalog.isolating { try carryOut(ServiceCall(request), in: catalog) } })
    }
}

extension LakeService {
    package func begin(_ request: TaskRequest, in transaction: LakeTransaction) throws -> TaskDisposition {
        .finished(
            try Self.result { try transaction.isolating { try carryOut(ServiceCall(request), in: transaction) } })
    }

    /// The result of a task whose call gives or throws this; an error of the store goes on.
    static func result(_ body: () throws -> JSONValue) throws -> TaskResult {
        do {
            return .success(try body())
        } catch let error as ServiceError {
            return .failure(
                TaskFailure(
                    "\(name).\(error.code)", "\(error.message) (Service: \(name), Status Code: 400)"))
        } catch let failure as TaskFailure {
            return .failure(failure)
        }
    }

    static func sdk(_ actions: String...) -> [TaskResource] {
        actions.map { TaskResource(service: "aws-sdk:\(name.lowercased())", action: $0) }
    }

    func unknown(_ call: ServiceCall) -> ServiceError {
        ServiceError("UnknownOperationException", "there is no action \(call.action)")
    }
}

/// The handlers of an engine on an embedded lake.
package enum LakeServices {
    /// Every action that there is a handler for, by its name.
    package static var resources: [TaskResource] { table().keys.sorted { $0.name < $1.name } }

    private static let catalogServices: [any CatalogService] = [
        AthenaService(), GlueService(), LakeFormationService(), S3Service(),
    ]

    /// The catalog's services by the actions that they have.
    private static let catalogActions = [TaskResource: any CatalogService](
        uniqueKeysWithValues: catalogServices.flatMap { service in
            type(of: service).resources.map { ($0, service) }
        })

    /// Carries a task out on a catalog; `nil` where it is not one of Athena, Glue, Lake Formation or S3.
    ///
    /// - Throws: what the catalog throws that is no answer of a service.
    package static func carryOut(_ request: TaskRequest, in catalog: some LakeCatalog) throws -> TaskResult? {
        guard let service = catalogActions[request.resource] else { return nil }
        return try result(of: service, request, catalog)
    }

    /// Carries out a call of Step Functions on executions, whatever keeps them.
    ///
    /// - Throws: what the catalog throws that is no answer of a service.
    package static func carryOut(_ request: TaskRequest, on executions: some ExecutionCatalog) throws -> TaskResult {
        try StepFunctionsService.result {
            let service = StepFunctionsService()
            let call = ServiceCall(request)
            guard let answer = try service.carryOut(call, on: executions) else { throw service.unknown(call) }
            return answer
        }
    }

    private static func handler<Service: CatalogService>(_ service: Service) -> any TaskHandler<LakeTransaction> {
        service
    }

    private static func result<Service: CatalogService>(
        of service: Service, _ request: TaskRequest, _ catalog: some LakeCatalog
    ) throws -> TaskResult {
        try Service.result { try catalog.isolating { try service.carryOut(ServiceCall(request), in: catalog) } }
    }

    /// - Parameters:
    ///   - deliver: sends an answer; without it the answers are kept.
    ///   - call: carries out what clients' machines call by HTTP, without anything of the service's own; without it they
    ///     call nothing.
    package static func handlers(
        deliver: AnswerService.Delivery? = nil, call: AnswerService.Delivery? = nil
    ) -> TaskHandlers<LakeTransaction> {
        TaskHandlers(table(deliver: deliver, call: call))
    }

    package static func table(
        deliver: AnswerService.Delivery? = nil, call: AnswerService.Delivery? = nil
    ) -> [TaskResource: any TaskHandler<LakeTransaction>] {
        var handlers: [TaskResource: any TaskHandler<LakeTransaction>] = [:]
        for service in catalogServices {
            let handler = handler(service)
            for resource in type(of: service).resources { handlers[resource] = handler }
        }
        for resource in StepFunctionsService.resources { handlers[resource] = StepFunctionsService() }
        handlers[AnswerService.resource] = AnswerService(deliver: deliver, call: call)
        return handlers
    }
}
