/// What Athena, Glue, Lake Formation and S3 work on, whatever keeps it: the tables of an embedded lake, or the memory
/// of a simulation.
///
/// The rules of the services are written once, over this protocol; who keeps a catalog only keeps it.
package protocol LakeCatalog {
    /// What the lake does in one of the ways in which AWS is known to do it.
    var behavior: LakeBehavior { get }
    func settings() throws -> DataLakeSettings

    func database(_ name: String) throws -> CatalogDatabase?
    func insert(_ database: CatalogDatabase) throws
    func update(_ database: CatalogDatabase) throws
    func deleteDatabase(_ name: String) throws
    /// The names of at most `limit` tables after a name, in their order.
    func tableNames(in database: String, limit: Int, after name: String) throws -> [String]

    func registeredLocation(_ arn: String) throws -> RegisteredLocation?
    /// Whether a location above this one is registered.
    func isBelowRegisteredLocation(_ arn: String) throws -> Bool
    func insert(_ location: RegisteredLocation) throws
    func deleteLocation(_ arn: String) throws

    /// Who may do what on a resource, in the order of the principals' names.
    func permissions(on resource: SecuredResource) throws -> [PermissionEntry]
    func permission(of principal: String, on resource: SecuredResource) throws -> PermissionEntry?
    /// Writes what a principal has now; without permissions the entry goes.
    func set(_ entry: PermissionEntry) throws
    func deletePermissions(on resource: SecuredResource) throws

    func query(token: String) throws -> QueryExecution?
    func query(id: String) throws -> QueryExecution?
    /// Writes a statement as it stands now.
    func set(_ query: QueryExecution) throws

    /// Looks whether a location can be a place for objects; `false` for what is no location. Like S3, it is there as soon
    /// as an object is.
    func makePlace(of location: String) throws -> Bool
    /// Takes the place of a location away if nothing is in it.
    func removePlaceIfEmpty(of location: String) throws
    /// The keys of at most `limit` objects under a prefix; `nil` for a prefix that is not one of folders.
    func objects(in bucket: String, prefix: String, limit: Int) throws -> [String]?

    /// Runs `body`, and takes back its writes if it throws an error of a service.
    func isolating<Value>(_ body: () throws -> Value) throws -> Value
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
        return true
    }

    package func removePlaceIfEmpty(of location: String) {
        if let folder = warehouse.folder(for: location) { warehouse.removeIfEmpty(folder) }
    }

    package func objects(in bucket: String, prefix: String, limit: Int) -> [String]? {
        guard let folder = warehouse.folder(bucket: bucket, prefix: prefix) else { return nil }
        return warehouse.objects(in: folder, limit: limit)
    }
}
