import DurableExecution
import EmbeddedLake
import StatesLanguage

/// A lake in memory, which remembers for a while what it was.
final class SimulatedLake: LakeCatalog {
    struct Content: Hashable {
        var databases: [String: CatalogDatabase] = [:]
        /// The tags of each database, and those that a dropped one has left behind.
        var tags: [String: JSONObject] = [:]
        var tables: [String: Set<String>] = [:]
        var locations: [String: RegisteredLocation] = [:]
        var permissions: [SecuredResource: [String: PermissionEntry]] = [:]
        /// The keys of objects, each with its bucket. One that ends in a slash is a folder's mark, of zero bytes.
        var objects: Set<String> = []
        var settings: JSONValue = DataLakeSettings.fresh
    }

    /// How long reads may lag behind, in milliseconds.
    static let memory: Int64 = 10_000

    let behavior: LakeBehavior
    var content = Content()
    /// Statements are Athena's own and never read late.
    var queries: [String: QueryExecution] = [:]
    private var tokens: [String: String] = [:]
    private var past: [(until: Int64, content: Content)] = []

    init(behavior: LakeBehavior) {
        self.behavior = behavior
    }

    /// Keeps what was there until a change at `time`.
    func remember(_ before: Content, until time: Int64) {
        past.removeAll { $0.until < time - Self.memory }
        past.append((time, before))
    }

    /// Shows `body` the lake as it was at a time.
    func reading<Value>(asOf time: Int64, _ body: () throws -> Value) rethrows -> Value {
        let now = content
        if let then = past.first(where: { $0.until > time }) { content = then.content }
        defer { content = now }
        return try body()
    }

    // MARK: LakeCatalog

    func settings() -> DataLakeSettings { DataLakeSettings(content.settings) }

    func database(_ name: String) -> CatalogDatabase? { content.databases[name] }
    func insert(_ database: CatalogDatabase) { content.databases[database.name] = database }
    func update(_ database: CatalogDatabase) { content.databases[database.name] = database }
    func deleteDatabase(_ name: String) { content.databases[name] = nil }
    func tags(ofDatabase name: String) -> JSONObject { content.tags[name] ?? [:] }
    func setTags(_ tags: JSONObject, ofDatabase name: String) { content.tags[name] = tags.isEmpty ? nil : tags }

    func tableNames(in database: String, limit: Int, after name: String) -> [String] {
        Array((content.tables[database] ?? []).sorted().drop { $0 <= name }.prefix(limit))
    }

    func table(_ name: String, in database: String) -> CatalogTable? {
        content.tables[database]?.contains(name) == true ? CatalogTable(database: database, name: name) : nil
    }

    func deleteTable(_ name: String, in database: String) {
        content.tables[database]?.remove(name)
        content.permissions[.table(name, of: database)] = nil
    }

    func registeredLocation(_ arn: String) -> RegisteredLocation? { content.locations[arn] }
    func isBelowRegisteredLocation(_ arn: String) -> Bool {
        RegisteredLocation.above(arn).contains { content.locations[$0] != nil }
    }
    func insert(_ location: RegisteredLocation) { content.locations[location.arn] = location }
    func deleteLocation(_ arn: String) { content.locations[arn] = nil }

    func permissions(on resource: SecuredResource) -> [PermissionEntry] {
        (content.permissions[resource] ?? [:]).values.sorted { $0.principal < $1.principal }
    }
    func permission(of principal: String, on resource: SecuredResource) -> PermissionEntry? {
        content.permissions[resource]?[principal]
    }
    func permissions(
        after position: PermissionPosition?, limit: Int, where condition: (PermissionEntry) -> Bool
    ) -> [PermissionEntry] {
        let wanted = content.permissions.values.flatMap(\.values).filter {
            condition($0) && position?.precedes($0) != false
        }
        return Array(wanted.sorted { PermissionPosition($0).precedes($1) }.prefix(limit))
    }
    func set(_ entry: PermissionEntry) {
        var entry = entry
        entry.permissions.sort()
        entry.grantable.sort()
        content.permissions[entry.resource, default: [:]][entry.principal] = entry.permissions.isEmpty ? nil : entry
    }
    func deletePermissions(on resource: SecuredResource) { content.permissions[resource] = nil }

    func query(token: String) -> QueryExecution? { tokens[token].flatMap { queries[$0] } }
    func query(id: String) -> QueryExecution? { queries[id] }
    func set(_ query: QueryExecution) {
        queries[query.id] = query
        tokens[query.token] = query.id
    }

    /// S3 has no folders: a place is there as soon as it is named.
    func makePlace(of location: String) -> Bool {
        guard location.hasPrefix("s3://") else { return false }
        if behavior.leavesFolderMark, location.hasSuffix("/") {
            content.objects.insert(String(location.dropFirst("s3://".count)))
        }
        return true
    }
    func removePlaceIfEmpty(of location: String) {}
    func objects(in bucket: String, prefix: String, limit: Int) -> [StoredObject]? {
        let start = "\(bucket)/\(prefix)"
        return Array(
            content.objects.filter { $0.hasPrefix(start) }.sorted().prefix(limit).map {
                StoredObject(key: String($0.dropFirst(start.count)), size: $0.hasSuffix("/") ? 0 : 1)
            })
    }

    func isolating<Value>(_ body: () throws -> Value) throws -> Value {
        let (content, queries, tokens) = (content, queries, tokens)
        do {
            return try body()
        } catch let error as ServiceError {
            (self.content, self.queries, self.tokens) = (content, queries, tokens)
            throw error
        }
    }
}
