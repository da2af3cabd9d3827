import GRDB
import Synchronization

/// Tells whether anybody has written to a lake since it was last asked, other processes included.
package final class ChangeWatch: Sendable {
    private let queue: DatabaseQueue
    private let path: String
    private let version: Mutex<Int?> = Mutex(nil)

    /// Watches the lake of a store, on a connection of its own: SQLite counts what other connections commit.
    package init(_ store: LakeStore) throws(LakeError) {
        path = store.folder.databasePath
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = LakeStore.busyMode
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw LakeError(error, path: path)
        }
    }

    /// Whether there was a commit since the last call; the first time it is so.
    package func hasChanged() throws(LakeError) -> Bool {
        do {
            let now = try queue.read { db in try Int.fetchOne(db, sql: "PRAGMA data_version") }
            return version.withLock { version in
                defer { version = now }
                return version != now
            }
        } catch {
            throw LakeError(error, path: path)
        }
    }
}
