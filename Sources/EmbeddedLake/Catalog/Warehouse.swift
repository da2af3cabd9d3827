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

    func make(_ folder: String) throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
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
