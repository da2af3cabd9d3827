import DurableExecution
import GRDB
package import StatesLanguage

/// Amazon Athena, for the statements that make and drop databases.
package struct AthenaService: CatalogService {
    static let name = "Athena"
    static let resources =
        sdk("startQueryExecution", "stopQueryExecution", "getQueryExecution")
        + [
            TaskResource(service: "athena", action: "startQueryExecution"),
            TaskResource(service: "athena", action: "startQueryExecution.sync"),
        ]

    func read(_ call: ServiceCall, in catalog: some CatalogReading) throws -> JSONValue? {
        switch call.action {
        case "getQueryExecution": ["QueryExecution": try existing(call, catalog).json]
        default: nil
        }
    }

    func write(_ call: ServiceCall, in catalog: some LakeCatalog) throws -> JSONValue? {
        switch call.action {
        case "startQueryExecution":
            return ["QueryExecutionId": .string(try start(call, catalog).id)]
        case "startQueryExecution.sync":
            let query = try start(call, catalog)
            // A failed statement fails the task, with the whole of it in the cause.
            if query.state != "SUCCEEDED" { throw TaskFailure(StatesError.taskFailed, query.json.text) }
            return ["QueryExecution": query.json]
        case "stopQueryExecution":
            // Statements of the embedded lake have ended when they are answered; stopping one is allowed then too.
            _ = try existing(call, catalog)
            return [:]
        default:
            return nil
        }
    }

    /// Runs a statement, or finds the one that has been run under the same token.
    private func start(_ call: ServiceCall, _ catalog: some LakeCatalog) throws -> QueryExecution {
        let (accepted, statement) = try Self.accept(call, in: catalog)
        guard let statement else { return accepted }
        let query = try Self.run(accepted, statement, by: call.caller, at: call.time, in: catalog)
        try catalog.set(query)
        return query
    }

    /// Takes a statement in, or finds the one that was taken in under the same token: then there is no statement to run.
    /// Nothing is written yet.
    ///
    /// Source: <https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html>
    package static func accept(
        _ call: ServiceCall, in catalog: some CatalogReading
    ) throws -> (query: QueryExecution, statement: AthenaStatement?) {
        let text = try call.string("QueryString")
        let token = call.parameters["ClientRequestToken"]?.stringValue ?? call.token
        if call.parameters["ClientRequestToken"] != nil, !(32...128).contains(token.utf8.count) {
            throw ServiceError("InvalidRequestException", "ClientRequestToken has 32 to 128 characters")
        }
        if let known = try catalog.query(token: token) {
            if known.statement != text {
                throw ServiceError(
                    "InvalidRequestException", "Idempotent parameters do not match: the token belongs to another query")
            }
            return (known, nil)
        }
        let statement = try AthenaStatement(parsing: text)
        let query = QueryExecution(
            id: QueryExecution.identifier(token), token: token, statement: text,
            workgroup: call.parameters["WorkGroup"]?.stringValue ?? "primary", state: "QUEUED", reason: nil,
            submittedAt: call.time)
        return (query, statement)
    }

    /// Runs a statement that was taken in, and gives it as it has ended. Its effects are written, it itself is not.
    package static func run(
        _ accepted: QueryExecution, _ statement: AthenaStatement, by caller: String, at time: Timestamp,
        in catalog: some LakeCatalog
    ) throws -> QueryExecution {
        var query = accepted
        do {
            try catalog.isolating { try run(statement, caller, time, catalog) }
            query.state = "SUCCEEDED"
        } catch let error as ServiceError {
            query.state = "FAILED"
            query.reason = "FAILED: Execution Error, return code 1. \(error.code)(message:\(error.message))"
        }
        return query
    }

    private static func run(
        _ statement: AthenaStatement, _ caller: String, _ time: Timestamp, _ catalog: some LakeCatalog
    ) throws {
        switch statement {
        case .createDatabase(let statement): try create(statement, caller, time, catalog)
        case .dropDatabase(let name, let toleratesMissing, let cascades):
            if cascades { throw ServiceError("InvalidRequestException", "CASCADE is not supported here") }
            if try catalog.database(name) == nil {
                if toleratesMissing { return }
                throw ServiceError("NoSuchObjectException", "There is no database named \(name)")
            }
            try drop(name, caller, catalog)
        case .showDatabases, .selectOne: break
        }
    }

    /// The maker gets all permissions with grant option, and others what the account's settings say.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html>
    private static func create(
        _ statement: AthenaStatement.CreateDatabase, _ caller: String, _ time: Timestamp,
        _ catalog: some LakeCatalog
    ) throws {
        if try catalog.database(statement.name) != nil {
            if statement.toleratesExisting { return }
            throw ServiceError("AlreadyExistsException", "Database \(statement.name) already exists")
        }
        let settings = try catalog.settings()
        let behavior = catalog.behavior
        if let location = statement.location {
            if try !catalog.makePlace(of: location) {
                throw ServiceError("MetaException", "the location '\(location)' is not one of S3")
            }
        }
        let properties = statement.properties.map { ($0.name, JSONValue.string($0.value)) }
        try catalog.insert(
            CatalogDatabase(
                name: statement.name, description: behavior.keepsDatabaseComment ? statement.comment : nil,
                location: statement.location,
                parameters: behavior.keepsDatabaseProperties ? JSONObject(properties) : [:],
                tableDefaults: settings.tableDefaults, createdAt: time))
        try catalog.give(.database(statement.name), to: caller, andBy: settings.databaseDefaults)
    }

    private static func drop(_ name: String, _ caller: String, _ catalog: some LakeCatalog) throws {
        let database = try catalog.database(name)
        try catalog.require("DROP", on: .database(name), for: caller)
        // Athena asks the catalog for tables with the caller's rights: to who sees none of them the database is empty.
        if try !catalog.visibleTableNames(in: name, limit: 1, after: "", to: caller).isEmpty {
            throw ServiceError("InvalidOperationException", "Database \(name) is not empty. One or more tables exist.")
        }
        try catalog.dropDatabase(name)
        if let location = database?.location { try catalog.removePlaceIfEmpty(of: location) }
    }

    private func existing(_ call: ServiceCall, _ catalog: some CatalogReading) throws -> QueryExecution {
        let id = try call.string("QueryExecutionId")
        guard let query = try catalog.query(id: id) else {
            throw ServiceError("InvalidRequestException", "QueryExecution \(id) was not found")
        }
        return query
    }
}
