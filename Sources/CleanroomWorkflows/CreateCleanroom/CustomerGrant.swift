/// What the customer's account gets, each with grant option.
struct CustomerGrant: Sendable {
    let resource: PermittedResource
    let permissions: [Permission]

    static let all = [
        CustomerGrant(resource: .location, permissions: [.dataLocationAccess]),
        CustomerGrant(resource: .database, permissions: [.describe]),
        CustomerGrant(resource: .tables, permissions: [.describe, .select]),
    ]

    var entry: BatchPermissions.Entry {
        BatchPermissions.Entry(principal: .customer, resource: resource, permissions: permissions)
    }
}
