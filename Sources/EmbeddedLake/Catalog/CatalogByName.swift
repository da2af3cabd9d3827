package import StatesLanguage

/// A catalog that is kept by names.
package protocol CatalogReadingByName: CatalogReading {
    func entries(_ name: String) throws -> CatalogEntries
}

package protocol CatalogByName: CatalogReadingByName, LakeCatalog {
    /// Replaces what stands under a name.
    func set(_ entries: CatalogEntries) throws
}

extension CatalogReadingByName {
    package func database(_ name: String) throws -> CatalogDatabase? { try entries(name).database }
    package func tags(ofDatabase name: String) throws -> JSONObject { try entries(name).tags }
    package func registeredLocation(_ arn: String) throws -> RegisteredLocation? { try entries(arn).location }

    package func isBelowRegisteredLocation(_ arn: String) throws -> Bool {
        try RegisteredLocation.above(arn).contains { try registeredLocation($0) != nil }
    }

    package func permissions(on resource: SecuredResource) throws -> [PermissionEntry] {
        try entries(resource.name).permissions(on: resource)
    }

    package func permission(of principal: String, on resource: SecuredResource) throws -> PermissionEntry? {
        try entries(resource.name).permission(of: principal, on: resource)
    }
}

extension CatalogByName {
    private func change(_ name: String, _ body: (inout CatalogEntries) -> Void) throws {
        var entries = try entries(name)
        body(&entries)
        try set(entries)
    }

    package func insert(_ database: CatalogDatabase) throws { try change(database.name) { $0.database = database } }
    package func update(_ database: CatalogDatabase) throws { try insert(database) }
    package func deleteDatabase(_ name: String) throws { try change(name) { $0.database = nil } }
    package func setTags(_ tags: JSONObject, ofDatabase name: String) throws { try change(name) { $0.tags = tags } }

    package func insert(_ location: RegisteredLocation) throws { try change(location.arn) { $0.location = location } }
    package func deleteLocation(_ arn: String) throws { try change(arn) { $0.location = nil } }

    package func set(_ entry: PermissionEntry) throws { try change(entry.resource.name) { $0.set(entry) } }

    package func deletePermissions(on resource: SecuredResource) throws {
        try change(resource.name) { $0.permissions.removeAll { $0.resource == resource } }
    }
}

extension LakeReading {
    package func entries(_ name: String) throws -> CatalogEntries { try CatalogRoom.read(name, from: db)[name] }
}

extension LakeTransaction: CatalogByName {
    package func set(_ entries: CatalogEntries) throws {
        let before = try CatalogRoom.read(entries.name, from: db)
        var room = before
        room[entries.name] = entries
        try room.write(over: before, to: db)
    }
}
