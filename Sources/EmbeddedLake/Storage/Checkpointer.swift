import Dispatch
import GRDB
import GRDBSQLite
import Synchronization

/// Takes the pages of the write-ahead log over into the database's file, beside those who write.
///
/// SQLite has the commit do it that finds the log long. In a lake of many rooms the pages of a log fall anywhere in the
/// file, and that one commit, with all who wait for it, would wait for thousands of places of the disk.
///
/// The log begins anew only when all of it has been taken over and nobody writes meanwhile. So when it is long, this
/// catches up with those who write until little is left, and a commit takes over that.
///
/// Source: <https://www.sqlite.org/wal.html#checkpointing>
final class Checkpointer: Sendable {
    /// How many pages the log has more than at the last time when it is looked after: the more at once, the more of them
    /// are neighbours, or the same.
    private static let pagesOfPass: Int32 = 8000
    /// How many pages the log has when it is to begin anew: 64 MiB.
    private static let pagesOfLog: Int32 = 16_000
    /// How many pages a commit can take over without anybody noticing.
    private static let pagesOfCommit = 500

    private struct State {
        var isUnderway = false
        var isStopped = false
        /// Whether a commit is to take over what little is left.
        var isNearlyDone = false
        /// How long the log was when it was last looked after, in pages.
        var pages: Int32 = 0
        /// A connection of its own, from the first time on.
        var connection: DatabaseQueue?
    }

    private let path: String
    private let queue = DispatchQueue(label: "lake.checkpoint", qos: .utility)
    private let state = Mutex(State())

    init(path: String) {
        self.path = path
    }

    /// Looks after the log that a connection writes, instead of SQLite. Has to outlive the connection.
    func watch(_ db: Database) {
        sqlite3_wal_hook(
            db.sqliteConnection,
            { context, connection, name, pages in
                guard let context else { return SQLITE_OK }
                let checkpointer = Unmanaged<Checkpointer>.fromOpaque(context).takeUnretainedValue()
                if checkpointer.isCommitToFinish(pages) {
                    // An error leaves the log as it is, for the next time.
                    sqlite3_wal_checkpoint_v2(connection, name, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
                }
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Has no pass begin any more, and waits for the one that is underway: so that whoever closes the lake last takes the
    /// log over and removes it.
    @inline(never)
    func stop() {
        state.withLock { $0.isStopped = true }
        queue.sync {}
        try? state.withLock { $0.connection }?.close()
    }

    /// Begins a pass if one is due; `true` when all but a little has been taken over and the commit is to do that.
    @inline(never)
    private func isCommitToFinish(_ pages: Int32) -> Bool {
        let (isDue, isNearlyDone) = state.withLock { state in
            if pages < state.pages { state.pages = 0 }  // It has begun anew.
            if state.isNearlyDone {
                state.isNearlyDone = false
                return (false, true)
            }
            if state.isStopped || state.isUnderway || pages - state.pages < Self.pagesOfPass { return (false, false) }
            (state.isUnderway, state.pages) = (true, pages)
            return (true, false)
        }
        if isDue { queue.async { [self] in takeOver(pages) } }
        return isNearlyDone
    }

    @inline(never)
    private func takeOver(_ pages: Int32) {
        // What fails leaves the log as it is, for the next time.
        let connection = state.withLock { $0.connection } ?? (try? DatabaseQueue(path: path))
        func pass() -> Int? {
            try? connection?.writeWithoutTransaction { db in try db.checkpoint(.passive).walFrameCount }
        }
        var length = pass()
        if pages >= Self.pagesOfLog {
            // Those who write may be as fast as this: then it never gets close.
            for _ in 1...5 {
                guard let before = length else { break }
                length = pass()
                if let length, length - before < Self.pagesOfCommit { break }
            }
        }
        state.withLock { state in
            (state.isUnderway, state.connection) = (false, connection)
            state.isNearlyDone = pages >= Self.pagesOfLog
        }
    }
}
