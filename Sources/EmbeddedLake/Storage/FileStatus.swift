import Foundation

/// What the system says of a file.
struct FileStatus {
    private let status: stat

    /// `nil` when there is no such file, or it cannot be looked at: then `errno` says why.
    init?(_ path: String, followsLinks: Bool = false) {
        var status = stat()
        guard (followsLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
        self.status = status
    }

    /// What the system says of a file that is open.
    init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.status = status
    }

    var size: Int64 { Int64(status.st_size) }
    var identity: FileIdentity { FileIdentity(status) }
    var isOurs: Bool { status.st_uid == geteuid() }
    var isOpenToOthers: Bool { status.st_mode & 0o077 != 0 }
    var isWritableByOthers: Bool { status.st_mode & 0o022 != 0 }

    func isPlain(folder: Bool) -> Bool { status.st_mode & S_IFMT == (folder ? S_IFDIR : S_IFREG) }
}

/// What makes a file the same one under whatever name: it does not change while the file is open.
struct FileIdentity: Hashable {
    let device: UInt64
    let number: UInt64

    init(_ status: stat) {
        device = UInt64(truncatingIfNeeded: status.st_dev)
        number = UInt64(truncatingIfNeeded: status.st_ino)
    }
}
