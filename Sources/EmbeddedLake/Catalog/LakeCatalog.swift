package import StatesLanguage

/// What Athena, Glue, Lake Formation and S3 read, whatever keeps it: the tables of an embedded lake, or the memory of a
/// simulation.
///
/// The rules of the services are written once, over this protocol and `LakeCatalog`; who keeps a catalog only keeps it.
package protocol CatalogReading {
    /// What the lake does in one of the ways in which AWS is known to do it.
    var behavior: LakeBehavior { get }
    func settings() throws -> DataLakeSettings

    func database(_ name: String) throws -> CatalogDatabase?
    /// The tags of a database, texts by key; none for one that is not there, unless those of an earlier one were kept.
    func tags(ofDatabase name: String) throws -> JSONObject
    /// The names of at most `limit` tables after a name, in their order.
    func tableNames(in database: String, limit: Int, after name: String) throws -> [String]
    func table(_ name: String, in database: String) throws -> CatalogTable?

    func registeredLocation(_ arn: String) throws -> RegisteredLocation?
    /// Whether a location above this one is registered.
    func isBelowRegisteredLocation(_ arn: String) throws -> Bool

    /// Who may do what on a resource, in the order of the principals' names.
    func permissions(on resource: SecuredResource) throws -> [PermissionEntry]
    func permission(of principal: String, on resource: SecuredResource) throws -> PermissionEntry?
    /// Of all that is granted on anything what a condition holds for, behind an entry of that list.
    func permissions(
        after position: PermissionPosition?, limit: Int, where condition: (PermissionEntry) -> Bool
    ) throws -> [PermissionEntry]

    func query(token: String) throws -> QueryExecution?
    func query(id: String) throws -> QueryExecution?

    /// At most `limit` objects under a prefix, a folder's mark first; `nil` for a prefix that is not one of folders.
    func objects(in bucket: String, prefix: String, limit: Int) throws -> [StoredObject]?
}

/// What the services change besides.
package protocol LakeCatalog: CatalogReading {
    func insert(_ database: CatalogDatabase) throws
    func update(_ database: CatalogDatabase) throws
    /// Removes the database alone: `dropDatabase` sees to what goes with it.
    func deleteDatabase(_ name: String) throws
    /// Replaces the tags of a database.
    func setTags(_ tags: JSONObject, ofDatabase name: String) throws
    /// Removes a table, with what was granted on it.
    func deleteTable(_ name: String, in database: String) throws

    func insert(_ location: RegisteredLocation) throws
    func deleteLocation(_ arn: String) throws

    /// Writes what a principal has now; without permissions the entry goes.
    func set(_ entry: PermissionEntry) throws
    func deletePermissions(on resource: SecuredResource) throws

    /// Writes a statement as it stands now.
    func set(_ query: QueryExecution) throws

    /// Looks whether a location can hold objects; `false` for what is no location. Like S3, it exists as soon as an
    /// object does: one is made only where `leavesFolderMark` says so.
    func makePlace(of location: String) throws -> Bool
    /// Removes the folder of a location if nothing is in it, where the catalog has folders.
    func removePlaceIfEmpty(of location: String) throws

    /// Runs `body`, and takes back its writes if it throws an error of a service.
    func isolating<Value>(_ body: () throws -> Value) throws -> Value
}

extension CatalogReading {
    /// Whether a caller is a data-lake administrator, or the folder's operator, who counts as one.
    func isAdministrator(_ caller: String) throws -> Bool {
        try caller.hasSuffix(DataLakeSettings.operatorSuffix) || settings().administrators.contains(caller)
    }
}

extension LakeCatalog {
    /// Removes a database with its tables, and with its grants and its tags where the lake's behavior says so.
    package func dropDatabase(_ name: String) throws {
        for table in try tableNames(in: name, limit: .max, after: "") { try deleteTable(table, in: name) }
        try deleteDatabase(name)
        if !behavior.keepsTagsOfDroppedDatabases { try setTags([:], ofDatabase: name) }
        if behavior.dropsGrantsWithDatabase {
            try deletePermissions(on: .database(name))
            try deletePermissions(on: .tables(of: name))
        }
    }
}

extension LakeReading {
    package func objects(in bucket: String, prefix: String, limit: Int) -> [StoredObject]? {
        guard let folder = warehouse.folder(bucket: bucket, prefix: prefix) else { return nil }
        let objects = warehouse.objects(in: folder, limit: limit)
        if !behavior.leavesFolderMark || !prefix.hasSuffix("/") || !warehouse.hasFolder(folder) { return objects }
        return Array(([StoredObject(key: "", size: 0)] + objects).prefix(limit))
    }
}

extension LakeTransaction: LakeCatalog {
    package func makePlace(of location: String) throws -> Bool {
        guard let folder = warehouse.folder(for: location) else { return false }
        do {
            try warehouse.check(folder)
        } catch .folderNotPrivate(let path, let reason) {
            // Whoever put it there keeps this one room from being made, and not all the others.
            throw ServiceError(
                "MetaException", "the location '\(location)' cannot be used: \(warehouse.relative(path)): \(reason)")
        }
        if behavior.leavesFolderMark { try warehouse.make(folder) }
        return true
    }

    package func removePlaceIfEmpty(of location: String) {
        // Where folders stand for marks, this one is an object that nobody has deleted.
        if behavior.leavesFolderMark { return }
        if let folder = warehouse.folder(for: location) { warehouse.removeIfEmpty(folder) }
    }
}
