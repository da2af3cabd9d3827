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
        if place.utf8.contains(0) { return nil }
        let parts = place.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
        if parts.isEmpty || parts.contains(where: { $0 == "." || $0 == ".." }) { return nil }
        return path + "/" + parts.joined(separator: "/")
    }

    /// A path of the warehouse as it can be told to others, without where the data folder is.
    func relative(_ path: String) -> Substring { path.dropFirst(self.path.count + 1) }

    /// Looks at a folder of the warehouse and those above it, as far as they are there.
    ///
    /// - Throws: `LakeError`, `folderNotPrivate` where a symbolic link would lead out of the warehouse, or a file is in
    ///   the way.
    func check(_ folder: String) throws(LakeError) {
        var place = path
        for part in folder.dropFirst(path.count).split(separator: "/", omittingEmptySubsequences: false) {
            if !part.isEmpty { place += "/" + part }
            var status = stat()
            if lstat(place, &status) != 0 {
                if errno == ENOENT { return }
                throw .system(errno, path: place)
            }
            if status.st_mode & S_IFMT != S_IFDIR {
                throw .folderNotPrivate(path: place, reason: "it is a symbolic link, or no folder")
            }
        }
    }

    /// Makes a folder that `check` has accepted, and those above it, its owner's alone.
    func make(_ folder: String) throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    func hasFolder(_ folder: String) -> Bool { access(folder, F_OK) == 0 }

    /// Removes a folder if nothing is in it.
    func removeIfEmpty(_ folder: String) {
        // What is not empty or not there stays as it is.
        _ = rmdir(folder)
    }

    /// At most `limit` objects below a folder.
    func objects(in folder: String, limit: Int) -> [StoredObject] {
        if access(folder, F_OK) != 0 { return [] }
        guard let files = FileManager.default.enumerator(atPath: folder) else { return [] }
        var objects: [StoredObject] = []
        for case let name as String in files where objects.count < limit {
            let attributes = files.fileAttributes
            guard attributes?[.type] as? FileAttributeType == .typeRegular else { continue }
            objects.append(StoredObject(key: name, size: (attributes?[.size] as? NSNumber)?.int64Value ?? 0))
        }
        return objects
    }
}
