import Foundation

/// The folder in which an embedded lake keeps everything: the database, the warehouse and the locks.
///
/// It is made for its owner alone (0700), and so are the files in it (0600).
package struct DataFolder: Sendable {
    package let path: String

    package init(path: String) {
        self.path = path
    }

    var databasePath: String { path + "/lake.sqlite" }
    var warehousePath: String { path + "/warehouse" }
    /// Held while a process runs executions.
    var engineLockPath: String { path + "/engine.lock" }
    /// Held while a process opens the database and brings its schema up to date.
    var schemaLockPath: String { path + "/schema.lock" }

    /// Whether anything has been kept here.
    package var isThere: Bool { FileManager.default.fileExists(atPath: databasePath) }

    func make() throws(LakeError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .folderNotWritable(path: path, reason: error.localizedDescription)
        }
    }
}

/// A lock on a file that the system releases when its process ends, however it ends.
package final class FileLock: Sendable {
    private let descriptor: Int32

    /// Waits for the lock.
    static func waiting(path: String) throws(LakeError) -> FileLock {
        let descriptor = try Self.open(path)
        while flock(descriptor, LOCK_EX) != 0 {
            if errno != EINTR { throw Self.failure(path, descriptor) }
        }
        return FileLock(descriptor: descriptor)
    }

    /// Takes the lock if nobody has it.
    package static func trying(path: String) throws(LakeError) -> FileLock? {
        let descriptor = try Self.open(path)
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return FileLock(descriptor: descriptor) }
        if errno != EWOULDBLOCK { throw Self.failure(path, descriptor) }
        close(descriptor)
        return nil
    }

    /// What the system says of the lock, with the file closed again.
    private static func failure(_ path: String, _ descriptor: Int32) -> LakeError {
        let reason = String(cString: strerror(errno))
        close(descriptor)
        return .folderNotWritable(path: path, reason: reason)
    }

    private static func open(_ path: String) throws(LakeError) -> Int32 {
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor < 0 { throw .folderNotWritable(path: path, reason: String(cString: strerror(errno))) }
        return descriptor
    }

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }
}
