import Foundation

/// The files of the lake: a folder per bucket, in which the locations of databases exist.
struct Warehouse: Sendable {
    let path: String

    /// The folder for `s3://bucket/key/`; `nil` for what is not such a location or would lead out of the bucket.
    func folder(for location: String) -> String? {
        guard location.hasPrefix("s3://") else { return nil }
        return folder(location.dropFirst(5))
    }

    func folder(bucket: String, prefix: String) -> String? {
        folder("\(bucket)/\(prefix)"[...])
    }

    private func folder(_ place: Substring) -> String? {
        let parts = place.split(separator: "/")
        if parts.isEmpty || parts.contains(where: { $0 == "." || $0 == ".." || $0.contains("\0") }) { return nil }
        return path + "/" + parts.joined(separator: "/")
    }

    /// A path of the warehouse as it can be told to others, without where the data folder is.
    func relative(_ path: String) -> Substring { path.dropFirst(self.path.count + 1) }

    /// Makes a folder of the warehouse with those above it.
    ///
    /// - Throws: `LakeError`, `folderNotPrivate` where a symbolic link would lead out of the warehouse, or a file is in
    ///   the way.
    func make(_ folder: String) throws(LakeError) {
        var made = path
        try Self.makeOne(made)
        for part in folder.dropFirst(path.count).split(separator: "/") {
            made += "/" + part
            try Self.makeOne(made)
        }
    }

    private static func makeOne(_ folder: String) throws(LakeError) {
        if mkdir(folder, 0o700) == 0 { return }
        let number = errno
        var status = stat()
        guard number == EEXIST, lstat(folder, &status) == 0 else { throw .system(number, path: folder) }
        if status.st_mode & S_IFMT != S_IFDIR {
            throw .folderNotPrivate(path: folder, reason: "it is a symbolic link, or no folder")
        }
    }

    /// Removes a folder if nothing is in it.
    func removeIfEmpty(_ folder: String) {
        // What is not empty or not there stays as it is.
        _ = rmdir(folder)
    }

    /// The keys of at most `limit` objects below a folder.
    func objects(in folder: String, limit: Int) -> [String] {
        guard let files = FileManager.default.enumerator(atPath: folder) else { return [] }
        var keys: [String] = []
        for case let name as String in files where keys.count < limit {
            if files.fileAttributes?[.type] as? FileAttributeType == .typeRegular { keys.append(name) }
        }
        return keys
    }
}
