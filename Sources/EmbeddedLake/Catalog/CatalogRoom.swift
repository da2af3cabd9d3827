import GRDB
import StatesLanguage

/// What the catalog has of a room, side by side: in a lake of many that is one row to read and to write.
struct CatalogRoom: Hashable, Sendable {
    let name: String
    /// In the order of their names; none of them is empty.
    private(set) var entries: [CatalogEntries] = []

    private init(_ name: String) {
        self.name = name
    }

    /// The room to which a name of the catalog belongs. What belongs to the same cleanroom has the last part of its name in
    /// common, and with no others in a lake of rooms.
    static func name(for name: String) -> String {
        let bytes = name.utf8
        // Nearly always it is the name of a database.
        if bytes.withContiguousStorageIfAvailable({ $0.contains(UInt8(ascii: "/")) }) == false { return name }
        guard let end = bytes.lastIndex(where: { $0 != UInt8(ascii: "/") }) else { return "" }
        let start = bytes[...end].lastIndex(of: UInt8(ascii: "/")).map(bytes.index(after:)) ?? bytes.startIndex
        return String(name[start...end])
    }

    /// What stands under a name that belongs to the room.
    subscript(name: String) -> CatalogEntries {
        get { entries.first { $0.name == name } ?? CatalogEntries(name) }
        set {
            entries.removeAll { $0.name == name }
            if newValue.isEmpty { return }
            entries.insert(newValue, at: entries.firstIndex { newValue.stands(before: $0) } ?? entries.endIndex)
        }
    }

    /// What stands after a name that belongs to the room.
    fileprivate func entries(after name: String) -> [CatalogEntries] {
        entries.filter { CatalogEntries(name).stands(before: $0) }
    }
}

extension CatalogEntries {
    /// The order that SQLite has.
    fileprivate func stands(before other: CatalogEntries) -> Bool {
        name.utf8.lexicographicallyPrecedes(other.name.utf8)
    }
}

// MARK: The table

extension CatalogRoom {
    /// The room to which a name belongs, as it stands in the table.
    static func read(_ name: String, from db: Database) throws -> CatalogRoom {
        let room = Self.name(for: name)
        let statement = try db.cachedStatement(sql: "SELECT room, content FROM catalog_room WHERE room = ?")
        return try Row.fetchOne(statement, arguments: [room]).map(CatalogRoom.init) ?? CatalogRoom(room)
    }

    /// What stands in the table after a name, room by room in their order, and of each in the order of names.
    ///
    /// - Parameter body: told of what there is of each room, until it returns `false`.
    static func forEach(after name: String, in db: Database, _ body: ([CatalogEntries]) throws -> Bool) throws {
        let statement = try db.cachedStatement(
            sql: "SELECT room, content FROM catalog_room WHERE room >= ? ORDER BY room")
        let first = Self.name(for: name)
        let rows = try Row.fetchCursor(statement, arguments: [first])
        while let row = try rows.next() {
            let room = try CatalogRoom(row)
            let entries = room.name == first ? room.entries(after: name) : room.entries
            if try !entries.isEmpty && !body(entries) { return }
        }
    }

    /// Writes what is other than it was before.
    func write(over before: CatalogRoom, to db: Database) throws {
        if self == before { return }
        if entries.isEmpty {
            try db.cachedStatement(sql: "DELETE FROM catalog_room WHERE room = ?").execute(arguments: [name])
            return
        }
        let content = JSONObject(entries.map { ($0.name, JSONValue.object($0.content)) })
        try db.cachedStatement(
            sql: """
                INSERT INTO catalog_room (room, content) VALUES (?, ?)
                ON CONFLICT DO UPDATE SET content = excluded.content
                """
        ).execute(arguments: [name, PackedText.value(JSONValue.object(content).utf8)])
    }

    /// `{name: content}` for each name that belongs to it (`CatalogEntries.content`).
    private init(_ row: Row) throws {
        name = try row.decode(forColumn: "room")
        guard let content = try JSONValue(stored: try row.packedText("content")).objectValue else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the catalog's room '\(name)' is no object")
        }
        entries = try content.map { try CatalogEntries($0, content: $1) }
        entries.sort { $0.stands(before: $1) }
    }
}
