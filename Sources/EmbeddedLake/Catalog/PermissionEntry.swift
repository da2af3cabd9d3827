/// The permissions that a principal has on a resource, in the order of their names.
package struct PermissionEntry: Hashable, Sendable {
    package let principal: String
    package let resource: SecuredResource
    package var permissions: [String]
    /// Those of them that the principal may grant to others.
    package var grantable: [String]

    package init(principal: String, resource: SecuredResource, permissions: [String], grantable: [String]) {
        self.principal = principal
        self.resource = resource
        self.permissions = permissions
        self.grantable = grantable
    }
}
