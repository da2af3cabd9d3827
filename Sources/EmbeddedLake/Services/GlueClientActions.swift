import DurableExecution
import StatesLanguage

/// The actions of Glue that only clients call: listing and deleting databases, and everything about tables.
struct GlueClientActions {
    func read(_ call: ServiceCall, in lake: some LakeReading) throws -> JSONValue? {
        switch call.action {
        case "getDatabases": try getDatabases(call, lake)
        case "getTable":
            ["Table": try existingTable(call, call.string("Name"), lake).json(account: call.account)]
        default: try GlueService().read(call, in: lake)
        }
    }

    func write(_ call: ServiceCall, in transaction: LakeTransaction) throws -> JSONValue? {
        switch call.action {
        case "deleteDatabase": try deleteDatabase(call, transaction)
        case "createTable": try createTable(call, transaction)
        case "updateTable": try updateTable(call, transaction)
        case "deleteTable": try deleteTable(call, transaction)
        default: try GlueService().write(call, in: transaction)
        }
    }

    // MARK: Databases

    /// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_GetDatabases.html>
    private func getDatabases(_ call: ServiceCall, _ lake: some LakeReading) throws -> JSONValue {
        let limit = try call.limit("MaxResults", default: 100, maximum: 100)
        let names = try lake.databaseNames(
            after: try PageToken.position(call, of: "databases") ?? "", limit: limit + 1
        ) { try lake.isVisible(database: $0, to: call.caller) }
        var result: JSONObject = [
            "DatabaseList": .array(
                try names.prefix(limit).compactMap { name in
                    let call = ServiceCall(
                        action: "getDatabase", parameters: ["Name": .string(name)], caller: call.caller,
                        token: call.token, time: call.time)
                    return try GlueService().read(call, in: lake)?["Database"]
                })
        ]
        if names.count > limit {
            result["NextToken"] = .string(PageToken(list: "databases", position: names[limit - 1]).text)
        }
        return .object(result)
    }

    /// Takes a database away with its tables, as Glue does, and with what was granted on them.
    ///
    /// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_DeleteDatabase.html>
    private func deleteDatabase(_ call: ServiceCall, _ transaction: LakeTransaction) throws -> JSONValue {
        let name = try call.string("Name").lowercased()
        guard try transaction.database(name) != nil else { throw Self.noDatabase(name) }
        try transaction.require("DROP", on: .database(name), for: call.caller)
        try transaction.dropDatabase(name)
        return [:]
    }

    // MARK: Tables

    /// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_CreateTable.html>
    private func createTable(_ call: ServiceCall, _ transaction: LakeTransaction) throws -> JSONValue {
        let database = try existingDatabase(call, transaction)
        let input = call.parameters["TableInput"] ?? [:]
        let name = try GlueService.name(of: input)
        try transaction.require("CREATE_TABLE", on: .database(database.name), for: call.caller)
        if try transaction.table(name, in: database.name) != nil {
            throw ServiceError("AlreadyExistsException", "Table already exists: \(database.name).\(name)")
        }
        try transaction.insert(
            CatalogTable(
                database: database.name, name: name, input: input.objectValue ?? [:], createdAt: call.time,
                updatedAt: call.time, version: 0))
        try transaction.give(
            .table(name, of: database.name), to: call.caller, andBy: database.tableDefaults)
        return [:]
    }

    /// Replaces all that a table is made with.
    ///
    /// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html>
    private func updateTable(_ call: ServiceCall, _ transaction: LakeTransaction) throws -> JSONValue {
        let input = call.parameters["TableInput"] ?? [:]
        var table = try existingTable(call, try GlueService.name(of: input), transaction)
        try transaction.require("ALTER", onTable: table.name, of: table.database, for: call.caller)
        table.input = input.objectValue ?? [:]
        table.updatedAt = call.time
        table.version += 1
        try transaction.update(table)
        return [:]
    }

    /// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_DeleteTable.html>
    private func deleteTable(_ call: ServiceCall, _ transaction: LakeTransaction) throws -> JSONValue {
        let table = try existingTable(call, try call.string("Name"), transaction)
        try transaction.require("DROP", onTable: table.name, of: table.database, for: call.caller)
        try transaction.deleteTable(table.name, in: table.database)
        return [:]
    }

    private func existingDatabase(_ call: ServiceCall, _ catalog: some CatalogReading) throws -> CatalogDatabase {
        let name = try call.string("DatabaseName").lowercased()
        guard let database = try catalog.database(name) else { throw Self.noDatabase(name) }
        return database
    }

    private func existingTable(
        _ call: ServiceCall, _ name: String, _ catalog: some CatalogReading
    ) throws -> CatalogTable {
        let database = try existingDatabase(call, catalog).name
        guard let table = try catalog.table(name.lowercased(), in: database) else {
            throw ServiceError("EntityNotFoundException", "Table \(database).\(name) not found.")
        }
        return table
    }

    private static func noDatabase(_ name: String) -> ServiceError {
        ServiceError("EntityNotFoundException", "Database \(name) not found.")
    }
}
