import GRDB
import StatesLanguage

/// What the catalog has under one name: a database or a location, and who may do what with it.
package struct CatalogEntries: Hashable, Sendable {
    /// The name of a database, of a table with that of its database before it, or the ARN of a location.
    let name: String
    var database: CatalogDatabase?
    /// The database's tags, texts by key. Those of a dropped one may stay (`keepsTagsOfDroppedDatabases`).
    var tags: JSONObject = [:]
    var location: RegisteredLocation?
    /// In the order of kinds of resources, and then of the principals' names.
    var permissions: [PermissionEntry] = []

    init(_ name: String) {
        self.name = name
    }

    var isEmpty: Bool { database == nil && tags.isEmpty && location == nil && permissions.isEmpty }

    func permissions(on resource: SecuredResource) -> [PermissionEntry] {
        permissions.filter { $0.resource == resource }
    }

    func permission(of principal: String, on resource: SecuredResource) -> PermissionEntry? {
        permissions.first { $0.principal == principal && $0.resource == resource }
    }

    /// Sets what a principal has now; without permissions the entry goes.
    mutating func set(_ entry: PermissionEntry) {
        permissions.removeAll { $0.principal == entry.principal && $0.resource == entry.resource }
        if entry.permissions.isEmpty { return }
        var entry = entry
        entry.permissions.sort()
        entry.grantable.sort()
        permissions.insert(entry, at: permissions.firstIndex { entry.stands(before: $0) } ?? permissions.endIndex)
    }
}

extension PermissionEntry {
    /// The order that SQLite has.
    fileprivate func stands(before other: PermissionEntry) -> Bool {
        let (kind, otherKind) = (resource.kind, other.resource.kind)
        return kind == otherKind
            ? principal.utf8.lexicographicallyPrecedes(other.principal.utf8)
            : kind.utf8.lexicographicallyPrecedes(otherKind.utf8)
    }
}

// MARK: As it is kept

extension CatalogEntries {
    /// - Throws: `DatabaseError` for what no program of ours has written.
    init(_ name: String, content: JSONValue) throws {
        self.init(name)
        guard content.objectValue != nil else { throw damaged("is no object") }
        database = try content["Database"].map(readDatabase)
        if let tags = content["Tags"] {
            guard let tags = tags.objectValue else { throw damaged("has no tags") }
            self.tags = tags
        }
        location = try content["Location"].map(readLocation)
        guard let kinds = (content["Permissions"] ?? [:]).objectValue else { throw damaged("has no permissions") }
        for (kind, principals) in kinds {
            guard let resource = SecuredResource(kind: kind, name: name), let principals = principals.objectValue else {
                throw damaged("has a kind '\(kind)'")
            }
            for (principal, granted) in principals {
                guard let permissions = granted[0]?.stringValue, let grantable = granted[1]?.stringValue else {
                    throw damaged("gives '\(principal)' no permissions")
                }
                self.permissions.append(
                    PermissionEntry(
                        principal: principal, resource: resource,
                        permissions: permissions.split(separator: " ").map(String.init),
                        grantable: grantable.split(separator: " ").map(String.init)))
            }
        }
        permissions.sort { $0.stands(before: $1) }
    }

    private func damaged(_ reason: String) -> DatabaseError {
        DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the catalog's entry '\(name)' \(reason)")
    }

    private func readDatabase(_ json: JSONValue) throws -> CatalogDatabase {
        guard let parameters = json["Parameters"]?.objectValue,
            let tableDefaults = json["CreateTableDefaultPermissions"], let time = json["CreateTime"]?.integerValue
        else { throw damaged("is no database") }
        return CatalogDatabase(
            name: name, description: json["Description"]?.stringValue, location: json["LocationUri"]?.stringValue,
            parameters: parameters, tableDefaults: tableDefaults, createdAt: Timestamp(milliseconds: time))
    }

    private func readLocation(_ json: JSONValue) throws -> RegisteredLocation {
        guard let role = json["RoleArn"]?.stringValue, let isHybrid = json["HybridAccessEnabled"]?.boolValue,
            let time = json["LastModified"]?.integerValue
        else { throw damaged("is no location") }
        return RegisteredLocation(
            arn: name, roleARN: role, isHybrid: isHybrid, registeredAt: Timestamp(milliseconds: time))
    }

    /// What is kept of it: `{"Database": {…}, "Tags": {key: value}, "Location": {…}, "Permissions": {kind: {principal:
    /// [permissions, those that may be granted]}}}`, without what there is none of, with the names of Glue and Lake Formation, and times in milliseconds since 1970.
    var content: JSONObject {
        var content: JSONObject = [:]
        if let database {
            var json: JSONObject = [
                "Parameters": .object(database.parameters), "CreateTableDefaultPermissions": database.tableDefaults,
                "CreateTime": .integer(database.createdAt.milliseconds),
            ]
            if let description = database.description { json["Description"] = .string(description) }
            if let location = database.location { json["LocationUri"] = .string(location) }
            content["Database"] = .object(json)
        }
        if !tags.isEmpty { content["Tags"] = .object(tags) }
        if let location {
            content["Location"] = [
                "RoleArn": .string(location.roleARN), "HybridAccessEnabled": .bool(location.isHybrid),
                "LastModified": .integer(location.registeredAt.milliseconds),
            ]
        }
        if permissions.isEmpty { return content }
        var kinds: JSONObject = [:]
        for entry in permissions {
            var principals = kinds[entry.resource.kind]?.objectValue ?? [:]
            principals[entry.principal] = .strings([
                entry.permissions.joined(separator: " "), entry.grantable.joined(separator: " "),
            ])
            kinds[entry.resource.kind] = .object(principals)
        }
        content["Permissions"] = .object(kinds)
        return content
    }
}
