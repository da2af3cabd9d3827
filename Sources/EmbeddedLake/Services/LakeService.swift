import DurableExecution
import StatesLanguage

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
    /// Answers a call of an action that changes nothing; `nil` for any other.
    func read(_ call: ServiceCall, in catalog: some CatalogReading) throws -> JSONValue?
    /// Carries out a call of an action that may change something; `nil` for any other.
    func write(_ call: ServiceCall, in catalog: some LakeCatalog) throws -> JSONValue?
}

extension CatalogService {
    func carryOut(_ call: ServiceCall, in catalog: some LakeCatalog) throws -> JSONValue {
        if let answer = try read(call, in: catalog) ?? write(call, in: catalog) { return answer }
        throw ServiceError.unknownAction(call)
    }

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
}
