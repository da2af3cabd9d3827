import GRDB
import StatesLanguage

/// What a permission of Lake Formation is for.
package enum SecuredResource: Hashable, Sendable {
    case database(String)
    /// All tables of a database, those to come included (the table wildcard).
    case tables(of: String)
    /// One table of a database.
    case table(String, of: String)
    case location(arn: String)

    package var kind: String {
        switch self {
        case .database: "DATABASE"
        case .tables: "TABLES"
        case .table: "TABLE"
        case .location: "LOCATION"
        }
    }

    package var name: String {
        switch self {
        case .database(let name), .tables(let name), .location(let name): name
        case .table(let name, let database): "\(database).\(name)"
        }
    }
}

extension SecuredResource {
    /// The resource that has this kind and this name.
    fileprivate init?(kind: String, name: String) {
        switch kind {
        case "DATABASE": self = .database(name)
        case "TABLES": self = .tables(of: name)
        case "LOCATION": self = .location(arn: name)
        case "TABLE":
            let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { return nil }
            self = .table(parts[1], of: parts[0])
        default: return nil
        }
    }
}

/// The permissions that a principal has on a resource, in the order of their names.
package struct PermissionEntry: Hashable, Sendable {
    package let principal: String
    package let resource: SecuredResource
    package var permissions: [String]
    /// Those of them that the principal may grant to others.
    package var grantable: [String]

    package init(principal: String, resource: SecuredResource, permissions: [String], grantable: [String]) {
        self.principal = principal
        self.resource = resource
        self.permissions = permissions
        self.grantable = grantable
    }
}

extension LakeTransaction {
    package func permissions(on resource: SecuredResource) throws -> [PermissionEntry] {
        try Self.permissions(db, on: resource)
    }

    static func permissions(_ db: Database, on resource: SecuredResource) throws -> [PermissionEntry] {
        let statement = try db.cachedStatement(
            sql: "SELECT * FROM permission WHERE kind = ? AND resource = ? ORDER BY principal")
        return try Row.fetchAll(statement, arguments: [resource.kind, resource.name]).map {
            try PermissionEntry($0, on: resource)
        }
    }

    /// The entries for which a condition holds, in the order of their resources.
    func permissions(
        where condition: String, _ arguments: StatementArguments, limit: Int, offset: Int
    ) throws -> [PermissionEntry] {
        try Row.fetchAll(
            db,
            sql: "SELECT * FROM permission WHERE \(condition) ORDER BY resource, kind, principal LIMIT ? OFFSET ?",
            arguments: arguments + [limit, offset]
        ).compactMap { row in
            let (kind, name): (String, String) = (
                try row.decode(forColumn: "kind"), try row.decode(forColumn: "resource")
            )
            return try SecuredResource(kind: kind, name: name).map { try PermissionEntry(row, on: $0) }
        }
    }

    package func permission(of principal: String, on resource: SecuredResource) throws -> PermissionEntry? {
        let statement = try db.cachedStatement(
            sql: "SELECT * FROM permission WHERE kind = ? AND resource = ? AND principal = ?")
        return try Row.fetchOne(statement, arguments: [resource.kind, resource.name, principal]).map {
            try PermissionEntry($0, on: resource)
        }
    }

    /// Writes what a principal has now; without permissions the entry goes.
    package func set(_ entry: PermissionEntry) throws {
        if entry.permissions.isEmpty {
            try db.cachedStatement(sql: "DELETE FROM permission WHERE kind = ? AND resource = ? AND principal = ?")
                .execute(arguments: [entry.resource.kind, entry.resource.name, entry.principal])
            return
        }
        try db.cachedStatement(
            sql: """
                INSERT INTO permission (kind, resource, principal, permissions, grantable) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET permissions = excluded.permissions, grantable = excluded.grantable
                """
        ).execute(
            arguments: [
                entry.resource.kind, entry.resource.name, entry.principal,
                entry.permissions.sorted().joined(separator: " "), entry.grantable.sorted().joined(separator: " "),
            ])
    }

    package func deletePermissions(on resource: SecuredResource) throws {
        try db.cachedStatement(sql: "DELETE FROM permission WHERE kind = ? AND resource = ?")
            .execute(arguments: [resource.kind, resource.name])
    }
}

extension PermissionEntry {
    fileprivate init(_ row: Row, on resource: SecuredResource) throws {
        principal = try row.decode(forColumn: "principal")
        self.resource = resource
        permissions = try row.decode(String.self, forColumn: "permissions").split(separator: " ").map(String.init)
        grantable = try row.decode(String.self, forColumn: "grantable").split(separator: " ").map(String.init)
    }
}
