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
