import DurableExecution

/// What a transaction has read of the catalog and what it has changed there, in memory.
///
/// A room is made by some twenty tasks that read and write the same few rows. In one transaction only the rows as they
/// are at its end matter: they are read once, and what differs in the end is written once.
final class CatalogMemory {
    var rooms = Rows<String, CatalogRoom>()
    var queries = Rows<String, QueryExecution?>()
    var queryIDs: [String: String] = [:]
    var settings: DataLakeSettings?
    /// The rows of executions by their names.
    var executions: [ExecutionARN: Int64] = [:]
    private var changes: [Change] = []
    private var isolationDepth = 0

    /// A row before a change, so that the change can be taken back.
    enum Change {
        case room(CatalogRoom)
        case query(String, QueryExecution?)
    }

    /// Rows by their keys, each as it is in its table and as it is to be.
    struct Rows<Key: Hashable, Row: Equatable> {
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

    func note(_ change: Change) { if isolationDepth > 0 { changes.append(change) } }

    func isolating<Value>(_ body: () throws -> Value) throws -> Value {
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
