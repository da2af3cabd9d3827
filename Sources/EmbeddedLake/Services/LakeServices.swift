package import DurableExecution
package import StatesLanguage

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
            if let answer = try service.read(call, on: executions) ?? service.start(call, on: executions) {
                return answer
            }
            throw ServiceError.unknownAction(call)
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
