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
    /// The entries on all resources for which a condition holds, in the order in which they stand.
    package func permissions(
        offset: Int, limit: Int, where condition: (PermissionEntry) -> Bool
    ) throws -> [PermissionEntry] {
        var found: [PermissionEntry] = []
        try CatalogRoom.forEach(after: "", in: db) { entries in
            found += entries.flatMap(\.permissions).filter(condition)
            return found.count < offset + limit
        }
        return Array(found.dropFirst(offset).prefix(limit))
    }
}
