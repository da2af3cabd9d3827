import GRDB
import Synchronization

/// Tells whether another process has written to a lake since it was last asked.
///
/// What this process writes is told to who is to know of it (`LakeStore.startedByRules`), and is no reason to look through
/// everything that runs.
package final class ChangeWatch: Sendable {
    private let store: LakeStore
    private let version: Mutex<Int?> = Mutex(nil)

    package init(_ store: LakeStore) { self.store = store }

    /// Whether there was a commit of another process since the last call; the first time it is so.
    package func hasChanged() async throws -> Bool {
        let now = try await store.versionOfOthers()
        return isNew(now)
    }

    @inline(never)  // It locks (docs/architecture.md, Locks).
    private func isNew(_ now: Int?) -> Bool {
        version.withLock { version in
            defer { version = now }
            return version != now
        }
    }
}
