extension LakeReading {
    /// The entries on all resources for which a condition holds, in the order in which they stand.
    package func permissions(
        after position: PermissionPosition?, limit: Int, where condition: (PermissionEntry) -> Bool
    ) throws -> [PermissionEntry] {
        func isWanted(_ entry: PermissionEntry) -> Bool {
            condition(entry) && position?.precedes(entry) != false
        }
        var found = try position.map { try entries($0.name).permissions.filter(isWanted) } ?? []
        if found.count >= limit { return Array(found.prefix(limit)) }
        try CatalogRoom.forEach(after: position?.name ?? "", in: db) { entries in
            found += entries.flatMap(\.permissions).filter(isWanted)
            return found.count < limit
        }
        return Array(found.prefix(limit))
    }
}
