import StatesLanguage

extension SecuredResource {
    /// Reads the `Resource` of a call.
    init?(_ json: JSONValue) {
        // Glue folds the names of databases and tables, and Lake Formation with it.
        if let name = json["Database"]?["Name"]?.stringValue?.lowercased() {
            self = .database(name)
        } else if let table = json["Table"], table["TableWildcard"] != nil,
            let name = table["DatabaseName"]?.stringValue?.lowercased()
        {
            self = .tables(of: name)
        } else if let table = json["Table"] ?? json["TableWithColumns"],
            let name = table["Name"]?.stringValue?.lowercased(),
            let database = table["DatabaseName"]?.stringValue?.lowercased(),
            json["Table"] != nil || table["ColumnWildcard"] != nil
        {
            self = .table(name, of: database)
        } else if let arn = json["DataLocation"]?["ResourceArn"]?.stringValue {
            self = .location(arn: arn)
        } else {
            return nil
        }
    }

    /// Which permissions there are, and which of them another account may get: no `ALL` (`Super`) on a database.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html> and
    /// <https://docs.aws.amazon.com/lake-formation/latest/dg/cross-account-notes.html>
    var permissions: (all: Set<String>, crossAccount: Set<String>) {
        switch self {
        case .database:
            let all: Set = ["ALL", "ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"]
            return (all, all.subtracting(["ALL"]))
        case .tables, .table:
            let all: Set = ["ALL", "ALTER", "DELETE", "DESCRIBE", "DROP", "INSERT", "SELECT"]
            return (all, all)
        case .location: return (["DATA_LOCATION_ACCESS"], ["DATA_LOCATION_ACCESS"])
        }
    }
}

extension PermissionEntry {
    /// The entry as `ListPermissions` gives it: `SELECT` on all tables comes apart, as one on all columns.
    func json(account: String) -> [JSONValue] {
        func entry(_ resource: JSONValue, _ permissions: [String]) -> JSONValue {
            [
                "Principal": ["DataLakePrincipalIdentifier": .string(principal)], "Resource": resource,
                "Permissions": .strings(permissions),
                "PermissionsWithGrantOption": .strings(permissions.filter(grantable.contains)),
            ]
        }
        let catalog = JSONValue.string(account)
        switch resource {
        case .database(let name):
            return [entry(["Database": ["CatalogId": catalog, "Name": .string(name)]], permissions)]
        case .location(let arn):
            return [entry(["DataLocation": ["CatalogId": catalog, "ResourceArn": .string(arn)]], permissions)]
        case .tables(let database):
            return entries(onTable: "ALL_TABLES", of: database, ["TableWildcard": [:]])
        case .table(let name, let database):
            return entries(onTable: name, of: database, [:])
        }
        func entries(onTable name: String, of database: String, _ wildcard: JSONObject) -> [JSONValue] {
            let names: JSONObject = [
                "CatalogId": catalog, "DatabaseName": .string(database), "Name": .string(name),
            ]
            let table = JSONValue.object(names.merging(wildcard))
            let columns = JSONValue.object(names.merging(["ColumnWildcard": [:]]))
            let (onColumns, onTable) = (permissions.filter { $0 == "SELECT" }, permissions.filter { $0 != "SELECT" })
            return (onTable.isEmpty ? [] : [entry(["Table": table], onTable)])
                + (onColumns.isEmpty ? [] : [entry(["TableWithColumns": columns], onColumns)])
        }
    }
}
