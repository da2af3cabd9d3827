import StatesLanguage

/// The tags of a database, which are changed key by key: two callers that change different ones never lose either.
///
/// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_TagResource.html>, and `UntagResource`, `GetTags` beside it
struct GlueTags {
    /// Source: `TagsMap`, `TagKey` and `TagValue` of Glue's service model.
    private static let (maximumCount, keyLength, valueLength) = (50, 1...128, 0...256)

    private let database: String
    /// Texts by key.
    private(set) var tags: JSONObject

    /// - Throws: `ServiceError`, `InvalidInputException` for a resource that is no database, `EntityNotFoundException`
    ///   where the database is not there.
    init(of call: ServiceCall, in catalog: some CatalogReading) throws {
        let arn = try call.string("ResourceArn")
        let kind = "database/"
        guard let name = ResourceName(arn), name.service == "glue", name.resource.hasPrefix(kind) else {
            throw ServiceError("InvalidInputException", "'\(arn.prefix(300))' is not the ARN of a database of Glue")
        }
        database = name.resource.dropFirst(kind.count).lowercased()
        guard name.account == call.account, try catalog.database(database) != nil else {
            throw ServiceError("EntityNotFoundException", "Entity not found: \(arn.prefix(300))")
        }
        tags = try catalog.tags(ofDatabase: database)
    }

    func add(_ call: ServiceCall, _ catalog: some LakeCatalog) throws -> JSONValue {
        guard let added = call.parameters["TagsToAdd"]?.objectValue else {
            throw ServiceError("InvalidInputException", "TagsToAdd is missing or no map")
        }
        var tags = tags
        for (key, value) in added {
            guard let text = value.stringValue, Self.keyLength.contains(key.unicodeScalars.count),
                Self.valueLength.contains(text.unicodeScalars.count), !key.lowercased().hasPrefix("aws:")
            else {
                throw ServiceError(
                    "InvalidInputException",
                    "A tag has a key of 1 to 128 characters that does not begin with aws:, and a value of at most 256: "
                        + "'\(key.prefix(140))'")
            }
            tags[key] = value
        }
        if tags.count > Self.maximumCount {
            throw ServiceError(
                "InvalidInputException", "A resource has at most \(Self.maximumCount) tags: \(tags.count)")
        }
        try catalog.setTags(tags, ofDatabase: database)
        return [:]
    }

    /// A key that is not there is passed over.
    func remove(_ call: ServiceCall, _ catalog: some LakeCatalog) throws -> JSONValue {
        guard let keys = call.parameters["TagsToRemove"]?.arrayValue else {
            throw ServiceError("InvalidInputException", "TagsToRemove is missing or no list")
        }
        let removed = Set(keys.compactMap(\.stringValue))
        try catalog.setTags(
            JSONObject(tags.filter { !removed.contains($0.0) }.map { ($0.0, $0.1) }), ofDatabase: database)
        return [:]
    }
}
