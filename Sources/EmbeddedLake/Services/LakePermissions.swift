import StatesLanguage

/// The rules of Lake Formation about who may do what.
extension LakeCatalog {
    /// Gives permissions; giving what is given changes nothing.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_GrantPermissions.html>
    func grant(_ change: PermissionChange) throws {
        try requirePresent(change.resource)
        let known = change.isExternal ? change.resource.permissions.crossAccount : change.resource.permissions.all
        if let unknown = (change.permissions + change.grantable).first(where: { !known.contains($0) }) {
            throw ServiceError(
                "InvalidInputException",
                "Permissions modification is invalid: \(unknown) cannot be granted on \(change.resource.kind)"
                    + (change.isExternal ? " to an external account" : ""))
        }
        if !Set(change.grantable).isSubset(of: change.permissions) {
            throw ServiceError(
                "InvalidInputException",
                "Permissions modification is invalid: PermissionsWithGrantOption is no subset of Permissions")
        }
        try requireMayGrant(change)
        if change.isExternal { try requireGuarded(change.resource) }
        var entry =
            try permission(of: change.principal, on: change.resource)
            ?? PermissionEntry(principal: change.principal, resource: change.resource, permissions: [], grantable: [])
        entry.permissions = Array(Set(entry.permissions).union(change.permissions))
        entry.grantable = Array(Set(entry.grantable).union(change.grantable))
        try set(entry)
    }

    /// Gives a new resource to its creator, and to those whom the defaults name.
    func give(_ resource: SecuredResource, to creator: String, andBy defaults: JSONValue) throws {
        let permissions = behavior.creatorHoldsEachPermission ? resource.permissions.all.sorted() : ["ALL"]
        try set(
            PermissionEntry(principal: creator, resource: resource, permissions: permissions, grantable: permissions))
        for (principal, permissions) in DataLakeSettings.grants(defaults) {
            try set(
                PermissionEntry(principal: principal, resource: resource, permissions: permissions, grantable: []))
        }
    }

    /// Takes permissions away, each by its own name: `ALL` stands beside the others, and taking it leaves them.
    ///
    /// A permission that goes takes its grant option along; one that is named in `PermissionsWithGrantOption` alone keeps
    /// the permission itself.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_RevokePermissions.html>, and for the
    /// wording of the two refusals <https://github.com/tokern/lakecli/issues/10>
    func revoke(_ change: PermissionChange) throws {
        let entry = try permission(of: change.principal, on: change.resource)
        try requirePresent(change.resource, orGranted: entry.map { [$0] } ?? [])
        try requireMayGrant(change)
        guard var entry, !entry.permissions.isEmpty else {
            throw ServiceError(
                "InvalidInputException",
                "No permissions revoked. Grantee has no permissions and no grantable permissions on resource.")
        }
        let missing =
            (change.permissions.filter { !entry.permissions.contains($0) })
            + change.grantable.filter { !entry.grantable.contains($0) && !change.permissions.contains($0) }
        let isNothingThere =
            Set(entry.permissions).isDisjoint(with: change.permissions)
            && Set(entry.grantable).isDisjoint(with: change.grantable)
        if isNothingThere || !missing.isEmpty && !behavior.revokesWhatIsThere {
            throw ServiceError(
                "InvalidInputException",
                "No permissions revoked. Grantee does not have:[\(missing.joined(separator: ", "))]")
        }
        entry.permissions.removeAll { change.permissions.contains($0) }
        entry.grantable.removeAll { !entry.permissions.contains($0) || change.grantable.contains($0) }
        try set(entry)
    }

    /// Whoever is no administrator grants and revokes only what is grantable for it.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/dg/required-permissions-for-grant.html>
    private func requireMayGrant(_ change: PermissionChange) throws {
        if try isAdministrator(change.caller) { return }
        let grantable = try permission(of: change.caller, on: change.resource)?.grantable ?? []
        if grantable.contains("ALL") { return }
        if !Set(change.permissions).union(change.grantable).isSubset(of: grantable) { throw Self.notAuthorized }
    }

    /// Below version 4 of the cross-account settings nothing in a registered location is granted to an external principal
    /// that everybody has.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/dg/hybrid-access-prerequisites.html>
    private func requireGuarded(_ resource: SecuredResource) throws {
        let name: String
        switch resource {
        case .location: return
        case .database(let database), .tables(let database), .table(_, let database): name = database
        }
        if try settings().crossAccountVersion >= 4 { return }
        guard let location = try database(name)?.location, try isInRegisteredLocation(location) else { return }
        var resources: [SecuredResource] = [.database(name), .tables(of: name)]
        if case .table = resource { resources.append(resource) }
        if case .tables = resource {
            resources += try tableNames(in: name, limit: .max, after: "").map { .table($0, of: name) }
        }
        for resource in resources where try permission(of: DataLakeSettings.everybody, on: resource) != nil {
            throw ServiceError(
                "AccessDeniedException",
                "Please revoke permission(s) for IAM_ALLOWED_PRINCIPALS on the \(resource.kind.lowercased()) "
                    + "\(resource.name) before granting to external principals")
        }
    }

    private func isInRegisteredLocation(_ location: String) throws -> Bool {
        guard location.hasPrefix("s3://") else { return false }
        let arn = "arn:aws:s3:::" + location.dropFirst("s3://".count)
        let other = arn.hasSuffix("/") ? String(arn.dropLast()) : arn + "/"
        return try registeredLocation(arn) != nil || registeredLocation(other) != nil || isBelowRegisteredLocation(arn)
    }
}

extension CatalogReading {
    // MARK: What is required

    /// Refuses what is about a resource that is not there, in the way that the lake's behavior says.
    ///
    /// Grants may outlive a database or a registration. Those of a database can be seen and taken away then; those of a
    /// location can be seen, but nobody can take them away before it is registered again.
    ///
    /// Source: the refusals that Terraform's provider expects, <https://github.com/hashicorp/terraform-provider-aws>,
    /// `internal/service/lakeformation/permissions.go`
    func requirePresent(
        _ resource: SecuredResource, orGranted granted: [PermissionEntry] = [], isListed: Bool = false
    ) throws {
        switch resource {
        case .database(let name), .tables(let name):
            if try !granted.isEmpty || database(name) != nil { return }
            throw missing("Database \(name) not found.")
        case .table(let name, let database):
            if try !granted.isEmpty || tableNames(in: database, limit: .max, after: "").contains(name) { return }
            throw missing("Table \(database).\(name) not found.")
        case .location(let arn):
            if try isListed && !granted.isEmpty || registeredLocation(arn) != nil { return }
            throw missing(
                "Resource is not registered with Lake Formation, register the S3 path to grant or revoke permissions "
                    + "on it: \(arn)")
        }
    }

    private func missing(_ message: String) -> ServiceError {
        switch behavior.refusalOfMissing {
        case .entityNotFound: ServiceError("EntityNotFoundException", message)
        case .invalidInput: ServiceError("InvalidInputException", message)
        case .accessDenied: Self.notAuthorized
        }
    }

    fileprivate static var notAuthorized: ServiceError {
        ServiceError(
            "AccessDeniedException",
            "Resource does not exist or requester is not authorized to access requested permissions.")
    }

    /// Demands a permission of a caller: its own, or through everybody's. Here `ALL` implies the others.
    func require(_ permission: String, on resource: SecuredResource, for caller: String) throws {
        for principal in [caller, DataLakeSettings.everybody] {
            let permissions = try self.permission(of: principal, on: resource)?.permissions ?? []
            if permissions.contains("ALL") || permissions.contains(permission) { return }
        }
        throw ServiceError(
            "AccessDeniedException",
            "Insufficient Lake Formation permission(s): Required \(permission) on "
                + resource.name)
    }

    // MARK: What a caller sees

    /// Whether a caller sees a database: an administrator sees all, anybody else what it has a permission on.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-overview.html>
    func isVisible(database name: String, to caller: String) throws -> Bool {
        if try isAdministrator(caller) { return true }
        return try isGranted(.database(name), to: caller) || isGranted(.tables(of: name), to: caller)
            || tableNames(in: name, limit: .max, after: "").contains { try isGranted(.table($0, of: name), to: caller) }
    }

    /// The names of at most `limit` tables after a name that a caller sees.
    func visibleTableNames(
        in database: String, limit: Int, after name: String, to caller: String
    ) throws -> [String] {
        if try isAdministrator(caller) || isGranted(.tables(of: database), to: caller) {
            return try tableNames(in: database, limit: limit, after: name)
        }
        let visible = try tableNames(in: database, limit: .max, after: name).filter {
            try isGranted(.table($0, of: database), to: caller)
        }
        return Array(visible.prefix(limit))
    }

    private func isGranted(_ resource: SecuredResource, to caller: String) throws -> Bool {
        try permission(of: caller, on: resource) != nil
            || permission(of: DataLakeSettings.everybody, on: resource) != nil
    }
}
