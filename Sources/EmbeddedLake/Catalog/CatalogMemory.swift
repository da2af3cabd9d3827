import DurableExecution

/// What a transaction has read of the catalog and what it has changed there, in memory.
///
/// A room is made by some twenty tasks that read and write the same few rows. In one transaction only the rows as they
/// are at its end matter: they are read once, and what differs in the end is written once.
final class CatalogMemory {
    fileprivate var rooms = Rows<String, CatalogRoom>()
    fileprivate var queries = Rows<String, QueryExecution?>()
    fileprivate var queryIDs: [String: String] = [:]
    fileprivate var settings: DataLakeSettings?
    /// The rows of executions by their names.
    var executions: [ExecutionARN: Int64] = [:]
    private var changes: [Change] = []
    private var isolationDepth = 0

    /// A row before a change, so that the change can be taken back.
    fileprivate enum Change {
        case room(CatalogRoom)
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

        /// Gives what differs from the table, as it is there and as it is to be, and takes it for written.
        mutating func takeChanges() -> [(stored: Row, current: Row)] {
            let changed = entries.filter { $0.value.stored != $0.value.current }
            for (key, row) in changed { entries[key]?.stored = row.current }
            return changed.values.map { ($0.stored, $0.current) }
        }
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
                case .room(let before): rooms.set(before.name, before)
                case .query(let id, let row): queries.set(id, row)
                }
            }
            throw error
        }
    }
}

/// The catalog for the tasks of a turn: what they change is written when the turn is over.
struct RememberedCatalog: CatalogByName {
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

    package func entries(_ name: String) throws -> CatalogEntries {
        try room(of: name)[name]
    }

    package func set(_ entries: CatalogEntries) throws {
        var room = try room(of: entries.name)
        memory.note(.room(room))
        room[entries.name] = entries
        memory.rooms.set(room.name, room)
    }

    /// The room to which a name belongs.
    private func room(of name: String) throws -> CatalogRoom {
        try memory.rooms.row(CatalogRoom.name(for: name)) { try CatalogRoom.read(name, from: transaction.db) }
    }

    func tableNames(in database: String, limit: Int, after name: String) throws -> [String] {
        try transaction.tableNames(in: database, limit: limit, after: name)
    }

    func table(_ name: String, in database: String) throws -> CatalogTable? {
        try transaction.table(name, in: database)
    }

    func permissions(
        offset: Int, limit: Int, where condition: (PermissionEntry) -> Bool
    ) throws -> [PermissionEntry] {
        // What the turn has changed counts, and is in the tables only then.
        try write()
        return try transaction.permissions(offset: offset, limit: limit, where: condition)
    }

    func deleteTable(_ name: String, in database: String) throws {
        try transaction.deleteTable(name, in: database)
        try deletePermissions(on: .table(name, of: database))
    }

    func query(token: String) throws -> QueryExecution? {
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
    func objects(in bucket: String, prefix: String, limit: Int) -> [StoredObject]? {
        transaction.objects(in: bucket, prefix: prefix, limit: limit)
    }

    func isolating<Value>(_ body: () throws -> Value) throws -> Value { try memory.isolating(body) }

    /// Writes what has changed.
    func write() throws {
        for (stored, current) in memory.rooms.takeChanges() { try current.write(over: stored, to: transaction.db) }
        for (_, current) in memory.queries.takeChanges() {
            if let current { try transaction.set(current) }
        }
    }
}
