extension LakeReading {
    /// The entries on all resources for which a condition holds, in the order in which they stand.
    package func permissions(
        offset: Int, limit: Int, where condition: (PermissionEntry) -> Bool
    ) throws -> [PermissionEntry] {
        var found: [PermissionEntry] = []
        try CatalogRoom.forEach(after: "", in: db) { entries in
            found += entries.flatMap(\.permissions).filter(condition)
            return found.count < offset + limit
        }
        return Array(found.dropFirst(offset).prefix(limit))
    }
}
