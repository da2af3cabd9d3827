import DurableExecution

/// What a transaction has read of the catalog and what it has changed there, in memory.
///
/// A room is made by some twenty tasks that read and write the same few rows. In one transaction only the rows as they
/// are at its end matter: they are read once, and what differs in the end is written once.
final class CatalogMemory {
    fileprivate var databases = Rows<String, CatalogDatabase?>()
    fileprivate var locations = Rows<String, RegisteredLocation?>()
    fileprivate var permissions = Rows<SecuredResource, [PermissionEntry]>()
    fileprivate var queries = Rows<String, QueryExecution?>()
    fileprivate var queryIDs: [String: String] = [:]
    /// The tokens that a statement was looked for under.
    fileprivate var soughtTokens: Set<String> = []
    fileprivate var settings: DataLakeSettings?
    /// The rows of executions by their names.
    var executions: [ExecutionARN: Int64] = [:]
    private var changes: [Change] = []
    private var isolationDepth = 0

    /// A row before a change, so that the change can be taken back.
    fileprivate enum Change {
        case database(String, CatalogDatabase?)
        case location(String, RegisteredLocation?)
        case permissions(SecuredResource, [PermissionEntry])
        case query(String, QueryExecution?)
    }

    /// Rows by their keys, each as it is in its table and as it is to be.
    fileprivate struct Rows<Key: Hashable, Row: Equatable> {
        private var entries: [Key: (stored: Row, current: Row)] = [:]

        mutating func row(_ key: Key, read: () throws -> Row) rethrows -> Row {
            if let entry = entries[key] { return entry.current }
            let row = try read()
            entries[key] = (row, row)
            return row
        }

        /// Changes a row that has been read.
        mutating func set(_ key: Key, _ row: Row) { entries[key]?.current = row }

        /// Whether a row was read here that differs from its table in `other`.
        func hasRead(changesOf other: Rows) -> Bool {
            other.entries.contains { entries[$0.key] != nil && $0.value.stored != $0.value.current }
        }

        /// Gives what differs from the table, as it is there and as it is to be, and takes it for written.
        mutating func takeChanges() -> [(key: Key, stored: Row, current: Row)] {
            let changed = entries.filter { $0.value.stored != $0.value.current }
            for (key, row) in changed { entries[key]?.stored = row.current }
            return changed.map { ($0.key, $0.value.stored, $0.value.current) }
        }
    }

    /// Whether anything was read here that differs in the end in the memory of another transaction.
    func hasRead(changesOf other: CatalogMemory) -> Bool {
        databases.hasRead(changesOf: other.databases) || locations.hasRead(changesOf: other.locations)
            || permissions.hasRead(changesOf: other.permissions) || queries.hasRead(changesOf: other.queries)
            || !soughtTokens.isDisjoint(with: other.queryIDs.keys)
    }

    fileprivate func note(_ change: Change) { if isolationDepth > 0 { changes.append(change) } }

    fileprivate func isolating<Value>(_ body: () throws -> Value) throws -> Value {
        let mark = changes.count
        isolationDepth += 1
        defer {
            isolationDepth -= 1
            if isolationDepth == 0 { changes.removeAll(keepingCapacity: true) }
        }
        do {
            return try body()
        } catch let error as ServiceError {
            while changes.count > mark {
                switch changes.removeLast() {
                case .database(let name, let row): databases.set(name, row)
                case .location(let arn, let row): locations.set(arn, row)
                case .permissions(let resource, let rows): permissions.set(resource, rows)
                case .query(let id, let row): queries.set(id, row)
                }
            }
            throw error
        }
    }
}

/// The catalog for the tasks of a turn: what they change is written when the turn is over.
struct RememberedCatalog: LakeCatalog {
    let transaction: LakeTransaction
    private var memory: CatalogMemory { transaction.memory }

    init(_ transaction: LakeTransaction) {
        self.transaction = transaction
    }

    package var behavior: LakeBehavior { transaction.behavior }

    func settings() throws -> DataLakeSettings {
        if let settings = memory.settings { return settings }
        let settings = try transaction.settings()
        memory.settings = settings
        return settings
    }

    func database(_ name: String) throws -> CatalogDatabase? {
        try memory.databases.row(name) { try transaction.database(name) }
    }

    func insert(_ database: CatalogDatabase) throws { try put(database, database.name) }
    func update(_ database: CatalogDatabase) throws { try put(database, database.name) }
    func deleteDatabase(_ name: String) throws { try put(nil, name) }

    private func put(_ row: CatalogDatabase?, _ name: String) throws {
        memory.note(.database(name, try database(name)))
        memory.databases.set(name, row)
    }

    func tableNames(in database: String, limit: Int, after name: String) throws -> [String] {
        try transaction.tableNames(in: database, limit: limit, after: name)
    }

    func registeredLocation(_ arn: String) throws -> RegisteredLocation? {
        try memory.locations.row(arn) { try transaction.registeredLocation(arn) }
    }

    func isBelowRegisteredLocation(_ arn: String) throws -> Bool {
        try RegisteredLocation.above(arn).contains { try registeredLocation($0) != nil }
    }

    func insert(_ location: RegisteredLocation) throws { try put(location, at: location.arn) }
    func deleteLocation(_ arn: String) throws { try put(nil, at: arn) }

    private func put(_ row: RegisteredLocation?, at arn: String) throws {
        memory.note(.location(arn, try registeredLocation(arn)))
        memory.locations.set(arn, row)
    }

    func permissions(on resource: SecuredResource) throws -> [PermissionEntry] {
        try memory.permissions.row(resource) { try transaction.permissions(on: resource) }
    }

    func permission(of principal: String, on resource: SecuredResource) throws -> PermissionEntry? {
        try permissions(on: resource).first { $0.principal == principal }
    }

    func set(_ entry: PermissionEntry) throws {
        let before = try permissions(on: entry.resource)
        var entries = before
        entries.removeAll { $0.principal == entry.principal }
        if !entry.permissions.isEmpty {
            var entry = entry
            entry.permissions.sort()
            entry.grantable.sort()
            // In the order that SQLite has.
            let position = entries.firstIndex { entry.principal.utf8.lexicographicallyPrecedes($0.principal.utf8) }
            entries.insert(entry, at: position ?? entries.endIndex)
        }
        set(entry.resource, before: before, entries)
    }

    func deletePermissions(on resource: SecuredResource) throws {
        set(resource, before: try permissions(on: resource), [])
    }

    private func set(_ resource: SecuredResource, before: [PermissionEntry], _ rows: [PermissionEntry]) {
        memory.note(.permissions(resource, before))
        memory.permissions.set(resource, rows)
    }

    func query(token: String) throws -> QueryExecution? {
        memory.soughtTokens.insert(token)
        if let id = memory.queryIDs[token] { return try query(id: id) }
        guard let query = try transaction.query(token: token) else { return nil }
        memory.queryIDs[token] = query.id
        return memory.queries.row(query.id) { query }
    }

    func query(id: String) throws -> QueryExecution? {
        try memory.queries.row(id) { try transaction.query(id: id) }
    }

    func set(_ query: QueryExecution) throws {
        memory.note(.query(query.id, try self.query(id: query.id)))
        memory.queryIDs[query.token] = query.id
        memory.queries.set(query.id, query)
    }

    func makePlace(of location: String) throws -> Bool { try transaction.makePlace(of: location) }
    func removePlaceIfEmpty(of location: String) { transaction.removePlaceIfEmpty(of: location) }
    func objects(in bucket: String, prefix: String, limit: Int) -> [String]? {
        transaction.objects(in: bucket, prefix: prefix, limit: limit)
    }

    func isolating<Value>(_ body: () throws -> Value) throws -> Value { try memory.isolating(body) }

    /// Writes what has changed.
    func write() throws {
        for (name, stored, current) in memory.databases.takeChanges() {
            switch (stored, current) {
            case (_, nil): try transaction.deleteDatabase(name)
            case (nil, let database?): try transaction.insert(database)
            case (_, let database?): try transaction.update(database)
            }
        }
        for (arn, stored, current) in memory.locations.takeChanges() {
            if stored != nil { try transaction.deleteLocation(arn) }
            if let current { try transaction.insert(current) }
        }
        for (_, stored, current) in memory.permissions.takeChanges() {
            for var entry in stored where !current.contains(where: { $0.principal == entry.principal }) {
                entry.permissions = []
                try transaction.set(entry)
            }
            for entry in current where !stored.contains(entry) { try transaction.set(entry) }
        }
        for (_, _, current) in memory.queries.takeChanges() {
            if let current { try transaction.set(current) }
        }
    }
}
