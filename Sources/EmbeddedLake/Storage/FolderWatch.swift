import Foundation
import Synchronization

/// Notices when the files of a lake that is open are no longer those at their paths: when they, or the folder, were
/// removed, moved or replaced.
///
/// SQLite goes on writing to a file that has no name any more, and would tell nobody. What was noticed once stays: what
/// was written in between may be in neither place.
package final class FolderWatch: Sendable {
    private struct State {
        /// The files, each with its path, as they were when they were opened.
        var files: [(path: String, identity: FileIdentity)] = []
        var problem: LakeError?
    }

    private let folder: String
    private let state = Mutex(State())

    init(folder: String) {
        self.folder = folder
    }

    /// Watches a file that this process has open; one that is watched already is watched as what it is now.
    func add(_ path: String, _ identity: FileIdentity) {
        state.withLock { state in
            state.files.removeAll { $0.path == path }
            state.files.append((path, identity))
        }
    }

    /// What was noticed, if anything was: nothing is looked at.
    package var problem: LakeError? {
        @inline(never) get { state.withLock { $0.problem } }
    }

    /// Looks whether the folder is no longer the one that was opened.
    package var isGone: Bool {
        do throws(LakeError) {
            try check()
            return false
        } catch {
            return true
        }
    }

    /// Looks whether each file is the one that was opened.
    ///
    /// - Throws: `LakeError.folderGone`, from the first time on at each call.
    @inline(never)  // It locks, and callers are async (docs/architecture.md, Locks).
    package func check() throws(LakeError) {
        let problem = state.withLock { state in
            if state.problem == nil { state.problem = Self.problem(of: state.files, in: folder) }
            return state.problem
        }
        if let problem { throw problem }
    }

    private static func problem(of files: [(path: String, identity: FileIdentity)], in folder: String) -> LakeError? {
        for (path, identity) in files {
            let name = String(path.dropFirst(folder.count + 1))
            if let found = FileStatus(path) {
                if found.identity != identity { return .folderGone(path: folder, reason: "\(name) was replaced") }
            } else if [ENOENT, ENOTDIR, ELOOP].contains(errno) {
                return .folderGone(path: folder, reason: "\(name) was removed or moved")
            }
            // Anything else says nothing of the file, and will be told by who writes to it.
        }
        return nil
    }
}
