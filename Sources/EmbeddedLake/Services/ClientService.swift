package import DurableExecution
import GRDB
package import StatesLanguage

/// A service as clients of AWS call it, over the network.
package enum ClientService: String, CaseIterable, Sendable {
    case athena = "Athena"
    case glue = "Glue"
    case lakeFormation = "LakeFormation"
    case stepFunctions = "StepFunctions"

    /// Carries out a call, with the handlers that the engine uses.
    ///
    /// - Parameter workgroup: the workgroup of Athena that is there besides `primary`.
    /// - Returns: the answer with times as text, and the execution that was started.
    /// - Throws: `ServiceError` with the service's own name for what is wrong; else the store's error.
    package func answer(
        _ call: ServiceCall, workgroup: String, in transaction: LakeTransaction
    ) throws -> (answer: JSONValue, started: [ExecutionStart]) {
        switch self {
        case .athena: (try AthenaClientActions(workgroup: workgroup).carryOut(call, in: transaction), [])
        case .glue: (try GlueClientActions().carryOut(call, in: transaction), [])
        case .lakeFormation: (try LakeFormationClientActions().carryOut(call, in: transaction), [])
        case .stepFunctions where call.action == "startExecution":
            try {
                let (answer, started) = try StepFunctionsService().startExecution(call, transaction)
                return (answer, started.map { [$0] } ?? [])
            }()
        case .stepFunctions: (try StepFunctionsService().carryOut(call, in: transaction), [])
        }
    }
}

extension LakeStore {
    /// Runs `body` on a snapshot of the lake, beside whoever writes.
    ///
    /// - Throws: the error of a service that `body` throws, or the store's.
    package func readCatalog<Value: Sendable>(
        _ body: @Sendable @escaping (LakeTransaction) throws -> Value
    ) async throws -> Value {
        try await readLater { [self] db in try result(of: body, on: db) }.get()
    }

    /// The same on the caller's thread, for what may take long: `slowReaders` may do so at once.
    package func readCatalogNow<Value: Sendable>(
        _ body: @Sendable @escaping (LakeTransaction) throws -> Value
    ) throws -> Value {
        try read { db in try result(of: body, on: db) }.get()
    }

    private func result<Value>(
        of body: (LakeTransaction) throws -> Value, on db: Database
    ) throws -> Result<Value, ServiceError> {
        do {
            return .success(try body(transaction(db)))
        } catch let error as ServiceError {
            return .failure(error)
        }
    }
}
