/// Whom a permission is given to.
enum Principal: Sendable {
    /// The role under which the machines act, and so the maker of every database.
    case maker
    /// The account that the room is made for.
    case customer
    /// Everybody whom IAM allows.
    case everybody

    var template: Argument {
        let identifier: Argument =
            switch self {
            case .maker: "${RoleArn}"
            case .customer: .request.account
            case .everybody: "IAM_ALLOWED_PRINCIPALS"
            }
        return ["DataLakePrincipalIdentifier": identifier]
    }
}

/// What a permission is for, with its place in a call of Lake Formation.
enum PermittedResource: String, CaseIterable, Sendable {
    case location
    case database
    /// All tables of the database, those to come included.
    case tables

    var template: Argument {
        switch self {
        case .location: ["DataLocation": ["ResourceArn": .room.locationARN]]
        case .database: ["Database": ["Name": .request.database]]
        case .tables: ["Table": ["DatabaseName": .request.database, "TableWildcard": [:]]]
        }
    }
}

/// A permission of Lake Formation.
enum Permission: String, Sendable {
    case all = "ALL"
    case alter = "ALTER"
    case createTable = "CREATE_TABLE"
    case dataLocationAccess = "DATA_LOCATION_ACCESS"
    case describe = "DESCRIBE"
    case drop = "DROP"
    case select = "SELECT"
}

extension [Permission] {
    var template: Argument { .texts(map(\.rawValue)) }
}
