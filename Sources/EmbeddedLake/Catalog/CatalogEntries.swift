import Foundation
import GRDB
import StatesLanguage

/// What the catalog has under one name: a database or a location, and who may do what with it.
package struct CatalogEntries: Hashable, Sendable {
    /// The name of a database, of a table with that of its database before it, or the ARN of a location.
    let name: String
    var database: CatalogDatabase?
    var location: RegisteredLocation?
    /// In the order of kinds of resources, and then of the principals' names.
    var permissions: [PermissionEntry] = []

    init(_ name: String) {
        self.name = name
    }

    /// What entries that belong to the same cleanroom have in common, and no others in a lake of rooms: the last part of
    /// their names. They stand beside each other by it.
    static func room(_ name: String) -> String {
        let bytes = name.utf8
        guard let end = bytes.lastIndex(where: { $0 != UInt8(ascii: "/") }) else { return "" }
        let start = bytes[...end].lastIndex(of: UInt8(ascii: "/")).map(bytes.index(after:)) ?? bytes.startIndex
        return String(name[start...end])
    }

    func permissions(on resource: SecuredResource) -> [PermissionEntry] {
        permissions.filter { $0.resource == resource }
    }

    func permission(of principal: String, on resource: SecuredResource) -> PermissionEntry? {
        permissions.first { $0.principal == principal && $0.resource == resource }
    }

    /// Sets what a principal has now; without permissions the entry goes.
    mutating func set(_ entry: PermissionEntry) {
        permissions.removeAll { $0.principal == entry.principal && $0.resource == entry.resource }
        if entry.permissions.isEmpty { return }
        var entry = entry
        entry.permissions.sort()
        entry.grantable.sort()
        permissions.insert(entry, at: permissions.firstIndex { entry.stands(before: $0) } ?? permissions.endIndex)
    }
}

extension PermissionEntry {
    /// The order that SQLite has.
    fileprivate func stands(before other: PermissionEntry) -> Bool {
        let (kind, otherKind) = (resource.kind, other.resource.kind)
        return kind == otherKind
            ? principal.utf8.lexicographicallyPrecedes(other.principal.utf8)
            : kind.utf8.lexicographicallyPrecedes(otherKind.utf8)
    }
}

/// A catalog that is kept by names.
package protocol CatalogByName: LakeCatalog {
    func entries(_ name: String) throws -> CatalogEntries
    /// Replaces what stands under a name.
    func set(_ entries: CatalogEntries) throws
}

extension CatalogByName {
    private func change(_ name: String, _ body: (inout CatalogEntries) -> Void) throws {
        var entries = try entries(name)
        body(&entries)
        try set(entries)
    }

    package func database(_ name: String) throws -> CatalogDatabase? { try entries(name).database }
    package func insert(_ database: CatalogDatabase) throws { try change(database.name) { $0.database = database } }
    package func update(_ database: CatalogDatabase) throws { try insert(database) }
    package func deleteDatabase(_ name: String) throws { try change(name) { $0.database = nil } }

    package func registeredLocation(_ arn: String) throws -> RegisteredLocation? { try entries(arn).location }
    package func insert(_ location: RegisteredLocation) throws { try change(location.arn) { $0.location = location } }
    package func deleteLocation(_ arn: String) throws { try change(arn) { $0.location = nil } }

    package func isBelowRegisteredLocation(_ arn: String) throws -> Bool {
        try RegisteredLocation.above(arn).contains { try registeredLocation($0) != nil }
    }

    package func permissions(on resource: SecuredResource) throws -> [PermissionEntry] {
        try entries(resource.name).permissions(on: resource)
    }

    package func permission(of principal: String, on resource: SecuredResource) throws -> PermissionEntry? {
        try entries(resource.name).permission(of: principal, on: resource)
    }

    package func set(_ entry: PermissionEntry) throws { try change(entry.resource.name) { $0.set(entry) } }

    package func deletePermissions(on resource: SecuredResource) throws {
        try change(resource.name) { $0.permissions.removeAll { $0.resource == resource } }
    }
}

// MARK: The table

extension CatalogEntries {
    private static let columns = """
        room, name, kind, principal, permissions, grantable, description, location, parameters, table_defaults, role_arn,
        is_hybrid, created_at
        """

    /// What stands in the table under a name.
    static func read(_ name: String, from db: Database) throws -> CatalogEntries {
        let statement = try db.cachedStatement(
            sql: "SELECT \(columns) FROM catalog_entry WHERE room = ? AND name = ? ORDER BY kind, principal")
        var entries = CatalogEntries(name)
        let rows = try Row.fetchCursor(statement, arguments: [room(name), name])
        while let row = try rows.next() { try entries.add(row) }
        return entries
    }

    /// Takes in a row of its name.
    private mutating func add(_ row: Row) throws {
        let (kind, principal): (String, String) = (
            try row.decode(forColumn: "kind"), try row.decode(forColumn: "principal")
        )
        switch (kind, principal.isEmpty) {
        case ("DATABASE", true): database = try CatalogDatabase(row, name: name)
        case ("LOCATION", true): location = try RegisteredLocation(row, arn: name)
        default:
            guard let resource = SecuredResource(kind: kind, name: name) else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "'\(kind)' is no kind of a catalog's entry")
            }
            permissions.append(try PermissionEntry(row, of: principal, on: resource))
        }
    }

    /// Writes what is other than it was before.
    func write(over before: CatalogEntries, to db: Database) throws {
        if database != before.database {
            if let database { try insert(database, db) } else { try delete("DATABASE", of: "", db) }
        }
        if location != before.location {
            if let location { try insert(location, db) } else { try delete("LOCATION", of: "", db) }
        }
        for entry in before.permissions where permission(of: entry.principal, on: entry.resource) == nil {
            try delete(entry.resource.kind, of: entry.principal, db)
        }
        for entry in permissions where !before.permissions.contains(entry) { try insert(entry, db) }
    }

    private func insert(_ database: CatalogDatabase, _ db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO catalog_entry (
                    room, name, kind, principal, description, location, parameters, table_defaults, created_at)
                VALUES (?, ?, 'DATABASE', '', ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET description = excluded.description, location = excluded.location,
                    parameters = excluded.parameters, table_defaults = excluded.table_defaults,
                    created_at = excluded.created_at
                """
        ).execute(
            arguments: [
                Self.room(name), name, database.description.map { PackedText.value($0.utf8) }, database.location,
                PackedText.value(JSONValue.object(database.parameters).utf8), database.tableDefaults.text,
                database.createdAt.milliseconds,
            ])
    }

    private func insert(_ location: RegisteredLocation, _ db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO catalog_entry (room, name, kind, principal, role_arn, is_hybrid, created_at)
                VALUES (?, ?, 'LOCATION', '', ?, ?, ?)
                ON CONFLICT DO UPDATE SET role_arn = excluded.role_arn, is_hybrid = excluded.is_hybrid,
                    created_at = excluded.created_at
                """
        ).execute(
            arguments: [
                Self.room(name), name, location.roleARN, location.isHybrid, location.registeredAt.milliseconds,
            ])
    }

    private func insert(_ entry: PermissionEntry, _ db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO catalog_entry (room, name, kind, principal, permissions, grantable)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET permissions = excluded.permissions, grantable = excluded.grantable
                """
        ).execute(
            arguments: [
                Self.room(name), name, entry.resource.kind, entry.principal, entry.permissions.joined(separator: " "),
                entry.grantable.joined(separator: " "),
            ])
    }

    private func delete(_ kind: String, of principal: String, _ db: Database) throws {
        try db.cachedStatement(
            sql: "DELETE FROM catalog_entry WHERE room = ? AND name = ? AND kind = ? AND principal = ?"
        ).execute(arguments: [Self.room(name), name, kind, principal])
    }

    /// The entries after a name, in the order in which they stand, for which a condition holds.
    ///
    /// - Parameter body: told of each name with all that stands under it, until it returns `false`.
    static func forEach(
        after name: String, where condition: String = "1", in db: Database, _ body: (CatalogEntries) throws -> Bool
    ) throws {
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(columns) FROM catalog_entry WHERE (room, name) > (?, ?) AND \(condition)
                ORDER BY room, name, kind, principal
                """)
        var entries: CatalogEntries?
        let rows = try Row.fetchCursor(statement, arguments: [room(name), name])
        while let row = try rows.next() {
            let name = try row.decode(String.self, forColumn: "name")
            if let complete = entries, complete.name != name {
                if try !body(complete) { return }
                entries = nil
            }
            var next = entries ?? CatalogEntries(name)
            entries = nil
            try next.add(row)
            entries = next
        }
        if let entries { _ = try body(entries) }
    }
}

extension LakeTransaction: CatalogByName {
    package func entries(_ name: String) throws -> CatalogEntries { try CatalogEntries.read(name, from: db) }

    package func set(_ entries: CatalogEntries) throws { try entries.write(over: self.entries(entries.name), to: db) }
}
