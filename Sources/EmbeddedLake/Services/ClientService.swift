package import DurableExecution
import GRDB
package import StatesLanguage

/// A service as clients of AWS call it, over the network.
package enum ClientService: String, CaseIterable, Sendable {
    case athena = "Athena"
    case glue = "Glue"
    case lakeFormation = "LakeFormation"
    case stepFunctions = "StepFunctions"

    /// The actions that change nothing.
    private var reading: Set<String> {
        switch self {
        case .athena:
            ["getQueryExecution", "getQueryResults", "getWorkGroup", "listQueryExecutions", "listWorkGroups"]
        case .glue: ["getDatabase", "getDatabases", "getTable", "getTables", "getTags"]
        case .lakeFormation: ["describeResource", "getDataLakeSettings", "listPermissions", "listResources"]
        case .stepFunctions:
            [
                "describeExecution", "describeStateMachine", "describeStateMachineAlias",
                "describeStateMachineForExecution", "getExecutionHistory", "listExecutions", "listStateMachineAliases",
                "listStateMachineVersions", "listStateMachines", "listTagsForResource",
                "validateStateMachineDefinition",
            ]
        }
    }

    /// Whether `read` answers an action; any other is one for `write`.
    package func onlyReads(_ action: String) -> Bool { reading.contains(action) }

    /// Answers a call that changes nothing, with the handlers that the engine uses.
    ///
    /// - Parameter workgroup: the workgroup of Athena that is there besides `primary`.
    /// - Returns: the answer with times as text.
    /// - Throws: `ServiceError` with the service's own name for what is wrong, `UnknownOperationException` for an action
    ///   that may change something; else the store's error.
    package func read(_ call: ServiceCall, workgroup: String, in lake: LakeSnapshot) throws -> JSONValue {
        let answer =
            switch self {
            case .athena: try AthenaClientActions(workgroup: workgroup).read(call, in: lake)
            case .glue: try GlueClientActions().read(call, in: lake)
            case .lakeFormation: try LakeFormationClientActions().read(call, in: lake)
            case .stepFunctions:
                try StepFunctionsService().read(call, on: lake) ?? StateMachineActions().read(call, in: lake)
            }
        guard let answer else { throw ServiceError.unknownAction(call) }
        return answer
    }

    /// Carries out a call that may change something, as `read` answers the others.
    ///
    /// - Returns: the answer with times as text, and the execution that was started.
    /// - Throws: as `read` does, `UnknownOperationException` for an action that changes nothing.
    package func write(
        _ call: ServiceCall, workgroup: String, in transaction: LakeTransaction
    ) throws -> (answer: JSONValue, started: [ExecutionStart]) {
        if self == .stepFunctions, call.action == "startExecution" {
            let (answer, started) = try StepFunctionsService().startExecution(call, transaction)
            return (answer, started.map { [$0] } ?? [])
        }
        let answer =
            switch self {
            case .athena: try AthenaClientActions(workgroup: workgroup).write(call, in: transaction)
            case .glue: try GlueClientActions().write(call, in: transaction)
            case .lakeFormation: try LakeFormationClientActions().write(call, in: transaction)
            case .stepFunctions:
                try StepFunctionsService().write(call, in: transaction)
                    ?? StateMachineActions().write(call, in: transaction)
            }
        guard let answer else { throw ServiceError.unknownAction(call) }
        return (answer, [])
    }
}

extension LakeStore {
    /// Runs `body` on a snapshot of the lake, beside whoever writes.
    ///
    /// - Throws: the error of a service that `body` throws, or the store's.
    package func readCatalog<Value: Sendable>(
        _ body: @Sendable @escaping (LakeSnapshot) throws -> Value
    ) async throws -> Value {
        try await readLater { [self] db in try result(of: body, on: db) }.get()
    }

    /// The same on the caller's thread, for what may take long: `slowReaders` may do so at once.
    package func readCatalogNow<Value: Sendable>(
        _ body: @Sendable @escaping (LakeSnapshot) throws -> Value
    ) throws -> Value {
        try read { db in try result(of: body, on: db) }.get()
    }

    private func result<Value>(
        of body: (LakeSnapshot) throws -> Value, on db: Database
    ) throws -> Result<Value, ServiceError> {
        do {
            return .success(try body(snapshot(db)))
        } catch let error as ServiceError {
            return .failure(error)
        }
    }
}
