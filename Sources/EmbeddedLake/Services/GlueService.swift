import DurableExecution
import StatesLanguage

/// The Glue Data Catalog.
struct GlueService: CatalogService {
    static let name = "Glue"
    static let resources = sdk(
        "createDatabase", "getDatabase", "updateDatabase", "getTables", "getTags", "tagResource", "untagResource")

    func read(_ call: ServiceCall, in catalog: some CatalogReading) throws -> JSONValue? {
        switch call.action {
        case "getDatabase": try getDatabase(call, catalog)
        case "getTables": try getTables(call, catalog)
        case "getTags": ["Tags": .object(try GlueTags(of: call, in: catalog).tags)]
        default: nil
        }
    }

    func write(_ call: ServiceCall, in catalog: some LakeCatalog) throws -> JSONValue? {
        switch call.action {
        case "createDatabase": try createDatabase(call, catalog)
        case "updateDatabase": try updateDatabase(call, catalog)
        case "tagResource": try GlueTags(of: call, in: catalog).add(call, catalog)
        case "untagResource": try GlueTags(of: call, in: catalog).remove(call, catalog)
        default: nil
        }
    }

    /// The maker gets all permissions with grant option, and others what the account's settings say.
    ///
    /// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_CreateDatabase.html>
    private func createDatabase(_ call: ServiceCall, _ catalog: some LakeCatalog) throws -> JSONValue {
        let input = call.parameters["DatabaseInput"] ?? [:]
        let name = try Self.name(of: input)
        if try catalog.database(name) != nil {
            throw ServiceError("AlreadyExistsException", "Database already exists: \(name)")
        }
        let settings = try catalog.settings()
        try catalog.insert(
            CatalogDatabase(
                name: name, description: input["Description"]?.stringValue,
                location: input["LocationUri"]?.stringValue, parameters: input["Parameters"]?.objectValue ?? [:],
                tableDefaults: input["CreateTableDefaultPermissions"] ?? settings.tableDefaults, createdAt: call.time))
        try catalog.give(.database(name), to: call.caller, andBy: settings.databaseDefaults)
        return [:]
    }

    /// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_GetDatabase.html>
    private func getDatabase(_ call: ServiceCall, _ catalog: some CatalogReading) throws -> JSONValue {
        let database = try existing(try name(call.string("Name")), catalog)
        if try !catalog.isVisible(database: database.name, to: call.caller) {
            throw ServiceError(
                "AccessDeniedException",
                "Insufficient Lake Formation permission(s): Required DESCRIBE on \(database.name)")
        }
        var json: JSONObject = [
            "Name": .string(database.name), "CatalogId": .string(call.account),
            "CreateTime": .string(database.createdAt.text), "Parameters": .object(database.parameters),
            "CreateTableDefaultPermissions": database.tableDefaults,
        ]
        if let description = database.description { json["Description"] = .string(description) }
        if let location = database.location { json["LocationUri"] = .string(location) }
        return ["Database": .object(json)]
    }

    /// Replaces all that a database is made with: what the input leaves out is gone.
    ///
    /// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateDatabase.html>
    private func updateDatabase(_ call: ServiceCall, _ catalog: some LakeCatalog) throws -> JSONValue {
        var database = try existing(try name(call.string("Name")), catalog)
        guard let input = call.parameters["DatabaseInput"], input["Name"]?.stringValue?.lowercased() == database.name
        else {
            throw ServiceError("InvalidInputException", "DatabaseInput.Name is not the name of the database")
        }
        if try !catalog.behavior.administratorsMayAlter || !catalog.isAdministrator(call.caller) {
            try catalog.require("ALTER", on: .database(database.name), for: call.caller)
        }
        database.description = input["Description"]?.stringValue
        database.location = input["LocationUri"]?.stringValue
        database.parameters = input["Parameters"]?.objectValue ?? [:]
        database.tableDefaults =
            try input["CreateTableDefaultPermissions"]
            ?? catalog.settings().tableDefaults
        try catalog.update(database)
        return [:]
    }

    /// Gives the tables that the caller sees, which may be none of those that are there.
    ///
    /// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_GetTables.html>
    private func getTables(_ call: ServiceCall, _ catalog: some CatalogReading) throws -> JSONValue {
        let database = try existing(try name(call.string("DatabaseName")), catalog)
        let limit = try call.limit("MaxResults", default: 100, maximum: 100)
        let list = "tables \(database.name)"
        let names = try catalog.visibleTableNames(
            in: database.name, limit: limit + 1, after: try PageToken.position(call, of: list) ?? "", to: call.caller)
        var result: JSONObject = [
            "TableList": .array(
                try names.prefix(limit).compactMap { name in
                    try catalog.table(name, in: database.name)?.json(account: call.account)
                })
        ]
        if names.count > limit {
            result["NextToken"] = .string(PageToken(list: list, position: names[limit - 1]).text)
        }
        return .object(result)
    }

    /// The name as Glue keeps it, in lowercase.
    ///
    /// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_Database.html> (1 to 255 bytes)
    private func name(_ name: String) throws(ServiceError) -> String {
        if !(1...255).contains(name.utf8.count) {
            throw ServiceError(
                "InvalidInputException",
                "Value '\(name.prefix(40))…' at 'name' failed to satisfy constraint: Member must have length less "
                    + "than or equal to 255")
        }
        return name.lowercased()
    }

    private func existing(_ name: String, _ catalog: some CatalogReading) throws -> CatalogDatabase {
        guard let database = try catalog.database(name) else {
            throw ServiceError("EntityNotFoundException", "Database \(name) not found.")
        }
        return database
    }

    /// The name in an input, in lowercase as Glue keeps it.
    static func name(of input: JSONValue) throws(ServiceError) -> String {
        guard let name = input["Name"]?.stringValue, (1...255).contains(name.utf8.count) else {
            throw ServiceError("InvalidInputException", "Name is a text of 1 to 255 bytes")
        }
        return name.lowercased()
    }
}
