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
    init?(kind: String, name: String) {
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
    /// The entries for which a condition holds, in the order in which they stand.
    func permissions(
        where condition: String, _ arguments: StatementArguments, limit: Int, offset: Int
    ) throws -> [PermissionEntry] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT * FROM catalog_entry WHERE principal <> '' AND \(condition)
                ORDER BY room, name, kind, principal LIMIT ? OFFSET ?
                """, arguments: arguments + [limit, offset]
        ).compactMap { row in
            let (kind, name): (String, String) = (try row.decode(forColumn: "kind"), try row.decode(forColumn: "name"))
            return try SecuredResource(kind: kind, name: name).map {
                try PermissionEntry(row, of: try row.decode(forColumn: "principal"), on: $0)
            }
        }
    }
}

extension PermissionEntry {
    init(_ row: Row, of principal: String, on resource: SecuredResource) throws {
        self.principal = principal
        self.resource = resource
        permissions = try row.decode(String.self, forColumn: "permissions").split(separator: " ").map(String.init)
        grantable = try row.decode(String.self, forColumn: "grantable").split(separator: " ").map(String.init)
    }
}
