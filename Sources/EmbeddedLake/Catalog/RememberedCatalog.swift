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
        after position: PermissionPosition?, limit: Int, where condition: (PermissionEntry) -> Bool
    ) throws -> [PermissionEntry] {
        // What the turn has changed counts, and is in the tables only then.
        try write()
        return try transaction.permissions(after: position, limit: limit, where: condition)
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
