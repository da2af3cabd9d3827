import DurableExecution
import GRDB
import StatesLanguage

/// Amazon Athena, for the statements that make and drop databases.
struct AthenaService: LakeService {
    static let name = "Athena"
    static let resources =
        sdk("startQueryExecution", "stopQueryExecution", "getQueryExecution")
        + [
            TaskResource(service: "athena", action: "startQueryExecution"),
            TaskResource(service: "athena", action: "startQueryExecution.sync"),
        ]

    func carryOut(_ call: ServiceCall, in transaction: LakeTransaction) throws -> JSONValue {
        switch call.action {
        case "startQueryExecution":
            return ["QueryExecutionId": .string(try start(call, transaction).id)]
        case "startQueryExecution.sync":
            let query = try start(call, transaction)
            // A failed statement fails the task, with the whole of it in the cause.
            if query.state != "SUCCEEDED" { throw TaskFailure(StatesError.taskFailed, query.json.text) }
            return ["QueryExecution": query.json]
        case "getQueryExecution":
            return ["QueryExecution": try existing(call, transaction).json]
        case "stopQueryExecution":
            // Statements of the embedded lake have ended when they are answered; stopping one is allowed then too.
            _ = try existing(call, transaction)
            return [:]
        default:
            throw unknown(call)
        }
    }

    /// Runs a statement, or finds the one that has been run under the same token.
    ///
    /// Source: <https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html>
    private func start(_ call: ServiceCall, _ transaction: LakeTransaction) throws -> QueryExecution {
        let text = try call.string("QueryString")
        let token = call.parameters["ClientRequestToken"]?.stringValue ?? call.token
        if call.parameters["ClientRequestToken"] != nil, !(32...128).contains(token.utf8.count) {
            throw ServiceError("InvalidRequestException", "ClientRequestToken has 32 to 128 characters")
        }
        if let known = try transaction.query(token: token) {
            if known.statement != text {
                throw ServiceError(
                    "InvalidRequestException", "Idempotent parameters do not match: the token belongs to another query")
            }
            return known
        }
        let statement = try AthenaStatement(parsing: text)
        var query = QueryExecution(
            id: Self.identifier(token), token: token, statement: text,
            workgroup: call.parameters["WorkGroup"]?.stringValue ?? "primary", state: "SUCCEEDED", reason: nil,
            submittedAt: call.time)
        do {
            try transaction.isolating { try run(statement, call, transaction) }
        } catch let error as ServiceError {
            query.state = "FAILED"
            query.reason = "FAILED: Execution Error, return code 1. \(error.code)(message:\(error.message))"
        }
        try transaction.insert(query)
        return query
    }

    private func run(_ statement: AthenaStatement, _ call: ServiceCall, _ transaction: LakeTransaction) throws {
        switch statement {
        case .createDatabase(let statement): try create(statement, call, transaction)
        case .dropDatabase(let name, let toleratesMissing, let cascades):
            if cascades { throw ServiceError("InvalidRequestException", "CASCADE is not supported here") }
            if try transaction.database(name) == nil {
                if toleratesMissing { return }
                throw ServiceError("NoSuchObjectException", "There is no database named \(name)")
            }
            try drop(name, call, transaction)
        }
    }

    /// The maker gets all permissions with grant option, and others what the account's settings say.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html>
    private func create(
        _ statement: AthenaStatement.CreateDatabase, _ call: ServiceCall, _ transaction: LakeTransaction
    ) throws {
        if try transaction.database(statement.name) != nil {
            if statement.toleratesExisting { return }
            throw ServiceError("AlreadyExistsException", "Database \(statement.name) already exists")
        }
        let settings = try DataLakeSettings.read(transaction.db)
        let behavior = transaction.behavior
        if let location = statement.location {
            guard let folder = transaction.warehouse.folder(for: location) else {
                throw ServiceError("MetaException", "the location '\(location)' is not one of S3")
            }
            try transaction.warehouse.make(folder)
        }
        let properties = statement.properties.map { ($0.name, JSONValue.string($0.value)) }
        try transaction.insert(
            CatalogDatabase(
                name: statement.name, description: behavior.keepsDatabaseComment ? statement.comment : nil,
                location: statement.location,
                parameters: behavior.keepsDatabaseProperties ? JSONObject(properties) : [:],
                tableDefaults: settings.tableDefaults, createdAt: call.time))
        let resource = SecuredResource.database(statement.name)
        try transaction.set(
            PermissionEntry(principal: call.caller, resource: resource, permissions: ["ALL"], grantable: ["ALL"]))
        for (principal, permissions) in DataLakeSettings.grants(settings.databaseDefaults) {
            try transaction.set(
                PermissionEntry(principal: principal, resource: resource, permissions: permissions, grantable: []))
        }
    }

    private func drop(_ name: String, _ call: ServiceCall, _ transaction: LakeTransaction) throws {
        let database = try transaction.database(name)
        try transaction.require("DROP", on: .database(name), for: call.caller)
        if try !transaction.tableNames(in: name, limit: 1).isEmpty {
            throw ServiceError("InvalidOperationException", "Database \(name) is not empty. One or more tables exist.")
        }
        try transaction.deleteDatabase(name)
        if transaction.behavior.dropsGrantsWithDatabase {
            try transaction.deletePermissions(on: .database(name))
            try transaction.deletePermissions(on: .tables(of: name))
        }
        if let folder = database?.location.flatMap(transaction.warehouse.folder(for:)) {
            transaction.warehouse.removeIfEmpty(folder)
        }
    }

    private func existing(_ call: ServiceCall, _ transaction: LakeTransaction) throws -> QueryExecution {
        let id = try call.string("QueryExecutionId")
        guard let query = try transaction.query(id: id) else {
            throw ServiceError("InvalidRequestException", "QueryExecution \(id) was not found")
        }
        return query
    }

    /// An id in the form of a UUID that the same token gives again.
    private static func identifier(_ token: String) -> String {
        var random = SeededRandom(seed: SeededRandom.seed(token))
        return random.uuid()
    }
}

/// A statement that was run.
struct QueryExecution {
    let id: String
    let token: String
    let statement: String
    let workgroup: String
    var state: String
    var reason: String?
    let submittedAt: Timestamp

    /// Source: <https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecution.html>
    var json: JSONValue {
        var status: JSONObject = ["State": .string(state), "SubmissionDateTime": .string(submittedAt.text)]
        if let reason { status["StateChangeReason"] = .string(reason) }
        return [
            "QueryExecutionId": .string(id), "Query": .string(statement), "StatementType": "DDL",
            "WorkGroup": .string(workgroup), "Status": .object(status),
        ]
    }
}

extension LakeTransaction {
    func query(token: String) throws -> QueryExecution? {
        let statement = try db.cachedStatement(sql: "SELECT * FROM query_execution WHERE token = ?")
        return try Row.fetchOne(statement, arguments: [token]).map { QueryExecution($0) }
    }

    func query(id: String) throws -> QueryExecution? {
        let statement = try db.cachedStatement(sql: "SELECT * FROM query_execution WHERE id = ?")
        return try Row.fetchOne(statement, arguments: [id]).map { QueryExecution($0) }
    }

    func insert(_ query: QueryExecution) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO query_execution (id, token, statement, workgroup, state, reason, submitted_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(
            arguments: [
                query.id, query.token, query.statement, query.workgroup, query.state, query.reason,
                query.submittedAt.milliseconds,
            ])
    }
}

extension QueryExecution {
    fileprivate init(_ row: Row) {
        self.init(
            id: row["id"], token: row["token"], statement: row["statement"], workgroup: row["workgroup"],
            state: row["state"], reason: row["reason"], submittedAt: Timestamp(milliseconds: row["submitted_at"]))
    }
}
