/// Whom a permission is given to.
enum Principal: Sendable {
    /// The role under which the machines act, and so the maker of every database.
    case maker
    /// The account that the room is made for.
    case customer
    /// Everybody whom IAM allows.
    case everybody
}

/// What a permission is for, with its place in a call of Lake Formation.
enum PermittedResource: String, CaseIterable, Sendable {
    case location
    case database
    /// All tables of the database, those to come included.
    case tables
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
