import StatesLanguage

/// The actions of Athena, with the rules of AWS's model for what they take.
///
/// Source: <https://docs.aws.amazon.com/athena/latest/APIReference/API_Operations.html>
enum AthenaShapes {
    private static let id = ActionShape.Member.required("QueryExecutionId", .text(1...128))
    private static let token = ActionShape.Member.optional("NextToken", .text(1...1024))

    static let all: [ActionShape] = [
        ActionShape(
            "StartQueryExecution", .required("QueryString", .text(1...262_144)),
            .optional("ClientRequestToken", .text(32...128)), .optional("WorkGroup", .text(1...128)),
            .optional("QueryExecutionContext", .map), .optional("ResultConfiguration", .map)),
        ActionShape("GetQueryExecution", id),
        ActionShape("StopQueryExecution", id),
        ActionShape(
            "ListQueryExecutions", token, .optional("MaxResults", .number(0...50)),
            .optional("WorkGroup", .text(1...128))),
        ActionShape("GetQueryResults", id, token, .optional("MaxResults", .number(1...1000))),
        ActionShape("GetWorkGroup", .required("WorkGroup", .text(1...128))),
        ActionShape("ListWorkGroups", token, .optional("MaxResults", .number(1...50))),
    ]
}

/// The actions of Glue on databases and tables.
///
/// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_Operations.html>
enum GlueShapes {
    private static let name = ActionShape.Rule.text(1...255)
    private static let database = ActionShape.Member.required("DatabaseName", name)
    private static let catalog = ActionShape.Member.optional("CatalogId", .text(1...255))
    private static let page: [ActionShape.Member] = [
        .optional("NextToken", .text(0...4096)), .optional("MaxResults", .number(1...100)),
    ]
    private static let databaseInput = ActionShape.Member.required(
        "DatabaseInput",
        .structure([
            .required("Name", name), .optional("Description", .text(0...2048)), .optional("Parameters", .map),
            .optional("LocationUri", .text(1...1024)),
            .optional("CreateTableDefaultPermissions", .list(0...1000, of: .map)),
        ]))
    private static let resourceARN = ActionShape.Member.required("ResourceArn", .text(1...10_240))
    private static let tableInput = ActionShape.Member.required(
        "TableInput",
        .structure([
            .required("Name", name), .optional("Description", .text(0...2048)), .optional("Parameters", .map),
            .optional("StorageDescriptor", .map), .optional("PartitionKeys", .list(0...1000, of: .map)),
            .optional("TableType", .text(0...255)),
        ]))

    static let all: [ActionShape] = [
        ActionShape("CreateDatabase", catalog, databaseInput),
        ActionShape("GetDatabase", catalog, .required("Name", name)),
        ActionShape("GetDatabases", catalog, page[0], page[1]),
        ActionShape("UpdateDatabase", catalog, .required("Name", name), databaseInput),
        ActionShape("DeleteDatabase", catalog, .required("Name", name)),
        ActionShape("CreateTable", catalog, database, tableInput),
        ActionShape("GetTable", catalog, database, .required("Name", name)),
        ActionShape("GetTables", catalog, database, page[0], page[1]),
        ActionShape("UpdateTable", catalog, database, tableInput),
        ActionShape("DeleteTable", catalog, database, .required("Name", name)),
        ActionShape("GetTags", resourceARN),
        ActionShape("TagResource", resourceARN, .required("TagsToAdd", .map)),
        ActionShape("UntagResource", resourceARN, .required("TagsToRemove", .list(0...50, of: .text(1...128)))),
    ]
}

/// The actions of Lake Formation on locations, permissions and settings.
///
/// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_Operations.html>
enum LakeFormationShapes {
    private static let resourceARN = ActionShape.Member.required("ResourceArn", .text(1...2048))
    private static let principal = ActionShape.Rule.structure([
        .optional("DataLakePrincipalIdentifier", .text(1...255))
    ])
    private static let catalog = ActionShape.Member.optional("CatalogId", .text(1...255))
    private static let page: [ActionShape.Member] = [
        .optional("NextToken", .text(0...4096)), .optional("MaxResults", .number(1...1000)),
    ]
    private static let change: [ActionShape.Member] = [
        catalog, .required("Principal", principal), .required("Resource", .map),
        .required("Permissions", .list(0...100, of: .text(1...100))),
        .optional("PermissionsWithGrantOption", .list(0...100, of: .text(1...100))),
    ]
    private static let entries = ActionShape.Member.required(
        "Entries", .list(0...1000, of: .structure([.required("Id", .text(1...255))])))

    static let all: [ActionShape] = [
        ActionShape(
            "RegisterResource", resourceARN, .optional("RoleArn", .text(1...2048)),
            .optional("UseServiceLinkedRole", .flag), .optional("HybridAccessEnabled", .flag)),
        ActionShape("DeregisterResource", resourceARN),
        ActionShape("DescribeResource", resourceARN),
        ActionShape("ListResources", page[0], page[1], .optional("FilterConditionList", .list(0...20, of: .map))),
        ActionShape("GrantPermissions", change[0], change[1], change[2], change[3], change[4]),
        ActionShape("RevokePermissions", change[0], change[1], change[2], change[3], change[4]),
        ActionShape("BatchGrantPermissions", catalog, entries),
        ActionShape("BatchRevokePermissions", catalog, entries),
        ActionShape(
            "ListPermissions", catalog, .optional("Principal", principal), .optional("Resource", .map),
            .optional("ResourceType", .text(1...100)), page[0], page[1]),
        ActionShape("GetDataLakeSettings", catalog),
        ActionShape("PutDataLakeSettings", catalog, .required("DataLakeSettings", .map)),
    ]
}
