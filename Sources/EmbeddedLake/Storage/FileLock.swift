import Foundation

/// A lock on a file that the system releases when its process ends, however it ends.
package final class FileLock: Sendable {
    private let descriptors: [Int32]

    /// Waits for the lock.
    static func waiting(path: String) throws(LakeError) -> FileLock {
        let descriptor = try Self.open(path)
        while flock(descriptor, LOCK_EX) != 0 {
            if errno != EINTR { throw Self.failure(path, descriptor) }
        }
        return FileLock(descriptors: [descriptor])
    }

    /// Takes the lock if nobody has it, and the folder that the file is in besides: who removes the file does not let
    /// another in.
    static func trying(path: String, in folder: String) throws(LakeError) -> FileLock? {
        let folderDescriptor = Foundation.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folderDescriptor < 0 { throw .system(errno, path: folder) }
        if flock(folderDescriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            close(folderDescriptor)
            return nil
        }
        // Where a folder cannot be locked, as on some file systems of a network, the file alone has to do.
        let lock = FileLock(descriptors: [folderDescriptor, try Self.open(path)])
        if flock(lock.descriptors[1], LOCK_EX | LOCK_NB) == 0 { return lock }
        if errno != EWOULDBLOCK { throw .system(errno, path: path) }
        return nil
    }

    /// The file that is locked, whatever stands at its path by now.
    var identity: FileIdentity? { descriptors.last.flatMap { FileStatus(descriptor: $0)?.identity } }

    /// Writes into the file that is locked, for those who do not get the lock. Nothing of it is lasting.
    func write(_ text: String, path: String) throws(LakeError) {
        guard let descriptor = descriptors.last else { return }
        let bytes = Array(text.utf8)
        if ftruncate(descriptor, 0) != 0 || pwrite(descriptor, bytes, bytes.count, 0) != bytes.count {
            throw .system(errno, path: path)
        }
    }

    /// What the system says of the lock, with the file closed again.
    private static func failure(_ path: String, _ descriptor: Int32) -> LakeError {
        let number = errno
        close(descriptor)
        return .system(number, path: path)
    }

    private static func open(_ path: String) throws(LakeError) -> Int32 {
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if descriptor < 0 { throw .system(errno, path: path) }
        return descriptor
    }

    private init(descriptors: [Int32]) {
        self.descriptors = descriptors
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }
}
