import DurableExecution
import StatesLanguage

/// What `ListPermissions` asks for, and what it gives.
///
/// By resource it gives what was granted on it, as far as the caller sees it. With a principal besides it gives what that
/// principal may do effectively, which is not what was granted: an administrator has everything implicitly, and on one
/// table counts what was granted on all tables.
///
/// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_ListPermissions.html>
struct PermissionListing {
    /// `nil` for everything that was granted on anything.
    let resource: SecuredResource?
    let principal: String?
    private let caller: String

    /// - Throws: `ServiceError`, `InvalidInputException` for a principal without a resource, and for no resource.
    init(_ call: ServiceCall) throws(ServiceError) {
        let json = call.parameters["Resource"] ?? .null
        principal = call.parameters["Principal"]?["DataLakePrincipalIdentifier"]?.stringValue
        resource = SecuredResource(json)
        caller = call.caller
        if principal != nil, json == .null {
            throw ServiceError("InvalidInputException", "Resource is mandatory if Principal is set in the input.")
        }
        if resource == nil, json != .null {
            throw ServiceError("InvalidInputException", "Resource names no database, table, tables or location")
        }
    }

    /// What is listed on a resource, in the order of the principals' names.
    ///
    /// - Throws: `ServiceError` where the resource is not there, unless grants on it have outlived it.
    func entries(on resource: SecuredResource, in catalog: some CatalogReading) throws -> [PermissionEntry] {
        let granted = try catalog.permissions(on: resource)
        try catalog.requirePresent(resource, orGranted: granted, isListed: true)
        let isAdministrator = try catalog.isAdministrator(caller)
        guard let principal else {
            return isAdministrator ? granted : granted.compactMap { visible($0, among: granted) }
        }
        if !isAdministrator && principal != caller { return [] }
        if try catalog.settings().administrators.contains(principal) {
            let all = resource.permissions.all.sorted()
            return [PermissionEntry(principal: principal, resource: resource, permissions: all, grantable: all)]
        }
        var entries = granted.filter { $0.principal == principal }
        if case .table(_, let database) = resource {
            entries += try catalog.permissions(on: .tables(of: database)).filter { $0.principal == principal }
        }
        return entries
    }

    /// What the caller, who is no administrator, sees of an entry: its own, and of others' the permissions that it has.
    func visible(_ entry: PermissionEntry, among granted: [PermissionEntry]) -> PermissionEntry? {
        if entry.principal == caller { return entry }
        let own = granted.first { $0.principal == caller && $0.resource == entry.resource }?.permissions ?? []
        if own.contains("ALL") { return entry }
        var entry = entry
        entry.permissions.removeAll { !own.contains($0) }
        entry.grantable.removeAll { !own.contains($0) }
        return entry.permissions.isEmpty ? nil : entry
    }
}
