import Foundation

/// The folder in which an embedded lake keeps everything: the database, the warehouse and the locks.
///
/// It is its owner's alone (0700), and so are the files in it (0600), whatever the umask is, and whatever it was before:
/// `make` sees to both.
package struct DataFolder: Sendable {
    package let path: String

    package init(path: String) {
        self.path = path
    }

    var databasePath: String { path + "/lake.sqlite" }
    var warehousePath: String { path + "/warehouse" }
    /// Held while a process runs executions.
    var engineLockPath: String { path + "/engine.lock" }
    /// What the process evaluates that runs executions.
    var evaluationsPath: String { path + "/engine.evaluations" }
    /// Held while a process opens the database and brings its schema up to date.
    var schemaLockPath: String { path + "/schema.lock" }

    /// Refuses a folder that holds no lake, for those who only read: nothing is made.
    package func requireLake() throws(LakeError) {
        if FileStatus(databasePath) != nil { return }
        // These are made with the database, or after it.
        let others = [engineLockPath, schemaLockPath, evaluationsPath, warehousePath]
        if others.contains(where: { FileStatus($0) != nil }) { throw Self.databaseGone(databasePath) }
        throw .notThere(path: path)
    }

    private static func databaseGone(_ path: String) -> LakeError {
        .damaged(path: path, reason: "it is gone or cut off, and there has been a lake here before")
    }

    /// Makes the folder if it is not there, and makes it and what is in it private.
    ///
    /// 1. A folder of our own with nothing but a lake in it loses the rights of others. One that holds other things too
    ///    may not be ours to close (`--data-dir /tmp`): it stays as it is, and is refused if others may write to it,
    ///    since they could put their files in the place of ours.
    /// 2. A symbolic link where a file of the lake has to be leads out of the folder, and is refused. The folder itself
    ///    may be one: that is its owner's choice.
    /// 3. A file too short for a database where a lake has been before is refused: SQLite would make a new one in its
    ///    place, and hide the loss.
    func make() throws(LakeError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .folderNotWritable(path: path, reason: error.localizedDescription)
        }
        // 1.
        guard let folder = FileStatus(path, followsLinks: true) else { throw .system(errno, path: path) }
        if folder.isOpenToOthers {
            let holdsNothingElse = try holdsNothingElse()
            if folder.isOurs, holdsNothingElse {
                try Self.close(path, to: 0o700)
            } else if folder.isWritableByOthers {
                throw .folderNotPrivate(path: path, reason: "others may write to it, and it holds other things too")
            }
        }
        // 2.
        for (file, isFolder) in files.map({ ($0, false) }) + [(warehousePath, true)] {
            guard let status = FileStatus(file) else { continue }
            guard status.isPlain(folder: isFolder) else {
                throw .folderNotPrivate(
                    path: file, reason: "it is a symbolic link, or no \(isFolder ? "folder" : "file")")
            }
            if status.isOpenToOthers { try Self.close(file, to: isFolder ? 0o700 : 0o600) }
        }
        // 3.
        let size = FileStatus(databasePath)?.size ?? 0
        if size < Self.smallestDatabase, FileStatus(engineLockPath) != nil {
            throw Self.databaseGone(databasePath)
        }
    }

    /// Makes the database's file, empty, if it is not there. SQLite would make it readable for others; its companions
    /// get the rights of this one.
    func makeDatabaseFile() throws(LakeError) {
        // Only a file that is not there is opened: closing one would let go of SQLite's locks on it.
        if FileStatus(databasePath) != nil { return }
        let descriptor = open(databasePath, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if descriptor < 0 { throw .system(errno, path: databasePath) }
        Foundation.close(descriptor)
    }

    /// The size of the smallest page, in bytes: <https://www.sqlite.org/fileformat.html>
    private static let smallestDatabase: Int64 = 512

    /// The files of the database, which SQLite keeps open.
    var databaseFiles: [String] { [databasePath, databasePath + "-wal", databasePath + "-shm"] }

    private var files: [String] { databaseFiles + [engineLockPath, schemaLockPath, evaluationsPath] }

    private func holdsNothingElse() throws(LakeError) -> Bool {
        let ours = Set((files + [warehousePath]).map { $0.dropFirst(path.count + 1) })
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).allSatisfy { ours.contains($0[...]) }
        } catch {
            throw .folderNotWritable(path: path, reason: error.localizedDescription)
        }
    }

    private static func close(_ path: String, to mode: mode_t) throws(LakeError) {
        if chmod(path, mode) != 0 { throw .system(errno, path: path) }
    }
}
